"""`ptedi batch ...`: the files that went out: readable, made again byte by byte, settled or sent again by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi import pipeline
from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, err, out, workspace_path
from ptedi.cli.rework import person
from ptedi.findings import counted
from ptedi.money import from_cents, usd
from ptedi.steps.hold_back import NextNight
from ptedi.steps.resend import Resent

batch = typer.Typer(
    help="The 837P files: what goes next and what is held back from it; list, look into one, make one again, settle a "
         "doubtful send, send again.",
    no_args_is_help=True)
_SHOWN = 20
ByOption = Annotated[str | None, typer.Option("--by", help="Who does it.  Default: the name of the account.",
                                              show_default=False)]  # fmt: skip
ClaimsArgument = Annotated[list[str], typer.Argument(metavar="CLAIM...", help="Patient control numbers.")]
ReasonOption = Annotated[str, typer.Option("--reason", "-r", help="Why, and who said so; kept for ever.")]
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


@batch.command("next")
def next_(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show what the next night would send, to whom, in how many files; what is held back.  Nothing is changed.

    Exit code 1 when claims wait for a partner that ptedi.toml does not have.
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        found = pipeline.batching.next_night(night)
    if as_json:
        emit(msgspec.to_builtins(found))
    else:
        _told_next(found)
    raise typer.Exit(1 if found.lost else 0)


@batch.command()
def hold(
    claims: ClaimsArgument,
    reason: ReasonOption = "",
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", show_default=False, help=(
        "The first day on which a night may send them.  Default: until somebody lets them go."))] = None,
    past_deadline: Annotated[bool, typer.Option("--past-deadline", help="Even where the payer's filing limit ends "
                                                                        "before that day.")] = False,
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Hold claims back that did not leave yet; all of them, or none where one of them has a place in a file.

    ptedi batch hold TAM000000012F --until 2026-12-01 --reason "coverage is being looked up"
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        found = pipeline.batching.hold_back(night, claims, person(by), reason, until=day_option(until),
                                            past_deadline=past_deadline)  # fmt: skip
    if as_json:
        emit(msgspec.to_builtins(found))
    for one in () if as_json else found:
        goes = f"until {one.until}" if one.until else "until somebody lets it go (`ptedi batch unhold`)"
        out.print(f"{one.claim}  {usd(one.charge)}  held back {goes}", highlight=False)


@batch.command()
def unhold(
    claims: ClaimsArgument, workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False
) -> None:
    """Let claims go that were held back: they are scrubbed at once, and go with the next night if no edit stops them.

    Exit code 1 when an edit stops one.
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        found = pipeline.batching.let_go(night, claims, person(by))
    if as_json:
        emit(found)
    for claim, stops in () if as_json else found.items():
        words = f"held by {', '.join(stops)}" if stops else "goes with the next night"
        out.print(f"{claim}  {words}", highlight=False)
    raise typer.Exit(1 if any(found.values()) else 0)


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


