"""Health care provider taxonomy: nine digits or letters and an X (NUCC code set)."""

from __future__ import annotations

from ptedi.codes import table
from ptedi.codes._pattern import Shape

_shape = Shape(r"[0-9A-Z]{9}X", lengths=range(10, 11), drop=" ")
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid


@table.remembered
def _labels() -> dict[str, str]:
    return {row["code"]: row["label"] for row in table.rows("taxonomy")}


def label(code: str) -> str | None:
    """What a taxonomy code says, or None."""
    return _labels().get(compact(code))
