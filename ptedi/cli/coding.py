"""`ptedi code`, `ptedi scrub`, `ptedi payers`, `ptedi codes`: the rules, tried on a file or looked up, no database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ptedi import dates
from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, err, out, workspace_path
from ptedi.cli.files import Format, FormatOption
from ptedi.errors import ConfigurationError

if TYPE_CHECKING:
    from ptedi.claims.model import CodedClaim, Practice, Visit
    from ptedi.edits.repairs import Fixed, Repair
    from ptedi.payers.profile import PayerProfile, Profiles

ChargesArgument = Annotated[Path, typer.Argument(metavar="CHARGES", help="A captured charge file, CSV or XML.")]
PayerOption = Annotated[str | None, typer.Option("--payer", help="Use this payer's rules for every visit.",
                                                 show_default=False)]  # fmt: skip
DayText = Annotated[str | None, typer.Option("--on", metavar="DATE", help="A day like 2026-11-20.  Default: today.",
                                             show_default=False)]  # fmt: skip
payers = typer.Typer(no_args_is_help=True, help="Payer profiles: what each payer wants differently, with its source.")
edits = typer.Typer(no_args_is_help=True, help="The edits: their index, and what one would have done.")
codes = typer.Typer(no_args_is_help=True, help="Code tables: load the official files beside the shipped ones.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("code")(code)
    app.command("scrub")(scrub)
    payers.command("lint")(lint)
    payers.command("show")(show)
    codes.command("load")(load)
    edits.command("list")(index)
    edits.command("backtest")(backtest)
    app.add_typer(edits, name="edits")
    app.add_typer(payers, name="payers")
    app.add_typer(codes, name="codes")


@dataclass(frozen=True, slots=True)
class _Bench:
    """A workspace's rules without its database."""

    root: Path
    practice: Practice
    prefix: str
    profiles: Profiles


def _bench(workspace: Path | None) -> _Bench:
    from ptedi.claims import practice
    from ptedi.codes import table
    from ptedi.config import open_workspace
    from ptedi.payers import profile

    opened = open_workspace(workspace_path(workspace))
    table.use(opened.root / "codes")
    settings = opened.table("practice")
    return _Bench(opened.root, practice.load(settings), practice.claim_prefix(settings),
                  profile.load(opened.root / "payers"))


def _coded(bench: _Bench, charges: Path, payer: str | None) -> Iterator[tuple[Visit, PayerProfile, CodedClaim]]:
    """Every accepted visit of a file, coded; refused rows are told on standard error."""
    from ptedi import intake
    from ptedi.claims.coding import code_visit
    from ptedi.claims.identity import control_number

    if payer is not None and payer not in bench.profiles:
        raise ConfigurationError(f"there is no payer {payer}", hint=f"known: {', '.join(bench.profiles)}")
    try:
        data = charges.read_bytes()
    except OSError as problem:
        raise ConfigurationError(f"{charges}: {problem.strerror}") from None
    file = intake.read(data, charges.name, bench.practice, bench.profiles.ids, dates.today())
    for finding in (*file.findings, *(f for row in file.rows for f in row.findings)):
        where = f"row {finding.row}: " if finding.row else ""
        err.print(f"{where}[bold]{finding.code}[/] {escape(finding.message)}", highlight=False)
    for number, visit in enumerate(file.visits, 1):
        profile = bench.profiles[payer or visit.primary.payer_id]
        coded = code_visit(visit, bench.practice, profile, control_number=control_number(bench.prefix, number),
                           therapy_dollars_before=visit.primary.therapy_dollars_used)  # fmt: skip
        yield visit, profile, coded
    if not file.visits:
        raise typer.Exit(2)


