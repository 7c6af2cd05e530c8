"""Three nights backfilled, answered, applied file by file, cleared and run again: on servers, as in production.

Once with SQLite and LocalExecutor, once with PostgreSQL, CeleryExecutor, Redis and two workers; in the long form also
with PostgreSQL and LocalExecutor.  No DAG differs.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from ptedi import pipeline
from ptedi.cli import demo
from ptedi.sandbox import practice
from tests.effort import LONG
from tests.postgresql import new_database
from tests.servers.cluster import Cluster, environment, free_port

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

NIGHTS = (date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 19))
VISITS = 7
ENDED = {"success", "failed"}
DAGS = ("claims_nightly", "clearinghouse_sweep", "acknowledgements", "remittances", "denials_daily")
KINDS = {"acknowledgements": "'TA1', '999', '277CA'", "remittances": "'835'"}
COUNTED = ("claims", "claim_events", "batches", "series_log", "payments", "postings", "deposits", "files")


def make(root: Path, url: str | None = None) -> Path:
    """A practice's workspace with the charges of three nights in its inbox."""
    settings = practice.settings(seed=5)
    if url:
        settings += f'\n[store]\nurl = "{url}"\n'
    pipeline.make_workspace(root, settings)
    with pipeline.open_night(root) as night:
        for day in NIGHTS:
            for name, data in practice.charges(5, day, visits=VISITS).items():
                pipeline.drop(night.workspace, name, data)
    return root


def summaries(night: pipeline.Night) -> list[dict[str, Any]]:
    """The numbers of each night, without the alarms: every run here is past its deadline."""
    found: list[dict[str, Any]] = [pipeline.summary(night, day).as_json() for day in NIGHTS]
    for one in found:
        one["work"].pop("night", None)
    return found


@dataclass
class Single:
    """A finished run of a DAG, of which one task after the other is cleared."""

    dag_id: str
    run_id: str
    tasks: set[str]

    @classmethod
    def of(cls, cluster: Cluster, dag_id: str) -> Single:
        """The newest run that went well."""
        runs = cluster.call("GET", f"dags/{dag_id}/dagRuns?limit=100&order_by=-id")["dag_runs"]
        run_id = next(run["dag_run_id"] for run in runs if run["state"] == "success")
        one = cls(dag_id, run_id, set())
        one.tasks = {task for task, _ in one.tries(cluster)}
        return one

    def tries(self, cluster: Cluster) -> dict[tuple[str, int], tuple[int, str]]:
        """How often each task (and each of its mapped instances) was tried, and its state."""
        path = f"dags/{self.dag_id}/dagRuns/{_quoted(self.run_id)}/taskInstances?limit=100"
        return {(one["task_id"], one["map_index"]): (one["try_number"], one["state"])
                for one in cluster.call("GET", path)["task_instances"]}  # fmt: skip

    def clear(self, cluster: Cluster, task: str) -> dict[tuple[str, int], tuple[int, str]]:
        """Clears one task alone; what was known of its tries."""
        known = {at: told for at, told in self.tries(cluster).items() if at[0] == task}
        told = cluster.call("POST", f"dags/{self.dag_id}/clearTaskInstances", {
            "dry_run": False, "dag_run_id": self.run_id, "task_ids": [task], "only_failed": False,
            "include_downstream": False, "include_upstream": False, "reset_dag_runs": True})  # fmt: skip
        assert {one["task_id"] for one in told["task_instances"]} == {task}
        return known

    def again(self, cluster: Cluster, task: str, known: dict[tuple[str, int], tuple[int, str]]) -> bool:
        """Whether it was tried again and ended as before, and the run with it."""
        now = self.tries(cluster)
        run = cluster.call("GET", f"dags/{self.dag_id}/dagRuns/{_quoted(self.run_id)}")
        return run["state"] == "success" and all(
            now[at][1] == state and (now[at][0] > tried or state == "skipped") for at, (tried, state) in known.items())


