"""`ptedi batch list`, `show`, `rebuild`: the files that went out, readable, and made again byte by byte."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from ptedi import pipeline
from ptedi.cli.common import JsonOption, WorkspaceOption, emit, err, out, workspace_path
from ptedi.money import usd

batch = typer.Typer(help="The 837P files that went out: list, look into one, make one again.", no_args_is_help=True)
NumberArgument = Annotated[int, typer.Argument(metavar="BATCH", help="Number of the batch.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(batch, name="batch")


@batch.command("list")
def list_(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List batches, newest first: numbers, claims, charge, what became of them."""
    with pipeline.open_night(workspace_path(workspace)) as night:
        rows = pipeline.batch_list(night)
    if as_json:
        emit(msgspec.to_builtins(rows))
        return
    table = Table("Batch", "Partner", "ISA13", "Claims", "Charge", "State", "Sent")
    for one in rows:
        sent = f"{one.sent_at:%Y-%m-%d %H:%M}" if one.sent_at else ""
        table.add_row(str(one.id), one.partner, one.interchange, str(one.claims), usd(one.charge), one.state, sent)
    out.print(table)


@batch.command()
def show(
    number: NumberArgument,
    workspace: WorkspaceOption = None,
    claim: Annotated[str | None, typer.Option("--claim", help="Only this claim.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a batch: totals, acknowledgements, and each claim as a page beside its segments."""
    from ptedi.cli.batch_view import show as show_batch

    with pipeline.open_night(workspace_path(workspace)) as night:
        story = pipeline.batch_story(night, number)
    if story is None:
        raise _nobody(number)
    if as_json:
        emit(msgspec.to_builtins(story))
    else:
        show_batch(story, claim.strip().upper() if claim else None)


@batch.command()
def rebuild(
    number: NumberArgument,
    workspace: WorkspaceOption = None,
    target: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the rebuilt file here.",
                                                show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Make a batch again from its claims and compare it with the archived file.  Exit code 1 when a byte differs."""
    from ptedi.disk import write_whole

    with pipeline.open_night(workspace_path(workspace)) as night:
        told = pipeline.rebuilt(night, number)
    if told is None:
        raise _nobody(number)
    if target is not None:
        write_whole(target, told.data)
    if as_json:
        emit({"batch": told.batch_id, "archived_sha256": told.archived_sha256, "rebuilt_sha256": told.rebuilt_sha256,
              "bytes": len(told.data), "same": told.same})  # fmt: skip
    else:
        out.print(f"archived {told.archived_sha256}\nrebuilt  {told.rebuilt_sha256}", highlight=False)
        words = "[green]the same bytes[/]" if told.same else "[bold red]they differ[/]"
        out.print(f"batch {number}, {len(told.data)} bytes: {words}", highlight=False)
    raise typer.Exit(0 if told.same else 1)


def _nobody(number: int) -> typer.Exit:
    err.print(f"there is no batch {escape(str(number))} in this workspace; `ptedi batch list` has them all",
              highlight=False)  # fmt: skip
    return typer.Exit(2)
