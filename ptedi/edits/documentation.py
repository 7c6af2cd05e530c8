"""Edits on what the note itself says, for systems that export it: totals of minutes, signature, certification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted

CERTIFIED_WITHIN = timedelta(days=30)
SIGNED_WITHIN = timedelta(days=30)


@edit("PT170", Severity.HOLD)
def timed_total_differs(c: Context) -> Iterator[Problem]:
    """The note's total of timed minutes is not the sum of the timed codes.

    What it checks: The total of timed-code minutes that the note states against the minutes captured with 15-minute
        codes.
    Why it matters: Reviewers count units from the note's totals; what they do not find there is taken back.
    Example: 97110 with 23 minutes and 97140 with 15, and a note that says 30 timed minutes.
    Use instead: Correct the minutes or the note; units follow the minutes.
    Reference: Medicare Benefit Policy Manual ch.15 220.3.E.
    """
    told = c.visit.documented_timed_minutes
    if told is None:
        return
    sums = [(charge.minutes, c.procedure(charge.procedure)) for charge in c.visit.charges]
    captured = sum(minutes for minutes, item in sums if item is not None and item.pool)
    if told != captured:
        yield Problem(message=f"The note says {counted(told, 'timed minute')}, the timed codes have {captured}.",
                      value=str(told), allowed=(str(captured),))


@edit("PT171", Severity.HOLD)
def total_too_small(c: Context) -> Iterator[Problem]:
    """The note's total treatment time is less than the minutes captured.

    What it checks: The total treatment minutes that the note states against the minutes of all captured procedures,
        and against the note's own total of timed minutes.
    Why it matters: The total treatment time is a required part of the note, and it bounds what can be billed.
    Example: 38 timed minutes and 15 of unattended stimulation, and a note that says 45 minutes in all.
    Use instead: Correct the minutes or the note.
    Reference: Medicare Benefit Policy Manual ch.15 220.3.E.
    """
    told = c.visit.documented_minutes
    if told is None:
        return
    captured = max(sum(charge.minutes for charge in c.visit.charges), c.visit.documented_timed_minutes or 0)
    if told < captured:
        yield Problem(message=f"The note says {counted(told, 'minute')} in all, {captured} were captured.",
                      value=str(told))


@edit("PT172", Severity.WARNING)
def signed_late(c: Context) -> Iterator[Problem]:
    """The note was signed before the visit, or long after it.

    What it checks: The day of the clinician's signature: not before the visit, at most 30 days after it.
    Why it matters: A note that was not signed in time is no proof of the service when records are asked for.
    Example: A visit of 2026-09-01 whose note was signed on 2026-11-20.
    Use instead: Sign notes when they are written; a late signature needs an attestation.
    Reference: Medicare Program Integrity Manual ch.3 3.3.2.4; the 30 days are a rule of thumb.
    """
    signed = c.visit.signed_date
    if signed is not None and not c.day <= signed <= c.day + SIGNED_WITHIN:
        yield Problem(message=f"The note was signed on {signed}.", value=str(signed))


@edit("PT173", Severity.WARNING)
def certified_late(c: Context) -> Iterator[Problem]:
    """The plan of care was certified late.

    What it checks: The day of certification against the first day of the plan: within 30 days, for payers that require
        a certified plan.
    Why it matters: A delayed certification counts only with its reason on record.
    Example: A plan from 2026-09-01 that was certified on 2026-11-02.
    Use instead: Record why it was late, and send plans for signature on the day of the evaluation.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.3.
    """
    start, certified = c.visit.plan_of_care_start, c.visit.plan_of_care_certified
    if c.rules.plan_of_care and start is not None and certified is not None and certified > start + CERTIFIED_WITHIN:
        yield Problem(message=f"The plan of care begins on {start} and was certified on {certified}.",
                      value=str(certified))
