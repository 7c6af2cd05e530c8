"""`ptedi payers`, `ptedi codes`, `ptedi edits`: the rules looked up, looked over, loaded, replayed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi import dates
from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, err, out, tell_lint, workspace_path
from ptedi.codes import pages as code_pages
from ptedi.errors import ConfigurationError
from ptedi.findings import counted
from ptedi.money import usd
from ptedi.payers import lint as payer_lint

if TYPE_CHECKING:
    from ptedi.edits.backtest import Backtest

PAGES = (code_pages, payer_lint)  # imported for the rule pages they register
DayText = Annotated[str | None, typer.Option("--on", metavar="DATE", help="A day like 2026-11-20.  Default: today.",
                                             show_default=False)]  # fmt: skip
payers = typer.Typer(no_args_is_help=True, help="Payer profiles: what each payer wants differently, with its source.")
edits = typer.Typer(no_args_is_help=True, help="The edits: their index, and what one would have done.")
codes = typer.Typer(no_args_is_help=True, help="Code tables: load the official files beside the shipped ones.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    payers.command("lint")(lint)
    payers.command("show")(show)
    codes.command("load")(load)
    edits.command("list")(index)
    edits.command("backtest")(backtest)
    edits.command("prevented")(prevented)
    app.add_typer(payers, name="payers")
    app.add_typer(codes, name="codes")
    app.add_typer(edits, name="edits")


def lint(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Look the payer profiles over: unknown partners and codes, lapsed or doubled values, what nobody has verified.

    Exit code 1 when something is wrong.
    """
    from ptedi.config import open_workspace
    from ptedi.payers import partner, profile

    opened = open_workspace(workspace_path(workspace))
    partners = set(partner.load(opened.table("partners")))
    found = payer_lint.lint(profile.load(opened.root / "payers").values(), dates.today(), partners)
    tell_lint(found, "payer profiles", as_json)