class Around:
    """A workspace, the cluster that works on it, and the store's own numbers."""

    def __init__(self, root: Path, cluster: Cluster, workers: int) -> None:
        self.root, self.cluster, self.workers = root, cluster, workers

    def figures(self) -> list[dict[str, Any]]:
        with pipeline.open_night(self.root) as night:
            return summaries(night)

    def count(self) -> dict[str, int]:
        with pipeline.open_night(self.root) as night, night.store.read() as conn:
            return {t: conn.execute(sa.text(f"select count(*) from {t}")).scalar_one() for t in COUNTED}

    def at_the_partner(self) -> dict[str, str]:
        """What lies in the partner's folders and in the archive, by its hash."""
        return {str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
                for folder in ("clearinghouse/to", "clearinghouse/from", "archive")
                for path in sorted((self.root / folder).rglob("*")) if path.is_file()}  # fmt: skip

    def rows(self, query: str) -> list[Any]:
        with pipeline.open_night(self.root) as night, night.store.read() as conn:
            return [row[0] for row in conn.execute(sa.text(query))]

    def ended(self, dag_id: str, keys: set[str]) -> None:
        def true() -> bool:
            runs = self.cluster.runs(dag_id)
            return keys <= runs.keys() and all(runs[key] in ENDED for key in keys)

        self.cluster.wait_for(f"{dag_id} has ended", true)
        runs = self.cluster.runs(dag_id)
        assert {key: runs[key] for key in keys} == dict.fromkeys(keys, "success")


ALWAYS = ("sqlite and local", "postgresql, celery and redis")


