"""Entering a paper EOB: typed figures become an 835 of source manual and go the way of every other remittance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from ptedi.findings import Finding
from ptedi.remittances import balance
from ptedi.remittances.model import Payment
from ptedi.steps.collect import ENTERED
from ptedi.steps.eob import Payee, read
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.steps.remit import Posted, post_remittances
from ptedi.store import decisions, files
from ptedi.store.decisions import NewDecision, Verb
from ptedi.transactions.remittance_835 import RemittanceFile, RemittanceHeader, write

TYPED = "eob typed"  # the kind of the file as it was typed; the 835 made of it is the one that is posted


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryResult:
    """What became of a typed file: what is wrong with it, or what was posted of it."""

    findings: tuple[Finding, ...] = ()
    posted: Posted | None = None


def enter(night: Night, name: str, data: bytes, person: str, reason: str, *, check_only: bool = False) -> EntryResult:
    """Posts a typed EOB; the same one again changes nothing.

    Nothing is taken of a file that cannot be read whole.  What can be read and does not balance is told, and goes the
    way of any remittance that does not balance: that claim, or the check, waits with its cents.
    """
    billing = night.practice.billing
    found = read(data, Payee(name=billing.name, npi=billing.npi, tax_id=billing.tax_id))
    if found.findings:
        return EntryResult(findings=found.findings)
    off = tuple(finding for payment in found.payments for finding in balance.check(payment))
    if check_only:
        return EntryResult(findings=off)
    made = _as_835(night, found.payments)
    with night.store.begin() as conn:
        typed = files.register(conn, night.archive, data, name, kind=TYPED)
        file = files.register(conn, night.archive, made, f"{PurePath(name).stem[:60]}.835", kind=ENTERED)
        if typed.is_new:
            files.set_state(conn, typed.id, files.PROCESSED, f"entered as file {file.id}")
        if file.is_new:
            decisions.record(conn, NewDecision(actor=person, action=Verb.ENTER, reason=reason, file_id=file.id,
                                               detail=f"{len(found.payments)} payments"))  # fmt: skip
    point("enter.kept")
    return EntryResult(findings=off, posted=post_remittances(night, file.id))


def _as_835(night: Night, payments: tuple[Payment, ...]) -> bytes:
    """The 835 that says what was typed: the same figures give the same bytes."""
    days = [p.date for p in payments if p.date is not None]
    header = RemittanceHeader(
        sender_id="PAPER", receiver_id=night.practice.billing.npi, interchange_control_number=1, group_control_number=1,
        created=datetime(max(days).year, max(days).month, max(days).day), usage=night.environment,  # noqa: DTZ001 - X12 has no zone
    )  # fmt: skip
    numbered = tuple(replace(one, control_number=f"{n:04d}") for n, one in enumerate(payments, 1))
    return write(RemittanceFile(header=header, payments=numbered))
