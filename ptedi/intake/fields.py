"""From the text of cells to values: each mistake is noted and reading goes on.

A value that could not be read gets a stand-in; it never leaves, because the note stops its visit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

from ptedi import money
from ptedi.findings import Finding
from ptedi.intake import cells
from ptedi.intake.columns import MAX_MINUTES, STATES
from ptedi.intake.pages import found

_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]00:00(?::00)?)?", re.ASCII)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z ._/#+-]*", re.ASCII)
_ZIP = re.compile(r"\d{5}(?:-?\d{4})?", re.ASCII)
_SPLIT = re.compile(r"[\s,;|]+")
_FLAGS = {"": False, "no": False, "n": False, "false": False, "0": False,
          "yes": True, "y": True, "true": True, "1": True}  # fmt: skip
EARLIEST = date(1900, 1, 1)


class Fields:
    """The cells of one row, or what the rows of a visit agree on, read one by one; `notes` collects the findings."""

    __slots__ = ("_cells", "_row", "notes")

    def __init__(self, known: Mapping[str, str], row: int | None = None) -> None:
        self._cells = known
        self._row = row
        self.notes: list[Finding] = []

    def raw(self, name: str) -> str:
        """The text as it stands."""
        return self._cells.get(name, "")

    def any_of(self, names: Collection[str]) -> bool:
        """Whether any of the columns is filled."""
        return any(self.raw(name) for name in names)

    def note(self, code: str, message: str, name: str | None = None, *, known: Collection[str] = (),
             value: str | None = None) -> None:  # fmt: skip
        """Notes a finding about a column; `known` are the values wanted, the nearest goes into the hint."""
        value = value if value is not None or name is None else self.raw(name)
        near = get_close_matches((value or "")[:60], known, n=1, cutoff=0.6)
        hint = f"The nearest known one is {near[0]}." if near else None
        allowed = tuple(sorted(known)) if len(known) <= 12 else ()
        self.notes.append(found(code, message, row=self._row, column=name, value=value or None, allowed=allowed,
                                hint=hint))  # fmt: skip

    def text(self, name: str) -> str:
        """A name, an address or other words, in plain letters."""
        value = self.raw(name)
        words = cells.plain(value)
        bad = cells.unsendable(words)
        if bad is not None:
            self.note("IN013", f"The cell {name} holds {bad!a}, which cannot be sent on a claim.", name)
        elif words != value:
            self.note("IN014", f"The cell {name} is sent without its accents.", name)
        return words

    def required(self, name: str, code: str = "IN020") -> str:
        """A text that must be there."""
        if not self.raw(name):
            self.note(code, f"The cell {name} is empty.", name)
        return self.text(name)

    def key(self, name: str) -> str:
        """An identifier: letters, digits and . _ / # + - inside."""
        value = self.text(name)
        if value and not _KEY.fullmatch(value) and not self._noted(name):
            self.note("IN013", f"The cell {name} holds a character that an identifier cannot have.", name)
        return value

    def _noted(self, name: str) -> bool:
        return any(note.element == name and note.severity.stops for note in self.notes)

    def one_of(self, name: str, known: Collection[str], code: str, what: str) -> str:
        """A value of a list; blank is left to the caller."""
        value = self.raw(name)
        if value and value not in known:
            self.note(code, f"{what} is not known.", name, known=known)
        return value

    def day(self, name: str) -> date | None:
        """A date, None when blank or unreadable."""
        value = self.raw(name)
        if not value:
            return None
        day = read_day(value)
        if day is None:
            self.note("IN021", f"The cell {name} is not a date, or the calendar has no such day.", name)
        elif day < EARLIEST:
            self.note("IN022", f"The date {name} is before 1900.", name)
        return day

    def minutes(self, name: str) -> int:
        """Minutes, 0 when blank."""
        value = self.raw(name) or "0"
        if value.isascii() and value.isdecimal() and len(value) <= 4 and int(value) <= MAX_MINUTES:
            return int(value)
        self.note("IN024", f"The cell {name} is not a whole number of minutes from 0 to {MAX_MINUTES}.", name)
        return 0

    def amount(self, name: str) -> Decimal:
        """A sum of money that is not negative, 0.00 when blank."""
        value = self.raw(name).removeprefix("$")
        if not value:
            return money.ZERO
        try:
            amount = money.amount(value) if len(value) <= 14 else None
        except ValueError:
            amount = None
        if amount is None or amount < 0:
            self.note("IN026", f"The cell {name} is not an amount such as 1250.00.", name)
            return money.ZERO
        return amount

    def flag(self, name: str) -> bool:
        """Yes or no; blank is no."""
        value = _FLAGS.get(self.raw(name).casefold())
        if value is None:
            self.note("IN027", f"The cell {name} is neither yes nor no.", name)
        return bool(value)

    def state(self, name: str) -> str:
        """A two-letter state, in capitals."""
        value = self.raw(name).upper()
        if value and value not in STATES:
            self.note("IN065", f"The cell {name} is not a two-letter state.", name)
        return value

    def zip_code(self, name: str) -> str:
        """A ZIP code without its hyphen."""
        value = self.raw(name)
        if value and not _ZIP.fullmatch(value):
            self.note("IN065", f"The cell {name} is not a ZIP code of five or nine digits.", name)
        return value.replace("-", "")

    def parts(self, name: str) -> tuple[str, ...]:
        """The codes of a list, in capitals."""
        return tuple(part for part in _SPLIT.split(self.raw(name).upper()) if part)


@lru_cache(maxsize=4096)  # the visits of a night share most of their days
def read_day(text: str) -> date | None:
    """The day a text states: 2026-11-20, 20261120 or 11/20/2026 (what spreadsheets make of the first)."""
    iso, us = _ISO.fullmatch(text), _US.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if us:
            return date(int(us[3]), int(us[1]), int(us[2]))
    except ValueError:
        return None
    return None
