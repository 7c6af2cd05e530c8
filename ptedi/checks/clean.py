"""Patterns of segment texts that pass every segment rule for sure, for nodes whose texts seldom repeat.

A pattern may be stricter than the rules, never looser (a property test compares the two): what it does not match is
simply judged by the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NAME = r"[A-Za-z0-9][A-Za-z0-9 \-'/.,&#]*"
_PERSON = re.compile(rf"NM1\*(?:IL|QC)\*1\*{_NAME}\*{_NAME}(?:\*(?:{_NAME})?){{0,3}}(?:\*MI\*[^ *][^*]*)?", re.ASCII)
_STREET = re.compile(rf"N3\*{_NAME}(?:\*{_NAME})?", re.ASCII)
_BIRTH = re.compile(r"DMG\*D8\*(?:19[1-9][0-9]|200[0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])\*[FMU]", re.ASCII)
_LINE_REF = re.compile(r"REF\*(?:6R|G1|9F|EW|F4)\*[^ *][^*]{0,29}", re.ASCII)
_CLAIM_REF = re.compile(r"REF\*(?:F8|G1|9F|EA|9A|D9|4N)\*[^ *][^*]*", re.ASCII)
_CLAIM = re.compile(r"CLM\*[^*]{1,20}\*(?:[1-9][0-9]{0,7}|0)(?:\.[0-9]?[1-9])?\*.*", re.ASCII | re.DOTALL)

CLEAN: dict[str, Callable[[str], object]] = {
    "2010BA/NM1": _PERSON.fullmatch,
    "2010CA/NM1": _PERSON.fullmatch,
    "2330A/NM1": _PERSON.fullmatch,
    "2010BA/N3": _STREET.fullmatch,
    "2010CA/N3": _STREET.fullmatch,
    "2330A/N3": _STREET.fullmatch,
    "2010BA/DMG": _BIRTH.fullmatch,
    "2010CA/DMG": _BIRTH.fullmatch,
    "2400/REF": _LINE_REF.fullmatch,
    "2300/REF": _CLAIM_REF.fullmatch,
    "2300/CLM": _CLAIM.fullmatch,
}
"""Node of the guide -> match function that is truthy for texts without a fault."""
