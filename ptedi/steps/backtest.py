"""`ptedi edits backtest CODE`: replays an edit over what was billed and what payers made of it.  Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ptedi.claims.identity import line_of
from ptedi.claims.spans import slices
from ptedi.edits import records
from ptedi.edits.backtest import Backtest, Denied, Outcome, replay
from ptedi.edits.records import Records
from ptedi.money import ZERO
from ptedi.remittances.model import ClaimPayment
from ptedi.remittances.outcome import denials
from ptedi.steps.night import Night
from ptedi.steps.past import Past
from ptedi.store import Connection, claims, payments, visits
from ptedi.store.claims import ClaimRow
from ptedi.submissions.status import State

_JUDGED = (State.PAID, State.PARTLY_PAID, State.DENIED, State.CLOSED, State.WRITTEN_OFF)
_PIECE = 250


def backtest(night: Night, code: str, first: date, last: date) -> Backtest:
    """What an edit would have stopped and held among the claims of these service dates that were judged.

    Raises:
        KeyError: there is no such edit.
    """
    night.use_tables()
    with night.store.read() as conn:
        rows = [row for row in claims.by_state(conn, _JUDGED, until=last) if row.service_date >= first]
        known = records.read(night.workspace.root)
        pieces = (rows[start : start + _PIECE] for start in range(0, len(rows), _PIECE))
        outcomes = (one for piece in pieces for one in _outcomes(night, conn, piece, known))
        return replay(code, outcomes, night.practice, night.profiles)


def _outcomes(night: Night, conn: Connection, rows: Sequence[ClaimRow], known: Records) -> Iterator[Outcome]:
    members = visits.of_claims(conn, [row.id for row in rows])
    documents = claims.load_all(conn, [row.id for row in rows])
    paid = payments.of_claims(conn, [row.id for row in rows])
    past = Past.of_patients(night, conn, rows, [one.visit for row in rows for one in members[row.id]], known)
    for row in rows:
        told = [one.clp for one in paid.get(row.id, ())]
        parts = slices(documents[row.id])
        for part, one in zip(parts, members[row.id], strict=False) if told else ():
            history = replace(past.before(row, one.visit), today=row.created_at.date())
            numbers = {line.number for line in part.claim.lines} if len(parts) > 1 else None
            yield Outcome(coded=part, visit=one.visit, history=history, paid=_paid(told, numbers),
                          denied=tuple(d for d in _denied(told) if numbers is None or d.line in numbers | {0}))


def _paid(told: Sequence[ClaimPayment], numbers: set[int] | None) -> Decimal:
    """What was paid for a claim, or for these lines of it: each visit of a claim of several is judged by itself."""
    if numbers is None:
        return sum((clp.paid for clp in told), ZERO)
    lines = [(line_of(line.line_control_number), line.paid) for clp in told for line in clp.lines]
    return sum((paid for known, paid in lines if known and known[1] in numbers), ZERO)


def _denied(told: Sequence[ClaimPayment]) -> Iterator[Denied]:
    """What the last decision refused; a reversal and what it took back are history."""
    last = next((clp for clp in reversed(told) if not clp.is_reversal), None)
    if last is None:
        return
    for one in denials(last):
        yield Denied(line=0, group=one.group, reason=one.reason, amount=_positive(one.amount))
    for line in last.lines:
        known = line_of(line.line_control_number)
        for one in denials(line):
            yield Denied(line=known[1] if known else 0, group=one.group, reason=one.reason,
                         amount=_positive(one.amount))  # fmt: skip


def _positive(amount: Decimal) -> Decimal:
    return max(amount, ZERO)
