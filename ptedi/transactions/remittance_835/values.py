"""Texts of an 835 into amounts, days, quantities and procedures, each text understood once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Generic, TypeVar

from ptedi.dates import d8
from ptedi.remittances.model import ClaimPayment, Payment, ServicePayment

T = TypeVar("T")
_NUMBER = re.compile(r"[-+]?(?:\d{1,12}(?:\.\d{0,6})?|\.\d{1,6})", re.ASCII)
_MEMORY = 50_000
PLAIN = {"QC": ["", "", "", "MI"], "IL": ["", "", "", "MI"], "74": ["", "", "", "C"], "82": ["", "", "", "XX"]}
DATES: dict[type, dict[str, str]] = {
    ServicePayment: {"472": "service_date", "150": "service_date", "151": "service_date_end"},
    ClaimPayment: {"232": "statement_from", "233": "statement_to", "050": "received"},
    Payment: {"405": "production_date"},
    type(None): {},
}


class Memo(dict[str, T], Generic[T]):
    """Texts already understood, for a fee schedule and a calendar repeat themselves.

    A text that cannot be understood is refused each time it is met.
    """

    def __init__(self, understand: Callable[[str], T], refuse: Callable[[str], T]) -> None:
        super().__init__()
        self.understand, self.refuse = understand, refuse

    def __missing__(self, text: str) -> T:
        try:
            value = self.understand(text)
        except ValueError:
            return self.refuse(text)
        if len(self) >= _MEMORY:
            self.clear()
        self[text] = value
        return value


def procedure(text: str) -> tuple[str, str, tuple[str, ...], bool]:
    """SVC01 or SVC06 taken apart: qualifier, code, modifiers, and whether that is all it says."""
    parts = text.split(":")
    modifiers = tuple([m for m in parts[2:6] if m])
    return parts[0], parts[1] if len(parts) > 1 else "", modifiers, len(parts) == 2 + len(modifiers)


def day(text: str) -> dt.date | None:
    """The day of a CCYYMMDD text, None of an empty one; ValueError when it is neither."""
    return d8(text) if text else None


def number(text: str) -> Decimal | None:
    """The quantity of a text, None of an empty one; ValueError when it is neither."""
    if text and not _NUMBER.fullmatch(text):
        raise ValueError("not a quantity")
    return Decimal(text) if text else None


def element(elements: list[str], number: int) -> str:
    """An element of a segment, "" when it was not sent."""
    return elements[number] if number < len(elements) else ""


def references(elements: list[str], text: str) -> list[str]:
    """The references (CLP03) of the elements of a segment that read so; of "" also that behind its end."""
    return [f"{elements[0]}{number:02d}" for number, value in enumerate([*elements[1:], ""], 1) if value == text]