def code(charges: ChargesArgument, payer: PayerOption = None, workspace: WorkspaceOption = None,
         format: FormatOption = Format.TEXT) -> None:  # fmt: skip
    """Code captured visits: minutes become units, modifiers and lines, each with its reason.  Nothing is kept.

    JSON is one object per visit and line: procedure, modifiers, units, minutes, charge, why.

        ptedi code charges.csv --payer medicare-part-b
        ptedi code charges.csv --format json | jq '.lines[] | {procedure, units, why}'
    """
    from ptedi.claims.telling import as_json

    for visit, profile, coded in _coded(_bench(workspace), charges, payer):
        if format is Format.JSON:
            typer.echo(json.dumps(as_json(coded)))
            continue
        out.print(f"[bold]{escape(visit.visit_id)}[/] {coded.service_date} {escape(profile.name)} "
                  f"{coded.claim.charge}", highlight=False)  # fmt: skip
        for line, trace in zip(coded.claim.lines, coded.trace, strict=True):
            out.print(f"  {' '.join((line.procedure, *line.modifiers)):20} x{line.units}  {line.charge:>8}  "
                      f"{trace.minutes} min", highlight=False)  # fmt: skip
            for reason in trace.reasons:
                out.print(f"      [dim]{escape(reason.subject)}: {escape(reason.message)}[/]", highlight=False)
        for note in coded.notes:
            out.print(f"  [dim]{escape(note.subject)}: {escape(note.message)}[/]", highlight=False)


def scrub(
    charges: ChargesArgument, payer: PayerOption = None, workspace: WorkspaceOption = None,
    format: FormatOption = Format.TEXT,
    fix: Annotated[bool, typer.Option("--fix", help="Apply safe repairs.")] = False,
    fix_suggested: Annotated[bool, typer.Option("--fix-suggested", help="Apply suggested repairs too.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show each repair, before and after.")] = False,
) -> None:  # fmt: skip
    """Scrub captured visits: what the edits would say of their claims, and what could be mended.  Nothing is kept.

    Exit code: 0 every claim may go, 1 some are stopped, 2 the file has no visit.

        ptedi scrub charges.csv --fix --diff
    """
    from ptedi.edits import repairs, waivers

    bench = _bench(workspace)
    known, stopped = waivers.read(bench.root / "waivers.toml"), False
    for visit, profile, coded in _coded(bench, charges, payer):
        if fix or fix_suggested:
            fixed = repairs.fix(coded, visit, bench.practice, profile, suggested=fix_suggested)
        else:
            fixed = _unmended(coded, visit, bench, profile)
        found = known.apply(fixed.findings, fixed.coded, dates.today())
        stopped |= any(one.severity.stops for one in found)
        if format is Format.JSON:
            typer.echo(json.dumps({
                "visit": visit.visit_id, "payer": profile.id, "findings": [f.as_json() for f in found],
                "applied": _repairs(fixed.applied), "proposed": _repairs(fixed.proposed)}))  # fmt: skip
            continue
        out.print(f"[bold]{escape(visit.visit_id)}[/] {escape(profile.name)}", highlight=False)
        for one in found:
            line = f" line {one.line}" if one.line else ""
            out.print(f"  {one.severity.value:7} [bold]{one.code}[/]{line} {escape(one.message)}", highlight=False)
        for repair in (*fixed.applied, *fixed.proposed) if diff else fixed.applied:
            said = "mended" if repair in fixed.applied else f"could be mended ({repair.safety.value})"
            out.print(f"  [green]{said}[/] {repair.code} {escape(repair.message)}", highlight=False)
    for one in known.review(dates.today()):
        err.print(f"{one.code} {escape(one.message)}", highlight=False)
    raise typer.Exit(1 if stopped else 0)


def _repairs(several: tuple[Repair, ...]) -> list[dict[str, object]]:
    return [{"code": r.code, "safety": r.safety.value, "line": r.line, "element": r.element, "before": r.before,
             "after": r.after} for r in several]  # fmt: skip


