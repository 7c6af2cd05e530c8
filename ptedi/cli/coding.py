"""`ptedi code` and `ptedi scrub`: the rules tried on a charge file; nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.markup import escape

from ptedi import dates
from ptedi.claims.assembly import siblings
from ptedi.cli import rules
from ptedi.cli.common import WorkspaceOption, err, out
from ptedi.cli.files import Format, FormatOption
from ptedi.errors import ConfigurationError

if TYPE_CHECKING:
    from decimal import Decimal

    from ptedi.claims.model import CodedClaim, Practice, Visit
    from ptedi.config import Workspace
    from ptedi.edits.repairs import Fixed, Repair
    from ptedi.intake import Senders
    from ptedi.payers.profile import PayerProfile, Profiles

_FURTHER = 1_000_000  # numbers of further parts, beyond those of any file's visits
ChargesArgument = Annotated[Path, typer.Argument(metavar="CHARGES", help="A captured charge file, CSV or XML.")]
PayerOption = Annotated[str | None, typer.Option("--payer", help="Use this payer's rules for every visit.",
                                                 show_default=False)]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands, and those that look the rules up."""
    app.command("code")(code)
    app.command("scrub")(scrub)
    rules.add_to(app)


class _Billed(NamedTuple):
    """A visit coded for a payer; the therapy dollars of its year before it, None where nobody counts them."""

    visit: Visit
    profile: PayerProfile
    coded: CodedClaim
    dollars: Decimal | None


@dataclass(frozen=True, slots=True)
class _Bench:
    """A workspace's rules without its database."""

    root: Path
    practice: Practice
    prefix: str
    profiles: Profiles
    senders: Senders


def _workspace(chosen: Path | None) -> Workspace:
    """The workspace meant; where there is none at all, the rules are tried for the synthetic practice."""
    import tomllib

    from ptedi.config import Workspace, find_workspace, open_workspace
    from ptedi.sandbox import practice

    path = chosen or find_workspace()
    if path is not None:
        return open_workspace(path)
    err.print("no workspace here: the clinics, clinicians and prices are the synthetic practice's", highlight=False)
    return Workspace(root=Path(), settings=tomllib.loads(practice.settings()))


def _bench(workspace: Path | None) -> _Bench:
    from ptedi.claims import practice
    from ptedi.codes import table
    from ptedi.intake import load_senders
    from ptedi.payers import profile

    opened = _workspace(workspace)
    table.use(opened.root / "codes")
    settings = opened.table("practice")
    return _Bench(opened.root, practice.load(settings), practice.claim_prefix(settings),
                  profile.load(opened.root / "payers"), load_senders(opened.table("intake")))


