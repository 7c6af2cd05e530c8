"""Every store test runs on SQLite, and on a real PostgreSQL server where one can be started."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptedi.store import Store, open_store
from tests.postgresql import new_database, server
from tests.sqlite import with_tables

__all__ = ["server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; its tables are there if the test asks for the store too."""
    tables = "store" in request.fixturenames
    if request.param == "postgresql":
        return new_database(request.getfixturevalue("server"), tables=tables)
    if tables:
        shutil.copy(with_tables(), tmp_path / "ptedi.db")
    return f"sqlite:///{tmp_path / 'ptedi.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()
