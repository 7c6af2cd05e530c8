"""Adjustments of an 835: group (whose money) and claim adjustment reason, in our own words (the texts are licensed)."""

from __future__ import annotations

from datetime import date

from ptedi.codes import table

GROUPS = {"CO": "contractual, the practice's", "PR": "the patient's", "OA": "other", "PI": "the payer's own reduction",
          "CR": "correction of an earlier claim"}  # fmt: skip


@table.remembered
def _labels() -> dict[str, str]:
    return {row["code"]: row["label"] for row in table.rows("adjustment_reasons")}


@table.remembered
def _spans() -> dict[str, tuple[str, str]]:
    if table.installed("reason_dates.csv") is None:
        return {}
    return {row["code"]: (row["effective_from"], row["effective_to"]) for row in table.rows("reason_dates")}


def in_effect(code: str, on: date) -> bool | None:
    """Whether a reason or remark code was in effect on a day; None when the X12 list is not installed."""
    if not _spans():
        return None
    start, stop = _spans().get(code, ("9999-12-31", ""))
    return table.since(start) <= on <= table.until(stop)


def reason(code: str) -> str | None:
    """What a claim adjustment reason says, or None."""
    return _labels().get(code)


def reasons() -> tuple[str, ...]:
    """All reasons that have our own words."""
    return tuple(_labels())


def label(group: str, code: str) -> str | None:
    """What an adjustment says with its group: `charge above the fee schedule or contract (contractual, ...)`."""
    words = reason(code)
    return f"{words} ({GROUPS[group]})" if words and group in GROUPS else words
