"""What the first page asks beside a night's summary: which nights there are, what waits, what is late, what stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, case, func, select

from ptedi.store import tables as t
from ptedi.store._sql import utc
from ptedi.store.book_tables import deposits
from ptedi.store.work import RESOLVED
from ptedi.store.work_tables import work_events

_STAMPED = (t.claim_events, t.postings, t.claim_payments, t.payments, deposits, t.work_items, work_events, t.batches,
            t.files)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """Items of one kind that wait: how many, at stake, since when, the nearest deadline, how many of them are close."""

    kind: str
    items: int
    cents: int
    nobodys: int
    oldest: datetime
    deadline: date | None
    past: int
    soon: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """Batches of a partner in a state that a person should know of."""

    partner: str
    state: str
    batches: int
    claims: int
    cents: int


def nights(conn: Connection, limit: int) -> list[date]:
    """The newest service dates with a claim, newest first."""
    c = t.claims.c.service_date
    return [row[0] for row in conn.execute(select(c).distinct().order_by(c.desc()).limit(limit))]


def waiting(conn: Connection, on: date, soon: timedelta) -> list[WaitingRow]:
    """What waits and does not sleep, by kind; `soon` says which deadlines are close."""
    c = t.work_items.c
    past, close = c.deadline < on, (c.deadline >= on) & (c.deadline <= on + soon)
    columns = (c.kind, func.count().label("items"), func.sum(c.amount_cents).label("cents"),
               func.sum(case((c.owner == "", 1), else_=0)).label("nobodys"), func.min(c.created_at).label("oldest"),
               func.min(c.deadline).label("deadline"), func.sum(case((past, 1), else_=0)).label("past"),
               func.sum(case((close, 1), else_=0)).label("soon"))  # fmt: skip
    awake = func.coalesce(c.snoozed_until, date.min) <= on
    query = select(*columns).where(c.state != RESOLVED, awake).group_by(c.kind)
    return [WaitingRow(kind=r.kind, items=int(r.items), cents=int(r.cents or 0), nobodys=int(r.nobodys),
                       oldest=utc(r.oldest), deadline=r.deadline, past=int(r.past), soon=int(r.soon))
            for r in conn.execute(query)]  # fmt: skip


def waiting_count(conn: Connection, on: date) -> int:
    """How many items wait and do not sleep."""
    c = t.work_items.c
    awake = func.coalesce(c.snoozed_until, date.min) <= on
    return int(conn.execute(select(func.count()).where(c.state != RESOLVED, awake)).scalar_one())


def batch_states(conn: Connection, states: Sequence[str]) -> list[BatchState]:
    """The batches in some states, by partner."""
    c = t.batches.c
    query = select(c.partner_id, c.state, func.count(), func.sum(c.claim_count), func.sum(c.charge_cents)).where(
        c.state.in_(states)).group_by(c.partner_id, c.state).order_by(c.partner_id, c.state)  # fmt: skip
    return [BatchState(partner=p, state=s, batches=int(n), claims=int(k), cents=int(cents))
            for p, s, n, k, cents in conn.execute(query)]  # fmt: skip


def stamp(conn: Connection) -> tuple[int, ...]:
    """Changes whenever something new was written to the books, the claims or the worklist."""
    newest = select(*(select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery() for table in _STAMPED))
    return tuple(int(one) for one in conn.execute(newest).one())
