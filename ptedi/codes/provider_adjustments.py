"""Reason codes of provider-level adjustments (PLB03-1): money that moves outside any claim, in our own words.

The list is X12's external code list of the 835 (element 426); the words are ours.
"""

from __future__ import annotations

from typing import Final

_REASONS: Final[dict[str, str]] = {
    "50": "late filing cut", "51": "interest penalty", "72": "refund we made", "90": "early payment allowance",
    "AH": "fee of the payer", "AM": "moved to another payer", "AP": "advance payment", "B2": "rebate",
    "B3": "recovery allowance", "BD": "bad debt", "BN": "bonus", "C5": "temporary allowance",
    "CR": "capitation interest", "CS": "adjustment", "CT": "capitation", "CV": "capital cost",
    "CW": "certified nurse cost", "DM": "medical education", "E3": "withheld", "FB": "forwarded balance",
    "FC": "fund allocation", "GO": "graduate education", "HM": "hemophilia supplement", "IP": "incentive",
    "IR": "tax withheld", "IS": "interim settlement", "J1": "not reimbursed", "L3": "penalty", "L6": "interest",
    "LE": "levy", "LS": "lump sum", "OA": "organ acquisition", "OB": "affiliate offset", "PI": "periodic interim pay",
    "PL": "final payment", "RA": "retroactive settlement", "RE": "return on equity", "SL": "student loan",
    "TL": "another's liability", "WO": "overpayment taken back", "WU": "recovery, not said of what",
}  # fmt: skip


def reason(code: str) -> str | None:
    """What a code means, None where it is none."""
    return _REASONS.get(code)