def lint(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Look the payer profiles over: unknown partners and codes, lapsed or doubled values, what nobody has verified.

    Exit code 1 when something is wrong.
    """
    from ptedi.config import open_workspace
    from ptedi.payers import partner, profile
    from ptedi.payers.lint import lint as look

    opened = open_workspace(workspace_path(workspace))
    partners = set(partner.load(opened.table("partners")))
    found = look(profile.load(opened.root / "payers").values(), dates.today(), partners)
    if as_json:
        emit([one.as_json() for one in found])
    else:
        for one in found:
            out.print(f"{one.severity.value:7} [bold]{one.code}[/] {escape(one.message)}", highlight=False)
        if not found:
            out.print("nothing to say about the payer profiles")
    raise typer.Exit(1 if any(one.severity.stops for one in found) else 0)


def show(
    payer: Annotated[str, typer.Argument(metavar="ID", help="Id of the payer; its file in schemas/payers.")],
    on: DayText = None, workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show what holds for a payer on a day, and where each value was read.

        ptedi payers show medicare-part-b --on 2026-11-20

    A value whose source is "the guide" is not changed by the profile.
    """
    from ptedi.payers import profile
    from ptedi.payers.lint import show as rows

    try:
        folder: Path | None = workspace_path(workspace) / "payers"
    except ConfigurationError:
        folder = None
    profiles, day = profile.load(folder), day_option(on) or dates.today()
    if payer not in profiles:
        err.print(f"there is no payer {escape(payer)}; known: {', '.join(profiles)}", highlight=False)
        raise typer.Exit(2)
    one = profiles[payer]
    if as_json:
        values = [dict(zip(("name", "value", "source", "verified"), row, strict=True)) for row in rows(one, day)]
        emit({"id": one.id, "name": one.name, "payer_id": one.payer_id, "partner": one.partner,
              "filing_indicator": one.filing_indicator, "on": day, "values": values})
        return
    table = Table("Value", "Holds", "Source", "Verified", title=escape(f"{one.name} ({one.id}) on {day}"))
    for row in rows(one, day):
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)


def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Official files as published: NCCI PTP, MUE, "
                                                "PPRRVU, ICD-10-CM order, NUCC, CARC/RARC, therapy code list.")],
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day they hold, when neither rows "
                                              "nor file name say it.", show_default=False)] = None,
    workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Load official code files (text, CSV, XLSX, or zips of them) into the workspace; rules follow them by date.

    Give all parts of one table in one call: NCCI comes in four files.

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
            out.print(f"{one.rows:>9,} rows  {escape(one.name)}{when}", highlight=False)
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
    workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Replay an edit over judged claims: which denials it would have stopped, which paid claims it would have held.

        ptedi edits backtest NC102 --from 2026-10-01 --to 2026-11-20

    Nothing is changed.
    """
    from ptedi.edits import EDITS
    from ptedi.steps.backtest import backtest as replay
    from ptedi.steps.night import open_night

    begin, end = day_option(first), day_option(last)
    if edit.upper() not in EDITS or begin is None or end is None:
        err.print(f"there is no edit {escape(edit)}; `ptedi edits list` has them all", highlight=False)
        raise typer.Exit(2)
    with open_night(workspace_path(workspace)) as night:
        told = replay(night, edit.upper(), begin, end)
    if as_json:
        emit(asdict(told) | {"precision": told.precision})
        return
    for line in (
        f"[bold]{told.code}[/] over {told.claims} judged claims: finds something on {told.found}",
        f"  denied claims it would have stopped  {told.stopped:>6}   {told.stopped_amount:>12,.2f}",
        f"  denied claims it says nothing of     {told.missed:>6}",
        f"  paid claims it would have held       {told.held_paid:>6}   {told.held_amount:>12,.2f}",
    ):
        out.print(line, highlight=False)
    for reason, count in told.reasons:
        out.print(f"  {reason:8} on {count}", highlight=False)


def _unmended(coded: CodedClaim, visit: Visit, bench: _Bench, profile: PayerProfile) -> Fixed:
    """What the edits say of a claim as it is, with the repairs that could be made."""
    from ptedi.edits import History, repairs, scrub

    found = scrub(coded, visit, bench.practice, profile)
    return repairs.Fixed(coded=coded, applied=(), findings=tuple(found), proposed=tuple(
        repairs.propose(coded, visit, bench.practice, profile, History(), found)))
