"""Whole nights through the real DAGs in this process: the same as without Airflow, and twice is once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from ptedi import pipeline
from ptedi.airflow.local import Runner
from ptedi.cli import demo

pytestmark = pytest.mark.airflow

TONIGHT = date(2026, 11, 19)
VISITS = 60


@pytest.fixture(scope="module")
def workspace(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("practice")
    patch = pytest.MonkeyPatch()
    patch.setenv("PTEDI_WORKSPACE", str(root))
    patch.setattr(demo, "_with_airflow", lambda _root: runner.run)
    demo.run(root, TONIGHT, airflow=True, console=Console(quiet=True), visits=VISITS)
    yield root
    patch.undo()


def figures(root: Path) -> dict[str, object]:
    with pipeline.open_night(root) as night:
        return pipeline.summary(night, TONIGHT).as_json()


def rows(root: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(root / "ptedi.db")) as connection:
        return connection.execute(query).fetchall()


def test_the_night_closes_to_the_cent(workspace: Path) -> None:
    found = figures(workspace)
    assert found["closes"] is True
    for name in ("equation", "books", "remittances", "bank"):
        assert found[name]["unexplained"] == "0.00"  # type: ignore[index]
    assert found["claims"]["count"] == found["charges"]["visits"] > VISITS / 2  # type: ignore[index]
    assert rows(workspace, "select sum(amount_cents) from postings") == [(0,)]


def test_every_dag_ran_its_tasks(workspace: Path, runner: Runner) -> None:
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        done = {(ti.dag_id, ti.task_id): ti.state for ti in session.query(TaskInstance)}
    assert set(done.values()) == {"success"}
    assert {dag_id for dag_id, _ in done} == set(runner.bag.dags)


def test_xcom_holds_ids_and_counts_only(workspace: Path) -> None:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    names = {str(name).upper() for row in rows(workspace, "select patient_id from visits") for name in row}
    with create_session() as session:
        texts = [str(x.value) for x in session.query(XComModel)]
    assert texts
    for text in texts:
        assert not any(name in text.upper() for name in names)
        assert "TAM" not in text  # no control number of a claim either


def test_without_airflow_the_night_is_the_same(workspace: Path, tmp_path: Path) -> None:
    demo.run(tmp_path, TONIGHT, airflow=False, console=Console(quiet=True), visits=VISITS)
    assert figures(tmp_path) == figures(workspace)


def test_running_it_again_doubles_nothing(workspace: Path) -> None:
    # what the first evening left to bill to next payers goes out in the run after it; then everything is done
    demo.run(workspace, TONIGHT, airflow=True, console=Console(quiet=True), visits=VISITS)
    counts = [f"select count(*) from {table}" for table in ("claims", "batches", "payments", "postings", "work_items",
                                                            "series_log", "claim_events", "deposits")]  # fmt: skip
    before = [rows(workspace, query) for query in counts], figures(workspace)
    sent = sorted(p.name for p in (workspace / "clearinghouse/to").iterdir())
    demo.run(workspace, TONIGHT, airflow=True, console=Console(quiet=True), visits=VISITS)
    assert ([rows(workspace, query) for query in counts], figures(workspace)) == before
    assert sorted(p.name for p in (workspace / "clearinghouse/to").iterdir()) == sent


def test_a_task_cleared_and_run_again_changes_nothing(workspace: Path, runner: Runner) -> None:
    before = figures(workspace), rows(workspace, "select count(*) from postings")
    for (number,) in rows(workspace, "select id from files where kind = '835'"):
        runner.run("remittances", file_id=number)
    for (number,) in rows(workspace, "select id from files where kind in ('TA1', '999', '277CA')"):
        runner.run("acknowledgements", file_id=number)
    assert (figures(workspace), rows(workspace, "select count(*) from postings")) == before


def test_what_a_night_leaves_is_private(workspace: Path) -> None:
    open_to_others = [p for p in workspace.rglob("*") if ".airflow" not in p.parts and not p.is_symlink()
                      and p.stat().st_mode & 0o077]  # fmt: skip
    assert open_to_others == []
