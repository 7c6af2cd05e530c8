"""`ptedi remits ...`: money that came and waits: look at it, release, match, park, unpost, post again."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi.cli.common import JsonOption, WorkspaceOption, emit, known_word, out, workspace_path
from ptedi.findings import counted
from ptedi.ledger.provider import Standing
from ptedi.money import from_cents, usd
from ptedi.steps.decision import Done
from ptedi.steps.remit_views import RemitStory
from ptedi.store.payments import PaymentState

if TYPE_CHECKING:
    from ptedi.steps.night import Night

remits = typer.Typer(help="Remittances: what waits and why, and what a person decides about it.", no_args_is_help=True)
RefArgument = Annotated[str, typer.Argument(metavar="REMIT", help="A check by its number, `12`, or its third claim, "
                                                                  "`12.3`: the first column of `ptedi remits list`.")]
ReasonOption = Annotated[str, typer.Option("--reason", "-r", help="Why; kept for ever.  No patient's name.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides.  Default: the name of the account.",
                                              show_default=False)]  # fmt: skip
SureOption = Annotated[bool, typer.Option("--sure", help="Although the claim is another payer's, or the check pays "
                                                         "another practice.")]  # fmt: skip
_COLOUR = {"posted": "green", "quarantined": "red", "conflicting": "red", "unmatched": "yellow", "unposted": "magenta",
           "parked": "cyan"}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(remits, name="remits")


@remits.command("list")
def list_(
    workspace: WorkspaceOption = None,
    state: Annotated[list[str] | None, typer.Option("--state", "-s", help="Only these states (repeat it).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Posted ones too.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many rows.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List checks and claims of checks that wait: quarantined, conflicting, unmatched, parked, unposted, with why.

    ptedi remits list --state unmatched
    ptedi remits list --all --json
    """
    from ptedi.steps.night import open_night
    from ptedi.steps.remit_views import list_remits

    known_word("state", state, [one.value for one in PaymentState])
    with open_night(workspace_path(workspace)) as night:
        rows = list_remits(night, states=tuple(state or ()), everything=everything)
    if as_json:
        emit(msgspec.to_builtins(rows))
        return
    if not rows:
        out.print("there are none" if state or everything else "nothing waits; `--all` lists the posted ones too",
                  highlight=False)  # fmt: skip
        return
    table = Table("Remit", "State", "Payer", "Check", Column("Day", no_wrap=True), Column("Amount", justify="right"),
                  Column("Claim", no_wrap=True), Column("Why", ratio=1, min_width=24))  # fmt: skip
    for row in rows[:limit]:
        table.add_row(row.ref, f"[{_COLOUR.get(row.state, 'default')}]{row.state}[/]", escape(row.payer),
                      escape(row.trace), str(row.day), usd(row.amount), escape(row.claim), escape(row.reason))
    out.print(table)
    rest = f", {len(rows) - limit} more not shown (--limit)" if len(rows) > limit else ""
    out.print(f"{counted(len(rows), 'row')}{rest}; `ptedi remits show REMIT` shows one", highlight=False)


