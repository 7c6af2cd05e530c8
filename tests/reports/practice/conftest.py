"""A month of a synthetic practice: charges, answers, remittances, some denials worked; built once a session.

PTEDI_MONTH_VISITS says how many visits (1,500 unless told; `make month` takes 10,000).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.cli import demo
from ptedi.config import open_workspace
from ptedi.sandbox import practice
from ptedi.steps.night import Night
from tests.reports.practice import oracle

SEED = 77
VISITS = int(os.environ.get("PTEDI_MONTH_VISITS", "1500"))
NIGHTS = 22 if VISITS > 5000 else 8
FIRST = dt.date(2026, 9, 1)


def days() -> list[dt.date]:
    """The service dates of the month, weekdays."""
    weekdays = [d for d in (FIRST + dt.timedelta(n) for n in range(30)) if d.weekday() < 5]
    return weekdays[:: max(1, len(weekdays) // NIGHTS)][:NIGHTS]


def clock(day: dt.date, hours: int) -> None:
    os.environ["PTEDI_NOW"] = (dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(hours=hours)).isoformat()


def build(root: Path, visits: int = VISITS) -> None:
    """Runs the nights of the month; answers come after one to three days."""
    pipeline.make_workspace(root, practice.settings(seed=SEED) + "\n[checks]\npyx12 = 5\n")
    workspace = open_workspace(root)
    for number, day in enumerate(days()):
        clock(day, 26 + 3 * (number % 5))
        for name, data in practice.charges(SEED, day, visits=visits // NIGHTS + 20).items():
            pipeline.drop(workspace, name, data)
        with pipeline.open_night(root) as night:
            pipeline.nightly(night, day)
        later = 1 + number % 3
        demo.answer(workspace, day + dt.timedelta(later), seed=SEED)
        clock(day, 24 * (later + 1) + 2)
        with pipeline.open_night(root) as night:
            pipeline.collect(night)


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("month") / "practice"
    with pytest.MonkeyPatch.context() as patch:  # the clock of the month is not that of the session
        patch.setenv("PTEDI_NOW", "2026-09-01T00:00:00+00:00")
        build(root)
    oracle.work_some_denials(root)
    return root


@pytest.fixture
def night(month: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    monkeypatch.setenv("PTEDI_NOW", "2026-10-15T12:00:00+00:00")
    with pipeline.open_night(month) as opened:
        yield opened
