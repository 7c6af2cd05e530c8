"""`ptedi init`, `demo`, `nightly`, `collect`, `summary`, `sandbox`, `up`: running nights."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ptedi import dates, pipeline
from ptedi.cli.common import OUR_FAULT, JsonOption, WorkspaceOption, day_option, emit, err, out, workspace_path
from ptedi.findings import counted
from ptedi.money import usd

DayOption = Annotated[
    str | None, typer.Option("--date", "-d", metavar="YYYY-MM-DD", help="Service date.", show_default=False)
]

PrepareOption = Annotated[
    bool, typer.Option("--prepare", help="Only migrate Airflow's database and make the pools, then end.")
]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (demo, init, nightly, collect, summary, sandbox, up):
        app.command(command.__name__)(command)


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make the workspace in.")],
) -> None:
    """Make a workspace: its folders and a ptedi.toml to fill in (it holds the synthetic practice as the example).

    Drop captured charges (CSV or XML) into FOLDER/inbox and run `ptedi nightly`.
    """
    from ptedi.sandbox import practice

    if (folder / "ptedi.toml").exists():
        err.print(f"{folder} is a workspace already; nothing was changed", highlight=False)
        raise typer.Exit(1)
    pipeline.make_workspace(folder, practice.settings())
    out.print(f"{folder} is ready.  Edit {folder}/ptedi.toml, drop charges into {folder}/inbox, then:\n"
              f"  ptedi nightly --workspace {folder} --date YYYY-MM-DD", highlight=False)  # fmt: skip


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder of the demo workspace.")] = Path("demo"),
    service_date: DayOption = None,
    visits: Annotated[int, typer.Option("--visits", min=1, max=100_000, help="Visits of the night.")] = 400,
    airflow: Annotated[bool, typer.Option("--airflow/--no-airflow", help="Through the real DAGs, or the same calls "
                                                                         "without Airflow (seconds).")] = True,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Run a night of a synthetic practice: 400 visits from captured charges to posted remittances.

    3 clinics, 8 clinicians, 6 payers; a sandbox clearinghouse answers with TA1, 999, 277CA and 835.  Everything is
    seeded: the same day gives the same night, and running it twice sends and posts nothing twice.
    """
    from ptedi.cli import demo as night_of_a_practice
    from ptedi.cli.summary_view import next_steps, show

    tonight = day_option(service_date) or night_of_a_practice.default_date()
    night_of_a_practice.run(folder, tonight, airflow=airflow, console=err, visits=visits)
    with pipeline.open_night(folder) as night:
        result = pipeline.summary(night, tonight)
    if as_json:
        emit(result.as_json())
        return
    show(result)
    next_steps(folder)


def nightly(workspace: WorkspaceOption = None, service_date: DayOption = None, as_json: JsonOption = False) -> None:
    """Bill one service date: read new charges, code, scrub, build 837P files, deliver them.

    Run it again at any time: what is done is found done.  Default date: yesterday, by the
    practice's clock (time_zone in ptedi.toml, else UTC).  Exit code 1 when a file could not be delivered, or nobody
    knows whether it was; a work item says what to do.
    """
    from ptedi.cli.summary_view import steps

    wanted = day_option(service_date)
    with pipeline.open_night(workspace_path(workspace)) as night:
        result = pipeline.nightly(night, wanted or night.today() - timedelta(days=1))
        lost = [one.id for one in pipeline.batching.lost(night)]
    _tell_of_stuck(result.extracted.stuck_in_inbox)
    if as_json:
        emit(msgspec.to_builtins(result))
    else:
        steps(result)
    undelivered = len(result.delivered.failed) + len(result.delivered.unknown)
    if undelivered:
        err.print(f"{counted(undelivered, 'batch', 'batches')} not delivered: `ptedi work --kind acknowledgement` says "
                  "why, `ptedi batch settle` what became of it", highlight=False)  # fmt: skip
    if lost:
        err.print(f"batch {', '.join(map(str, lost))}: for a partner that ptedi.toml does not have; name its table as "
                  "before", highlight=False)  # fmt: skip
    if undelivered or lost:
        raise typer.Exit(1)


