"""`ptedi price` and `ptedi contracts`: what a payer should pay, step by step, and what it did not pay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi import dates
from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, err, out, tell_lint, workspace_path
from ptedi.errors import ConfigurationError
from ptedi.findings import counted
from ptedi.money import amount, from_cents, usd
from ptedi.pricing import lint as contract_lint
from ptedi.pricing.contract import Basis, Contract, Contracts, Terms

if TYPE_CHECKING:
    from ptedi.pricing.price import Billed
    from ptedi.pricing.telling import Figure
    from ptedi.steps.price_view import LineStory

PayerOption = Annotated[str | None, typer.Option("--payer", "-p", metavar="ID", help="Only this payer.")]
SinceOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First date of service.")]
UntilOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last date of service.")]
OnOption = Annotated[str | None, typer.Option("--date", "--on", "-d", metavar="DATE", show_default=False,
                                              help="Date of service.  Default: today.")]  # fmt: skip
price = typer.Typer(no_args_is_help=True, help="What a payer should pay, step by step; what was paid less.")
contracts = typer.Typer(no_args_is_help=True, help="Contracts and fee schedules with their sources and dates.")
_COLOUR = {"paid as expected": "green", "underpaid": "red", "overpaid": "yellow"}


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    price.command("visit")(visit)
    price.command("claim")(claim)
    price.command("rerun")(rerun)
    price.command("underpaid")(underpaid)
    contracts.command("lint")(lint)
    contracts.command("show")(show)
    app.add_typer(price, name="price")
    app.add_typer(contracts, name="contracts")


def visit(
    *,
    lines: Annotated[list[str], typer.Argument(metavar="CODE[:UNITS[:MODIFIER,...]][@CHARGE]...",
                                               help="What was done on one day, such as 97530 97110:2 97110:1:GP,CQ.")],
    payer: Annotated[str, typer.Option("--payer", "-p", metavar="ID", help="The payer.")] = "medicare-part-b",
    day: OnOption = None,
    locality: Annotated[str | None, typer.Option(help="Medicare locality (contractor-number) instead of the "
                                                      "contract's.", show_default=False)] = None,
    units: Annotated[int | None, typer.Option("--units", "-u", min=1, help="Units of every line that names none.",
                                              show_default=False)] = None,
    deductible: Annotated[str, typer.Option(help="Dollars the patient still owes this year.")] = "0",
    copay: Annotated[str, typer.Option(help="Dollars the patient owes for the visit.")] = "0",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Price one patient's day at a payer before it is billed: each step with its figure and source.

        ptedi price visit 97530 97110:2 97140:1:GP,CQ --date 2024-07-15 --deductible 50

    Give all that was done that day, of every discipline: its units are reduced together.  Without @CHARGE a line is
    not held against what would be billed.  Exit code 1 when a line has no price.
    """
    from ptedi.pricing.price import Price
    from ptedi.pricing.price import price as priced
    from ptedi.pricing.telling import steps

    on = day_option(day) or dates.today()
    billed = [_billed(text, number, units or 1) for number, text in enumerate(lines, 1)]
    known = _contracts(workspace)
    contract, terms = _find(known, payer, day or on.isoformat())
    if terms.basis is Basis.CHARGES and not all("@" in text for text in lines):
        raise typer.BadParameter(f"{contract.id} pays a percent of the charge: say it, as in 97110:2@124.00")
    terms = replace(terms, lesser_of=terms.lesser_of and all("@" in text for text in lines),
                    locality=locality or terms.locality)  # fmt: skip
    found = priced(billed, terms, on, deductible=_dollars(deductible), copay=_dollars(copay))
    told = [(line, steps(one, terms) if isinstance(one, Price) else (), "" if isinstance(one, Price) else one.reason)
            for line, one in zip(billed, found, strict=True)]  # fmt: skip
    total = sum((one.paid.paid for one in found if isinstance(one, Price)), Decimal("0.00"))
    if as_json:
        emit({"payer": payer, "date": on, "contract": contract.id, "version": contract.version, "paid": total,
              "lines": [{"procedure": line.procedure, "modifiers": line.modifiers, "units": line.units,
                         "reason": reason, "steps": _json(figures)} for line, figures, reason in told]})  # fmt: skip
    else:
        for line, figures, reason in told:
            _table(" ".join((line.procedure, *line.modifiers, f"x {line.units}")), figures, reason)
        out.print(f"the payer should pay [bold]{usd(total)}[/] by contract {escape(contract.id)}", highlight=False)
    raise typer.Exit(1 if any(reason for *_, reason in told) else 0)


