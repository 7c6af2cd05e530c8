"""Remittance advice remark codes that physical therapy meets (LQ*HE and MOA), in our own words."""

from __future__ import annotations

from ptedi.codes import table


@table.remembered
def _labels() -> dict[str, str]:
    return {row["code"]: row["label"] for row in table.rows("remarks")}


def known() -> tuple[str, ...]:
    """All remarks that have our own words."""
    return tuple(_labels())


def label(code: str) -> str | None:
    """What a remark says, or None."""
    return _labels().get(code)
