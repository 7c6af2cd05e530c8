"""Rows in bulk as the driver hands them over: what analysts read of a store of years."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Connection, Date, DateTime, Select, cast, extract, func, literal

MANY = 2_000  # rows at a time: they stay in the processor's cache until they are columns
_EPOCH = date(1970, 1, 1)

Columns: TypeAlias = Mapping[str, ColumnElement[Any]]
Wanted: TypeAlias = Collection[str] | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, many at a time, and the names of their columns; read them while the connection is open."""

    names: tuple[str, ...]
    chunks: Iterator[Sequence[Sequence[Any]]]


def read(conn: Connection, query: Select[Any]) -> Rows:
    """The driver's own rows: a store of years has millions, and an object for each day or time of each is dear."""
    found = conn.execute(query)
    names = tuple(found.keys())
    cursor = found.cursor
    assert cursor is not None  # noqa: S101 - a select has one
    return Rows(names, iter(partial(cursor.fetchmany, MANY), []))


def picked(conn: Connection, columns: Columns, wanted: Wanted) -> list[ColumnElement[Any]]:
    """The wanted columns, days and times as numbers where the database would make objects of them."""
    return [told(conn, value).label(name) for name, value in columns.items() if wanted is None or name in wanted]


def told(conn: Connection, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A day or time as a number where the database would make an object of it."""
    if conn.dialect.name != "postgresql":
        return value
    if isinstance(value.type, DateTime):
        return cast(func.floor(extract("epoch", value)), BigInteger)
    if isinstance(value.type, Date):
        return value - literal(_EPOCH, Date)
    return value
