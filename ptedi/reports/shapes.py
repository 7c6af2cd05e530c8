"""What a table of remittances is made of: kinds of values, columns, and the keys and places that all tables share.

A column here says how its value is read from a record of a file, and its kinds are what an 835 has: amounts are decimal
numbers as the file writes them, days may be missing.  The tables of a practice (`practice.tables`) are rows that the
store hands over as they are, in kinds of its own (integer cents, seconds, counts): those columns read nothing, and the
two share no more than having a name and a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any

Read = Callable[[Any], object]


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    QUANTITY = "quantity"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its kind, what it means; `read` takes its value from a record, None: the walk gives it."""

    name: str
    kind: Kind
    means: str
    read: Read | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: first the keys, then the values, last the place in the file."""

    name: str
    means: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in order."""
        return tuple(column.name for column in self.columns)


def text(name: str, means: str, read: Read | None = None) -> Column:
    """A column of texts; `read` takes its value from a record, by default the attribute of that name."""
    return Column(name, Kind.TEXT, means, read or attrgetter(name))


def money(name: str, means: str, read: Read | None = None) -> Column:
    """A column of amounts."""
    return Column(name, Kind.MONEY, means, read or attrgetter(name))


def quantity(name: str, means: str) -> Column:
    """A column of quantities."""
    return Column(name, Kind.QUANTITY, means, attrgetter(name))


def date(name: str, means: str) -> Column:
    """A column of days."""
    return Column(name, Kind.DATE, means, attrgetter(name))


def flag(name: str, means: str, read: Read | None = None) -> Column:
    """A column of yes and no; without `read` the walk gives it."""
    return Column(name, Kind.FLAG, means, read)


FILE = (
    Column("file_sha256", Kind.TEXT, "SHA-256 of the file's bytes"),
    Column("set_index", Kind.INTEGER, "835 transaction set in the file, from 1; 0: the file itself"),
    Column("payment_key", Kind.TEXT, "hash of trace, originator, date, amount, payee: alike in any copy"),
    Column("source", Kind.TEXT, "the file as it was named"),
)
CLAIM = (Column("claim_index", Kind.INTEGER, "CLP in the set, from 1; 0: the payment itself"),)
LINE = (*CLAIM, Column("line_index", Kind.INTEGER, "SVC in the claim, from 1; 0: the claim itself"))
NUMBER = Column("patient_control_number", Kind.TEXT, "CLP01 of the claim")
PLACE = (
    Column("segment_index", Kind.INTEGER, "segment in the file, from 1"),
    Column("byte_offset", Kind.INTEGER, "byte in the file, from 0"),
)
