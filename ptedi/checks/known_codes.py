"""Whether a CARC or RARC is known: by the tables of `codes`, and by the shape of what the lists hold.

The lists are X12's and change three times a year, so an unknown but well-formed code is a warning, never an error, and
the numbers a list is known to have reached count as known even where we have no label of our own.
"""

from __future__ import annotations

import re

from ptedi.codes import adjustments, remarks
from ptedi.codes.table import remembered

_REMARK = re.compile(r"MA?[0-9]{1,3}|N[1-9][0-9]{0,2}", re.ASCII)
_REASON = re.compile(r"[1-9][0-9]{0,2}|[ABDPWY][0-9]{1,2}", re.ASCII)
LAST_REASON, LAST_REMARK = 305, 910
_LETTERS = {"A": 8, "B": 23, "D": 23, "P": 33, "W": 9, "Y": 3}


@remembered
def reason_known(code: str) -> bool:
    """Whether a claim adjustment reason code is plausible: by the tables in use, or by the list as of 2026."""
    if adjustments.reason(code) is not None:
        return True
    if not _REASON.fullmatch(code):
        return False
    if code.isdecimal():
        return int(code) <= LAST_REASON
    return int(code[1:]) <= _LETTERS[code[0]]


@remembered
def remark_known(code: str) -> bool:
    """Whether a remittance advice remark code is plausible: by the tables in use, or by the list as of 2026."""
    if remarks.label(code) is not None:
        return True
    if not _REMARK.fullmatch(code):
        return False
    if code[0] == "N":
        return int(code[1:]) <= LAST_REMARK
    return int(code[2:] if code[1] == "A" else code[1:]) <= 146
