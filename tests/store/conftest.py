"""Every store test runs on SQLite, and on a real PostgreSQL server where one can be started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ptedi.store import Store, open_store
from tests.postgresql import new_database, server

__all__ = ["server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ptedi.db'}"
    return new_database(request.getfixturevalue("server"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()
