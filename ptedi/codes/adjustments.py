"""Adjustments of an 835: group (whose money) and claim adjustment reason, in our own words (the texts are licensed)."""

from __future__ import annotations

from ptedi.codes import table

GROUPS = {"CO": "contractual, the practice's", "PR": "the patient's", "OA": "other", "PI": "the payer's own reduction",
          "CR": "correction of an earlier claim"}  # fmt: skip


@table.remembered
def _labels() -> dict[str, str]:
    return {row["code"]: row["label"] for row in table.rows("adjustment_reasons")}


def reason(code: str) -> str | None:
    """What a claim adjustment reason says, or None."""
    return _labels().get(code)


def label(group: str, code: str) -> str | None:
    """What an adjustment says with its group: `charge above the fee schedule or contract (contractual, ...)`."""
    words = reason(code)
    return f"{words} ({GROUPS[group]})" if words and group in GROUPS else words
