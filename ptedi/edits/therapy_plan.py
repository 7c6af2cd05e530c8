"""Edits on the plan of care, its certification and progress reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ptedi.codes import procedures
from ptedi.edits.context import Context, Problem, shifted
from ptedi.edits.history import PriorVisit
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted

ENDING_SOON = 10


@edit("PT150", Severity.HOLD)
def plan_missing(c: Context) -> Iterator[Problem]:
    """There is no plan of care.

    What it checks: A plan of care start on the visit, for payers that require a certified plan; a visit with an
        evaluation may still be without one.
    Why it matters: Therapy without a plan is not covered; records requests end in CO-50 or a recoupment.
    Example: A third visit to Medicare without plan dates.
    Use instead: Enter start and end of the plan of care.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.2.
    """
    evaluating = any(line.is_kind("evaluation") for line in c.lines)
    if c.rules.plan_of_care and c.visit.plan_of_care_start is None and not evaluating:
        yield Problem(message=f"{c.profile.name} requires a plan of care, and the visit has none.")


@edit("PT151", Severity.HOLD)
def plan_expired(c: Context) -> Iterator[Problem]:
    """The plan of care had ended.

    What it checks: The end of the plan against the date of service; without an end, the payer's longest
        certification (90 days for Medicare).
    Why it matters: Visits after the end are uncertified and not payable until a recertification is signed.
    Example: Plan to 2026-11-10, service on 2026-11-20.
    Use instead: Obtain the recertification, then enter the new dates.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.3.
    """
    start, end = c.visit.plan_of_care_start, c.visit.plan_of_care_end
    if end is None and start is not None and c.rules.certification_days:
        end = shifted(start, c.rules.certification_days)
    if end is not None and c.day > end and (c.rules.plan_of_care or c.visit.plan_of_care_end):
        yield Problem(message=f"The plan of care ended on {end}.", value=str(end),
                      severity=None if c.rules.plan_of_care else Severity.WARNING)


@edit("PT152", Severity.HOLD)
def before_plan(c: Context) -> Iterator[Problem]:
    """The service lies before the plan of care.

    What it checks: The start of the plan against the date of service.
    Why it matters: The plan must stand before treatment; such visits are not certified.
    Example: Plan from 2026-11-25, service on 2026-11-20.
    Use instead: Correct the dates; the plan starts with the evaluation.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.2.
    """
    start = c.visit.plan_of_care_start
    if c.rules.plan_of_care and start is not None and c.day < start:
        yield Problem(message=f"The plan of care starts on {start}, after the service.", value=str(start))


@edit("PT153", Severity.WARNING)
def plan_too_long(c: Context) -> Iterator[Problem]:
    """The plan of care is longer than a certification may be.

    What it checks: Days from start to end of the plan against the payer's longest certification.
    Why it matters: The part beyond it is uncertified although the plan looks valid.
    Example: A plan of 120 days for Medicare, which certifies 90.
    Use instead: Recertify in time and enter the certified end.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.3.
    """
    start, end = c.visit.plan_of_care_start, c.visit.plan_of_care_end
    if c.rules.certification_days and start is not None and end is not None:
        days = (end - start).days
        if days > c.rules.certification_days:
            yield Problem(message=f"The plan of care spans {counted(days, 'day')}; one certification covers "
                                  f"{c.rules.certification_days}.", value=str(days))


@edit("PT154", Severity.INFO)
def plan_ends_soon(c: Context) -> Iterator[Problem]:
    """The plan of care ends soon.

    What it checks: Whether the plan ends within ten days after the service.
    Why it matters: A recertification takes days to come back signed.
    Example: Plan to 2026-11-25, service on 2026-11-20.
    Use instead: Ask for the recertification now.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.3.
    """
    end = c.visit.plan_of_care_end
    if c.rules.plan_of_care and end is not None and 0 <= (end - c.day).days <= ENDING_SOON:
        yield Problem(message=f"The plan of care ends on {end}.", value=str(end))


@edit("PT155", Severity.ERROR)
def plan_reversed(c: Context) -> Iterator[Problem]:
    """The plan of care ends before it starts.

    What it checks: Start and end of the plan.
    Why it matters: Both dates are useless, and no other check of the plan can work.
    Example: From 2026-11-20 to 2026-08-20.
    Use instead: Correct the dates.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.2.
    """
    start, end = c.visit.plan_of_care_start, c.visit.plan_of_care_end
    if start is not None and end is not None and end < start:
        yield Problem(message=f"The plan of care runs from {start} to {end}.", value=str(end))


@edit("PT156", Severity.WARNING)
def progress_report_due(c: Context) -> Iterator[Problem]:
    """A progress report is due.

    What it checks: Treatment days since the last evaluation, re-evaluation or progress report, against the payer's
        number (ten for Medicare, the evaluation day counting as the first).
    Why it matters: Without the clinician's report the visits after it are not covered when records are asked for.
    Example: An eleventh treatment day since the evaluation without a report.
    Use instead: Have the clinician write the report; a late one counts within seven days.
    Reference: Medicare Benefit Policy Manual ch.15 220.3.D.
    """
    every = c.rules.progress_report_visits
    if not every or not c.history.visits or any(line.is_kind("evaluation", "reevaluation") for line in c.lines):
        return
    earlier = [visit for visit in c.history.visits if visit.service_date < c.day]
    days = {visit.service_date for visit in earlier} | {c.day}
    captured = (c.visit.progress_report_date,) if c.visit.progress_report_date else ()
    reported = max((day for day in (*c.history.progress_reports, *captured) if day <= c.day), default=date.min)
    evaluated = max((visit.service_date for visit in earlier if _evaluates(visit)), default=min(days))
    counted = sum(1 for day in days if day > reported and day >= evaluated)
    if counted > every:
        yield Problem(message=f"This is treatment day {counted} since {max(reported, evaluated)}; a progress report is "
                              f"due every {every}.", value=str(counted))


def _evaluates(visit: PriorVisit) -> bool:
    items = (procedures.find(code, visit.service_date) for code in visit.procedures)
    return any(item is not None and item.kind in ("evaluation", "reevaluation") for item in items)
