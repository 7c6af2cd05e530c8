"""`ptedi rework ...`: what is made of refused claims: corrected claims, letters, patient bills, write-offs."""

from __future__ import annotations

import getpass
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi.claims.rework import Setting
from ptedi.cli.common import JsonOption, WorkspaceOption, emit, err, known_word, out, workspace_path
from ptedi.errors import ConfigurationError
from ptedi.money import from_cents, usd
from ptedi.steps.appeals import AppealTold
from ptedi.steps.letters import Written
from ptedi.steps.rework import Draft
from ptedi.steps.write_off import WriteOff

rework = typer.Typer(
    help="Refused claims worked: corrected claims drafted and approved, appeals and filing proofs as PDF, patient "
    "bills, write-offs.  Every action is kept with who did it.", no_args_is_help=True)  # fmt: skip
ClaimArgument = Annotated[str, typer.Argument(metavar="CLAIM", help="Our claim's number (CLM01).")]
IdArgument = Annotated[int, typer.Argument(metavar="ID", help="The number that drafting or asking gave it.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does it.  Default: the name of the account.",
                                              show_default=False)]  # fmt: skip
ReasonOption = Annotated[str, typer.Option("--reason", "-r", help="Why; kept for ever.  No patient's name.")]
SetOption = Annotated[list[str] | None, typer.Option(
    "--set", "-s", metavar="WHAT=VALUE", show_default=False,
    help="What to change (repeat it): line.2.modifiers=GP,59 (+= adds, -= takes away), line.2.units, "
         "line.2.procedure, line.2.charge, line.2.pointers=1,2, line.2.place_of_service, line.2=remove, diagnoses, "
         "authorization, referral, referring=LAST,FIRST,NPI, referring.npi, member_id, group_number, "
         "place_of_service, note.")]  # fmt: skip
PatchOption = Annotated[Path | None, typer.Option(
    "--patch", "-p", exists=True, dir_okay=False, readable=True, show_default=False,
    help='The same as a TOML file: authorization = "A123" and \\[line.2] modifiers = \\["GP", "59"].')]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands, with those of letters and appeals."""
    from ptedi.cli import letters

    letters.add_to(rework)
    app.add_typer(rework, name="rework")


def person(by: str | None) -> str:
    """Who acts."""
    return (by or getpass.getuser()).strip() or "unknown"


@rework.command()
def draft(
    claim: ClaimArgument, settings: SetOption = None, patch: PatchOption = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why, kept with the draft.")] = "",
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Draft a corrected claim from a denial or rejection: submitted against draft, and a fresh scrub.  Sends nothing.

    It goes as a replacement (frequency 7) with the payer's claim number from the remittance, or as a new claim where it
    was rejected or could not be processed (MA130).  Without that number, or where the payer takes no replacement, it is
    refused with the reason.  Exit code 1: an edit stops the draft.

        ptedi rework draft PT26080001 --set authorization=A4711
        ptedi rework draft PT26080001 --set line.2.modifiers+=59 --reason "separate time, see note"
        ptedi rework draft PT26080001 --set subscriber.birth_date=1980-01-31   # last, first, sex, street, zip ... too
        ptedi rework draft PT26080001 --set practice=today    # NPIs, addresses, payer as the settings say now
    """
    from ptedi.steps import rework as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _told(steps.draft(night, claim, _settings(settings or [], patch), person(by), reason), as_json)


