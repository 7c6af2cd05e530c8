"""Values read once and remembered: amounts in cents, days, NPIs, ZIP codes, post-office boxes.

A file repeats the same few providers, prices and days; each cache answers a repeated text with one dictionary step and
forgets everything when it grows beyond its room, so that memory stays bounded on any file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from ptedi.codes import npi
from ptedi.dates import d8

V = TypeVar("V")
ROOM = 20_000


class Remembered(dict[str, V]):
    """A dictionary that works a missing value out and forgets all when full."""

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[str], V]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, text: str) -> V:
        if len(self) >= ROOM:
            self.clear()
        value = self[text] = self._work_out(text)
        return value


_NORMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,7}|(?:0|[1-9][0-9]{0,7})?\.[0-9]?[1-9])", re.ASCII)
_PLAIN = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)


def _cents(text: str) -> int | None:
    if not _PLAIN.fullmatch(text) or len(text) > 20:
        return None
    whole, _, fraction = text.lstrip("-").partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > 2:
        return None
    value = int(whole or "0") * 100 + int(fraction.ljust(2, "0"))
    return -value if text[0] == "-" else value


CENTS = Remembered(_cents)
"""Amount text -> integer cents; None when it is no plain number or has fractions of a cent."""


def _count(text: str) -> Decimal | None:
    return Decimal(text) if len(text) <= 20 and _PLAIN.fullmatch(text) else None


COUNT = Remembered(_count)
"""Quantity text -> Decimal; None when it is no plain number."""


def money(cents: int) -> str:
    """Cents for people: 1,234.50."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def _amount_fault(text: str) -> str:
    if not text or _NORMAL.fullmatch(text) or not _PLAIN.fullmatch(text):
        return ""  # what is no number at all is told by the structure
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(fraction.rstrip("0")) > 2:
        return "fraction"
    return "long" if len(whole.lstrip("0")) > 8 else "zeros"


AMOUNT_FAULT = Remembered(_amount_fault)
"""Amount text -> "" | "fraction" (of a cent) | "long" (over ten digits) | "zeros" (superfluous)."""


def _day(text: str) -> date | None:
    try:
        return d8(text)
    except ValueError:
        return None


DAY = Remembered(_day)
"""CCYYMMDD -> date or None."""

NPI_VALID = Remembered(lambda text: len(text) == 10 and text.isdecimal() and npi.is_valid(text))
"""Whether a text is an NPI with a right check digit."""


def _zip_fault(text: str) -> str:
    if not text.isascii() or not text.isdecimal():
        return "shape"
    return "" if len(text) == 9 else "short" if len(text) == 5 else "shape"


ZIP_FAULT = Remembered(_zip_fault)
"""Postal code of a US address -> "" for nine digits, "short" for five, "shape" for anything else."""

_BOX = re.compile(
    r"\bP\.?\s*O\.?\s*B(?:OX\b|\.?\s*#?\s*[0-9])|\bPOST\s+OFFICE\s+BOX\b|\bLOCK\s*(?:BOX|BIN)\s*#?\s*[0-9]"
    r"|\bPMB\s*#?\s*[0-9]|\bDRAWER\s+(?:[0-9]+|[A-Z])$|^BOX\s+[0-9]+$"
)
PO_BOX = Remembered(lambda text: bool(_BOX.search(text.upper())))
"""Whether an address line is a post-office box, lock box or private mail box."""

STATES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI FM MH PW AA AE AP".split()
)
"""US states, territories and military post (USPS Publication 28)."""

_STREET = str.maketrans("", "", " .,#-/'")


def _plain_street(text: str) -> str:
    return text.upper().translate(_STREET)


STREET = Remembered(_plain_street)
"""An address text without blanks and marks, to compare addresses by."""


def get(elements: list[str], number: int) -> str:
    """Element `number` of a split segment, or ""."""
    return elements[number] if number < len(elements) else ""
