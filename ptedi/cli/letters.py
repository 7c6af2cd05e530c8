"""The commands of `ptedi rework` about letters: appeals, proofs of timely filing, and what payers answered."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, err, known_word, out, workspace_path
from ptedi.cli.rework import ByOption, ClaimArgument, IdArgument, person
from ptedi.money import from_cents, usd
from ptedi.steps.letters import Written


def add_to(rework: typer.Typer) -> None:
    """Adds the commands."""
    for command in (appeal, proof, sent, letters, appeals, answered):
        rework.command(command.__name__)(command)


def appeal(claim: ClaimArgument, workspace: WorkspaceOption = None, by: ByOption = None,
           as_json: JsonOption = False) -> None:  # fmt: skip
    """Write the appeal of a denied claim as PDF into letters/: what was denied and why, by when, what to enclose.

    Where the payer grants no appeal (remark N211) the letter is a request to reopen its decision.
    The words are templates (schemas/letters; your own in letters/templates/).  Nothing is sent: read it, sign it, send
    it, then say so with `ptedi rework sent ID`.
    """
    from ptedi.steps import letters as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _letter(steps.appeal(night, claim, person(by)), as_json)


def proof(claim: ClaimArgument, workspace: WorkspaceOption = None, by: ByOption = None,
          as_json: JsonOption = False) -> None:  # fmt: skip
    """Write the proof of timely filing as PDF: every sending with its control numbers, every answer segment by segment.

    It begins with the earliest claim of the visit to this payer, since the first filing counts.
    """
    from ptedi.steps import letters as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _letter(steps.proof(night, claim, person(by)), as_json)


def sent(
    number: IdArgument,
    day: Annotated[str | None, typer.Option("--date", help="The day on which it went.  Default: today.",
                                            show_default=False)] = None,
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Say that a letter was sent: the claim is appealed, its denials leave the worklist, the payer's time runs.

    `ptedi rework appeals` shows until when each is to be answered.
    """
    from ptedi import dates
    from ptedi.steps import letters as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _letter(steps.sent(night, number, day_option(day) or dates.today(), person(by)), as_json)


def letters(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the letters written: which claim, which file, whether it was sent."""
    from ptedi.steps import letters as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        rows = steps.list_letters(night)
    if as_json:
        emit(msgspec.to_builtins(rows))
        return
    table = Table(Column("Id", justify="right"), Column("Claim", no_wrap=True), "Kind", "State",
                  Column("About", justify="right"), Column("File", ratio=1, min_width=24))  # fmt: skip
    for one in rows:
        table.add_row(str(one.id), one.claim, one.kind, _SENT.get(one.state, one.state),
                      usd(from_cents(one.stake_cents)), one.path)  # fmt: skip
    out.print(table)


def appeals(
    workspace: WorkspaceOption = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those without an answer.")] = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """List the appeals that were sent: at which level, until when each is to be answered, how it ended.

    What is not answered in time becomes a work item (`ptedi work --kind appeal`); an 835 that pays is the answer.
    """
    from ptedi.steps import appeals as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        rows = steps.list_appeals(night, open_only=open_only)
    if as_json:
        emit(msgspec.to_builtins(rows))
        return
    table = Table(Column("Id", justify="right"), Column("Claim", no_wrap=True), "Level",
                  Column("About", justify="right"), Column("Sent", no_wrap=True), Column("Answer by", no_wrap=True),
                  Column("Left", justify="right"), Column("Outcome", ratio=1, min_width=20))  # fmt: skip
    for one in rows:
        said = f"{one.outcome} {one.answered_on} by {one.answered_by}" if one.outcome else "waited for"
        table.add_row(str(one.id), one.claim, f"{one.level} {one.level_name}", usd(from_cents(one.stake_cents)),
                      str(one.sent_on), str(one.due), "" if one.days_left is None else str(one.days_left),
                      said)  # fmt: skip
    out.print(table)


def answered(
    number: IdArgument,
    outcome: Annotated[str, typer.Option("--outcome", "-o", help="upheld, partly (overturned) or overturned.")],
    day: Annotated[str | None, typer.Option("--date", help="The day of the payer's letter.  Default: today.",
                                            show_default=False)] = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="What it says.  No patient's name.")] = "",
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Say what a payer's letter answered to an appeal; an answer that comes as an 835 needs nobody.

    Upheld: the next level becomes a work item with its deadline.  Overturned: the 835 that pays it is waited for.

        ptedi rework answered 12 --outcome upheld --date 2026-12-01
    """
    from ptedi import dates
    from ptedi.steps import appeals as steps
    from ptedi.steps.night import open_night
    from ptedi.store.appeals import Outcome

    words = {"upheld": Outcome.UPHELD, "partly": Outcome.PARTLY, "overturned": Outcome.OVERTURNED}
    known_word("outcome", [outcome], list(words))
    with open_night(workspace_path(workspace)) as night:
        done = steps.answered(night, number, words[outcome], day_option(day) or dates.today(), person(by), reason)
    if as_json:
        emit(msgspec.to_builtins(done))
    elif done.outcome:
        out.print(f"{done.claim}: the payer {done.outcome} its decision ({done.level_name}); "
                  "`ptedi work --kind appeal` says what is next", highlight=False)  # fmt: skip
    else:
        out.print(f"{done.claim}: the payer overturned its decision ({done.level_name}); its payment is waited for "
                  f"until {done.due}", highlight=False)  # fmt: skip


_SENT = {"open": "written", "done": "sent"}


def _letter(done: Written, as_json: bool) -> None:
    if as_json:
        emit(msgspec.to_builtins(done))
        return
    out.print(f"letter [bold]{done.id}[/] of {done.claim}, {_SENT.get(done.state, done.state)}: "
              f"{escape(done.message)}\n  {escape(done.path)}", highlight=False)  # fmt: skip
    if done.late:
        err.print(f"[bold]too late[/]: its last day was {done.deadline}", highlight=False)
    elif done.deadline and done.kind == "appeal":
        out.print(f"  must be there by {done.deadline}", highlight=False)
    if done.state == "open":
        out.print(f"`ptedi rework sent {done.id}` once it went", highlight=False)
    elif done.answer_by:
        out.print(f"  an answer is expected by {done.answer_by}: {escape(done.basis)}", highlight=False)
