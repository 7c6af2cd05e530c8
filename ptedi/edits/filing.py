"""Edits on time: service dates and filing limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ptedi.edits.context import Context, Problem, shifted
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted


def deadline(c: Context) -> date | None:
    """The last day to file, None where the payer's limit is not known."""
    return shifted(c.day, c.rules.timely_filing_days) if c.rules.timely_filing_days else None


@edit("TF101", Severity.HOLD)
def filed_late(c: Context) -> Iterator[Problem]:
    """The time to file has passed.

    What it checks: Today against the payer's filing limit, counted from the date of service.
    Why it matters: Denied with CO-29; the patient may not be billed.
    Example: A Medicare service of 2025-06-01 sent in November 2026.
    Use instead: File with proof of an earlier submission or a reason the payer accepts; otherwise write off.
    Reference: 42 USC 1395n(a)(1) for Medicare; the payer's profile, value timely_filing_days.
    """
    last = deadline(c)
    if last is not None and c.history.today > last and c.claim.frequency == "1":
        yield Problem(message=f"The last day to file was {last}.", value=str(last))


@edit("TF102", Severity.WARNING)
def filing_soon_due(c: Context) -> Iterator[Problem]:
    """The time to file ends soon.

    What it checks: Days left to the payer's filing limit against the warning days of its profile.
    Why it matters: A rejected claim needs time for a second try.
    Example: Nine days left.
    Use instead: Send today and watch for the acknowledgement.
    Reference: The payer's profile, values timely_filing_days and filing_warning_days.
    """
    last = deadline(c)
    if last is not None:
        left = (last - c.history.today).days
        if 0 <= left <= c.rules.filing_warning_days:
            yield Problem(message=f"{counted(left, 'day')} left to file, until {last}.", value=str(left))


@edit("TF103", Severity.ERROR)
def service_in_future(c: Context) -> Iterator[Problem]:
    """The service lies in the future.

    What it checks: The date of service of the visit and of each line against today.
    Why it matters: Rejected (277CA 510, CO-110).
    Example: Service on 2027-11-20 sent in November 2026.
    Use instead: Correct the date, or wait until the visit has taken place.
    Reference: X12 claim adjustment reason 110.
    """
    latest = max((line.line.service_date for line in c.lines), default=c.day)
    if max(latest, c.day) > c.history.today:
        yield Problem(message=f"The date of service {max(latest, c.day)} lies in the future.", value=str(latest))


@edit("TF104", Severity.ERROR)
def frequency_not_taken(c: Context) -> Iterator[Problem]:
    """The payer does not take this kind of claim, or its reference is missing.

    What it checks: The claim frequency against the payer's profile, and the payer's own claim number on replacements
        and voids.
    Why it matters: Medicare Part B takes originals only; elsewhere a replacement without reference is a duplicate.
    Example: Frequency 7 to Medicare Part B.
    Use instead: A new claim or a reopening for Medicare; the payer's claim number (REF*F8) elsewhere.
    Reference: 005010X222A1 2300 CLM05-3, REF*F8; the payer's profile, value allowed_frequency.
    """
    kind = c.claim.frequency
    if kind not in c.rules.allowed_frequency:
        yield Problem(message=f"{c.profile.name} does not take frequency {kind}.", value=kind,
                      allowed=c.rules.allowed_frequency, loop="2300", segment="CLM", element="CLM05-3")
    elif kind in ("7", "8") and not c.claim.original_reference:
        yield Problem(message=f"Frequency {kind} needs the payer's claim number.", value=kind, loop="2300",
                      segment="REF", element="REF02")