@batch.command()
def settle(
    number: NumberArgument,
    taken: Annotated[bool | None, typer.Option("--taken/--not-taken", show_default=False, help=(
        "What the partner says: it has the file, or it never got it."))] = None,
    reason: ReasonOption = "",
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Settle a send that is in doubt: ask the partner for the interchange number, then say what it answered.

    For batches that are unknown, failed, or sent and never acknowledged.  --taken records the file as sent.
    --not-taken lets the next night send the very same bytes again; it is refused while the file lies in the
    partner's folder.

        ptedi batch settle 12 --not-taken --reason "their support, ticket 4711: no 000000012"
    """
    if taken is None:
        raise typer.BadParameter("say --taken or --not-taken")
    fate = pipeline.batching.Fate.TAKEN if taken else pipeline.batching.Fate.NOT_TAKEN
    with pipeline.open_night(workspace_path(workspace)) as night:
        head = pipeline.batching.settle(night, number, fate, person(by), reason)
    if as_json:
        emit(msgspec.to_builtins(head))
    elif taken:
        out.print(f"batch {number} is recorded as sent; its acknowledgement is waited for", highlight=False)
    else:
        out.print(f"batch {number} goes again with the next night: the same {counted(head.claims, 'claim')}, the same "
                  f"bytes, ISA13 {head.interchange}", highlight=False)  # fmt: skip


@batch.command()
def resend(
    number: NumberArgument,
    reason: ReasonOption = "",
    not_taken: Annotated[bool, typer.Option("--not-taken", help=(
        "The partner was asked and has no earlier copy: needed where it says that the file came before."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which claims would go.")] = False,
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Send the claims of a refused file again, as they are, under new numbers (frequency 1) with the next night.

    For files refused whole: by TA1, by 999, by a 277CA at receiver level.  Correct first what the refusal names (ids in
    ptedi.toml, enrolment).  Claims that the refusal names stay for `ptedi rework draft`.  Exit code 1 when some could
    not go, or none can: a file that was taken has no claims to send as they are, however many of them were rejected.
    """
    words = "looking at the claims" if dry_run else "making the claims ready again"
    with pipeline.open_night(workspace_path(workspace)) as night, err.status(words):
        done = pipeline.batching.resend(night, number, person(by), reason, not_taken=not_taken, look_only=dry_run)
    if as_json:
        emit(msgspec.to_builtins(done))
    else:
        _told(done, dry_run)
    raise typer.Exit(1 if done.stopped or not done.again else 0)


def _told(done: Resent, dry_run: bool) -> None:
    batch, named = f"batch {done.batch_id}", len(done.named)
    goes = "would go" if dry_run else "goes" if len(done.again) == 1 else "go"
    if done.again or done.stopped:
        out.print(f"{counted(len(done.again), 'claim')} of {batch}, {usd(from_cents(done.charge_cents))}, {goes} again "
                  "with the next night", highlight=False)  # fmt: skip
    else:
        rejected = f"each of its {named} rejected claims" if named > 1 else "its rejected claim"
        out.print(f"nothing of {batch} goes again as it is: {rejected} is named at fault and corrected by itself",
                  highlight=False)  # fmt: skip
    for old, new in done.again[:_SHOWN]:
        out.print(f"  {old}  {f'as {new}' if new else ''}".rstrip(), highlight=False)
    if len(done.again) > _SHOWN:
        out.print(f"  and {len(done.again) - _SHOWN:,} more; --json has them all", highlight=False)
    for claim in done.named:
        out.print(f"  {claim}  named at fault: `ptedi rework draft {claim} --set ...`", highlight=False)
    for claim, why in done.stopped:
        out.print(f"  {claim}  stays: {escape(why)}", highlight=False)


def _told_next(found: NextNight) -> None:
    table = Table("Partner", "Payer", Column("Claims", justify="right"), Column("Charge", justify="right"))
    for one in found.routes:
        partner = escape(one.partner) or "[bold red]nobody[/]"
        table.add_row(partner, escape(one.payer), f"{one.claims:,}", usd(one.charge))
    if found.routes:
        out.print(table)
    else:
        out.print("no claim is ready")
    for way in found.files:
        out.print(f"{escape(way.partner)}: {counted(way.files, 'file')}, {counted(way.sets, 'transaction set')}",
                  highlight=False)  # fmt: skip
    others = ((found.captured, "not scrubbed yet: the night decides"), (found.held, "held by edits"))
    for some, words in others:
        if some.claims:
            out.print(f"{counted(some.claims, 'claim')}, {usd(some.charge)}, {words}", highlight=False)
    for back in found.held_back:
        out.print(f"held back  {back.claim}  {usd(back.charge)}  {escape(back.words)}", highlight=False)
    for payer in found.lost:
        err.print(f"{escape(payer)}: claims wait for a partner that ptedi.toml does not have", highlight=False)


def _nobody(number: int) -> typer.Exit:
    err.print(f"there is no batch {escape(str(number))} in this workspace; `ptedi batch list` has them all",
              highlight=False)  # fmt: skip
    return typer.Exit(2)
