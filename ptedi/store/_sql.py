"""Small things that every module of the store needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

_T = TypeVar("_T")
CHUNK = 500  # parameters of one IN list


def chunks(values: Sequence[_T], size: int = CHUNK) -> Iterator[Sequence[_T]]:
    """The values in pieces that fit one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def utc(value: datetime) -> datetime:
    """A stored time with its zone (SQLite forgets it)."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_or_none(value: datetime | None) -> datetime | None:
    """A stored time that may be absent."""
    return None if value is None else utc(value)


def insert_new(conn: Connection, table: Table, key: Sequence[str], values: Mapping[str, object]) -> bool:
    """Inserts a row unless one with its key is there; whether it was new.

    Raises:
        IntegrityError: another constraint than that of the key is broken; that is a fault, not a known row.
    """
    first = next(iter(table.primary_key.columns))  # RETURNING tells reliably; a row count does not everywhere
    statement = _dialect(conn).insert(table).values(**values).on_conflict_do_nothing(index_elements=key)
    return conn.execute(statement.returning(first)).first() is not None


def insert_all_new(conn: Connection, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts those of the rows whose keys are not there.

    Raises:
        IntegrityError: another constraint than that of the key is broken.
    """
    conn.execute(_dialect(conn).insert(table).on_conflict_do_nothing(index_elements=key), list(rows))


def _dialect(conn: Connection) -> Any:
    return postgresql if conn.dialect.name == "postgresql" else sqlite


def insert_ids(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Inserts rows and returns their ids in the same order."""
    if not rows:
        return []
    result = conn.execute(insert(table).returning(table.c.id, sort_by_parameter_order=True), list(rows))
    return [int(row.id) for row in result]
