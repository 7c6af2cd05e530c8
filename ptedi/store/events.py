"""The life of each claim: append-only events; the same evidence counts once; the state is derived by submissions.

`claim_states` repeats the newest event of each claim, written in the same transaction, so that nobody reads whole
histories to learn a state.  It is derived: the census compares it with the events, `rebuild_states` makes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Subquery, delete, func, insert, literal, select

from ptedi.dates import now
from ptedi.store import chain, milestones
from ptedi.store._sql import among, chunks, insert_rows, pairs, put_rows, utc
from ptedi.store.tables import claim_events, claim_states, claims
from ptedi.submissions.status import Event, State, after

REPLACED_BY = "replaced by "
"""Evidence of a claim that another one took the place of: this and that one's CLM01."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What happened to a claim, who says so, and the evidence that makes it count once.

    `evidence_key` is unique per claim: `batch 12`, `999 <file sha256> <ST02>` and the like; `detail` is one sentence
    without patient data.
    """

    claim_id: int
    event: Event
    actor: str
    evidence_key: str
    detail: str = ""
    file_id: int | None = None
    segment_index: int | None = None
    byte_offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A recorded event."""

    id: int
    claim_id: int
    sequence: int
    event: Event
    state_after: State
    actor: str
    at: datetime
    detail: str
    file_id: int | None
    segment_index: int | None
    byte_offset: int | None
    evidence_key: str


def append(  # noqa: PLR0913 - the evidence has many parts, all by name
    conn: Connection, claim_id: int, event: Event, actor: str, evidence_key: str, *, detail: str = "",
    file_id: int | None = None, segment_index: int | None = None, byte_offset: int | None = None,
) -> State:  # fmt: skip
    """Records one event and returns the state after it; known evidence changes nothing."""
    new = NewEvent(claim_id=claim_id, event=event, actor=actor, evidence_key=evidence_key, detail=detail,
                   file_id=file_id, segment_index=segment_index, byte_offset=byte_offset)  # fmt: skip
    return append_all(conn, [new])[claim_id]


def append_all(conn: Connection, new: Sequence[NewEvent], *, held: bool = False) -> dict[int, State]:
    """Records events in order and returns the state of every claim they speak of; `held`: the caller holds them."""
    return _append(conn, new, held=held)[0]


def append_new(conn: Connection, new: Sequence[NewEvent]) -> list[NewEvent]:
    """Records events in order and returns those that were not known yet."""
    return _append(conn, new)[1]


def _append(
    conn: Connection, new: Sequence[NewEvent], *, held: bool = False
) -> tuple[dict[int, State], list[NewEvent]]:
    ids = sorted({event.claim_id for event in new})
    if not held:
        lock(conn, ids)
    at_head = _heads(conn, ids)
    known = _known(conn, [event for event in new if event.claim_id in at_head])
    rows, told, at = [], [], now()
    for event in new:
        key = (event.claim_id, event.evidence_key)
        if key in known:
            continue
        known.add(key)
        sequence, state, last = at_head.get(event.claim_id, (0, None, chain.START))
        state = after(state, event.event)
        row = _values(event, sequence + 1, state, at)
        row |= {"prev_hash": last, "hash": chain.link(last, row)}
        at_head[event.claim_id] = (sequence + 1, state, str(row["hash"]))
        rows.append(row)
        told.append(event)
    if rows:
        insert_rows(conn, claim_events, rows)
        _keep_states(conn, rows)
        milestones.keep(conn, rows)
    return {claim: state for claim, (_, state, _) in at_head.items() if state is not None}, told


def of_claim(conn: Connection, claim_id: int) -> list[EventRow]:
    """The timeline of a claim, oldest first."""
    query = select(claim_events).where(claim_events.c.claim_id == claim_id).order_by(claim_events.c.sequence)
    return [
        EventRow(id=r.id, claim_id=r.claim_id, sequence=r.sequence, event=Event(r.event),
                 state_after=State(r.state_after), actor=r.actor, at=utc(r.at), detail=r.detail, file_id=r.file_id,
                 segment_index=r.segment_index, byte_offset=r.byte_offset, evidence_key=r.evidence_key)
        for r in conn.execute(query)
    ]  # fmt: skip


def replaced_by(conn: Connection, claim_ids: Iterable[int]) -> dict[int, int]:
    """Of these claims those that another one took the place of last, and which one."""
    found: dict[int, int] = {}
    e = claim_events.c
    for some in chunks(sorted(set(claim_ids))):
        query = select(e.claim_id, claims.c.id).join(
            claims, e.evidence_key == literal(REPLACED_BY) + claims.c.patient_control_number
        ).where(among(conn, e.claim_id, some), e.event == Event.SUPERSEDED.value).order_by(e.claim_id, e.sequence)
        found |= {int(before): int(after) for before, after in conn.execute(query)}
    return found