def claim(
    number: Annotated[str, typer.Argument(metavar="CLAIM", help="The claim's number (CLM01).")],
    history: Annotated[bool, typer.Option("--history", help="Also what another result replaced.")] = False,
    workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show what a claim should be paid, step by step, beside what was paid.

    Exit code 1 when a line is underpaid.
    """
    from ptedi import pipeline
    from ptedi.steps.price_view import price_story

    with pipeline.open_night(workspace_path(workspace)) as night:
        story = price_story(night, number)
    if story is None:
        raise ConfigurationError(f"there is no claim {number}", hint="`ptedi claims` lists them")
    if as_json:
        emit(msgspec.to_builtins(story))
    else:
        out.print(f"[bold]{escape(number)}[/] to {escape(story.payer_id)}, contract "
                  f"{escape(', '.join(story.contracts) or 'none')}", highlight=False)  # fmt: skip
        for line in story.lines:
            name = " ".join((line.procedure, *line.modifiers, f"x {line.units}"))
            _table(f"{line.line}: {name}", line.figures, line.reason)
            _verdict(line)
        for one in story.history if history else ():
            until = f" until {one.replaced_at:%Y-%m-%d %H:%M}" if one.replaced_at else ""
            out.print(f"  {one.at:%Y-%m-%d %H:%M}{until}: line {one.price.line} {one.price.verdict} "
                      f"{escape(one.price.contract)} {escape(one.price.sentence)}", highlight=False)  # fmt: skip
    short = any(line.compared is not None and line.compared.verdict == "underpaid" for line in story.lines)
    raise typer.Exit(1 if short else 0)


def rerun(payer: PayerOption = None, since: SinceOption = None, until: UntilOption = None,
          workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:  # fmt: skip
    """Compare again what was paid, after a contract or a fee schedule was loaded; what was found before is kept.

    ptedi price rerun --payer bluestone-ppo --from 2026-01-01
    """
    from ptedi import pipeline
    from ptedi.steps import price as comparing

    with pipeline.open_night(workspace_path(workspace)) as night:
        done = comparing.rerun(night, payer=payer, since=day_option(since), until=day_option(until))
    if as_json:
        emit(msgspec.to_builtins(done))
        return
    out.print(f"{counted(done.claims, 'claim')} compared, {counted(done.lines, 'line')} with a new result, "
              f"{counted(done.opened, 'item')} to ask for, {done.resolved} settled", highlight=False)  # fmt: skip


def underpaid(payer: PayerOption = None, since: SinceOption = None, until: UntilOption = None,
              workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:  # fmt: skip
    """List what payers paid less than agreed, by payer, code and step, the most missing first."""
    from ptedi import pipeline
    from ptedi.steps import price_view

    with pipeline.open_night(workspace_path(workspace)) as night:
        rows = price_view.underpayments(night, payer=payer, since=day_option(since), until=day_option(until))
        verdicts = price_view.verdicts(night)
    if as_json:
        emit({"rows": msgspec.to_builtins(rows),
              "lines": {verdict: {"count": count, "cents": cents} for verdict, (count, cents) in verdicts.items()}})
        return
    table = Table("Payer", "Code", "Step", Column("Lines", justify="right"), Column("Missing", justify="right"))
    for row in rows:
        table.add_row(escape(row.payer_id), row.procedure, row.cause, f"{row.count:,}", usd(from_cents(row.cents)))
    out.print(table if rows else "nothing that was compared is underpaid")
    for verdict, (count, cents) in sorted(verdicts.items()):
        off = f", {usd(from_cents(cents))}" if cents else ""
        out.print(f"  {counted(count, 'line')} {verdict}{off}", highlight=False)


def lint(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Look the contracts over: unknown payers and codes, lapsed or hidden terms, charges below the agreed price.

    Exit code 1 when something is wrong.
    """
    from ptedi.claims import practice
    from ptedi.config import open_workspace
    from ptedi.payers import profile

    opened = open_workspace(workspace_path(workspace))
    known = _contracts(workspace)
    charges = practice.load(opened.table("practice")).charges
    found = contract_lint.lint(known, profile.load(opened.root / "payers").ids, charges, dates.today())
    tell_lint(found, "contracts", as_json)


def show(
    payer: Annotated[str, typer.Argument(metavar="PAYER", help="Id of the payer.")],
    day: OnOption = None, workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show what a payer agreed to pay on a day, and where it was read.

    ptedi contracts show medicare-part-b --on 2024-07-15
    """
    contract, terms = _find(_contracts(workspace), payer, day)
    values = {name: getattr(terms, name) for name in Terms.__dataclass_fields__ if name != "rates"}
    rates = dict(sorted(terms.rates.items()))
    if as_json:
        emit({"id": contract.id, "payer": payer, "version": contract.version,
              "terms": msgspec.to_builtins(values), "rates": msgspec.to_builtins(rates)})  # fmt: skip
        return
    table = Table("Term", "Holds", title=escape(f"{contract.id} ({payer}), version {contract.version}"))
    for name, value in values.items():
        table.add_row(name, escape("-" if value in (None, (), {}) else str(value)))
    out.print(table)
    if rates:
        listed = Table("Code", Column("Amount", justify="right"), Column("Practice expense", justify="right"), "Per")
        for code, rate in rates.items():
            listed.add_row(code, usd(rate.amount), "" if rate.practice is None else usd(rate.practice), rate.per)
        out.print(listed)


def _contracts(workspace: Path | None) -> Contracts:
    """The contracts of the workspace, or the shipped ones where there is none; its official tables are put in use."""
    from ptedi.codes import table
    from ptedi.pricing import contract_file
    from ptedi.steps.night import CODES
    from ptedi.steps.price import FOLDER

    try:
        root = workspace_path(workspace)
    except ConfigurationError:
        return contract_file.load()
    table.use(root / CODES)
    return contract_file.load(root / FOLDER)


def _find(known: Contracts, payer: str, day: str | None) -> tuple[Contract, Terms]:
    on = day_option(day) or dates.today()
    found = known.find(payer, on)
    if found is None:
        names = ", ".join(sorted(known.by_payer)) or "none"
        err.print(f"no contract of {escape(payer)} covers {on}; there are contracts with {escape(names)}",
                  highlight=False)  # fmt: skip
        raise typer.Exit(2)
    return found


def _billed(text: str, number: int, units: int) -> Billed:
    from ptedi.pricing.price import Billed

    head, _, charge = text.partition("@")
    code, *more = head.upper().split(":")
    count = more[0] if more else str(units)
    if not code.isalnum() or len(code) != 5 or len(more) > 2 or not count.isdecimal() or not 1 <= int(count) <= 99:
        raise typer.BadParameter(f"{text!r} is not a line like 97110:2:GP,CQ@124.00")
    modifiers = tuple(filter(None, more[1].split(","))) if len(more) > 1 else ()
    return Billed(key=str(number), procedure=code, modifiers=modifiers, units=int(count),
                  charge=_dollars(charge or "0"))  # fmt: skip


def _dollars(text: str) -> Decimal:
    try:
        value = amount(text)
    except ValueError:
        value = Decimal(-1)
    if value < 0:
        raise typer.BadParameter(f"{text!r} is not an amount like 50.00")
    return value


def _table(title: str, figures: tuple[Figure, ...] | list[Figure], reason: str) -> None:
    table = Table("Step", Column("Dollars", justify="right"), "How", "Source", title=escape(title),
                  title_justify="left")  # fmt: skip
    for one in figures:
        table.add_row(one.step, usd(one.amount), escape(one.how), escape(one.source))
    out.print(table if figures else f"{escape(title)}: no price, {escape(reason)}")


def _verdict(line: LineStory) -> None:
    one = line.compared
    if one is None:
        out.print("  not compared: nothing was posted yet", highlight=False)
        return
    colour = _COLOUR.get(one.verdict, "bold")
    out.print(f"  paid {usd(from_cents(one.paid_cents))}: [{colour}]{one.verdict}[/] {escape(one.sentence)}",
              highlight=False)  # fmt: skip


def _json(figures: tuple[Figure, ...] | list[Figure]) -> list[dict[str, object]]:
    return [{"step": f.step, "amount": f.amount, "how": f.how, "source": f.source} for f in figures]
