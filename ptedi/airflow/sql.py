"""Charges out of a practice's own database: a query through an Airflow connection, its rows as a file in the inbox.

The query names its columns as charge files do (docs/intake.md).  From the inbox on, everything is as for any other
charge file: archived, judged row by row, refused rows handed back.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ptedi.errors import ConfigurationError

MAX_ROWS = 200_000


def drop_charges(conn_id: str, sql: str, *, name: str, parameters: Sequence[Any] | Mapping[str, Any] = (),
                 workspace: Path | None = None) -> dict[str, Any]:  # fmt: skip
    """Runs a query and drops its rows into the inbox as `charges-NAME-SHA256.csv`; the same rows are the same file.

    Args:
        conn_id: the Airflow connection: of any provider with a DB-API hook, or of type `sqlite` (opened read-only).
        sql: the query, with the placeholders of its database.
        name: what the file is called after, for example the id of the source and the service date; no patient data.
        parameters: values for the placeholders.
        workspace: the workspace; without it the one that PTEDI_WORKSPACE names.

    Returns:
        For XCom: the number of rows, the file's name and sha256; without rows no file is dropped.

    Raises:
        ConfigurationError: the connection is of no database, or the query yields more rows than a file may have.
    """
    from ptedi import intake  # noqa: PLC0415
    from ptedi.config import open_workspace  # noqa: PLC0415
    from ptedi.disk import clean_name, write_whole  # noqa: PLC0415

    description, rows = _fetch(conn_id, sql, parameters)
    if len(rows) > MAX_ROWS:
        raise ConfigurationError(f"the query of {name} yields more than {MAX_ROWS:,} rows",
                                 hint="select one service date at a time")
    if not rows:
        return {"rows": 0}
    data = intake.as_csv(description, rows)
    sha256 = hashlib.sha256(data).hexdigest()
    opened = open_workspace(workspace or Path(os.environ.get("PTEDI_WORKSPACE", "demo")))
    path = opened.folder("inbox") / clean_name(f"charges-{name[:60]}-{sha256[:12]}.csv").replace("/", "_")
    write_whole(path, data)
    return {"rows": len(rows), "file": path.name, "sha256": sha256}


def _fetch(conn_id: str, sql: str, parameters: Sequence[Any] | Mapping[str, Any]
           ) -> tuple[Sequence[Sequence[object]], list[Sequence[object]]]:  # fmt: skip
    """Description and rows, by the DB-API itself: a hook's own `run` would write the parameters to the log."""
    with closing(_connect(conn_id)) as conn, closing(conn.cursor()) as cursor:
        cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
        return cursor.description or (), list(cursor.fetchmany(MAX_ROWS + 1))


def _connect(conn_id: str) -> Any:
    from airflow.providers.common.sql.hooks.sql import DbApiHook  # noqa: PLC0415
    from airflow.sdk import BaseHook  # noqa: PLC0415

    connection = BaseHook.get_connection(conn_id)
    if connection.conn_type == "sqlite":
        where = Path(connection.host or connection.schema or "")
        return sqlite3.connect(f"{where.resolve().as_uri()}?mode=ro", uri=True)
    hook = connection.get_hook()  # type: ignore[no-untyped-call]
    if not isinstance(hook, DbApiHook):
        raise ConfigurationError(f"the Airflow connection {conn_id} is of no database")
    return hook.get_conn()
