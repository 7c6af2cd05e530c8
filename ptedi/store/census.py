"""What a census counts: the clock of every claim, what is in no account, what was sent and which answers came when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, exists, func, select

from ptedi.ledger.accounts import Account
from ptedi.store._sql import chunks, utc
from ptedi.store.events import newest, newest_by_history
from ptedi.store.payments import PaymentState
from ptedi.store.tables import (
    batch_claims,
    batches,
    charge_rows,
    claim_events,
    claim_payments,
    claim_visits,
    claims,
    payments,
    postings,
    visits,
)
from ptedi.submissions.status import Event, State

ANSWERS: dict[Event, str] = {
    Event.INTERCHANGE_REJECTED: "TA1", Event.FILE_ACCEPTED: "999", Event.FILE_REJECTED: "999",
    Event.CLEARINGHOUSE_ACCEPTED: "277CA", Event.PAYER_ACCEPTED: "277CA", Event.CLEARINGHOUSE_REJECTED: "277CA",
    Event.PAYER_REJECTED: "277CA", Event.PAID: "835", Event.PARTLY_PAID: "835", Event.DENIED: "835",
    Event.REVERSED: "835",
}  # fmt: skip
"""Which answer an event is."""
NO_CLAIM = "visit without a claim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A claim, the state it is in and since when; a claim without events has neither."""

    claim_id: int
    claim: str
    service_date: date
    payer_id: str
    partner_id: str
    charge_cents: int
    state: State | None
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that no account has: what it is, its number, and its cents where it has any."""

    what: str
    which: str
    cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A batch at its partner's: when it left and how many claims it carries."""

    id: int
    partner_id: str
    interchange_control_number: int
    file_id: int
    state: str
    sent_at: datetime
    claims: int
    charge_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The last answer of a kind to a batch, by payer."""

    batch_id: int
    payer_id: str
    kind: str
    at: datetime


def clocks(conn: Connection) -> list[Clock]:
    """Every claim, by service date and control number."""
    head, c = newest(), claims.c
    # two queries: SQLite joins a grouped subquery from the outside row by row
    at = {r[0]: (State(r[1]), utc(r[2])) for r in conn.execute(select(head.c.claim_id, head.c.state_after, head.c.at))}
    query = select(c.id, c.patient_control_number, c.service_date, c.payer_id, c.partner_id, c.charge_cents)
    rows = conn.execute(query.order_by(c.service_date, c.patient_control_number))
    return [
        Clock(claim_id=r[0], claim=r[1], service_date=r[2], payer_id=r[3], partner_id=r[4], charge_cents=r[5],
              state=state, since=since)
        for r in rows for state, since in [at.get(r[0], (None, None))]
    ]  # fmt: skip


def visits_captured(conn: Connection) -> int:
    """Visits, each once however often it was revised."""
    return int(conn.execute(select(func.count(visits.c.visit_id.distinct()))).scalar_one())


def charged_cents(conn: Connection) -> int:
    """What the ledger says was billed."""
    total = func.coalesce(func.sum(-postings.c.amount_cents), 0)
    return int(conn.execute(select(total).where(postings.c.account == Account.CHARGES.value)).scalar_one())


def sent(conn: Connection) -> dict[int, Sent]:
    """Batches that left us, by id."""
    b = batches.c
    query = select(b.id, b.partner_id, b.interchange_control_number, b.file_id, b.state, b.sent_at, b.claim_count,
                   b.charge_cents).where(b.sent_at.is_not(None))  # fmt: skip
    return {
        r[0]: Sent(id=r[0], partner_id=r[1], interchange_control_number=r[2], file_id=r[3], state=r[4],
                   sent_at=utc(r[5]), claims=r[6], charge_cents=r[7])
        for r in conn.execute(query)
    }  # fmt: skip


def newest_batches(conn: Connection, claim_ids: Iterable[int]) -> dict[int, int]:
    """The newest batch of each claim that was in one."""
    found: dict[int, int] = {}
    c = batch_claims.c
    for some in chunks(sorted(set(claim_ids))):
        query = select(c.claim_id, func.max(c.batch_id)).where(c.claim_id.in_(some)).group_by(c.claim_id)
        found |= {int(claim_id): int(batch_id) for claim_id, batch_id in conn.execute(query)}
    return found


def answers(conn: Connection, since: datetime) -> list[Answered]:
    """When the last answer of each kind came to each batch that left us since then, by payer.

    What stands again because a person took something back, or a closed claim was opened, is in no file and no answer.
    """
    e = claim_events.c
    kind = case({event.value: name for event, name in ANSWERS.items()}, value=e.event)
    query = (
        select(batches.c.id, claims.c.payer_id, kind, func.max(e.at))
        .join(batch_claims, batch_claims.c.batch_id == batches.c.id)
        .join(claims, claims.c.id == batch_claims.c.claim_id)
        .join(claim_events, and_(e.claim_id == claims.c.id, e.event.in_([event.value for event in ANSWERS])))
        .where(batches.c.sent_at >= since, e.at >= batches.c.built_at, e.file_id.is_not(None))
        .group_by(batches.c.id, claims.c.payer_id, kind)
    )
    return [Answered(batch_id=r[0], payer_id=r[1], kind=r[2], at=utc(r[3])) for r in conn.execute(query)]


def gaps(conn: Connection) -> list[Gap]:
    """Everything that stands in one table and is missing in the one that must account for it."""
    return [
        Gap(what=what, which=str(which), cents=int(cents or 0))
        for what, query in _missing() for which, cents in conn.execute(query)
    ]  # fmt: skip


def _missing() -> list[tuple[str, Select[Any, Any]]]:
    one = claim_payments.c
    in_batch = exists().where(batch_claims.c.claim_id == claims.c.id)
    evented = exists().where(claim_events.c.claim_id == claims.c.id)
    counted = (
        select(batch_claims.c.batch_id, func.count().label("claims"), func.sum(claims.c.charge_cents).label("cents"))
        .join(claims, claims.c.id == batch_claims.c.claim_id)
        .group_by(batch_claims.c.batch_id).subquery()
    )  # fmt: skip
    head = newest()
    left_us = [s.value for s in (State.BATCHED, State.SENT, State.RECEIVED, State.ACCEPTED_CLEARINGHOUSE,
                                 State.ACCEPTED_PAYER)]  # fmt: skip
    return [
        ("captured row without its visit",
         select(charge_rows.c.visit_id, func.max(charge_rows.c.charge_cents)).where(
             charge_rows.c.verdict == "accepted", ~exists().where(visits.c.visit_id == charge_rows.c.visit_id))
         .group_by(charge_rows.c.visit_id)),
        (NO_CLAIM,
         select(visits.c.visit_id, func.max(0)).where(~exists().where(claim_visits.c.visit_id == visits.c.visit_id))
         .group_by(visits.c.visit_id)),
        ("claim without an event", select(claims.c.patient_control_number, claims.c.charge_cents).where(~evented)),
        ("claim whose state is not its newest event", _astray()),
        ("claim sent in no batch",
         select(claims.c.patient_control_number, claims.c.charge_cents).join(head, head.c.claim_id == claims.c.id)
         .where(head.c.state_after.in_(left_us), ~in_batch)),
        ("claim in a batch that its history does not know",
         select(claims.c.patient_control_number, claims.c.charge_cents).where(in_batch, evented, ~exists().where(
             claim_events.c.claim_id == claims.c.id, claim_events.c.event == Event.BATCHED.value))),
        ("batch whose claims do not add up to it",
         select(batches.c.id, batches.c.charge_cents).outerjoin(counted, counted.c.batch_id == batches.c.id)
         .where((func.coalesce(counted.c.claims, 0) != batches.c.claim_count)
                | (func.coalesce(counted.c.cents, 0) != batches.c.charge_cents))),
        ("posted payment without its claims",
         select(payments.c.id, payments.c.amount_cents).where(
             payments.c.state == PaymentState.POSTED.value,
             select(func.count()).where(one.payment_id == payments.c.id).scalar_subquery() != payments.c.claim_count)),
        ("posted claim payment without a claim",
         select(one.id, one.paid_cents).where(one.state == PaymentState.POSTED.value, one.claim_id.is_(None))),
        ("claim paid, and its history does not know",
         select(claims.c.patient_control_number, func.sum(one.paid_cents))
         .join(claim_payments, and_(one.claim_id == claims.c.id, one.state == PaymentState.POSTED.value))
         .where(~exists().where(claim_events.c.claim_id == claims.c.id, claim_events.c.event.startswith("835 ")))
         .group_by(claims.c.patient_control_number)),
    ]  # fmt: skip


def _astray() -> Select[Any, Any]:
    """Claims of which the table of states says something else than their events."""
    kept, told, c = newest(), newest_by_history(), claims.c
    agree = and_(kept.c.claim_id == told.c.claim_id, kept.c.sequence == told.c.sequence,
                 kept.c.state_after == told.c.state_after, kept.c.hash == told.c.hash)  # fmt: skip
    right = select(told.c.claim_id).join(kept, agree)
    either = select(claim_events.c.claim_id).union(select(kept.c.claim_id))
    return select(c.patient_control_number, c.charge_cents).where(c.id.in_(either), c.id.not_in(right))