def show(
    payer: Annotated[str, typer.Argument(metavar="ID", help="Id of the payer; its file in schemas/payers.")],
    on: DayText = None, workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show what holds for a payer on a day, and where each value was read.

        ptedi payers show medicare-part-b --on 2026-11-20

    A value whose source is "the guide" is not changed by the profile.
    """
    from ptedi.payers import profile

    try:
        folder: Path | None = workspace_path(workspace) / "payers"
    except ConfigurationError:
        folder = None
    profiles, day = profile.load(folder), day_option(on) or dates.today()
    if payer not in profiles:
        err.print(f"there is no payer {escape(payer)}; known: {', '.join(profiles)}", highlight=False)
        raise typer.Exit(2)
    one = profiles[payer]
    rows = payer_lint.show(one, day)
    if as_json:
        values = [dict(zip(("name", "value", "source", "verified"), row, strict=True)) for row in rows]
        emit({"id": one.id, "name": one.name, "payer_id": one.payer_id, "partner": one.partner,
              "filing_indicator": one.filing_indicator, "on": day, "values": values})
        return
    table = Table("Value", "Holds", "Source", "Verified", title=escape(f"{one.name} ({one.id}) on {day}"))
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)


def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Official files as published: NCCI PTP, MUE, "
                                                "PPRRVU, GPCI, ICD-10-CM order, HCPCS, NUCC, CARC/RARC, therapy "
                                                "codes.")],
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day they hold, when neither rows "
                                              "nor file name say it.", show_default=False)] = None,
    workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Load official code files (text, CSV, XLSX, or zips of them) into the workspace; rules follow them by date.

    Any order of loading gives the same tables; of two editions the newer is right.  NCCI comes in four files by first
    code: a part that is missing leaves the shipped pairs of its codes in effect, and a warning names them.

        ptedi codes load ccipra-*.zip MCR_MUE_PractitionerServices_Eff_10-01-2026.xlsx
    """
    from ptedi.codes.install import install

    for path in files:
        if not path.is_file():
            err.print(f"{escape(str(path))}: there is no such file", highlight=False)
            raise typer.Exit(2)
    done = install(files, workspace_path(workspace) / "codes", day_option(since))
    if as_json:
        emit([{"table": d.table, "name": d.name, "rows": d.rows, "from": d.since,
               "findings": [f.as_json() for f in d.findings]} for d in done])
    else:
        for one in done:
            when = f" from {one.since}" if one.since else ""
            out.print(f"{counted(one.rows, 'row'):>14}  {escape(one.name)}{when}", highlight=False)
            for finding in one.findings:
                out.print(f"  {finding.severity.value} [bold]{finding.code}[/] {escape(finding.message)} "
                          f"{escape(finding.hint or '')}", highlight=False)  # fmt: skip
    raise typer.Exit(1 if any(f.severity.stops for d in done for f in d.findings) else 0)


def index(as_json: JsonOption = False) -> None:
    """List every edit: code, severity, status, what it says."""
    from ptedi.edits import EDITS

    rules = [one.rule for _, one in sorted(EDITS.items())]
    if as_json:
        emit([{"code": r.code, "severity": r.severity.value, "status": r.status, "title": r.title} for r in rules])
        return
    table = Table("Code", "Severity", "Status", "What it says", title=f"{len(rules)} edits", title_justify="left")
    for rule in rules:
        table.add_row(rule.code, rule.severity.value, rule.status, escape(rule.title))
    out.print(table)


def backtest(
    edit: Annotated[str, typer.Argument(metavar="CODE", help="The edit, for example NC102.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First date of service.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last date of service.")],
    workspace: WorkspaceOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="At most so many claims in each table.")] = 10,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Replay an edit over judged claims: which denials it would have stopped, which paid claims it would have held.

        ptedi edits backtest NC102 --from 2026-10-01 --to 2026-11-20

    Nothing is changed.  Exit code 2: no such edit, or dates that are none or stand the wrong way round.
    """
    from ptedi.edits import EDITS
    from ptedi.steps.backtest import backtest as replay
    from ptedi.steps.night import open_night

    begin, end = day_option(first), day_option(last)
    if edit.upper() not in EDITS or begin is None or end is None:
        err.print(f"there is no edit {escape(edit)}; `ptedi edits list` has them all", highlight=False)
        raise typer.Exit(2)
    if begin > end:
        err.print(f"--from {begin} is after --to {end}; give the earlier day first", highlight=False)
        raise typer.Exit(2)
    with open_night(workspace_path(workspace)) as night:
        told = replay(night, edit.upper(), begin, end)
    if as_json:
        emit(asdict(told) | {"precision": told.precision})
    else:
        _show(told, limit)


def _show(told: Backtest, limit: int) -> None:
    from ptedi.edits import EDITS

    severity = EDITS[told.code].rule.severity
    if not severity.stops:
        out.print(f"[bold]{told.code}[/] is {severity.value}: it would have spoken and stopped nothing",
                  highlight=False)  # fmt: skip
    for line in (
        f"[bold]{told.code}[/] over {counted(told.claims, 'judged claim')}: finds something on {told.found}",
        f"  denied claims it would have stopped  {told.stopped:>6}   {usd(told.stopped_amount):>12}",
        f"  denied claims it says nothing of     {told.missed:>6}",
        f"  paid claims it would have held       {told.held_paid:>6}   {usd(told.held_amount):>12}",
    ):
        out.print(line, highlight=False)
    for reason, times in told.reasons:
        out.print(f"  {reason:8} on {times}", highlight=False)
    for title, amount, several in (("Denied claims it would have stopped", "Denied", told.stopped_claims),
                                   ("Paid claims it would have held", "Paid", told.held_claims)):
        if several and limit:
            table = Table("Claim", "Service", "Payer", Column(amount, justify="right"), "Reasons", "What it says",
                          title=title, title_justify="left")  # fmt: skip
            for hit in several[:limit]:
                table.add_row(hit.claim, str(hit.service_date), escape(hit.payer_id), usd(hit.amount),
                              " ".join(hit.reasons), escape(hit.says))  # fmt: skip
            out.print(table)
            if len(several) > limit:
                out.print(f"{len(several) - limit} more not shown (--limit)", highlight=False)


def prevented(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day of holding.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of holding.")],
    workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Count what edits held for reasons that payers deny: claims, charges, and what was paid on them since.

        ptedi edits prevented --from 2026-10-01 --to 2026-11-20

    An edit counts when schemas/codes/denials.csv (or the workspace's denials.csv) says that it stops a denial.  The
    amounts are charges.  Exit code 2: dates that are none or stand the wrong way round.
    """
    import msgspec

    from ptedi.steps.night import open_night
    from ptedi.steps.prevented import prevented as count

    begin, end = day_option(first), day_option(last)
    if begin is None or end is None or begin > end:
        err.print(f"--from {begin} is after --to {end}; give the earlier day first", highlight=False)
        raise typer.Exit(2)
    with open_night(workspace_path(workspace)) as night:
        told = count(night, begin, end)
    if as_json:
        emit(msgspec.to_builtins(told))
        return
    table = Table("Edit", "What it says", "Denials", *(Column(name, justify="right") for name in (
        "Claims", "Charges", "Paid since")))  # fmt: skip
    for one in told.edits:
        table.add_row(one.edit, escape(one.title), " ".join(one.denials), str(one.claims), usd(one.amount),
                      usd(one.paid))  # fmt: skip
    out.print(table)
    out.print(f"{counted(told.claims, 'claim')} held for what payers deny, {usd(told.amount)} charged; "
              f"{usd(told.paid)} paid on them since", highlight=False)  # fmt: skip
