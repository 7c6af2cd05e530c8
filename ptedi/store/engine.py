"""Opening the store: one engine per workspace, SQLite in WAL mode with foreign keys, or PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url

_OF_ROWS = ("22", "23", "44")  # classes of SQLSTATE: data exception, broken constraint, check of a view
READ_ONLY = "ptedi_read_only"  # execution option: begin without the write lock


def keep_quiet(problem: BaseException) -> None:
    """Takes the values of rows out of what PostgreSQL says of an error: they are patient data.

    Its details and contexts hold them (`Key (name)=(...) already exists`, `Failing row contains ...`), and so may its
    first line.  What is left is the kind of error, its SQLSTATE and which table, column or constraint it is about.
    Errors of the server as a whole are left as they are: they speak of no row, and who waits for it reads them.
    """
    known: Any = getattr(problem, "diag", None)
    state = getattr(known, "sqlstate", None)
    if state is None or state[:2] not in _OF_ROWS:
        return
    about = filter(None, (known.table_name, known.column_name, known.constraint_name))
    problem.args = (" ".join((f"SQLSTATE {state}", *about)),)


def _untold(context: ExceptionContext) -> None:
    keep_quiet(context.original_exception)
    told = context.sqlalchemy_exception
    if told is not None and context.original_exception.args:
        told.args = (f"({type(context.original_exception).__name__}) {context.original_exception}", *told.args[1:])


def open_engine(url: str) -> Engine:
    """An engine for a database URL; a new SQLite file is private to its owner (0600)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        server = create_engine(url, pool_pre_ping=True, hide_parameters=True)
        event.listen(server, "handle_error", _untold)
        return server
    if parsed.database and parsed.database != ":memory:":
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    # hide_parameters: exception texts end up in logs, and parameters are patient data
    engine = create_engine(url, connect_args={"timeout": 30}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=30000",
                       "cache_size=-32768", "wal_autocheckpoint=4000"):  # 32 MB; 16 MB of log before it is copied
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # take the write lock at once: two nights on one file queue up instead of failing half-way
        reading = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
