"""`ptedi code` and `ptedi scrub`: the rules tried on a charge file; nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ptedi import dates
from ptedi.claims.assembly import siblings
from ptedi.cli import rules
from ptedi.cli.bench import Bench, Draft, coded_visits, drafts, open_bench, parted
from ptedi.cli.common import WorkspaceOption, err, out
from ptedi.cli.files import Format, FormatOption
from ptedi.findings import counted

if TYPE_CHECKING:
    from ptedi.claims.model import CodedClaim, Visit
    from ptedi.edits.history import History
    from ptedi.edits.records import Records
    from ptedi.edits.repairs import Fixed, Repair
    from ptedi.edits.waivers import Waivers

ChargesArgument = Annotated[Path, typer.Argument(metavar="CHARGES", help="A captured charge file: CSV, XML, HL7 v2 "
                                                            "DFT^P03 or FHIR R4.")]
PayerOption = Annotated[str | None, typer.Option("--payer", help="Use this payer's rules for every visit.",
                                                 show_default=False)]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands, and those that look the rules up."""
    app.command("code")(code)
    app.command("scrub")(scrub)
    rules.add_to(app)


def code(charges: ChargesArgument, payer: PayerOption = None, workspace: WorkspaceOption = None,
         format: FormatOption = Format.TEXT) -> None:  # fmt: skip
    """Code captured visits: minutes become units, modifiers and lines, each with its reason.  Nothing is kept.

    Always visit by visit, since minutes are pooled by the day; which visits share a claim (a payer's `claim_per =
    "span"`) is shown by `ptedi scrub`.

    JSON is one object per visit and line: procedure, modifiers, units, minutes, charge, why.

        ptedi code charges.csv --payer medicare-part-b
        ptedi code charges.csv --format json | jq '.lines[] | {procedure, units, why}'
    """
    from ptedi.claims.telling import as_json

    for visit, profile, coded, _ in coded_visits(open_bench(workspace), charges, payer):
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
    """Scrub the claims of captured visits: what the edits would say, and what could be mended.  Nothing is kept.

    The claims are those of the night: visits of a payer that takes a claim per week or month stand on one claim, a
    visit that an edit stops gets one of its own, more than fifty lines are split.  Visits of a patient in the file know
    of each other; what the workspace's store knows of the patient is not looked at.

    JSON is one object per claim and line: visits, payer, findings, applied and proposed repairs.

    Exit code: 0 every claim may go, 1 some are stopped, 2 the file has no visit.

        ptedi scrub charges.csv --fix --diff
    """
    from ptedi.edits import records, waivers
    from ptedi.edits.visits import stopped, whole

    bench = open_bench(workspace)
    rules = _Rules(bench, waivers.read(bench.root / "waivers.toml"), records.read(bench.root), fix_suggested)
    whole_ones = drafts(bench, coded_visits(bench, charges, payer))
    known, claims = _by_patient(whole_ones), list[Draft]()
    for draft in whole_ones:
        claims += parted(draft, stopped(rules.fix(draft, known, mend=True)) if len(draft.visits) > 1 else ())
    known, stopping, offers = _by_patient(claims), 0, 0
    for draft in claims:
        fixed = whole(draft.coded, rules.fix(draft, known, mend=fix or fix_suggested))
        stopping, offers = stopping + any(f.severity.stops for f in fixed.findings), offers + len(fixed.proposed)
        if format is Format.JSON:
            typer.echo(json.dumps(_as_json(draft, fixed)))
        else:
            _tell(draft, fixed, diff=diff)
    if format is Format.TEXT:
        offered = f"; --diff shows {counted(offers, 'repair')} that could be made" if offers and not diff else ""
        out.print(f"{counted(len(claims), 'claim')}: {len(claims) - stopping} may go, {stopping} stopped{offered}",
                  highlight=False)  # fmt: skip
    for one in (*rules.waivers.review(dates.today()), *rules.records.findings):
        err.print(f"{one.code} {escape(one.message)}", highlight=False)
    raise typer.Exit(1 if stopping else 0)


