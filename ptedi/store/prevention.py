"""Claims that our edits held before they left, and what became of their visits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from ptedi.store._sql import chunks
from ptedi.store.payments import PaymentState
from ptedi.store.tables import claim_events, claim_payments, claim_visits, claims
from ptedi.submissions.status import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldClaim:
    """A hold: the claim, its visit, its charge, and the codes of what was found."""

    claim_id: int
    visit_id: str
    payer_id: str
    charge_cents: int
    codes: tuple[str, ...]


def holds(conn: Connection, first: date, last: date) -> list[HeldClaim]:
    """Every hold from one day (UTC) to another, both included, oldest first; a claim held twice is there twice."""
    e, c = claim_events.c, claims.c
    begin = datetime.combine(first, time.min, tzinfo=UTC)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=UTC)
    query = (
        select(e.claim_id, c.visit_id, c.payer_id, c.charge_cents, e.detail).join(claims, c.id == e.claim_id)
        .where(e.event == Event.HELD.value, e.at >= begin, e.at < end).order_by(e.id)
    )  # fmt: skip
    return [HeldClaim(claim_id=r.claim_id, visit_id=r.visit_id, payer_id=r.payer_id, charge_cents=int(r.charge_cents),
                      codes=tuple(r.detail.split())) for r in conn.execute(query)]  # fmt: skip


def paid_on(conn: Connection, visit_ids: Iterable[str]) -> dict[str, int]:
    """Cents that payers paid on any claim of these visits, of those for which they paid."""
    link, paid = claim_visits.c, claim_payments.c
    found: dict[str, int] = {}
    for some in chunks(sorted(set(visit_ids))):
        query = (
            select(link.visit_id, func.sum(paid.paid_cents)).join(claim_payments, paid.claim_id == link.claim_id)
            .where(link.visit_id.in_(some), paid.state == PaymentState.POSTED.value).group_by(link.visit_id)
        )  # fmt: skip
        found |= {visit_id: int(cents) for visit_id, cents in conn.execute(query) if cents}
    return found
