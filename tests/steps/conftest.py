"""A small practice's workspace with the clock held still."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ptedi.sandbox import practice
from ptedi.steps.night import Night, make_workspace, open_night
from tests.postgresql import server
from tests.sqlite import with_tables

__all__ = ["server"]
DAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "practice"
    make_workspace(root, practice.settings())
    shutil.copy(with_tables(), root / "ptedi.db")
    return root


@pytest.fixture
def drop(workspace: Path) -> Callable[..., None]:
    """Drops a day's charges of a few visits into the inbox."""

    def run(*, visits: int = 8, day: dt.date = DAY, bad_rows: bool = False, seed: int = 3) -> None:
        for name, data in practice.charges(seed, day, visits=visits, bad_rows=bad_rows).items():
            (workspace / "inbox" / name).write_bytes(data)

    return run


@pytest.fixture
def night(workspace: Path) -> Iterator[Night]:
    with open_night(workspace) as opened:
        yield opened


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Night]:
    """A night of fourteen visits that is delivered and not answered."""
    from tests.steps import sent as world  # it takes DAY from here

    with world.copy(world.made(), tmp_path / "practice") as opened:
        yield opened
