"""The last day on which work on a denial can still bring the money."""

from __future__ import annotations

from datetime import date, timedelta

from ptedi.dates import today
from ptedi.denials.model import Deadline, DeadlineBasis, Denial
from ptedi.findings import counted
from ptedi.payers.profile import PayerRules


def deadline(denial: Denial, rules: PayerRules, *, service_date: date, remit_date: date) -> Deadline:
    """The earliest day that ends the way out: filing limit from the service date, appeal window from the remittance."""
    filing = _filing(rules, service_date)
    if denial.deadline is DeadlineBasis.NONE:
        return Deadline(day=None, basis="no deadline: nothing can be sent")
    if denial.deadline is DeadlineBasis.LETTER:
        appeal = _after_remittance(rules.appeal_days, "appeal window", remit_date)
        return Deadline(day=appeal.day, basis=f"the date in the payer's letter, at the latest the {appeal.basis}")
    if denial.as_new_claim:
        return filing
    if denial.deadline is DeadlineBasis.APPEAL:
        return _after_remittance(rules.appeal_days, "appeal window", remit_date)
    if denial.deadline is DeadlineBasis.REOPENING:
        return _after_remittance(rules.corrected_claim_days, "window for reopenings", remit_date)
    if denial.deadline is DeadlineBasis.SECONDARY:
        return Deadline(day=filing.day, basis=f"next payer's limit not known; {filing.basis} of this payer")
    corrected = _after_remittance(rules.corrected_claim_days, "window for corrected claims", remit_date)
    known = [d for d in (filing, corrected) if d.day is not None]
    return min(known, key=lambda d: d.day or date.max) if known else filing


def _filing(rules: PayerRules, service_date: date) -> Deadline:
    days = rules.timely_filing_days
    if not days:
        return Deadline(day=None, basis="filing limit of this payer not known")
    return Deadline(day=service_date + timedelta(days=days),
                    basis=f"filing limit, {counted(days, 'day')} from the service date {service_date}")  # fmt: skip


def _after_remittance(days: int, name: str, remit_date: date) -> Deadline:
    if not days:
        return Deadline(day=None, basis=f"{name} of this payer not known")
    day = remit_date + timedelta(days=days)
    return Deadline(day=day, basis=f"{name}, {counted(days, 'day')} from the remittance {remit_date}")


def days_left(limit: Deadline, on: date | None = None) -> int | None:
    """Days until a deadline (negative when it has passed), None without one."""
    return None if limit.day is None else (limit.day - (on or today())).days
