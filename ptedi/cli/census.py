"""`ptedi census`: every claim in exactly one state, nothing unaccounted for, and what is overdue."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from ptedi import pipeline
from ptedi.cli.common import JsonOption, WorkspaceOption, emit, out, workspace_path
from ptedi.findings import counted
from ptedi.money import usd
from ptedi.steps.census import Census


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("census")(census)


def census(
    workspace: WorkspaceOption = None,
    claims: Annotated[bool, typer.Option("--claims", help="Every claim with its clock and its filing deadline, "
                                                          "nearest first.")] = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Count every claim: visits = claims by state = what the ledger billed; overdue answers; filing limits.

    Exit code 1 when anything is in no account.  Nothing is changed; `ptedi collect` makes work items of what is late.

        ptedi census --json --claims | jq '.clocks[] | select(.filing_days_left < 30)'
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        told = pipeline.census(night)
    if as_json:
        value = msgspec.to_builtins(told) | {"closes": told.closes}
        emit(value if claims else {key: one for key, one in value.items() if key != "clocks"})
    else:
        _show(told)
        if claims:
            _claims(told)
    raise typer.Exit(0 if told.closes else 1)


def _show(told: Census) -> None:
    table = Table("State", "Claims", "Charge", "Longest since", title=f"Census of {told.day}", title_justify="left")
    for one in told.states:
        table.add_row(one.state, str(one.count), usd(one.amount), f"{one.oldest:%Y-%m-%d %H:%M}" if one.oldest else "")
    out.print(table)
    out.print(f"visits {told.visits} = with a claim {told.visits_with_claim} + without "
              f"{told.visits - told.visits_with_claim - told.visits_waiting}" + (
                  f" + waiting for the end of their span {told.visits_waiting}" if told.visits_waiting else ""),
              highlight=False)  # fmt: skip
    out.print(f"claims {told.claims} = by state {sum(one.count for one in told.states)}", highlight=False)
    again = f" - asked of later payers {usd(told.later)}" if told.later else ""
    out.print(f"charges {usd(told.charge)} - superseded {usd(told.superseded)}{again} = billed in the ledger "
              f"{usd(told.charged)}", highlight=False)  # fmt: skip
    for gap in told.unaccounted:
        out.print(f"  [bold red]{escape(gap.what)}[/]: {escape(gap.which)} {usd(gap.amount)}", highlight=False)
    for late in told.late:
        whom = f"claim {late.claim}" if late.claim else f"batch {late.batch_id}, {counted(late.claims, 'claim')}"
        out.print(f"  [yellow]no {late.answer}[/] for {whom} since {late.waiting_hours} h (limit {late.limit_hours} h, "
                  f"{late.basis}): {usd(late.amount)}", highlight=False)  # fmt: skip
    for here in told.unsent:
        what = f"batch {here.batch_id}" if here.batch_id else "ready, in no file"
        out.print(f"  [yellow]not sent[/] to {escape(here.partner)}: {what}, {counted(here.claims, 'claim')}, since "
                  f"{here.waiting_hours} h: {usd(here.amount)}", highlight=False)  # fmt: skip
    if told.filing:
        days = ", ".join(f"{name} {count}" for name, count in told.filing.items())
        out.print(f"days left to file, claims not yet with the payer: {days}", highlight=False)
    verdict = "[green]everything is accounted for[/]" if told.closes else "[bold red]it does not close[/]"
    if told.not_coded:
        several = counted(len(told.unaccounted), "visit")
        verdict = f"[yellow]it does not close yet[/]: {several} not coded; `ptedi nightly` does that"
    out.print(f"{verdict}; {counted(len(told.late), 'answer')} overdue", highlight=False)


def _claims(told: Census) -> None:
    table = Table("Claim", "Payer", "State", "Days", "File by", "Left")
    table.columns[0].no_wrap = table.columns[4].no_wrap = True
    far = 10**6
    for one in sorted(told.clocks, key=lambda c: far if c.filing_days_left is None else c.filing_days_left):
        left = "" if one.filing_days_left is None else str(one.filing_days_left)
        table.add_row(one.claim, one.payer_id, one.state, str(one.days), str(one.filing_deadline or ""), left)
    out.print(table)