def collect(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Fetch what the clearinghouse left and apply it: acknowledgements, remittances, deposits, denials.

    A file that ptedi fails to read by a defect of its own is left whole and tried again next time; all others are
    taken, a work item says what to tell us, and the exit code is 70.
    """
    from ptedi.cli.summary_view import steps

    with pipeline.open_night(workspace_path(workspace)) as night:
        result = pipeline.collect(night)
    _tell_of_stuck(result.collected.stuck_in_inbox)
    if as_json:
        emit(msgspec.to_builtins(result))
    else:
        steps(result)
    if result.defects:
        err.print(f"{counted(result.defects, 'file')} could not be read: a defect of ptedi.  Nothing of it is lost and "
                  "all others are taken; `ptedi work --kind night` says what to tell us.", highlight=False)  # fmt: skip
        raise typer.Exit(OUR_FAULT)


def _tell_of_stuck(count: int) -> None:
    """On stderr: a folder that may not be written loses nothing, but a person has to know."""
    if count:
        err.print(f"{counted(count, 'file')} of inbox/ or bank/ could not be deleted after being taken in: the folder "
                  "may not be written.  Nothing is taken in twice; give the rights back.", highlight=False)  # fmt: skip


def summary(workspace: WorkspaceOption = None, service_date: DayOption = None, as_json: JsonOption = False) -> None:
    """Print a night's summary and the equations that close it.  Default date: the newest service date billed.

    Exit code 1 when an equation does not close to the cent.
    """
    from ptedi.cli.summary_view import show

    with pipeline.open_night(workspace_path(workspace)) as night:
        day = day_option(service_date) or pipeline.newest_service_date(night) or night.today()
        result = pipeline.summary(night, day)
    if as_json:
        emit(result.as_json())
    else:
        show(result)
    raise typer.Exit(0 if result.closes else 1)


def sandbox(
    workspace: WorkspaceOption = None,
    answer_date: Annotated[str | None, typer.Option("--date", "-d", help="The day of its answers.  Default: today.")
                           ] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed, another set of payers' moods.  Default: the "
                                                  "workspace's, \\[sandbox] seed.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """Let the sandbox clearinghouse answer what waits in the drop folder: TA1, 999, 277CA, 835, bank deposits.

    It validates independently and decides from the 837P alone; the same files get the same answers.  On a later day it
    also looks again at what it paid: corrections, recoupments.
    """
    from ptedi.cli.demo import answer
    from ptedi.config import open_workspace

    day = day_option(answer_date) or dates.today()
    report = answer(open_workspace(workspace_path(workspace)), day, seed=seed)
    if as_json:
        emit(report.as_json())
        return
    out.print(f"{counted(report.files, 'new file')}, {counted(report.claims_received, 'claim')}: "
              f"{report.claims_rejected} rejected; "
              f"{len(report.checks)} payments of {usd(report.check_total)} in all", highlight=False)  # fmt: skip
    for name in report.written:
        out.print(f"  left {name}", highlight=False)


def up(workspace: WorkspaceOption = None, prepare: PrepareOption = False) -> None:
    """Start Airflow on this machine (SQLite, loopback only) with the five DAGs around a workspace.

    Your own AIRFLOW__... settings win.  The page opens at http://127.0.0.1:8080; DAGs start paused.
    For a server with PostgreSQL, LocalExecutor or Celery see docs/airflow.md; it needs --prepare once.
    """
    from ptedi.airflow import local
    from ptedi.config import data_folder

    root = workspace_path(workspace)
    home = Path(os.environ.get("AIRFLOW_HOME", ".airflow"))
    local.use(local.settings(home, data_folder("dags"), root))
    if prepare:
        local.prepare()
        out.print("Airflow's database is migrated and the pools are made", highlight=False)
        return
    url = os.environ["AIRFLOW__API__BASE_URL"]
    out.print(f"Airflow starts in about a minute: {url}  (workspace {root})", highlight=False)
    local.standalone()
