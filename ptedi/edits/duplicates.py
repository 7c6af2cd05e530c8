"""Edits against billing the same service twice."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.claims import fingerprint
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity
from ptedi.payers.profile import UnitRule


@edit("DU101", Severity.HOLD)
def claim_again(c: Context) -> Iterator[Problem]:
    """The same services were billed before.

    What it checks: A permanent fingerprint of patient, payer, day, procedures, modifiers and units against all earlier
        original claims of the patient.
    Why it matters: An exact copy is denied with OA-18 and can be taken for fraud.
    Example: A visit captured again under another visit number.
    Use instead: Withdraw the copy; a second session of the day needs its own note and modifier 76 or XE.
    Reference: X12 claim adjustment reason 18.
    """
    if c.claim.frequency == "1" and c.history.fingerprints:
        earlier = c.history.fingerprints.get(fingerprint.of_services(c.coded))
        if earlier and earlier != c.claim.patient_control_number:
            yield Problem(message=f"The same services stand on claim {earlier}.", value=earlier)


@edit("DU102", Severity.HOLD)
def day_again(c: Context) -> Iterator[Problem]:
    """Another visit of the day has the same procedure.

    What it checks: Procedures of another visit of the patient on the same day, unless the line says repeated (76, 77)
        or separate (59, XE, XP, XS, XU).
    Why it matters: The payer counts the units of the day together; the second visit is denied with CO-18 or CO-97.
    Example: 97110 in the morning and again in the afternoon, on two claims.
    Use instead: One claim for the day, or XE with notes of both sessions.
    Reference: NCCI Policy Manual ch.I E; Medicare Claims Processing Manual ch.5 20.2.
    """
    others = {code for visit in c.history.visits
              if visit.service_date == c.day and visit.visit_id != c.visit.visit_id for code in visit.procedures}
    if others:
        for line in c.lines:
            if line.code in others and not line.has(_SAID):
                yield Problem(message=f"{line.code} was captured on another visit of the same day.", line=line.number,
                              value=line.code)


_SAID = frozenset({"76", "77", "59", "XE", "XP", "XS", "XU"})


@edit("DU103", Severity.HOLD)
def line_again(c: Context) -> Iterator[Problem]:
    """Two lines of the claim are the same.

    What it checks: Lines with equal procedure and modifiers on the same day.
    Why it matters: The second is denied as a copy (CO-18); units belong on one line.
    Example: 97110-GP on line 1 and again on line 3.
    Use instead: One line with all units, or modifiers that tell the lines apart.
    Reference: 005010X222A1 2400; X12 claim adjustment reason 18.
    """
    seen: dict[tuple[str, tuple[str, ...]], int] = {}
    for line in c.lines:
        key = (line.code, tuple(sorted(line.modifiers)))
        if key in seen:
            yield Problem(message=f"Lines {seen[key]} and {line.number} both bill {line.code}.", line=line.number,
                          value=line.code)
        seen.setdefault(key, line.number)


@edit("DU104", Severity.WARNING)
def minutes_of_two_visits(c: Context) -> Iterator[Problem]:
    """Two visits of a day share one chart of minutes.

    What it checks: Another visit of the patient on the same day with timed codes, for payers with the total-time rule.
    Why it matters: The payer pools the minutes of the day; two visits rounded by themselves can make a unit too many.
    Example: 97110 for 10 minutes in the morning and 97140 for 10 in the afternoon: two visits make two units, the day
        makes one.
    Use instead: Capture the day as one visit, or compare the units of both claims with the day's total.
    Reference: Medicare Claims Processing Manual ch.5 20.2.
    """
    if c.rules.unit_rule is not UnitRule.CMS_TOTAL or not any(line.item and line.item.pool for line in c.lines):
        return
    for visit in c.history.visits:
        if visit.service_date == c.day and visit.visit_id != c.visit.visit_id:
            items = [c.procedure(code) for code in visit.procedures]
            if any(item is not None and item.pool for item in items):
                yield Problem(message=f"Visit {visit.visit_id} of the same day has timed codes too.",
                              value=visit.visit_id)