@remits.command()
def show(remit: RefArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show a check with its claims, or one claim: its segments in words, the claims it could be, its ledger entries.

    ptedi remits show 12
    ptedi remits show 12.3
    """
    from ptedi.steps.night import open_night
    from ptedi.steps.remit_views import remit_story

    with open_night(workspace_path(workspace)) as night:
        story = remit_story(night, remit)
    if as_json:
        emit(msgspec.to_builtins(story))
    else:
        _story(story)


@remits.command()
def release(
    remit: RefArgument, reason: ReasonOption,
    claim: Annotated[str, typer.Option("--claim", "-c", help="The claim of ours that it speaks of, where matching "
                                                             "finds none.", show_default=False)] = "",
    sure: SureOption = False,
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Post what does not add up, as the payer stated it; by how much it is off is posted to an account of its own.

    Of a claim the difference stays owed by the payer (receivable.payer.disputed), of a check it waits in
    unapplied.suspense.  What was cut off or is test data is never posted.

    ptedi remits release 12.3 --reason "payer confirms the payment, corrected 835 refused"
    """
    from ptedi.steps import remits as steps

    _decided(workspace, as_json, lambda night: steps.release(night, remit, _person(by), reason, claim=claim,
                                                               sure=sure))  # fmt: skip


@remits.command()
def match(
    remit: RefArgument, claim: Annotated[str, typer.Argument(metavar="CLAIM", help="Our claim's number (CLM01).")],
    reason: ReasonOption, sure: SureOption = False, workspace: WorkspaceOption = None, by: ByOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Say which claim of ours a claim payment speaks of; its money is posted there and its numbers are remembered."""
    from ptedi.steps import remits as steps

    _decided(workspace, as_json, lambda night: steps.match(night, remit, claim, _person(by), reason,
                                                             sure=sure))  # fmt: skip


@remits.command()
def assign(
    line: Annotated[str, typer.Argument(metavar="LINE", help="A line of a claim payment: `12.3.2` is the second line "
                                                             "of the third claim of check 12.")],
    reason: ReasonOption,
    to: Annotated[int | None, typer.Option("--to", min=1, help="The number of our line.", show_default=False)] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take it back: as matching alone has it.")] = False,
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Say which line of our claim a line of the payment is, where it fits none or several of them.

    It is posted anew with the line; the next payer's claim and the patient's bill follow.  `remits show 12.3` numbers
    the lines.

    ptedi remits assign 12.3.2 --to 1 --reason "the payer means the first unit of 97110, by telephone"
    ptedi remits assign 12.3.2 --undo --reason "it was the other one"
    """
    from ptedi.steps import remits as steps

    if (to is None) != undo:
        raise typer.BadParameter("say --to LINE or --undo")
    _decided(workspace, as_json, lambda night: steps.assign(night, line, to, _person(by), reason))


@remits.command()
def park(
    remit: RefArgument, reason: ReasonOption, workspace: WorkspaceOption = None, by: ByOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Set a claim payment of another practice aside (unapplied.parked): the check still foots."""
    from ptedi.steps import remits as steps

    _decided(workspace, as_json, lambda night: steps.park(night, remit, _person(by), reason))


@remits.command()
def unpost(
    remit: RefArgument, reason: ReasonOption, workspace: WorkspaceOption = None, by: ByOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Take a posted check, or one claim of it, out of the books by mirrored entries; nothing is deleted."""
    from ptedi.steps import remits as steps

    _decided(workspace, as_json, lambda night: steps.unpost(night, remit, _person(by), reason))


@remits.command()
def repost(
    remit: RefArgument, reason: ReasonOption, workspace: WorkspaceOption = None, by: ByOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Post again what was unposted: matched and decided anew, by today's policy and what is known today."""
    from ptedi.steps import remits as steps

    _decided(workspace, as_json, lambda night: steps.repost(night, remit, _person(by), reason))


@remits.command()
def enter(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML, JSON or CSV.",
                                                show_default=False)] = None,
    template: Annotated[str, typer.Option("--template", help="Print an example instead: toml or csv.",
                                          show_default=False)] = "",
    check: Annotated[bool, typer.Option("--check", help="Only look whether it can be read and balances.")] = False,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept for ever.")] = "paper EOB",
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Enter a paper EOB: the same checks, matching and posting as an 835; its postings have the source manual.

    Exit code 0 posted, 1 something waits or does not balance, 2 the file cannot be read.

    ptedi remits enter --template toml > eob.toml
    ptedi remits enter eob.toml --check
    """
    from ptedi.steps import eob
    from ptedi.steps.enter import enter as run
    from ptedi.steps.night import open_night

    if template:
        known_word("template", [template], ("toml", "csv"))
        typer.echo(eob.TEMPLATE if template == "toml" else eob.CSV_TEMPLATE, nl=False)
        return
    if file is None:
        raise typer.BadParameter("name a file, or --template toml")
    data = file.read_bytes()
    with open_night(workspace_path(workspace)) as night:
        done = run(night, file.name, data, _person(by), reason, check_only=check)
    if as_json:
        emit(msgspec.to_builtins(done))
    else:
        for one in done.findings:
            out.print(f"[red]{one.code}[/] {escape(one.message)}", highlight=False)
        if done.posted is not None:
            p = done.posted
            out.print(f"file {p.file_id}: {p.payments} payments: {p.posted} posted, {p.quarantined} quarantined, "
                      f"{p.conflicting} conflicting, {p.duplicate} known already; {p.claims} claims posted, "
                      f"{p.claims_unmatched} unmatched, {p.claims_quarantined} quarantined", highlight=False)
    if done.posted is None:
        raise typer.Exit((1 if check else 2) if done.findings else 0)
    waits = done.posted.quarantined + done.posted.conflicting + done.posted.claims_unmatched
    raise typer.Exit(1 if waits + done.posted.claims_quarantined else 0)


@remits.command()
def balance(
    workspace: WorkspaceOption = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is announced and not taken, or taken without "
                                                           "notice.")] = False,
    rows: Annotated[bool, typer.Option("--rows", help="Each amount with its check and the running balance.")] = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show provider-level amounts (PLB) by payer, payee and reference: announced, taken, forwarded, still to come.

    ptedi remits balance --open
    """
    from ptedi.steps.night import open_night
    from ptedi.steps.remit_views import provider_balance

    with open_night(workspace_path(workspace)) as night:
        found = provider_balance(night, open_only=open_only)
    if as_json:
        emit([msgspec.to_builtins(one) | {"balance": one.balance} for one in found])
        return
    table = Table("Payer", "Payee", "Codes", "Reference", "Since", *(Column(name, justify="right") for name in (
        "Announced", "Taken", "Still to come")), "State", "Claims")  # fmt: skip
    for one in found:
        figures = tuple(usd(from_cents(cents)) for cents in (one.opened, one.closed, one.balance))
        if one.standing is Standing.COUNTED:  # it announces nothing: what it brought or took, and no more to come
            figures = "", usd(from_cents(-one.balance)), ""
        table.add_row(escape(one.payer), one.payee, " ".join(one.reasons), escape(one.reference), str(one.since),
                      *figures, one.standing, " ".join(one.claims))  # fmt: skip
        for m in one.movements if rows else ():
            table.add_row("", "", m.reason, escape(f"check {m.trace}"), str(m.day), "", usd(from_cents(m.cents)),
                          f"[dim]running {usd(from_cents(m.running))}[/]", "", "")  # fmt: skip
    out.print(table)


def _person(by: str | None) -> str:
    return (by or getpass.getuser())[:64]


def _decided(workspace: Path | None, as_json: bool, act: Callable[[Night], Done]) -> None:
    """A person's act in a workspace, and what became of it."""
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _told(act(night), as_json)


def _told(done: Done, as_json: bool) -> None:
    if as_json:
        emit(msgspec.to_builtins(done))
        return
    was = "" if done.changed else "nothing changed: "
    out.print(f"{done.ref} is {done.state}; {was}{escape(done.sentence)}", highlight=False)


def _story(story: RemitStory) -> None:
    from ptedi.cli.claim_view import show_segment

    row = story.row
    out.print(f"[bold]{row.what.capitalize()} {row.ref}[/]  {row.state}  {usd(row.amount)}  {escape(row.payer)}  "
              f"check {escape(row.trace)}  {row.day}  {escape(row.claim)}", highlight=False)  # fmt: skip
    if row.reason:
        out.print(f"  {escape(row.reason)}", highlight=False)
    out.print(f"  [dim]file {escape(story.file)}[/]", highlight=False)
    if story.match is not None:
        found = story.match
        score = "no score kept" if found.score is None else f"{found.score} of 100"
        differs = f"; differs: {', '.join(found.differs)}" if found.differs else ""
        out.print(f"  matched to {escape(found.claim)}, {score}: {', '.join(found.agrees)}{differs}", highlight=False)
    if story.rows:
        table = Table("Claim", "State", Column("Paid", justify="right"), "Ours or theirs", "Why")
        for one in story.rows:
            table.add_row(one.ref, one.state, usd(one.amount), escape(one.claim), escape(one.reason))
        out.print(table)
    _lines(story)
    for segment in story.segments:
        show_segment(segment)
    _candidates(story)
    _ledger(story)
    for made in story.decisions:
        out.print(f"[bold]{made.action}[/] {made.at:%Y-%m-%d %H:%M} by {escape(made.actor)}: {escape(made.reason)}"
                  f"  [dim]{escape(made.detail)}[/]", highlight=False)  # fmt: skip


def _lines(story: RemitStory) -> None:
    if all(one.by_itself for one in story.lines):
        return
    table = Table("Line", "Procedure", Column("Charge", justify="right"), Column("Paid", justify="right"), "Ours",
                  "Why", title="Its lines; `ptedi remits assign LINE --to OURS` places one",
                  title_justify="left")  # fmt: skip
    ours = dict(story.ours)
    for one in story.lines:
        which = "[yellow]none[/]" if one.line is None else f"{one.line}: {ours[one.line]}"
        table.add_row(f"{story.row.ref}.{one.place}", escape(" ".join((one.said.procedure, *one.said.modifiers))),
                      usd(one.said.charge), usd(one.said.paid), which, escape(one.why))  # fmt: skip
    out.print(table)


def _candidates(story: RemitStory) -> None:
    if not story.candidates or story.said is None:
        return
    said = story.said
    table = Table("", Column("Theirs", no_wrap=True), *(Column(c.claim, no_wrap=True) for c in story.candidates[:4]),
                  title="What it could be", title_justify="left")  # fmt: skip
    several = story.candidates[:4]
    table.add_row("score", "", *(str(c.score) for c in several))
    table.add_row("number", escape(said.patient_control_number), *(c.claim for c in several))
    table.add_row("charge", usd(said.charge), *(usd(c.charge) for c in several))
    table.add_row("service", " ".join(sorted({str(s.service_date) for s in said.lines if s.service_date})),
                  *(str(c.service_date) for c in several))  # fmt: skip
    table.add_row("lines", "\n".join(f"{s.procedure} {s.charge}" for s in said.lines),
                  *("\n".join(c.lines) for c in several))  # fmt: skip
    table.add_row("agrees", "", *(", ".join(c.agrees) for c in several))
    table.add_row("differs", "", *(", ".join(c.differs) for c in several))
    out.print(table)


def _ledger(story: RemitStory) -> None:
    if not story.ledger:
        return
    table = Table("Date", "Entry", "Source", "Account", "Line", "Adjustment", Column("Amount", justify="right"),
                  title="Ledger (debit positive); what a mirror took back is dim", title_justify="left")  # fmt: skip
    for row in story.ledger:
        table.add_row(str(row.day), escape(row.entry[-24:]), row.source, row.account, str(row.line or ""),
                      row.adjustment, usd(row.amount), style="" if row.standing else "dim")  # fmt: skip
    out.print(table)