def _settings(texts: list[str], patch: Path | None) -> list[Setting]:
    """The patch file first, then what the command line sets.

    Raises:
        ConfigurationError: one of them cannot be read.
    """
    from ptedi.claims.rework import NotUnderstood, from_tables, read_settings

    try:
        tables = tomllib.loads(patch.read_text(encoding="utf-8")) if patch else {}
        return [*from_tables(tables), *read_settings(texts)]
    except (NotUnderstood, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigurationError(f"what to change cannot be read: {problem}",
                                 hint="`ptedi rework draft --help` says what can be set") from None


@rework.command()
def show(number: IdArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show a drafted corrected claim again, with a fresh scrub."""
    from ptedi.steps import rework as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _told(steps.show(night, number), as_json)


@rework.command()
def approve(number: IdArgument, workspace: WorkspaceOption = None, by: ByOption = None,
            as_json: JsonOption = False) -> None:  # fmt: skip
    """Approve a drafted corrected claim: the next night scrubs and sends it.  Once; again tells the same."""
    from ptedi.steps import rework as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        done = steps.approve(night, number, person(by))
    if as_json:
        emit(msgspec.to_builtins(done))
    else:
        out.print(f"{done.claim} goes as [bold]{done.released}[/] with the next night: {escape(done.why)}",
                  highlight=False)  # fmt: skip


@rework.command()
def withdraw(number: IdArgument, workspace: WorkspaceOption = None, by: ByOption = None,
             reason: Annotated[str, typer.Option("--reason", "-r", help="Why.")] = "",
             as_json: JsonOption = False) -> None:  # fmt: skip
    """Give a draft or a letter up; the claim stays as it is.

    An appeal that was sent is taken back: the claim is denied as its remittance says, and its denials wait again.
    """
    from ptedi.steps import appeals, letters
    from ptedi.steps import rework as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        kind = letters.state_of(night, number)
        done: Draft | Written | AppealTold
        if kind is None:
            done = steps.withdraw(night, number, person(by), reason)
        elif kind == "open":
            done = letters.withdraw(night, number, person(by), reason)
        else:
            done = appeals.withdraw(night, number, person(by), reason)
    if as_json:
        emit(msgspec.to_builtins(done))
    else:
        what = "draft" if kind is None else "letter" if kind == "open" else "appeal"
        out.print(f"{what} {done.id} of {done.claim} withdrawn", highlight=False)


@rework.command("list")
def list_(
    workspace: WorkspaceOption = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what waits for approval.")] = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """List corrected claims: what was at stake, what became of them, what came back."""
    from ptedi.steps import rework as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        rows = steps.list_drafts(night, open_only=open_only)
    if as_json:
        emit(msgspec.to_builtins(rows))
        return
    table = Table(Column("Id", justify="right"), Column("Claim", no_wrap=True), "State", "Freq",
                  Column("At stake", justify="right"), Column("Became", no_wrap=True),
                  Column("Recovered", justify="right"), Column("Changes", ratio=1, min_width=24))  # fmt: skip
    for one in rows:
        table.add_row(str(one.id), one.claim, one.state, one.frequency, usd(from_cents(one.stake_cents)), one.released,
                      usd(from_cents(one.recovered_cents)), escape("; ".join(one.changes)))  # fmt: skip
    out.print(table)
    out.print(f"{len(rows)} corrected claims, {usd(from_cents(sum(r.recovered_cents for r in rows)))} recovered",
              highlight=False)  # fmt: skip


def _told(done: Draft, as_json: bool) -> None:
    if as_json:
        emit(msgspec.to_builtins(done))
    else:
        out.print(f"draft [bold]{done.id}[/] of {done.claim}, {done.state}: frequency {done.frequency}"
                  f"{f', REF*F8 {done.reference}' if done.reference else ''}", highlight=False)  # fmt: skip
        out.print(f"  [dim]{escape(done.why)}[/]", highlight=False)
        for change in done.changes:
            out.print(f"  {escape(change)}", highlight=False)
        for found in done.findings:
            err.print(f"  {found.severity.value:7} [bold]{found.code}[/] {escape(found.message)}", highlight=False)
        if done.state == "open" and not done.stops:
            out.print(f"`ptedi rework approve {done.id}` sends it with the next night", highlight=False)
    if done.stops:
        raise typer.Exit(1)


# --- giving up, and whom else to bill ---


@rework.command("write-off")
def write_off(
    claim: ClaimArgument,
    code: Annotated[str, typer.Option("--code", "-c", help="Why: timely-filing, no-authorization, not-covered, "
                                                           "appeal-lost, documentation, credentialing, small-balance, "
                                                           "hardship, bad-debt, billed-in-error.")],
    line: Annotated[int | None, typer.Option("--line", "-l", min=1, help="Only this line.",
                                             show_default=False)] = None,
    patient: Annotated[bool, typer.Option("--patient", help="What the patient owes, not the payer.")] = False,
    note: Annotated[str, typer.Option("--note", help="In your words; kept for ever.  No patient's name.")] = "",
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Give up what is open on a claim.  Above the limit in ptedi.toml (write_off) a second person approves it.

    ptedi rework write-off PT26080001 --code timely-filing --line 2
    ptedi rework approve-write-off 4 --by kim
    """
    from ptedi.ledger.write_off import WriteOffReason
    from ptedi.steps import write_off as steps
    from ptedi.steps.night import open_night

    known_word("code", [code], [one.value for one in WriteOffReason])
    with open_night(workspace_path(workspace)) as night:
        done = steps.ask(night, claim, WriteOffReason(code), person(by), note=note, line=line, patient=patient)
    _write_off(done, as_json)


@rework.command("approve-write-off")
def approve_write_off(number: IdArgument, workspace: WorkspaceOption = None, by: ByOption = None,
                      as_json: JsonOption = False) -> None:  # fmt: skip
    """Approve a write-off that somebody else asked for; it is posted."""
    from ptedi.steps import write_off as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _write_off(steps.approve(night, number, person(by)), as_json)


@rework.command("refuse-write-off")
def refuse_write_off(number: IdArgument, reason: ReasonOption, workspace: WorkspaceOption = None,
                     by: ByOption = None, as_json: JsonOption = False) -> None:  # fmt: skip
    """Turn a write-off down, or take one's own request back; nothing is posted."""
    from ptedi.steps import write_off as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _write_off(steps.refuse(night, number, person(by), reason), as_json)


@rework.command()
def undo(number: IdArgument, reason: ReasonOption, workspace: WorkspaceOption = None, by: ByOption = None) -> None:
    """Take a write-off or a patient's bill out of the books by its mirror, until its day is closed."""
    from ptedi.steps import write_off as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        steps.undo(night, number, person(by), reason)
    out.print(f"{number} taken back", highlight=False)


@rework.command("write-offs")
def write_offs(workspace: WorkspaceOption = None,
               open_only: Annotated[bool, typer.Option("--open", help="Only what waits for approval.")] = False,
               as_json: JsonOption = False) -> None:  # fmt: skip
    """List write-offs: asked, approved, turned down, taken back, and by whom."""
    from ptedi.steps import write_off as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        rows = steps.list_write_offs(night, open_only=open_only)
    if as_json:
        emit(msgspec.to_builtins(rows))
        return
    table = Table(Column("Id", justify="right"), Column("Claim", no_wrap=True), "State",
                  Column("Amount", justify="right"), "Code", "Asked by", "Decided by", Column("What", ratio=1))
    for one in rows:
        table.add_row(str(one.id), one.claim, one.state, usd(from_cents(one.amount_cents)), one.reason,
                      escape(one.asked_by), escape(one.decided_by), escape(one.message))  # fmt: skip
    out.print(table)


@rework.command()
def patient(claim: ClaimArgument,
            reason: Annotated[str, typer.Option("--reason", "-r", help="Why, kept with it.")] = "",
            workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False) -> None:  # fmt: skip
    """Bill the patient what group PR says, and nothing under CO: moved in the books, a CSV row for each line."""
    from ptedi.steps import patient_bill as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        done = steps.bill_patient(night, claim, person(by), reason)
    if as_json:
        emit(msgspec.to_builtins(done))
    else:
        out.print(f"{done.claim}: {usd(from_cents(done.total_cents))} billed to the patient, "
                  f"{usd(from_cents(done.moved_cents))} of it denied before\n  {escape(done.path)}", highlight=False)


@rework.command("next")
def next_(claim: ClaimArgument, workspace: WorkspaceOption = None, by: ByOption = None,
          as_json: JsonOption = False) -> None:  # fmt: skip
    """Bill the patient's next payer with what this one decided.  Once; again tells the same."""
    from ptedi.steps import patient_bill as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        made = steps.bill_next(night, claim, person(by))
    if as_json:
        emit({"claim": claim, "next": made})
    else:
        out.print(f"{claim} goes on as [bold]{made}[/]", highlight=False)


def _write_off(done: WriteOff, as_json: bool) -> None:
    if as_json:
        emit(msgspec.to_builtins(done))
        return
    words = {"open": "waits for a second person: `ptedi rework approve-write-off ID`", "done": "in the books",
             "withdrawn": "turned down", "undone": "taken back"}  # fmt: skip
    out.print(f"write-off [bold]{done.id}[/] of {done.claim}: {escape(done.message)} ({done.reason}), "
              f"{words[done.state].replace('ID', str(done.id))}", highlight=False)  # fmt: skip
