"""Modifiers of SV101-3 to SV101-6: two characters with a kind that decides their place on the line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ptedi.codes import table
from ptedi.codes._pattern import Shape

_shape = Shape(r"[0-9A-Z]{2}", lengths=range(2, 3))
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid

DISCIPLINE = {"PT": "GP", "OT": "GO", "SLP": "GN"}
ASSISTANT = {"PT": "CQ", "OT": "CO"}
DISTINCT = frozenset({"59", "XE", "XP", "XS", "XU"})
ANATOMIC = frozenset({"RT", "LT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """One modifier; `kind` as in schemas/codes/modifiers.csv, the label in our own words."""

    code: str
    kind: str
    label: str
    effective_from: date
    effective_to: date


@table.remembered
def _all() -> dict[str, tuple[Modifier, ...]]:
    return table.index("modifiers", "code", lambda row: Modifier(
        code=row["code"], kind=row["kind"], label=row["label"],
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"])))


def find(code: str, on: date) -> Modifier | None:
    """The modifier with this code on a day, or None."""
    return table.on(_all().get(code, ()), on)


@table.remembered
def kind(code: str) -> str:
    """The kind of a modifier, `other` for one we do not know."""
    versions = _all().get(code, ())
    return versions[0].kind if versions else "other"
