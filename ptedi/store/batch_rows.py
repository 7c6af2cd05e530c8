"""Batches as lists show them: a page of batches, a page of one's claims, what was answered; a query each, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from ptedi.store._sql import chunks, utc
from ptedi.store.batches import BatchRow, Outbox, read_row
from ptedi.store.census import ANSWERS
from ptedi.store.tables import batch_claims, batches, claim_events, claim_states, claims, files
from ptedi.submissions.status import ANSWERS as ANSWERED
from ptedi.submissions.status import Event

_ORDER = [one.value for one in ANSWERS]  # in which answers of the same moment are told


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBatches:
    """Which batches: by outbox state, partner and days built; nothing said means all."""

    states: tuple[Outbox, ...] = ()
    partners: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A claim of a batch in a list."""

    claim: str
    service_date: date
    payer: str
    charge_cents: int
    state: str
    first_segment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer to a batch: which event, from which file, when first, for how many claims."""

    event: str
    file_id: int
    file: str
    at: datetime
    claims: int


def page(conn: Connection, wanted: WantedBatches, limit: int | None, offset: int) -> list[BatchRow]:
    """Batches, newest first."""
    query = _wanted(select(batches), wanted).order_by(batches.c.id.desc()).limit(limit).offset(offset)
    return [read_row(one) for one in conn.execute(query)]


def answered(conn: Connection, claim_ids: Sequence[int]) -> dict[int, list[Event]]:
    """What acknowledgements said of each of these claims, oldest first."""
    found: dict[int, list[Event]] = {}
    e = claim_events.c
    told = e.event.in_([event.value for event in ANSWERED])
    for some in chunks(sorted(claim_ids)):
        query = select(e.claim_id, e.event).where(e.claim_id.in_(some), told).order_by(e.claim_id, e.sequence)
        for claim_id, event in conn.execute(query):
            found.setdefault(int(claim_id), []).append(Event(event))
    return found


def newest_of_partners(conn: Connection, environment: str) -> list[BatchRow]:
    """The newest batch of every partner that ever got one."""
    newest = select(func.max(batches.c.id)).where(batches.c.environment == environment).group_by(batches.c.partner_id)
    return [read_row(one) for one in conn.execute(select(batches).where(batches.c.id.in_(newest)))]


def total(conn: Connection, wanted: WantedBatches) -> tuple[int, int]:
    """How many batches these are, and their charge in cents."""
    query = _wanted(select(func.count(), func.coalesce(func.sum(batches.c.charge_cents), 0)), wanted)
    count, cents = conn.execute(query).one()
    return int(count), int(cents)


def states_of(conn: Connection, batch_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many claims of each batch are in which state."""
    found: dict[int, dict[str, int]] = {one: {} for one in batch_ids}
    b, s = batch_claims.c, claim_states.c
    for some in chunks(list(batch_ids)):
        query = (select(b.batch_id, s.state_after, func.count()).join(claim_states, s.claim_id == b.claim_id)
                 .where(b.batch_id.in_(some)).group_by(b.batch_id, s.state_after).order_by(s.state_after))  # fmt: skip
        for batch_id, state, count in conn.execute(query):
            found[batch_id][state] = count
    return found


def hashes_of(conn: Connection, file_ids: Sequence[int]) -> dict[int, str]:
    """The sha256 of files."""
    return {file_id: sha256 for some in chunks(list(file_ids)) for file_id, sha256 in conn.execute(
        select(files.c.id, files.c.sha256).where(files.c.id.in_(some)))}  # fmt: skip


def members(conn: Connection, batch_id: int, states: Sequence[str], limit: int, offset: int) -> list[Member]:
    """Claims of a batch in the order written."""
    query = _members(batch_id, states, claims.c.patient_control_number, claims.c.service_date, claims.c.payer_id,
                     claims.c.charge_cents, claim_states.c.state_after, batch_claims.c.first_segment)  # fmt: skip
    query = query.order_by(batch_claims.c.first_segment).limit(limit).offset(offset)
    return [Member(claim=r[0], service_date=r[1], payer=r[2], charge_cents=r[3], state=r[4] or "", first_segment=r[5])
            for r in conn.execute(query)]  # fmt: skip


def count_members(conn: Connection, batch_id: int, states: Sequence[str]) -> int:
    """How many claims of a batch are in these states."""
    return int(conn.execute(_members(batch_id, states, func.count())).scalar_one())


def answers(conn: Connection, batch_id: int, since: datetime) -> list[Answered]:
    """What was answered to a batch since it was built, file by file."""
    e, b = claim_events.c, batch_claims.c
    query = (
        select(e.event, e.file_id, files.c.original_name, func.min(e.at), func.count())
        .join(batch_claims, b.claim_id == e.claim_id).join(files, files.c.id == e.file_id)
        .where(b.batch_id == batch_id, e.event.in_([one.value for one in ANSWERS]), e.at >= since)
        .group_by(e.event, e.file_id, files.c.original_name).order_by(func.min(e.at), e.event)
    )  # fmt: skip
    found = [Answered(event=event, file_id=file_id, file=name, at=utc(at), claims=count)
             for event, file_id, name, at, count in conn.execute(query)]  # fmt: skip
    return sorted(found, key=lambda one: (one.at, _ORDER.index(one.event)))


def _members(batch_id: int, states: Sequence[str], *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(*columns).select_from(batch_claims)
        .join(claims, claims.c.id == batch_claims.c.claim_id)
        .outerjoin(claim_states, claim_states.c.claim_id == batch_claims.c.claim_id)
        .where(batch_claims.c.batch_id == batch_id)
    )  # fmt: skip
    return query.where(claim_states.c.state_after.in_(states)) if states else query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _wanted(query: Select[*tuple[Any, ...]], wanted: WantedBatches) -> Select[*tuple[Any, ...]]:
    if wanted.states:
        query = query.where(batches.c.state.in_([one.value for one in wanted.states]))
    if wanted.partners:
        query = query.where(batches.c.partner_id.in_(wanted.partners))
    if wanted.first:
        query = query.where(batches.c.built_at >= _midnight(wanted.first))
    if wanted.last:
        query = query.where(batches.c.built_at < _midnight(wanted.last) + timedelta(days=1))
    return query
