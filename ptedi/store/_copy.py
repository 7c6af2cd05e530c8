"""PostgreSQL's own ways of writing many rows: COPY, and an upsert of whole columns in one statement.

Everything stays in the caller's transaction, and what goes wrong is told as SQLAlchemy tells it, without the values
(they are patient data).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import String, TypeEngine

from ptedi.store.engine import keep_quiet


def copy(conn: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes rows of these columns; the others take the database's own defaults.

    Raises:
        IntegrityError: a constraint is broken.
    """
    statement = f"COPY {table.name} ({_listed(names)}) FROM STDIN"
    driver: Any = conn.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as stream:
            write = stream.write_row
            for row in rows:
                write(row)
    except Exception as problem:
        raise _told(conn, statement, problem) from problem


def put(
    conn: Connection, table: Table, key: str, names: Sequence[str], columns: Sequence[Sequence[object]], *,
    missing: bool = False,
) -> None:  # fmt: skip
    """Writes whole columns as rows, over those whose key is there already: all of them, or what is missing there."""
    arrays = ", ".join(f"%s::{uncut(table.c[name].type).compile(conn.dialect)}[]" for name in names)
    changed = changes(table, [name for name in names if name != key], missing=missing)
    conn.exec_driver_sql(f"INSERT INTO {table.name} ({_listed(names)}) SELECT * FROM unnest({arrays}) "
                         f'ON CONFLICT ("{key}") DO UPDATE SET {changed}', tuple(map(array, columns)))  # fmt: skip


def uncut(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type to cast a value to: of texts one of any length, for a cast to VARCHAR(20) cuts a longer one silently."""
    return String() if isinstance(kind, String) else kind


def array(values: Iterable[object]) -> str:
    """Values in PostgreSQL's words for an array; a driver that asks each what it is takes several times as long."""
    return "{" + ",".join(map(_word, values)) + "}"


def _word(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    if value is None:
        return "NULL"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def changes(table: Table, names: Sequence[str], *, missing: bool) -> str:
    """What an upsert does to a row that is there, the same on both databases."""
    new = 'coalesce({table}."{name}", excluded."{name}")' if missing else 'excluded."{name}"'
    return ", ".join(f'"{name}" = ' + new.format(table=table.name, name=name) for name in names)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _told(conn: Connection, statement: str, problem: Exception) -> BaseException:
    """The driver's error as SQLAlchemy's; a connection that is gone is not used again."""
    dbapi: Any = conn.dialect.dbapi
    if not isinstance(problem, dbapi.Error):
        return problem
    keep_quiet(problem)
    gone = conn.dialect.is_disconnect(problem, conn.connection.dbapi_connection, None)
    told: BaseException = DBAPIError.instance(statement, None, problem, dbapi.Error, hide_parameters=True,
                                              connection_invalidated=gone, dialect=conn.dialect)  # fmt: skip
    if gone:
        conn.invalidate(problem)
    return told
