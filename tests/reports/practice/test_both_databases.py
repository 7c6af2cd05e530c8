"""The same store on SQLite and on PostgreSQL: every report, split every way and opened, says the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from ptedi import dates
from ptedi.reports.practice.facts import Facts, Window
from ptedi.reports.practice.frames import practice_frames
from ptedi.reports.practice.make import REPORTS, make
from ptedi.reports.practice.report import Report
from ptedi.steps.night import Night
from ptedi.steps.reporting import StoreSource
from ptedi.store import Store, open_store
from ptedi.store._sql import insert_tuples
from ptedi.store.tables import metadata
from tests.postgresql import new_database

WINDOWS = ((date(2026, 9, 8), date(2026, 9, 21)), (date(2026, 7, 1), date(2027, 1, 15)))


@pytest.fixture(scope="module")
def twin(month: Path, server: Any) -> Iterator[Store]:
    """A copy of the month's store on PostgreSQL."""
    lite, copy = open_store(f"sqlite:///{month / 'ptedi.db'}"), open_store(new_database(server))
    with lite.read() as source, copy.begin() as target:
        for table in metadata.sorted_tables:
            target.execute(table.delete())
            rows = [tuple(row) for row in source.execute(select(table))]
            insert_tuples(target, table, tuple(table.c.keys()), rows)
        assert set(inspect(target).get_table_names()) >= set(metadata.tables)
        assert target.execute(text("select count(*) from postings")).scalar_one() > 0
    yield copy
    copy.close()
    lite.close()


def told(made: Report) -> dict[str, Any]:
    views = {view.key: view.rows() for view in [*made.views, *([made.rows] if made.rows is not None else [])]}
    return {"views": views, "pictures": made.pictures, "method": made.method, "empty": made.is_empty}


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_the_same(night: Night, twin: Store, name: str) -> None:
    asked = [((), ""), ((REPORTS[name].by[-1],), ""), (REPORTS[name].by, "recovery" if name == "kpis" else "all")]
    for first, last in WINDOWS:
        for by, rows in asked:
            found = []
            for store in (night.store, twin):
                with store.read() as conn:
                    facts = Facts(StoreSource(conn), Window(first=first, last=last), dates.now(), detail=bool(rows),
                                  reads=REPORTS[name].reads, split=by)  # fmt: skip
                    found.append(told(make(name, facts, by, rows)))
            assert found[0] == found[1], (by, rows)


def test_every_table_is_the_same(night: Night, twin: Store) -> None:
    window = Window(first=date.min, last=date.max)
    found = []
    for store in (night.store, twin):
        with store.read() as conn:
            found.append(practice_frames(Facts(StoreSource(conn), window, dates.now())))
    for name in type(found[0]).__slots__:
        left, right = (getattr(one, name) for one in found)
        assert len(left) == len(right)
        assert left.equals(right), [column for column in left if not left[column].equals(right[column])]
