"""`ptedi claims`, `ptedi claim ID`, `ptedi work`: what the store knows about claims and what waits for a person."""

from __future__ import annotations

import getpass
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi import pipeline
from ptedi.cli import work
from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, err, known_word, out, workspace_path
from ptedi.findings import counted
from ptedi.money import usd
from ptedi.store.views import Wanted
from ptedi.submissions.status import State

ItemArgument = Annotated[int, typer.Argument(metavar="ITEM", help="Number of the item in `ptedi work`.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides.  Default: the name of the account.",
                                              show_default=False)]  # fmt: skip
_ALL = 2**62
_COLOUR = {"paid": "green", "partly paid": "green", "denied": "red", "rejected": "red", "held": "magenta",
           "reversed": "yellow"}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("claims")(claims)
    app.command("claim")(claim)
    group = typer.Typer(invoke_without_command=True, help=work.work.__doc__, callback=work.work)
    work.add_to(group)
    group.command("approve")(approve)
    group.command("dismiss")(dismiss)
    app.add_typer(group, name="work")


def claims(
    *,
    workspace: WorkspaceOption = None,
    state: Annotated[list[str] | None, typer.Option("--state", "-s", help="Only these states (repeat it).")] = None,
    service_date: Annotated[str | None, typer.Option("--date", "-d", help="Only this service date.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First service date.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last service date.")] = None,
    payer: Annotated[str | None, typer.Option("--payer", "-p", help="Only this payer.")] = None,
    patient: Annotated[str | None, typer.Option("--patient", metavar="ID", help="Only this patient: the practice's own "
                                                "id, never a name.")] = None,
    visit: Annotated[str | None, typer.Option("--visit", metavar="ID", help="Only claims of this visit.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many rows.")] = 50,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """List claims with their state, charge and what was paid.

    ptedi claims --state held --state rejected
    ptedi claims --patient P00017 --from 2026-10-01 --to 2026-11-20
    ptedi claims --date 2026-11-20 --payer medicare-part-b --json
    """
    day, begin, end = day_option(service_date), day_option(first), day_option(last)
    if day and (begin or end):
        raise typer.BadParameter("give --date, or --from and --to")
    if begin and end and begin > end:
        raise typer.BadParameter(f"--from {begin} is after --to {end}; give the earlier day first")
    with pipeline.open_night(workspace_path(workspace)) as night:
        known_word("state", state, [one.value for one in State])
        known_word("payer", [payer] if payer else None, night.profiles.ids)
        wanted = Wanted(states=tuple(state or ()), payer_id=payer, patient_id=patient, visit_id=visit,
                        first=day or begin, last=day or end)  # fmt: skip
        rows, count = pipeline.claims_page(night, wanted, _ALL if as_json else limit)
    if as_json:
        emit(msgspec.to_builtins(rows))
        return
    table = Table(Column("Claim", no_wrap=True, min_width=13), Column("Service", no_wrap=True, min_width=10), "Payer",
                  "State", *(Column(name, justify="right", no_wrap=True) for name in ("Charge", "Paid", "Adjusted",
                                                                                     "Patient", "Open")))  # fmt: skip
    for row in rows:
        colour = _COLOUR.get(row.state, "default")
        payer = f"{row.payer_id} [dim]after {row.after}[/]" if row.after else row.payer_id
        table.add_row(row.patient_control_number, str(row.service_date), payer, f"[{colour}]{row.state}[/]",
                      usd(row.charge), usd(row.paid), usd(row.adjusted), usd(row.patient), usd(row.open))  # fmt: skip
    out.print(table)
    rest = f", {count - limit} more not shown (--limit)" if count > limit else ""
    out.print(f"{counted(count, 'claim')}{rest}; `ptedi claim CLAIM` shows one from charge to last posting",
              highlight=False)


def claim(
    number: Annotated[str, typer.Argument(metavar="CLAIM", help="Patient control number (CLM01 = CLP01).")],
    workspace: WorkspaceOption = None,
    segments: Annotated[bool, typer.Option("--segments", help="Also the segments of each file that speak of it, in "
                                                              "words.")] = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show one claim: its lines and why they are coded so, findings, timeline, postings, work items.

    ptedi claim CLAIM --segments
    """
    from ptedi.cli.claim_view import show, show_evidence

    with pipeline.open_night(workspace_path(workspace)) as night:
        story = pipeline.claim_story(night, number.strip().upper())
        found = pipeline.evidence(night, number.strip().upper()) if segments else None
    if story is None:
        err.print(f"there is no claim {escape(number)} in this workspace; `ptedi claims` lists them", highlight=False)
        raise typer.Exit(2)
    if as_json:
        emit(msgspec.to_builtins(story) | ({} if found is None else {"evidence": msgspec.to_builtins(found)}))
    else:
        show(story)
        show_evidence(found or ())


def approve(
    item: ItemArgument, workspace: WorkspaceOption = None, by: ByOption = None,
    repair: Annotated[list[str] | None, typer.Option("--repair", metavar="CODE", help="Of a held claim: only the "
                                                     "suggested repairs of this edit (repeat it).")] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Approve what an item proposes: its drafted claim, the suggested repairs of its held claim, a payer's new rule.

    A draft is released and a held claim is mended and scrubbed again; the next night puts them into a batch.  Nothing
    is sent now.  A rule drafted from repeated denials goes into the payer's file in payers/ of the workspace.  Exit
    code 1: the claim is mended, but other edits hold it still.

    ptedi work --kind draft
    ptedi work approve 41
    ptedi work approve 52 --repair NC102
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        done = pipeline.release_draft(night, item, _person(by), tuple(one.upper() for one in repair or ()))
    if as_json:
        emit(msgspec.to_builtins(done))
        raise typer.Exit(1 if done.stops else 0)
    if done.rule:
        out.print(f"the rule holds from the next night on: {escape(done.rule)}", highlight=False)
        return
    if done.stops:
        out.print(f"claim {done.claim} is mended ({' '.join(done.repairs)}), and still held: {' '.join(done.stops)}; "
                  "`ptedi work --kind held` says why", highlight=False)
        raise typer.Exit(1)
    if done.repairs:
        out.print(f"claim {done.claim} is mended ({' '.join(done.repairs)}); `ptedi nightly` sends it", highlight=False)
        return
    said = f", in the place of {done.replaces} before" if done.replaces else ""
    out.print(f"claim {done.claim}{said}; `ptedi nightly` sends it", highlight=False)


def dismiss(
    item: ItemArgument,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept with the item.  No patient's name.")],
    workspace: WorkspaceOption = None, by: ByOption = None,
) -> None:  # fmt: skip
    """Close an item with a reason; a drafted claim behind it is withdrawn.

    ptedi work dismiss 41 --reason "done by telephone"
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        pipeline.dismiss_item(night, item, _person(by), reason)
    out.print(f"item {item} is closed", highlight=False)


def _person(by: str | None) -> str:
    return (by or getpass.getuser())[:64]