_Known = dict[str, list[tuple[str, "CodedClaim"]]]


def _by_patient(claims: Iterable[Draft]) -> _Known:
    """Each visit's part of its claim, by patient, in the order of the claims."""
    from ptedi.claims.spans import slices

    known: _Known = {}
    for draft in claims:
        for one, part in zip(draft.visits, slices(draft.coded), strict=False):
            known.setdefault(one.visit.patient_id, []).append((one.visit.visit_id, part))
    return known


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a claim of the bench is scrubbed with."""

    bench: Bench
    waivers: Waivers
    records: Records
    suggested: bool

    def fix(self, draft: Draft, known: _Known, *, mend: bool) -> dict[str, Fixed]:
        """Repairs and findings of each visit of a claim."""
        from ptedi.edits import history
        from ptedi.edits.visits import fix

        dollars = {one.visit.visit_id: one.dollars for one in draft.visits}

        def before(part: CodedClaim, visit: Visit) -> History:
            return replace(
                history.among(part, visit.visit_id, known[visit.patient_id]),
                grants=self.records.grants_of(visit.patient_id),
                progress_reports=self.records.reports_of(visit.patient_id), therapy_dollars=dollars[visit.visit_id],
            )  # fmt: skip

        return fix(draft.coded, [one.visit for one in draft.visits], self.bench.practice, draft.profile, before,
                   self.waivers, suggested=self.suggested, mend=mend)  # fmt: skip


def _as_json(draft: Draft, fixed: Fixed) -> dict[str, object]:
    return {
        "visit": draft.visits[0].visit.visit_id, "visits": [one.visit.visit_id for one in draft.visits],
        "payer": draft.profile.id, "claim": draft.coded.claim.patient_control_number,
        "charge": f"{fixed.coded.claim.charge:.2f}", "part_of": siblings(draft.coded), "apart": draft.apart,
        "findings": [f.as_json() for f in fixed.findings],
        "applied": _repairs(fixed.applied), "proposed": _repairs(fixed.proposed),
    }  # fmt: skip


def _tell(draft: Draft, fixed: Fixed, *, diff: bool) -> None:
    visits = " ".join(one.visit.visit_id for one in draft.visits)
    out.print(f"[bold]{escape(visits)}[/] {escape(draft.profile.name)}{_place(draft)}", highlight=False)
    days = {line.number: line.service_date for line in draft.coded.claim.lines} if len(draft.visits) > 1 else {}
    for one in fixed.findings:
        line = f" line {one.line}" if one.line else ""
        day = f" of {days[one.line]}" if one.line in days else ""
        out.print(f"  {one.severity.value:7} [bold]{one.code}[/]{line}{day} {escape(one.message)}", highlight=False)
    if not fixed.findings:
        out.print("  nothing to say", highlight=False)
    for repair in (*fixed.applied, *fixed.proposed) if diff else fixed.applied:
        said = "mended" if repair in fixed.applied else f"could be mended ({repair.safety.value})"
        out.print(f"  [green]{said}[/] {repair.code} {escape(repair.message)}", highlight=False)


def _place(draft: Draft) -> str:
    """What a claim is beside one of one visit: several visits, or a part."""
    if len(draft.visits) > 1:
        days = [one.visit.service_date for one in draft.visits]
        return f"  one claim, {days[0]} to {days[-1]}"
    if draft.apart:
        return "  apart from its period, since it is stopped"
    names = siblings(draft.coded)
    return f"  claim {names.index(draft.coded.claim.patient_control_number) + 1} of {len(names)}" if names else ""


def _repairs(several: tuple[Repair, ...]) -> list[dict[str, object]]:
    return [{"code": r.code, "safety": r.safety.value, "line": r.line, "element": r.element, "before": r.before,
             "after": r.after} for r in several]  # fmt: skip
