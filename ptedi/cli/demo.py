"""`ptedi demo`: a small earlier night, then tonight, through the real DAGs; the sandbox clearinghouse answers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ptedi import dates, pipeline
from ptedi.config import Workspace, data_folder, open_workspace
from ptedi.disk import write_whole
from ptedi.errors import ConfigurationError, InterlockError
from ptedi.sandbox import clearinghouse, practice
from ptedi.sandbox.oracle import SandboxReport

SEED = 20261
VISITS = 400
SATURDAY = 5
EARLIER = timedelta(days=7)
CLOCK = ("20:30:00", "21:00:00", "22:30:00", "22:40:00", "22:50:00")
"""When each stage of a first demo happens (UTC): nothing is answered before it is sent."""
STAGES = ("charges out", "the clearinghouse answers", "acknowledgements", "remittances", "denials")


class Run(Protocol):
    """Runs one DAG, or the same calls without Airflow."""

    def __call__(self, dag_id: str, **conf: object) -> None:
        """Runs it to its end."""


def make_workspace(root: Path) -> Workspace:
    """The synthetic practice's workspace; an existing one of it is used as it is.

    Raises:
        InterlockError: it is a production workspace.
        ConfigurationError: it is another practice's, whose authorizations and contracts the demo would overwrite.
    """
    if not (root / "ptedi.toml").exists():
        pipeline.make_workspace(root, practice.settings(seed=SEED))
    workspace = open_workspace(root)
    _only_a_test(workspace)
    if (of := workspace.table("practice").get("id")) != practice.PRACTICE_ID:
        raise ConfigurationError(f"{root} is the workspace of the practice {of}, not of the demo's: the demo would put "
                                 "invented visits into it and write over its authorizations and contracts",
                                 hint="give the demo a folder of its own: `ptedi demo DIR`")  # fmt: skip
    return workspace


def _only_a_test(workspace: Workspace) -> None:
    """Invented answers pay with invented money: never into the books of a practice."""
    if workspace.environment != "T":
        raise InterlockError(f"{workspace.root} is a production workspace (environment {workspace.environment}): the "
                             "sandbox's answers and payments are invented and would be posted as money",
                             hint="the sandbox and the demo work in a test workspace only")  # fmt: skip


def nights(tonight: date, visits: int) -> tuple[tuple[date, int], ...]:
    """The service dates of the demo with their number of visits: one a week ago to have a past, then tonight's."""
    return (tonight - EARLIER, min(visits, 24)), (tonight, visits)


def run(root: Path, tonight: date, *, airflow: bool, console: Console, visits: int = VISITS) -> None:
    """Runs both nights in the workspace; running it again finds everything done."""
    first = not (root / "ptedi.toml").exists()
    workspace = make_workspace(root)
    for name, data in (practice.kept(SEED, nights(tonight, visits)) | practice.agreements()).items():
        (root / name).parent.mkdir(exist_ok=True, mode=0o700)
        write_whole(root / name, data)
    dropped = []
    for day, count in nights(tonight, visits):
        dropped.append((day, practice.charges(SEED, day, visits=count)))
    with _progress(console) as progress, _quiet(workspace.folder("logs") / "airflow.log"), _clock():
        task = progress.add_task("starting Airflow" if airflow else "starting", total=len(dropped) * len(STAGES))
        start = time.monotonic()
        execute: Run = _with_airflow(root) if airflow else _without_airflow(root)
        for day, charges in dropped:

            def tell(stage: int, day: date = day) -> None:
                progress.update(task, advance=1, description=f"{day:%a %d %b}: {STAGES[stage]}")
                if first:
                    os.environ["PTEDI_NOW"] = f"{day}T{CLOCK[stage]}+00:00"

            tell(0)
            for name, data in charges.items():
                pipeline.drop(workspace, name, data)
            execute("claims_nightly", service_date=day.isoformat())
            tell(1)
            answer(workspace, day)
            execute("clearinghouse_sweep")
            with pipeline.open_night(root) as night:
                waiting = pipeline.waiting_files(night)
            tell(2)
            for number in waiting.acknowledgements:
                execute("acknowledgements", file_id=number)
            tell(3)
            for number in waiting.remittances:
                execute("remittances", file_id=number)
            tell(4)
            execute("denials_daily")
        words = f"two nights in {time.monotonic() - start:.0f} s"
        progress.update(task, completed=len(dropped) * len(STAGES), description=words)


def answer(workspace: Workspace, day: date, *, seed: int | None = None) -> SandboxReport:
    """Lets the sandbox clearinghouse answer what waits in the drop folder; the seed is the workspace's own.

    Raises:
        InterlockError: it is a production workspace.
    """
    _only_a_test(workspace)
    folder = workspace.folder("clearinghouse")
    chosen = int(workspace.table("sandbox").get("seed", SEED)) if seed is None else seed
    return clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=chosen, today=day)


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
                pipeline.bill_next_payers(night)
                pipeline.route_denials(night)
                pipeline.compare_payments(night)
                pipeline.take_census(night)

    return execute


def _progress(console: Console) -> Progress:
    # bound to the stream of now: standard error is turned away while Airflow talks
    bound = Console(file=console.file, quiet=console.quiet)
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                    TimeElapsedColumn(), console=bound)  # fmt: skip


@contextmanager
def _clock() -> Iterator[None]:
    """Puts the clock back to what it was."""
    before = os.environ.get("PTEDI_NOW")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("PTEDI_NOW", None)
        else:
            os.environ["PTEDI_NOW"] = before


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """Airflow's chatter goes to the workspace's log; the console of the demo keeps its own stream."""
    handle = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as stream, redirect_stdout(stream), redirect_stderr(stream):
        yield


def default_date() -> date:
    """The last weekday before today: the day whose charges a night bills."""
    day = dates.today() - timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return day
