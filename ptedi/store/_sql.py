"""Small things that every module of the store needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Dialect, Table, any_, column, func, insert, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import TypeDecorator, TypeEngine

from ptedi.store import _copy

_T = TypeVar("_T")
CHUNK = 500  # parameters of one IN list


def chunks(values: Sequence[_T], size: int = CHUNK) -> Iterator[Sequence[_T]]:
    """The values in pieces that fit one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def among(conn: Connection, where: Column[Any], values: Iterable[object]) -> ColumnElement[bool]:
    """Whether a column has one of these values, however many, in one parameter: the statement is always the same."""
    wanted = list(values)
    if conn.dialect.name == "postgresql":
        return where == any_(_array(wanted, where.type))
    listed = func.json_each(json.dumps(wanted)).table_valued("value")
    return where.in_(select(listed.c.value))


def pairs(
    conn: Connection, values: Sequence[tuple[object, object]], one: TypeEngine[Any], two: TypeEngine[Any]
) -> FromClause:
    """Pairs of values of these types as a table with the columns `one` and `two`: one or two parameters."""
    if conn.dialect.name == "postgresql":
        firsts, seconds = ([pair[place] for pair in values] for place in (0, 1))
        both = func.unnest(_array(firsts, one), _array(seconds, two))
        return both.table_valued(column("one", one), column("two", two)).render_derived()
    listed = func.json_each(json.dumps(values)).table_valued("value")
    parts = (func.json_extract(listed.c.value, f"$[{place}]", type_=kind) for place, kind in ((0, one), (1, two)))
    return select(*(part.label(name) for part, name in zip(parts, ("one", "two"), strict=True))).subquery()


class _Several(TypeDecorator[Sequence[object]]):
    """Many of a kind in one parameter that is an array from the start: the planner knows what it holds."""

    impl = postgresql.ARRAY
    cache_ok = True

    def __init__(self, item_type: TypeEngine[Any]) -> None:
        super().__init__(item_type)
        self.item_type = item_type

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        """The driver gets the array in words; see `_copy.array`."""
        return _copy.array


def _array(values: Sequence[object], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return literal(values, _Several(_copy.uncut(kind)))


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
    if len(rows) == 1:
        return [int(conn.execute(insert(table).returning(table.c.id), rows[0]).scalar_one())]
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
    if rows:
        insert_tuples(conn, table, tuple(rows[0]), [tuple(row.values()) for row in rows])


def insert_tuples(conn: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """The same of rows that are tuples of these columns.

    Raises:
        IntegrityError: a constraint is broken.
    """
    if conn.dialect.name == "postgresql":
        if rows:
            _copy.copy(conn, table, names, rows)
    else:
        _write(conn, table, names, list(zip(*rows, strict=True)), "")


def put_rows(
    conn: Connection, table: Table, key: str, rows: Sequence[Mapping[str, Any]], *, missing: bool = False
) -> None:
    """Inserts rows, or overwrites those whose key is there already (only what is `missing`); each key at most once."""
    if not rows:
        return
    names = tuple(rows[0])
    columns = [tuple(row[name] for row in rows) for name in names]
    if conn.dialect.name == "postgresql":
        _copy.put(conn, table, key, names, columns, missing=missing)
        return
    quote = conn.dialect.identifier_preparer.quote
    values = _copy.changes(table, [name for name in names if name != key], missing=missing)
    _write(conn, table, names, columns, f" ON CONFLICT ({quote(key)}) DO UPDATE SET {values}")


def _write(
    conn: Connection, table: Table, names: tuple[str, ...], columns: Sequence[Sequence[Any]], ending: str
) -> None:
    if columns:
        statement, changes = _insertion(conn.dialect, table, names)
        told = [_changed(column, changes.get(name)) for name, column in zip(names, columns, strict=True)]
        conn.exec_driver_sql(statement + ending, list(zip(*told, strict=True)))


_Change = Callable[[Any], Any]
_INSERTIONS: dict[tuple[str, str, tuple[str, ...]], tuple[str, dict[str, _Change]]] = {}


def _changed(values: Sequence[Any], change: _Change | None) -> Sequence[Any]:
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
        quote = dialect.identifier_preparer.quote
        columns, marks = ", ".join(map(quote, names)), ", ".join("?" * len(names))
        changes = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
        _INSERTIONS[key] = (f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})",
                            {name: change for name, change in changes.items() if change is not None})  # fmt: skip
    return _INSERTIONS[key]
