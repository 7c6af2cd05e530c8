"""`ptedi deposits ...`: what the bank shows, and which checks each deposit pays where trace and amount do not tell."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi.cli.common import JsonOption, WorkspaceOption, emit, out, workspace_path
from ptedi.findings import counted
from ptedi.money import amount, cents, usd

if TYPE_CHECKING:
    from ptedi.steps.ties import Tied

deposits = typer.Typer(help="Deposits of the bank, and the checks they pay.", no_args_is_help=True)
ReasonOption = Annotated[str, typer.Option("--reason", "-r", help="Why; kept for ever.  No patient's name.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides.  Default: the name of the account.",
                                              show_default=False)]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(deposits, name="deposits")


@deposits.command("list")
def list_(
    workspace: WorkspaceOption = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what no check is tied to, or not all of it; with "
                                                            "the checks that the bank does not show.")] = False,
    check: Annotated[int | None, typer.Option("--check", help="Only those of this check.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many rows.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List deposits, the newest first, with the checks they are tied to.

    ptedi deposits list --waiting
    """
    from ptedi.steps import cashdesk
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        rows, total = cashdesk.deposit_page(night, waiting=waiting, limit=limit if check is None else 10**9)
        missing = cashdesk.waiting_checks(night) if waiting else []
    if check is not None:
        rows = [one for one in rows if check in one.checks][:limit]
        total = len(rows)
    if as_json:
        emit({"deposits": msgspec.to_builtins(rows), "checks": msgspec.to_builtins(missing)})
        return
    table = Table("Deposit", "Trace", "From", Column("Day", no_wrap=True), Column("Amount", justify="right"),
                  Column("Open", justify="right"), "Checks")  # fmt: skip
    for one in rows:
        table.add_row(str(one.id), escape(one.trace), escape(one.originator), str(one.day), usd(one.amount),
                      usd(one.open) if one.open else "", ", ".join(map(str, one.checks)))  # fmt: skip
    out.print(table)
    rest = f", {total - len(rows)} more not shown (--limit)" if total > len(rows) else ""
    out.print(f"{counted(total, 'deposit')}{rest}", highlight=False)
    if waiting:
        late = Table("Check", "Trace", "Payer", Column("Day", no_wrap=True), Column("Amount", justify="right"),
                     Column("Open", justify="right"), title="Checks that the bank does not show",
                     title_justify="left")  # fmt: skip
        for row in missing[:limit]:
            late.add_row(str(row.id), escape(row.trace), escape(row.payer), str(row.day), usd(row.amount),
                         usd(row.open))  # fmt: skip
        out.print(late)


@deposits.command()
def tie(
    deposit: Annotated[list[int], typer.Option("--deposit", "-d", help="A deposit by its number (repeat it).")],
    check: Annotated[list[int], typer.Option("--check", "-c", help="A check by its number (repeat it).")],
    reason: ReasonOption,
    difference: Annotated[str, typer.Option("--difference", help="By how much the bank got more (or, with a minus, "
                                                                 "less): it stays open.")] = "0",
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Tie one deposit to several checks (a lockbox), or several deposits to one check.

    Their cents must agree, or the difference is stated: what the bank got more stays open on the deposit, what it got
    less on the check that is named last, and waits there as before.

    ptedi deposits tie -d 5 -c 12 -c 13 -c 14 --reason "lockbox of 20 November, the bank's list"
    ptedi deposits tie -d 7 -c 15 --difference -1.25 --reason "the bank kept its fee; it comes on Friday"
    """
    from ptedi.steps import ties
    from ptedi.steps.night import open_night

    try:
        off = cents(amount(difference))
    except ValueError:
        raise typer.BadParameter("--difference is an amount such as 1.25 or -1.25") from None
    with open_night(workspace_path(workspace)) as night:
        _told(ties.tie(night, deposit, check, (by or getpass.getuser())[:64], reason, difference_cents=off), as_json)


@deposits.command()
def untie(
    deposit: Annotated[int, typer.Argument(metavar="DEPOSIT", help="A deposit by its number.")], reason: ReasonOption,
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Let go of a deposit: it and its checks wait for their other halves again.

    The night does not tie them to each other again; `ptedi deposits tie` does.
    """
    from ptedi.steps import ties
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        _told(ties.untie(night, deposit, (by or getpass.getuser())[:64], reason), as_json)


def _told(done: Tied, as_json: bool) -> None:
    if as_json:
        emit(msgspec.to_builtins(done))
    else:
        out.print(f"{'' if done.changed else 'nothing changed: '}{escape(done.sentence)}", highlight=False)