@pytest.fixture(scope="module", params=[*ALWAYS, "postgresql and local"] if LONG else ALWAYS)
def around(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Around]:
    base = tmp_path_factory.mktemp("servers")
    (logs := base / "logs").mkdir()
    (home := base / "home").mkdir()
    celery = "celery" in request.param
    with ExitStack() as stack:
        more = {"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}
        if request.param == "sqlite and local":
            root = make(base / "workspace")
        else:
            server = request.getfixturevalue("server")
            root, database = make(base / "workspace", new_database(server)), new_database(server)
            more |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
                     "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database}  # fmt: skip
            more |= celery_settings(database, stack, base) if celery else {}
        cluster = stack.enter_context(Cluster(environment(home, root, free_port(), **more), logs))
        for number in range(2 if celery else 0):
            cluster.start("airflow", "celery", "worker", "--concurrency", "2", "--celery-hostname", f"w{number}@%h",
                          "--without-gossip", name=f"worker{number}",
                          AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT=str(free_port()))  # fmt: skip
        cluster.wait_for("the DAGs are known", lambda: len(cluster.call("GET", "dags")["dags"]) == 5)
        for dag_id in ("claims_nightly", "acknowledgements", "remittances"):
            cluster.call("PATCH", f"dags/{dag_id}", {"is_paused": False})
        yield Around(root, cluster, 2 if celery else 0)


def celery_settings(database: str, stack: ExitStack, base: Path) -> dict[str, str]:
    """A broker of our own, the results on PostgreSQL; the words of docs/airflow.md with this machine's ports."""
    redis = shutil.which("redis-server")
    if redis is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    broker = subprocess.Popen([redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(base)],
                              stdout=subprocess.DEVNULL)  # fmt: skip
    stack.callback(broker.wait)
    stack.callback(broker.terminate)
    return {
        "AIRFLOW__CORE__EXECUTOR": "airflow.providers.celery.executors.celery_executor.CeleryExecutor",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{port}/0",
        "AIRFLOW__CELERY__RESULT_BACKEND": "db+" + database,
    }  # fmt: skip


def test_nights_backfilled_are_the_nights_without_airflow(around: Around, tmp_path: Path) -> None:
    around.cluster.call("POST", "backfills", {
        "dag_id": "claims_nightly", "from_date": f"{NIGHTS[0]}T00:00:00-05:00",
        "to_date": f"{NIGHTS[-1]}T23:00:00-05:00", "max_active_runs": 1})  # fmt: skip
    around.ended("claims_nightly", {day.isoformat() for day in NIGHTS})
    plain = make(tmp_path / "plain")
    with pipeline.open_night(plain) as night:
        for day in NIGHTS:
            pipeline.nightly(night, day)
        expected = summaries(night)
    assert around.figures() == expected
    assert sum(one["claims"]["count"] for one in expected) > VISITS


def test_a_run_past_its_deadline_waits_for_a_person(around: Around) -> None:
    def told() -> list[str]:
        return [key for key in around.rows("select key from work_items where kind = 'night'") if "/late/" in key]

    keys = around.cluster.wait_for("the alert", told)
    assert all(re.fullmatch(r"night:(claims_nightly|clearinghouse_sweep)/late/.+", key) for key in keys)


def test_every_file_has_one_run(around: Around) -> None:
    with pipeline.open_night(around.root) as night:
        demo.answer(night.workspace, NIGHTS[-1], seed=5)
    around.cluster.call("PATCH", "dags/clearinghouse_sweep", {"is_paused": False})
    around.cluster.call("POST", "dags/clearinghouse_sweep/dagRuns", {"dag_run_id": "by-hand", "logical_date": None})
    around.ended("clearinghouse_sweep", {"by-hand"})
    found = {dag_id: {f"file-{number}" for number in around.rows(f"select id from files where kind in ({kinds})")}
             for dag_id, kinds in KINDS.items()}  # fmt: skip
    assert all(found.values())
    for dag_id, keys in found.items():
        around.ended(dag_id, keys)
    assert around.rows("select sum(amount_cents) from postings") == [0]
    assert all(one["closes"] for one in around.figures())


def test_cleared_and_run_again_nothing_moves(around: Around) -> None:
    before = around.figures(), around.count()
    for dag_id in ("claims_nightly", "acknowledgements", "remittances"):
        runs = around.cluster.call("GET", f"dags/{dag_id}/dagRuns?limit=100")["dag_runs"]
        run = _quoted(runs[0]["dag_run_id"])
        around.cluster.call("POST", f"dags/{dag_id}/dagRuns/{run}/clear", {"dry_run": False})
        around.ended(dag_id, {runs[0]["partition_key"]})
    assert (around.figures(), around.count()) == before


def test_each_task_of_each_dag_cleared_alone_and_run_again_moves_nothing(around: Around) -> None:
    """One task of every DAG at a time, without those after it, until each had its turn."""
    if around.workers and not LONG:
        pytest.skip("once is enough in the short form: with SQLite and LocalExecutor")
    around.cluster.call("PATCH", "dags/denials_daily", {"is_paused": False})
    around.cluster.call("POST", "dags/denials_daily/dagRuns", {"dag_run_id": "by-hand", "logical_date": None})
    around.ended("denials_daily", {"by-hand"})
    left = {dag_id: Single.of(around.cluster, dag_id) for dag_id in DAGS}
    every = {dag_id: {task["task_id"] for task in around.cluster.call("GET", f"dags/{dag_id}/tasks")["tasks"]}
             for dag_id in DAGS}  # fmt: skip
    assert {dag_id: one.tasks for dag_id, one in left.items()} == every
    before = around.figures(), around.count(), around.at_the_partner()
    cleared = 0
    while turns := [(one, one.tasks.pop()) for one in left.values() if one.tasks]:
        tries = [one.clear(around.cluster, task) for one, task in turns]
        for (one, task), known in zip(turns, tries, strict=True):
            around.cluster.wait_for(f"{task} of {one.dag_id} again", lambda o=one, t=task, k=known: o.again(
                around.cluster, t, k))  # fmt: skip
        cleared += len(turns)
        assert (around.figures(), around.count(), around.at_the_partner()) == before, turns
    assert cleared == sum(map(len, every.values()))


def test_every_worker_took_tasks(around: Around) -> None:
    if around.workers == 0:
        assert around.cluster.env["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
        return
    from celery import Celery

    stats = Celery(broker=around.cluster.env["AIRFLOW__CELERY__BROKER_URL"]).control.inspect(timeout=15).stats()
    took = {name: sum(one["total"].values()) for name, one in stats.items()}
    assert len(took) == around.workers
    assert all(took.values())


def _quoted(text: str) -> str:
    return quote(text, safe="")
