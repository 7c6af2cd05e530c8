"""`ptedi demo`: a small earlier night, then tonight, through the real DAGs, with the sandbox clearinghouse answering."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ptedi import dates, pipeline
from ptedi.config import Workspace, data_folder, open_workspace
from ptedi.sandbox import clearinghouse, practice

SEED = 20261
EARLIER = timedelta(days=7)


class Run(Protocol):
    """Runs one DAG, or the same calls without Airflow."""

    def __call__(self, dag_id: str, **conf: object) -> None:
        """Runs it to its end."""


def make_workspace(root: Path) -> Workspace:
    """The synthetic practice's workspace; an existing one is used as it is."""
    if not (root / "ptedi.toml").exists():
        pipeline.make_workspace(root, practice.settings())
    return open_workspace(root)


def nights(tonight: date) -> tuple[tuple[date, int], ...]:
    """The service dates of the demo with their number of visits: one a week ago to have a past, then tonight's."""
    return (tonight - EARLIER, 24), (tonight, 400)


def run(root: Path, tonight: date, *, airflow: bool, console: Console) -> None:
    """Runs both nights in the workspace; running it again finds everything done."""
    workspace = make_workspace(root)
    dropped = []
    for day, visits in nights(tonight):
        dropped.append((day, practice.charges(SEED, day, visits=visits)))
    steps = 9
    with _progress(console) as progress, _quiet(workspace.folder("logs") / "airflow.log", console):
        task = progress.add_task("starting Airflow" if airflow else "starting", total=len(dropped) * steps)
        start = time.monotonic()
        execute: Run = _with_airflow(root) if airflow else _without_airflow(root)
        for day, charges in dropped:
            def tell(words: str, day: date = day) -> None:
                progress.update(task, advance=1, description=f"{day:%a %d %b}: {words}")

            for name, data in charges.items():
                pipeline.drop(workspace, name, data)
            tell(f"{len(charges)} charge files captured")
            tell("coding, scrubbing, building, delivering")
            execute("claims_nightly", service_date=day.isoformat())
            for stage in ("acknowledgements", "remittances"):
                tell(f"the clearinghouse answers: {stage}")
                clearinghouse.run(workspace.root / "clearinghouse/to", workspace.root / "clearinghouse/from",
                                  workspace.root / "clearinghouse/state", seed=SEED, today=day)  # fmt: skip
                _inbound(workspace, execute, tell)
            tell("routing denials")
            execute("denials_daily")
        progress.update(task, completed=len(dropped) * steps,
                        description=f"two nights in {time.monotonic() - start:.0f} s")  # fmt: skip


def _inbound(workspace: Workspace, execute: Run, tell: Callable[[str], None]) -> None:
    execute("clearinghouse_sweep")
    with pipeline.open_night(workspace.root) as night:
        waiting = pipeline.waiting_files(night)
    tell(f"{len(waiting.acknowledgements)} acknowledgement and {len(waiting.remittances)} remittance files")
    for number in waiting.acknowledgements:
        execute("acknowledgements", file_id=number)
    for number in waiting.remittances:
        execute("remittances", file_id=number)


def _with_airflow(root: Path) -> Run:
    from ptedi.airflow import local

    dags = data_folder("dags")
    local.use(local.settings(root / ".airflow", dags, root))
    local.prepare()
    runner = local.Runner(dags)

    def execute(dag_id: str, **conf: object) -> None:
        runner.run(dag_id, **conf)

    return execute


def _without_airflow(root: Path) -> Run:
    def execute(dag_id: str, **conf: object) -> None:
        with pipeline.open_night(root) as night:
            if dag_id == "claims_nightly":
                pipeline.nightly(night, date.fromisoformat(str(conf["service_date"])))
            elif dag_id == "clearinghouse_sweep":
                pipeline.collect_inbound(night)
            elif dag_id == "acknowledgements":
                pipeline.apply_acknowledgements(night, int(str(conf["file_id"])))
            elif dag_id == "remittances":
                pipeline.post_remittances(night, int(str(conf["file_id"])))
                pipeline.reconcile_deposits(night)
            else:
                pipeline.route_denials(night)

    return execute


def _progress(console: Console) -> Progress:
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                    TimeElapsedColumn(), console=console)  # fmt: skip


@contextmanager
def _quiet(log: Path, console: Console) -> Iterator[None]:
    """Airflow's chatter goes to the workspace's log; the console of the demo keeps its own stream."""
    console.file = os.fdopen(os.dup(console.file.fileno()), "w") if hasattr(console.file, "fileno") else console.file
    with log.open("a", encoding="utf-8") as stream, redirect_stdout(stream), redirect_stderr(stream):
        log.chmod(0o600)
        yield


def default_date() -> date:
    """The last weekday before today: the day whose charges a night bills."""
    day = dates.today() - timedelta(days=1)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return day