def current_states(
    conn: Connection, claim_ids: Iterable[int] | None = None, *, service_date: date | None = None
) -> dict[int, State]:
    """The state of each claim: of the ids given, of a service date, or of all, in one query each time."""
    head = newest()
    query = select(head.c.claim_id, head.c.state_after)
    if service_date is not None:
        query = query.join(claims, claims.c.id == head.c.claim_id).where(claims.c.service_date == service_date)
    if claim_ids is None:
        return {row.claim_id: State(row.state_after) for row in conn.execute(query)}
    found: dict[int, State] = {}
    for some in chunks(sorted(set(claim_ids))):
        at = claim_states.c
        query = select(at.claim_id, at.state_after).where(among(conn, at.claim_id, some))
        found |= {claim_id: State(state) for claim_id, state in conn.execute(query).all()}
    return found


def decided_states(
    conn: Connection, claim_ids: Iterable[int] | None = None, *, service_date: date | None = None
) -> dict[int, State]:
    """The same; of a closed claim what its payer had decided when it was closed, so that figures stay as they were."""
    found = current_states(conn, claim_ids, service_date=service_date)
    closed = [claim_id for claim_id, state in found.items() if state is State.CLOSED]
    e = claim_events.c
    for some in chunks(sorted(closed)):
        before = among(conn, e.claim_id, some) & (e.state_after != State.CLOSED.value)
        query = select(e.claim_id, e.state_after).where(before).order_by(e.claim_id, e.sequence)
        found |= {claim_id: State(state) for claim_id, state in conn.execute(query).all()}  # the last of each stays
    return found


def newest(claim_ids: Sequence[int] | None = None) -> Subquery:
    """A subquery with the newest event of each claim: claim_id, sequence, state_after, at, hash; as it was kept."""
    query = select(claim_states)
    if claim_ids is not None:
        query = query.where(claim_states.c.claim_id.in_(claim_ids))
    return query.subquery("newest")


def newest_by_history() -> Subquery:
    """The same columns, found in the events themselves: what `newest` must agree with."""
    last = select(claim_events.c.claim_id, func.max(claim_events.c.sequence).label("sequence"))
    top = last.group_by(claim_events.c.claim_id).subquery()
    columns = (claim_events.c.claim_id, claim_events.c.sequence, claim_events.c.state_after, claim_events.c.at,
               claim_events.c.hash)  # fmt: skip
    joined = (top.c.claim_id == claim_events.c.claim_id) & (top.c.sequence == claim_events.c.sequence)
    return select(*columns).join(top, joined).subquery("by_history")


def rebuild_states(conn: Connection) -> int:
    """Makes the table of newest events, and that of first ones, anew from the events; how many claims have one."""
    milestones.rebuild(conn)
    conn.execute(delete(claim_states))
    by_history = newest_by_history()
    columns = [column.name for column in claim_states.c]
    conn.execute(insert(claim_states).from_select(columns, select(*(by_history.c[name] for name in columns))))
    return int(conn.execute(select(func.count()).select_from(claim_states)).scalar_one())


def _keep_states(conn: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """The newest event of each claim that got one."""
    names = [column.name for column in claim_states.c]
    last = {row["claim_id"]: row for row in rows}
    put_rows(conn, claim_states, "claim_id", [{name: row[name] for name in names} for row in last.values()])


def lock(conn: Connection, ids: Sequence[int]) -> None:
    """Holds claims for the rest of the transaction (SQLite's write lock already sees to that)."""
    if conn.dialect.name == "postgresql":
        mine = among(conn, claims.c.id, sorted(ids))
        conn.execute(select(claims.c.id).where(mine).order_by(claims.c.id).with_for_update())


def heads(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[int, State | None]]:
    """Sequence number and state of each claim's newest event."""
    return {claim_id: (sequence, state) for claim_id, (sequence, state, _) in _heads(conn, ids).items()}


def _heads(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[int, State | None, str]]:
    """Sequence number, state and hash of each claim's newest event."""
    found: dict[int, tuple[int, State | None, str]] = {}
    at = claim_states.c
    for some in chunks(ids):
        query = select(at.claim_id, at.sequence, at.state_after, at.hash).where(among(conn, at.claim_id, some))
        rows = conn.execute(query).all()
        found |= {claim_id: (sequence, State(state), last) for claim_id, sequence, state, last in rows}
    return found


def _known(conn: Connection, new: Sequence[NewEvent]) -> set[tuple[int, str]]:
    """The evidence of these events that is there already, looked up pair by pair."""
    if not new:
        return set()
    c = claim_events.c
    said = pairs(conn, [(event.claim_id, event.evidence_key) for event in new], c.claim_id.type, c.evidence_key.type)
    query = select(c.claim_id, c.evidence_key).join(said, (said.c.one == c.claim_id) & (said.c.two == c.evidence_key))
    return {(claim_id, key) for claim_id, key in conn.execute(query).all()}


def _values(event: NewEvent, sequence: int, state: State, at: datetime) -> dict[str, object]:
    return {
        "claim_id": event.claim_id, "sequence": sequence, "event": event.event.value, "state_after": state.value,
        "actor": event.actor, "at": at, "detail": event.detail, "file_id": event.file_id,
        "segment_index": event.segment_index, "byte_offset": event.byte_offset, "evidence_key": event.evidence_key,
    }  # fmt: skip
