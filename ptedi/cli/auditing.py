"""`ptedi audit verify`, `ptedi audit seal`: whether the history of the claims is the one that was written."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from ptedi.cli.common import JsonOption, WorkspaceOption, emit, out, workspace_path
from ptedi.findings import counted

audit = typer.Typer(help="The history of the claims: seal it, look whether anybody changed it.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(audit, name="audit")


@audit.command()
def verify(
    workspace: WorkspaceOption = None,
    expect: Annotated[str, typer.Option("--expect", metavar="HASH", help="A seal that you kept elsewhere and that must "
                                        "be there.", show_default=False)] = "",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Look at every event of every claim and every seal: changed, removed, put in, out of order?  Exit code 1 if so.

    The ledger, the series of control numbers, what persons decided and the log of who looked at what in the workbench
    are looked at too.
    """
    from ptedi.steps.audit import verify_audit
    from ptedi.steps.night import open_night
    from ptedi.steps.presence import verify_access

    with open_night(workspace_path(workspace)) as night:
        told, looked = verify_audit(night, expect), verify_access(night)
    whole = told.whole and looked.whole
    if as_json:
        emit(msgspec.to_builtins(told) | {"access": msgspec.to_builtins(looked), "whole": whole})
    else:
        for one in told.misfits:
            where = f"claim [bold]{escape(one.claim)}[/]" if one.claim else (
                f"the {one.event}" if one.event in ("ledger", "control numbers", "decisions") else "the seals")
            number = f", {one.event or 'event'} ({one.sequence})" if one.sequence is not None else ""
            out.print(f"{where}{escape(number)}: {escape(one.problem)}", highlight=False)
        out.print(f"{counted(told.events, 'event')} of {counted(told.claims, 'claim')}, {counted(told.seals, 'seal')}: "
                  f"{'[green]all fit[/]' if told.whole else f'[bold red]{len(told.misfits)} do not fit[/]'}"
                  f"; {told.unsealed} events wait for the next seal", highlight=False)  # fmt: skip
        bad = f"[bold red]entry {looked.misfits[0]} does not fit[/], or the one before it" if looked.misfits else ""
        out.print(f"{counted(looked.entries, 'entry', 'entries')} of who looked at what: {bad or '[green]all fit[/]'}",
                  highlight=False)  # fmt: skip
    raise typer.Exit(0 if whole else 1)


@audit.command()
def seal(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Seal what happened since the last seal; keep the hash it prints somewhere else."""
    from ptedi.steps.audit import seal_audit
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        made = seal_audit(night, "ptedi audit seal")
    if as_json:
        emit(msgspec.to_builtins(made))
    elif made is None:
        out.print("nothing happened since the last seal", highlight=False)
    else:
        out.print(f"seal {made.id} over {counted(made.claims, 'claim')}: {made.hash}", highlight=False)
