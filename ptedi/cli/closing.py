"""`ptedi close DATE`: a day's equation, each figure with its rows, closed by a person and sealed by a hash."""

from __future__ import annotations

import getpass
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, out, workspace_path
from ptedi.ledger.day import Figure
from ptedi.money import from_cents, usd
from ptedi.steps.close import DayClose
from ptedi.steps.night import Night

_NAMES = ("files", "payments", "claims", "posted", "unapplied", "provider", "suspense", "bank", "waiting_for_bank")


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(close)


def close(
    day: Annotated[str | None, typer.Argument(metavar="[DATE]", help="The day, YYYY-MM-DD.  Without it: every day with "
                                                                     "money and whether it is closed.")] = None,
    workspace: WorkspaceOption = None,
    rows: Annotated[bool, typer.Option("--rows", help="Each figure with the rows that make it.")] = False,
    look: Annotated[bool, typer.Option("--look", help="Only show the day and what is open; close nothing.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Is each closed day still what was closed?  Exit code 1 if "
                                                          "not.")] = False,
    without_bank: Annotated[bool, typer.Option("--without-bank", help="Close although the bank does not show every "
                                               "check; those are kept by name.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who closes.  Default: the name of the account.",
                                           show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Close a day: files = payments = claims - provider adjustments = bank, to the cent.

    Exit code 1 with the list of what is open when the day does not close.  A closed day is never written to again:
    what comes or is decided later stands in the books of an open day.

    ptedi close 2026-11-20 --look --rows
    ptedi close 2026-11-20
    """
    from ptedi.steps import close as steps
    from ptedi.steps.night import open_night

    with open_night(workspace_path(workspace)) as night:
        if verify:
            _verify(night, as_json)
        elif (wanted := day_option(day)) is None:
            _days(night, as_json)
        else:
            person = (by or getpass.getuser())[:64]
            found = steps.day_close(night, wanted, without_bank=without_bank) if look else steps.close_day(
                night, wanted, person, without_bank=without_bank)  # fmt: skip
            emit(_json(found)) if as_json else _show(found, rows=rows)
            raise typer.Exit(0 if found.closing or found.closes else 1)


def _verify(night: Night, as_json: bool) -> None:
    from ptedi.steps.close import verify_closings

    misfits = verify_closings(night)
    if as_json:
        emit(msgspec.to_builtins(misfits))
    else:
        for one in misfits:
            out.print(f"[red]{one.day}[/]: {escape(one.problem)}", highlight=False)
        out.print("every closed day is what was closed" if not misfits else f"{len(misfits)} differences",
                  highlight=False)  # fmt: skip
    raise typer.Exit(1 if misfits else 0)


def _days(night: Night, as_json: bool) -> None:
    from ptedi.steps.close import days

    found = days(night)
    if as_json:
        emit([{"day": day, "closed": one is not None, "by": one.actor if one else "", "hash": one.hash if one else ""}
              for day, one in found])  # fmt: skip
        return
    table = Table("Day", "Closed", "By", "Hash")
    for day, one in found:
        table.add_row(str(day), f"{one.at:%Y-%m-%d %H:%M}" if one else "open", one.actor if one else "",
                      one.hash if one else "")  # fmt: skip
    out.print(table)


def _show(found: DayClose, *, rows: bool) -> None:
    e = found.equation
    out.print(f"[bold]{found.day}[/]  files {_usd(e.files)} = payments {_usd(e.payments)} = claims {_usd(e.claims)} "
              f"- provider {_usd(e.provider)} + suspense {_usd(e.suspense)} = bank {_usd(e.bank)} + waiting "
              f"{_usd(e.waiting_for_bank)}", highlight=False)  # fmt: skip
    out.print(f"  claims: {_usd(e.posted)} posted, {_usd(e.unapplied)} in unapplied; unexplained "
              f"[bold]{usd(from_cents(e.unexplained))}[/]", highlight=False)  # fmt: skip
    if rows:
        for name in _NAMES:
            _rows(name, getattr(e, name))
    for text in found.open:
        out.print(f"  [red]open[/]: {escape(text)}", highlight=False)
    if found.closing is not None:
        one = found.closing
        out.print(f"[green]closed[/] {one.at:%Y-%m-%d %H:%M} by {escape(one.actor)}, {one.hash}", highlight=False)


def _usd(figure: Figure) -> str:
    return usd(from_cents(figure.cents))


def _rows(name: str, figure: Figure) -> None:
    if not figure.rows:
        return
    table = Table("Remit", "What", Column("Amount", justify="right"), title=f"{name.replace('_', ' ')} {_usd(figure)}",
                  title_justify="left")  # fmt: skip
    for row in figure.rows:
        table.add_row(row.ref, escape(row.about), usd(from_cents(row.cents)))
    out.print(table)


def _json(found: DayClose) -> dict[str, object]:
    """Amounts as decimal text, as every other document of ours has them."""
    figures = {name: {"amount": f"{from_cents(one.cents):.2f}",
                      "rows": [{"remit": r.ref, "what": r.about, "amount": f"{from_cents(r.cents):.2f}"}
                               for r in one.rows]}
               for name in (*_NAMES, "cash") for one in [getattr(found.equation, name)]}  # fmt: skip
    closing = found.closing
    return {"day": found.day, "closes": found.closes, "open": list(found.open), "figures": figures,
            "unexplained": f"{from_cents(found.equation.unexplained):.2f}",
            "closing": closing and {"at": closing.at.isoformat(), "by": closing.actor, "hash": closing.hash,
                                    "content_sha256": closing.content_sha256}}  # fmt: skip
