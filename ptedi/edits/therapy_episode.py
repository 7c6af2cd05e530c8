"""Edits on evaluations and the course of an episode."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ptedi.codes import procedures
from ptedi.edits.context import Context, Problem, shifted
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted

RECENT_REEVALUATION = 14
SETTLED = 90


def _prior(c: Context, kind: str) -> list[date]:
    """Earlier days on which a code of this kind was billed, oldest first."""
    days = []
    for visit in c.history.visits:
        if visit.service_date < c.day:
            items = (procedures.find(code, visit.service_date) for code in visit.procedures)
            if any(item is not None and item.kind == kind for item in items):
                days.append(visit.service_date)
    return sorted(days)


@edit("PT140", Severity.HOLD)
def evaluation_and_reevaluation(c: Context) -> Iterator[Problem]:
    """Evaluation and re-evaluation on one day.

    What it checks: An evaluation code and a re-evaluation code on the same claim.
    Why it matters: NCCI pays only one; no modifier changes that.
    Example: 97161 and 97164 on one visit.
    Use instead: The evaluation at the start of an episode, the re-evaluation later.
    Reference: NCCI Policy Manual ch.XI P; PTP pairs 97161/97164 with indicator 0.
    """
    evaluation = [line for line in c.lines if line.is_kind("evaluation")]
    again = [line for line in c.lines if line.is_kind("reevaluation")]
    if evaluation and again:
        yield Problem(message=f"{evaluation[0].code} and {again[0].code} are billed on one day.", line=again[0].number,
                      value=again[0].code)


@edit("PT141", Severity.HOLD)
def two_evaluations(c: Context) -> Iterator[Problem]:
    """Two evaluations on one day.

    What it checks: More than one evaluation code, or more than one re-evaluation, on the claim.
    Why it matters: One a day is paid; levels of complexity exclude each other.
    Example: 97161 and 97162 on one visit.
    Use instead: The one level that the record supports.
    Reference: NCCI Policy Manual ch.XI P; MUE 1 for 97161 to 97164.
    """
    for kind in ("evaluation", "reevaluation"):
        found = [line for line in c.lines if line.is_kind(kind)]
        if len(found) > 1:
            yield Problem(message=f"{' and '.join(line.code for line in found)} are billed on one day.",
                          line=found[1].number, value=found[1].code)


@edit("PT142", Severity.HOLD)
def evaluation_again(c: Context) -> Iterator[Problem]:
    """The episode was already evaluated.

    What it checks: An evaluation although an earlier visit since the plan of care began has one (without a plan: in
        the last 90 days).
    Why it matters: An evaluation is paid once per episode; the second is denied with CO-119 or CO-151.
    Example: 97162 on the first of the month and again on the 20th, same plan of care.
    Use instead: 97164 when a re-evaluation was necessary; a new evaluation needs a new condition and plan.
    Reference: NCCI Policy Manual ch.V 21; Medicare Benefit Policy Manual ch.15 220.3.C.
    """
    found = [line for line in c.lines if line.is_kind("evaluation")]
    if not found:
        return
    start = c.visit.plan_of_care_start or shifted(c.day, -SETTLED)
    earlier = [day for day in _prior(c, "evaluation") if day >= start]
    if earlier:
        yield Problem(message=f"{found[0].code} is billed, but the episode was evaluated on {earlier[-1]}.",
                      line=found[0].number, value=found[0].code)


@edit("PT143", Severity.WARNING)
def reevaluation_soon(c: Context) -> Iterator[Problem]:
    """A re-evaluation follows closely on another one.

    What it checks: A re-evaluation within 14 days of an evaluation or re-evaluation.
    Why it matters: Re-evaluation is not routine; close ones are denied as not necessary.
    Example: 97164 eight days after 97161.
    Use instead: Keep it when the patient's condition changed, and say so in the note; otherwise leave it out.
    Reference: Medicare Benefit Policy Manual ch.15 220.3.C.
    """
    found = [line for line in c.lines if line.is_kind("reevaluation")]
    earlier = [*_prior(c, "evaluation"), *_prior(c, "reevaluation")] if found else []
    if earlier and (c.day - max(earlier)).days < RECENT_REEVALUATION:
        since = counted((c.day - max(earlier)).days, "day")
        yield Problem(message=f"{found[0].code} comes {since} after the last evaluation.",
                      line=found[0].number, value=found[0].code)


@edit("PT144", Severity.WARNING)
def treatment_without_evaluation(c: Context) -> Iterator[Problem]:
    """The episode begins without an evaluation.

    What it checks: A visit on the first day of treatment with no evaluation on the claim.
    Why it matters: Without an evaluation there is no plan of care; a forgotten charge is also lost money.
    Example: Initial treatment date is today, 97110 alone is billed.
    Use instead: Add the evaluation, or correct the initial treatment date.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.2.
    """
    first = c.visit.initial_treatment_date == c.day
    if first and c.lines and not any(line.is_kind("evaluation", "remote") for line in c.lines):
        yield Problem(message="This is the first day of treatment, and no evaluation is billed.", value=str(c.day))


@edit("PT145", Severity.ERROR)
def dates_out_of_order(c: Context) -> Iterator[Problem]:
    """A date of the episode lies after the service.

    What it checks: Onset, accident and initial treatment against the date of service.
    Why it matters: The claim is rejected for an impossible date.
    Example: Onset on 2026-12-01, service on 2026-11-20.
    Use instead: Correct the date.
    Reference: 005010X222A1 2300 DTP*431, DTP*439, DTP*454.
    """
    dated = (("onset", c.visit.onset_date, "DTP*431"), ("accident", c.visit.accident_date, "DTP*439"),
             ("initial treatment", c.visit.initial_treatment_date, "DTP*454"))  # fmt: skip
    for name, day, segment in dated:
        if day is not None and day > c.day:
            yield Problem(message=f"The {name} date {day} lies after the service.", value=str(day), loop="2300",
                          segment=segment[:3])


@edit("PT146", Severity.ERROR)
def born_after_service(c: Context) -> Iterator[Problem]:
    """The patient was born after the service.

    What it checks: The birth date against the date of service, and ages above 120 years.
    Why it matters: The member is not found, and the claim is rejected.
    Example: Born 2027-01-05, service 2026-11-20.
    Use instead: Correct the birth date.
    Reference: 005010X222A1 2010BA and 2010CA DMG02.
    """
    born = c.visit.patient.birth_date
    if born > c.day or c.day.year - born.year > 120:
        yield Problem(message="The birth date does not fit the date of service.", segment="DMG", element="DMG02")
