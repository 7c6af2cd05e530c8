"""Everything a workspace remembers, without the moments at which it happened."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import DateTime, select

from ptedi.steps.night import Night
from ptedi.store.tables import metadata

FOLDERS = ("inbox", "clearinghouse", "archive", "quarantine", "rejects", "outbox")


def of_store(night: Night) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in order, without times."""
    found = {}
    with night.store.read() as conn:
        for table in metadata.sorted_tables:
            columns = [column for column in table.c if not isinstance(column.type, DateTime)]
            found[table.name] = [tuple(row) for row in conn.execute(select(*columns).order_by(*table.primary_key))]
    return found


def of_folders(root: Path) -> dict[str, str]:
    """Every file of the working folders with its hash."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in FOLDERS for path in sorted((root / folder).rglob("*"))
        if path.is_file() and not path.name.endswith(".tmp")  # half written by somebody killed: swept after a day
    }  # fmt: skip
