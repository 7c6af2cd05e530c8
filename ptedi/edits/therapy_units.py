"""Edits on minutes and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptedi.claims import units
from ptedi.codes.procedures import Basis, Procedure
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted
from ptedi.payers.profile import UnitRule

LONG_VISIT = 240
LONG_CODE = 120


@edit("PT101", Severity.ERROR)
def units_above_total_time(c: Context) -> Iterator[Problem]:
    """More timed units are billed than the minutes of the visit allow.

    What it checks: For payers with the total-time rule, the units of all 15-minute codes together against the chart
        (8-22 minutes 1 unit, 23-37 2, 38-52 3 ...).
    Why it matters: Units above the chart are an overpayment that auditors find by arithmetic and take back.
    Example: 97110 with 20 minutes and 97140 with 15, billed as three units; 35 minutes allow two.
    Use instead: Bill the units that the total allows, or correct the minutes if the note says more.
    Reference: Medicare Claims Processing Manual ch.5 20.2.
    """
    if c.rules.unit_rule is not UnitRule.CMS_TOTAL:
        return
    billed = [line for line in c.lines if line.item is not None and line.item.pool]
    minutes = sum(charge.minutes for charge in c.visit.charges if _pooled(c.procedure(charge.procedure)))
    total, most = sum(line.line.units for line in billed), units.cms_units(minutes)
    if total > most:
        yield Problem(message=f"{_billed(total)}, but the limit of {counted(minutes, 'minute')} is {most}.",
                      value=str(total), allowed=(str(most),), loop="2400", segment="SV1", element="SV104")


def _billed(total: int) -> str:
    return f"{counted(total, 'timed unit')} {'is' if total == 1 else 'are'} billed"


def _pooled(item: Procedure | None) -> bool:
    return item is not None and item.pool


@edit("PT102", Severity.ERROR)
def units_above_midpoint(c: Context) -> Iterator[Problem]:
    """A code bills more units than its own minutes allow.

    What it checks: For payers with the midpoint rule, and for 30 and 60 minute codes of any payer, each code's units
        against its minutes; a unit counts once its middle is passed.  A base code and its add-on share their minutes.
    Why it matters: The note does not support the units, so the line is reduced or the payment recouped.
    Example: 97110 with 20 minutes billed as two units to a commercial payer; the second unit starts at 23 minutes.
    Use instead: Bill the units that the minutes of the code allow.
    Reference: CPT time rule; Medicare Claims Processing Manual ch.5 20.2 for the total-time payers.
    """
    by_code: dict[str, int] = {}
    for line in c.lines:
        item = line.item
        if item is not None and item.basis is Basis.TIMED and not (
                item.pool and c.rules.unit_rule is UnitRule.CMS_TOTAL):
            by_code[line.code] = by_code.get(line.code, 0) + line.line.units
    if not by_code:
        return
    minutes = {code: sum(charge.minutes for charge in c.visit.charges if charge.procedure == code)
               for code in (*by_code, *(charge.procedure for charge in c.visit.charges))}
    allowed = units.visit_units(UnitRule.AMA_MIDPOINT, minutes, dict.fromkeys(minutes, 1), c.day).units
    for code, billed in by_code.items():
        most, spent = allowed.get(code, 0), minutes[code] or _family_minutes(c, code, minutes)
        if billed > most:
            yield Problem(message=f"{code} bills {counted(billed, 'unit')}, but the limit of its "
                                  f"{counted(spent, 'minute')} is {most}.", value=str(billed), allowed=(str(most),),
                          loop="2400", segment="SV1", element="SV104")


def _family_minutes(c: Context, code: str, minutes: Mapping[str, int]) -> int:
    """The minutes of the base that an add-on nobody captured stands on."""
    item = c.procedure(code)
    return minutes.get(item.parent, 0) if item is not None else 0


@edit("PT103", Severity.INFO)
def rules_differ(c: Context) -> Iterator[Problem]:
    """The two unit rules disagree on this visit.

    What it checks: Whether total time and midpoint give different units for the captured minutes.
    Why it matters: Sending the other rule's units is the commonest unit error; the difference shows what a wrong payer
        setting would cost.
    Example: 97112 with 24 and 97110 with 23 minutes: three units by total time, four by midpoint.
    Use instead: Nothing, if the payer's rule in its profile is right.
    Reference: Medicare Claims Processing Manual ch.5 20.2; CPT time rule.
    """
    for note in c.coded.notes:
        if note.rule == "two rules":
            timed = sum(line.line.units for line in c.lines if line.item is not None and line.item.basis is Basis.TIMED)
            yield Problem(message=f"{_billed(timed)}; the unit rules disagree {note.message}.", value=str(timed))


@edit("PT104", Severity.INFO)
def unit_tie(c: Context) -> Iterator[Problem]:
    """A unit could have gone to another code.

    What it checks: Whether codes with equal left-over minutes competed for the last unit.
    Why it matters: The manual leaves the choice to the clinician; we take the code with more minutes, then the first
        captured, and codes differ in price.
    Example: 97112 and 97110 with 20 minutes each: three units, either may take the second.
    Use instead: Leave it, or capture the preferred code first.
    Reference: Medicare Claims Processing Manual ch.5 20.2, examples 2 and 5.
    """
    for note in c.coded.notes:
        if note.rule == "tie":
            yield Problem(message=f"A unit was given out in a tie: {note.message}.")


@edit("PT105", Severity.INFO)
def minutes_without_unit(c: Context) -> Iterator[Problem]:
    """A captured procedure makes no unit and is not billed.

    What it checks: Captured procedures that ended with no service line.
    Why it matters: The clinic expects a charge for it; better to learn here why there is none.
    Example: 97140 with 6 minutes to a commercial payer.
    Use instead: Nothing; the note keeps the service, the claim leaves it out.
    Reference: Medicare Claims Processing Manual ch.5 20.2.
    """
    for note in c.coded.notes:
        if note.rule == "no unit":
            yield Problem(message=f"{note.message}.", value=note.subject)


@edit("PT106", Severity.ERROR)
def timed_without_minutes(c: Context) -> Iterator[Problem]:
    """A timed code was captured without minutes.

    What it checks: Captured 15, 30 or 60 minute codes with no therapist and no assistant minutes.
    Why it matters: Without minutes there is no unit, so the service is lost, or a unit was guessed.
    Example: 97110 with empty minutes.
    Use instead: Enter the minutes of the note.
    Reference: Medicare Benefit Policy Manual ch.15 220.3.E (treatment note: timed minutes).
    """
    for charge in c.visit.charges:
        item = c.procedure(charge.procedure)
        if item is not None and item.basis is Basis.TIMED and charge.minutes == 0:
            yield Problem(message=f"{charge.procedure} counts by minutes, but none were captured.",
                          value=charge.procedure)


@edit("PT107", Severity.HOLD)
def assistant_mismatch(c: Context) -> Iterator[Problem]:
    """Assistant and assistant minutes do not agree.

    What it checks: An assistant is named but has no minutes, or has minutes but no name.
    Why it matters: Minutes decide CQ and CO; either error sends a wrong modifier and a wrong price.
    Example: The visit names an assistant, every row has therapist minutes only.
    Use instead: Enter who furnished which minutes.
    Reference: Medicare Claims Processing Manual ch.5 20.1.
    """
    minutes = sum(charge.assistant_minutes for charge in c.visit.charges)
    if c.visit.assistant_id and not minutes:
        yield Problem(message="An assistant is named, but no minutes are the assistant's.", severity=Severity.WARNING)
    if minutes and not c.visit.assistant_id:
        yield Problem(message=f"{counted(minutes, 'assistant minute')} captured, but no assistant is named.",
                      value=str(minutes))


@edit("PT108", Severity.WARNING)
def above_unit_cap(c: Context) -> Iterator[Problem]:
    """More timed units than the payer pays a visit.

    What it checks: The units of timed codes against the payer's cap per visit, where its profile has one.
    Why it matters: Units above the cap come back as CO-222 or CO-151 and cannot be billed to the patient.
    Example: Five timed units to a payer that pays four.
    Use instead: Bill what was done; expect the cap, and plan visits by it.
    Reference: The payer's profile, value units_per_day.
    """
    total = sum(line.line.units for line in c.lines if line.item is not None and line.item.basis is Basis.TIMED)
    if 0 < c.rules.units_per_day < total:
        yield Problem(message=f"{_billed(total)}; {c.profile.name} pays {c.rules.units_per_day} a visit.",
                      value=str(total), allowed=(str(c.rules.units_per_day),))


@edit("PT109", Severity.WARNING)
def implausible_minutes(c: Context) -> Iterator[Problem]:
    """The minutes of the visit are unusually many.

    What it checks: More than 240 minutes in a visit, or more than 120 on one code that is not work hardening.
    Why it matters: Most are typing errors (250 for 25); true ones draw a medical review.
    Example: 97110 with 150 minutes.
    Use instead: Compare with the note and correct the minutes.
    Reference: Medicare Claims Processing Manual ch.5 20.2 (about 15 minutes a unit are expected).
    """
    total = sum(charge.minutes for charge in c.visit.charges)
    if total > LONG_VISIT and not c.codes & {"97545"}:
        yield Problem(message=f"The visit has {total} minutes.", value=str(total))
    for charge in c.visit.charges:
        if charge.minutes > LONG_CODE and charge.procedure not in ("97545", "97546"):
            yield Problem(message=f"{charge.procedure} has {charge.minutes} minutes.", value=str(charge.minutes))
