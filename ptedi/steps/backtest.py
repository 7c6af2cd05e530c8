"""`ptedi edits backtest CODE`: replays an edit over what was billed and what payers made of it.  Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ptedi.claims.identity import line_of
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
    captured = {id_: row.visit for id_, row in visits.get(conn, [row.visit_row_id for row in rows]).items()}
    documents = claims.load_all(conn, [row.id for row in rows])
    paid = payments.of_claims(conn, [row.id for row in rows])
    past = Past.of_patients(night, conn, rows, [captured[row.visit_row_id] for row in rows], known)
    for row in rows:
        told = [one.clp for one in paid.get(row.id, ())]
        if told:
            visit = captured[row.visit_row_id]
            history = replace(past.before(row, visit), today=row.created_at.date())
            yield Outcome(coded=documents[row.id], visit=visit, history=history,
                          paid=sum((clp.paid for clp in told), ZERO), denied=tuple(_denied(told)))


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
