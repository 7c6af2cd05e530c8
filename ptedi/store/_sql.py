"""Small things that every module of the store needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Table, func, select, text
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
    """Inserts rows and returns their ids in the same order.

    The ids are taken before the rows are written: from the sequence on PostgreSQL, and on SQLite, where a transaction
    of ours writes alone, those that follow the highest.
    """
    if not rows:
        return []
    ids = _upcoming(conn, table, len(rows))
    insert_rows(conn, table, [{"id": row_id, **row} for row_id, row in zip(ids, rows, strict=True)])
    return ids


def _upcoming(conn: Connection, table: Table, count: int) -> list[int]:
    if conn.dialect.name == "postgresql":
        numbers = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return sorted(conn.execute(numbers, {"name": table.name, "count": count}).scalars())
    last = conn.execute(select(func.max(table.c.id))).scalar() or 0
    return list(range(last + 1, last + 1 + count))


def insert_rows(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows that all have the same columns, in their order: many at a time, for a fraction of what one costs.

    Columns that are left out get what the database gives them (a number, null), not the defaults of `tables`.
    """
    _write(conn, table, rows, "")


def put_rows(conn: Connection, table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows, or overwrites those whose key is there already; each key at most once."""
    quote = conn.dialect.identifier_preparer.quote
    values = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in (rows[0] if rows else ()) if name != key)
    _write(conn, table, rows, f" ON CONFLICT ({quote(key)}) DO UPDATE SET {values}")


def _write(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], ending: str) -> None:
    if not rows:
        return
    names = tuple(rows[0])
    statement, changes = _insertion(conn.dialect, table, names)
    columns = [_changed([row[name] for row in rows], changes.get(name)) for name in names]
    conn.exec_driver_sql(statement + ending, list(zip(*columns, strict=True)))


_Change = Callable[[Any], Any]
_INSERTIONS: dict[tuple[str, str, tuple[str, ...]], tuple[str, dict[str, _Change]]] = {}


def _changed(values: list[Any], change: _Change | None) -> list[Any]:
    """The values of a column as the driver wants them; a time that many rows share is put into words once."""
    if change is None:
        return values
    found, last, told = [], object(), None
    for value in values:
        if value is not last:
            last, told = value, change(value)
        found.append(told)
    return found


def _insertion(dialect: Dialect, table: Table, names: tuple[str, ...]) -> tuple[str, dict[str, _Change]]:
    """The statement for these columns in the driver's own words, and how it wants the values of some of them."""
    key = (dialect.name, table.name, names)
    if key not in _INSERTIONS:
        quote, mark = dialect.identifier_preparer.quote, "%s" if dialect.name == "postgresql" else "?"
        columns, marks = ", ".join(map(quote, names)), ", ".join([mark] * len(names))
        changes = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
        _INSERTIONS[key] = (f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})",
                            {name: change for name, change in changes.items() if change is not None})  # fmt: skip
    return _INSERTIONS[key]
