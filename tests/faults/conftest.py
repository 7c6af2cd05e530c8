"""One prepared workspace and its undisturbed night for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.plug import remembered_verdicts
from tests.faults.trials import Ground, ground
from tests.postgresql import server

__all__ = ["server"]
VISITS, EARLIER, PER_FILE = 10, 6, 5


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """On SQLite."""
    yield from _ground(tmp_path_factory.mktemp("lite"))


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory, server: Any) -> Iterator[Ground]:
    """On PostgreSQL."""
    yield from _ground(tmp_path_factory.mktemp("full"), server)


def _ground(base: Path, running: Any = None) -> Iterator[Ground]:
    before = os.environ.get("PTEDI_NOW")
    with remembered_verdicts():
        made = ground(base, visits=VISITS, earlier=EARLIER, per_file=PER_FILE, server=running, again=1)
        _clock_back(before)
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Ground:
    """On each of the two."""
    made: Ground = request.getfixturevalue("lite" if request.param == "sqlite" else "full")
    return made


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """The night holds the clock still in this very process; other tests get it back."""
    before = os.environ.get("PTEDI_NOW")
    yield
    _clock_back(before)


@pytest.fixture
def fresh() -> Iterator[Callable[[Ground], Path]]:
    """Copies of a prepared workspace, gone at the end of the test."""
    with ExitStack() as stack:
        yield lambda made: stack.enter_context(made.copy())


def _clock_back(before: str | None) -> None:
    os.environ.pop("PTEDI_NOW", None)
    if before is not None:
        os.environ["PTEDI_NOW"] = before