def _coded(bench: _Bench, charges: Path, payer: str | None) -> Iterator[_Billed]:
    """Every accepted visit of a file, coded in the order of service, told in the order of the file.

    The therapy dollars of a patient's year begin with the opening balance of the coverage that is billed and are
    carried from visit to visit.  Refused rows are told on standard error.
    """
    from ptedi import intake
    from ptedi.claims.coding import code_visit
    from ptedi.claims.identity import control_number
    from ptedi.claims.running import TherapyDollars

    if payer is not None and payer not in bench.profiles:
        raise ConfigurationError(f"there is no payer {payer}", hint=f"known: {', '.join(bench.profiles)}")
    try:
        data = charges.read_bytes()
    except OSError as problem:
        raise ConfigurationError(f"{charges}: {problem.strerror}") from None
    file = intake.read(data, charges.name, bench.practice, bench.profiles.ids, dates.today(), bench.senders)
    for finding in (*file.findings, *(f for row in file.rows for f in row.findings)):
        where = f"row {finding.row}: " if finding.row else ""
        err.print(f"{where}[bold]{finding.code}[/] {escape(finding.message)}", highlight=False)
    dollars = TherapyDollars(bench.practice, bench.profiles)
    done: dict[int, _Billed] = {}
    for number, visit in sorted(enumerate(file.visits, 1), key=lambda one: (one[1].service_date, one[1].visit_id)):
        profile = bench.profiles[payer or visit.primary.payer_id]
        before = dollars.before(visit, profile.id)
        coded = code_visit(visit, bench.practice, profile, control_number=control_number(bench.prefix, number),
                           therapy_dollars_before=before, beside=dollars.beside(visit))  # fmt: skip
        dollars.add(visit, coded)
        counted = dollars.counts(profile.id, visit.service_date)
        done[number] = _Billed(visit, profile, coded, before if counted else None)
    yield from (done[number] for number in sorted(done))
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

    for visit, profile, coded, _ in _coded(_bench(workspace), charges, payer):
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

    As at night, a visit of more than fifty lines is scrubbed as the claims it is split into, and visits of a patient
    in the file know of each other; what the workspace's store knows of the patient is not looked at.

    Exit code: 0 every claim may go, 1 some are stopped, 2 the file has no visit.

        ptedi scrub charges.csv --fix --diff
    """
    from ptedi.edits import history, records, repairs, waivers

    bench = _bench(workspace)
    known, kept, stopped = waivers.read(bench.root / "waivers.toml"), records.read(bench.root), False
    claims = list(_split(bench, _coded(bench, charges, payer)))
    of_patient: dict[str, list[tuple[str, CodedClaim]]] = {}
    for visit, _, coded, _ in claims:
        of_patient.setdefault(visit.patient_id, []).append((visit.visit_id, coded))
    for visit, profile, coded, dollars in claims:
        past = replace(
            history.among(coded, visit.visit_id, of_patient[visit.patient_id]),
            grants=kept.grants_of(visit.patient_id), progress_reports=kept.reports_of(visit.patient_id),
            therapy_dollars=dollars,
        )  # fmt: skip
        fixed = repairs.fix(coded, visit, bench.practice, profile, past, suggested=fix_suggested, waivers=known,
                            mend=fix or fix_suggested)  # fmt: skip
        stopped |= any(one.severity.stops for one in fixed.findings)
        if format is Format.JSON:
            typer.echo(json.dumps({
                "visit": visit.visit_id, "payer": profile.id, "claim": coded.claim.patient_control_number,
                "part_of": siblings(coded), "findings": [f.as_json() for f in fixed.findings],
                "applied": _repairs(fixed.applied), "proposed": _repairs(fixed.proposed)}))  # fmt: skip
        else:
            _tell(visit, profile, fixed, diff=diff)
    for one in (*known.review(dates.today()), *kept.findings):
        err.print(f"{one.code} {escape(one.message)}", highlight=False)
    raise typer.Exit(1 if stopped else 0)


def _split(bench: _Bench, coded: Iterable[_Billed]) -> Iterator[_Billed]:
    """Each visit's claim, or the claims it is split into."""
    from ptedi.claims import assembly
    from ptedi.claims.identity import control_number

    further = (control_number(bench.prefix, number) for number in count(_FURTHER))
    for one in coded:
        for part in assembly.split(one.coded, further):
            yield one._replace(coded=part)


def _tell(visit: Visit, profile: PayerProfile, fixed: Fixed, *, diff: bool) -> None:
    names = siblings(fixed.coded)
    part = f"  claim {names.index(fixed.coded.claim.patient_control_number) + 1} of {len(names)}" if names else ""
    out.print(f"[bold]{escape(visit.visit_id)}[/] {escape(profile.name)}{part}", highlight=False)
    for one in fixed.findings:
        line = f" line {one.line}" if one.line else ""
        out.print(f"  {one.severity.value:7} [bold]{one.code}[/]{line} {escape(one.message)}", highlight=False)
    for repair in (*fixed.applied, *fixed.proposed) if diff else fixed.applied:
        said = "mended" if repair in fixed.applied else f"could be mended ({repair.safety.value})"
        out.print(f"  [green]{said}[/] {repair.code} {escape(repair.message)}", highlight=False)


def _repairs(several: tuple[Repair, ...]) -> list[dict[str, object]]:
    return [{"code": r.code, "safety": r.safety.value, "line": r.line, "element": r.element, "before": r.before,
             "after": r.after} for r in several]  # fmt: skip

