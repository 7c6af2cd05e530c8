"""What a night counts: captured rows, claims and payments, straight from the tables they stand in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from ptedi.store._sql import chunks
from ptedi.store.payments import PaymentState
from ptedi.store.tables import (
    batch_claims,
    batches,
    charge_rows,
    claim_events,
    claim_payments,
    claim_states,
    claims,
    coordinations,
    payments,
    visits,
)
from ptedi.submissions.status import State


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount:
    """Captured rows of one verdict and one set of finding codes."""

    verdict: str
    codes: str
    rows: int


def captured_visits(conn: Connection, service_date: date) -> int:
    """Visits of a service date, each once however often it was revised."""
    query = select(func.count(visits.c.visit_id.distinct())).where(visits.c.service_date == service_date)
    return int(conn.execute(query).scalar_one())


def captured_rows(conn: Connection, service_date: date) -> list[RowCount]:
    """Verdicts on the rows of the files that brought visits of a service date."""
    brought = select(visits.c.file_id).where(visits.c.service_date == service_date).distinct()
    c = charge_rows.c
    query = select(c.verdict, c.codes, func.count()).where(c.file_id.in_(brought)).group_by(c.verdict, c.codes)
    return [RowCount(verdict=v, codes=codes, rows=int(n)) for v, codes, n in conn.execute(query.order_by(c.verdict))]


def batched(conn: Connection, service_date: date, *states: str) -> set[int]:
    """Claims of a service date that were in a batch of one of these states."""
    query = (
        select(batch_claims.c.claim_id)
        .join(batches, batches.c.id == batch_claims.c.batch_id)
        .join(claims, claims.c.id == batch_claims.c.claim_id)
        .where(claims.c.service_date == service_date, batches.c.state.in_(states)).distinct()
    )  # fmt: skip
    return {int(one) for one in conn.execute(query).scalars()}


def paid_cents(conn: Connection, service_date: date | None = None) -> int:
    """What remittances paid on posted claims: of a service date, or of all."""
    query = select(func.coalesce(func.sum(claim_payments.c.paid_cents), 0)).where(
        claim_payments.c.state == PaymentState.POSTED.value)  # fmt: skip
    if service_date is not None:
        of_day = claims.c.service_date == service_date
        query = query.join(claims, claims.c.id == claim_payments.c.claim_id).where(of_day)
    return int(conn.execute(query).scalar_one())


def billed_cents(conn: Connection) -> int:
    """What all claims bill, without superseded ones and those that go on to a later payer."""
    gone = select(claim_states.c.claim_id).where(claim_states.c.state_after == State.SUPERSEDED.value)
    on = select(coordinations.c.next_claim_id).where(coordinations.c.next_claim_id.is_not(None))
    query = select(func.coalesce(func.sum(claims.c.charge_cents), 0))
    return int(conn.execute(query.where(claims.c.id.not_in(gone), claims.c.id.not_in(on))).scalar_one())


def refusals(conn: Connection, claim_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The newest rejection of each of these claims: what refused it and the reason as recorded."""
    c = claim_events.c
    found: dict[int, tuple[str, str]] = {}
    for some in chunks(sorted(set(claim_ids))):
        query = select(c.claim_id, c.event, c.detail).where(
            c.claim_id.in_(some), c.state_after == State.REJECTED.value, c.event.like("%rejected%"))  # fmt: skip
        for claim_id, event, detail in conn.execute(query.order_by(c.claim_id, c.sequence)):
            found[claim_id] = (event, detail)
    return found


def unapplied_cents(conn: Connection) -> int:
    """What remittances paid on claims that wait for a person."""
    waiting = claim_payments.c.state.in_([PaymentState.UNMATCHED.value, PaymentState.QUARANTINED.value])
    query = select(func.coalesce(func.sum(claim_payments.c.paid_cents), 0)).where(waiting)
    return int(conn.execute(query).scalar_one())


def payments_by_state(conn: Connection) -> dict[PaymentState, tuple[int, int]]:
    """Number and cents of payments by state."""
    query = select(payments.c.state, func.count(), func.sum(payments.c.amount_cents)).group_by(payments.c.state)
    return {PaymentState(state): (int(n), int(cents)) for state, n, cents in conn.execute(query)}

