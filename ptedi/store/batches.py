"""The outbox: each built 837P file, the claims in it, and what became of it.

built -> sending -> sent -> confirmed    the way it should go
sending -> unknown -> sent or built      a send that was cut off, settled from evidence
built or sending -> failed               the partner refused the channel: a person must act
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.sql.elements import ColumnElement

from ptedi.dates import now
from ptedi.payers.partner import MOST_SETS
from ptedi.store._sql import insert_ids, insert_rows, utc, utc_or_none
from ptedi.store.json import decode, encode
from ptedi.store.tables import batch_claims, batches
from ptedi.submissions.batch import Envelope


class Outbox(StrEnum):
    """Where a batch is."""

    BUILT = "built"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClaim:
    """A claim's place in its batch; positions are counted from ST (ST is 1), as a 999 counts."""

    claim_id: int
    set_control_number: str
    first_segment: int
    last_segment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """A built file, to be recorded."""

    partner_id: str
    environment: str
    service_date: date | None
    envelope: Envelope
    file_id: int
    file_name: str
    charge_cents: int
    claims: tuple[BatchClaim, ...]
    second_opinion_claims: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch of the outbox; `second_opinion_claims`: how many of its claims pyx12 judged (None: not counted, all)."""

    id: int
    partner_id: str
    environment: str
    service_date: date | None
    interchange_control_number: int
    group_control_number: int
    batch_reference: str
    file_id: int
    file_name: str
    claim_count: int
    charge_cents: int
    state: Outbox
    reason: str
    envelope: Envelope
    built_at: datetime
    sent_at: datetime | None
    second_opinion_claims: int | None = None

    @property
    def is_trial(self) -> bool:
        """Whether it is a test file: its one claim is nobody's and stands in no table; `reason` keeps its answers."""
        return self.claim_count == 0


def add(conn: Connection, new: NewBatch) -> int:
    """Records a batch with its claims and returns its id."""
    envelope = new.envelope
    batch_id = insert_ids(conn, batches, [{
        "partner_id": new.partner_id, "environment": new.environment, "service_date": new.service_date,
        "interchange_control_number": envelope.interchange_control_number,
        "group_control_number": envelope.group_control_number, "batch_reference": envelope.batch_reference,
        "file_id": new.file_id, "file_name": new.file_name, "claim_count": len(new.claims),
        "charge_cents": new.charge_cents, "state": Outbox.BUILT.value, "reason": "", "document": encode(envelope),
        "built_at": utc(envelope.created), "sent_at": None, "second_opinion_claims": new.second_opinion_claims,
    }])[0]  # fmt: skip
    insert_rows(conn, batch_claims, [
        {"batch_id": batch_id, "claim_id": c.claim_id, "set_control_number": c.set_control_number,
         "first_segment": c.first_segment, "last_segment": c.last_segment} for c in new.claims
    ])  # fmt: skip
    return batch_id


def get(conn: Connection, batch_id: int) -> BatchRow:
    """The batch with this id."""
    return read_row(conn.execute(select(batches).where(batches.c.id == batch_id)).one())


def find(conn: Connection, batch_id: int) -> BatchRow | None:
    """The batch with this id, or None."""
    row = conn.execute(select(batches).where(batches.c.id == batch_id)).one_or_none()
    return None if row is None else read_row(row)


def list_batches(
    conn: Connection, *, states: Iterable[Outbox] = (), partner_id: str | None = None, environment: str | None = None
) -> list[BatchRow]:
    """Batches by state, partner and environment, oldest first."""
    query = select(batches).order_by(batches.c.id)
    if states := list(states):
        query = query.where(batches.c.state.in_([state.value for state in states]))
    if partner_id is not None:
        query = query.where(batches.c.partner_id == partner_id)
    if environment is not None:
        query = query.where(batches.c.environment == environment)
    return [read_row(row) for row in conn.execute(query)]


def unrecorded(conn: Connection, partner_id: str) -> list[BatchRow]:
    """Batches that a partner answered before their sending was recorded, oldest first."""
    c = batches.c
    where = (c.state == Outbox.CONFIRMED.value) & (c.partner_id == partner_id) & c.sent_at.is_(None)
    return [read_row(row) for row in conn.execute(select(batches).where(where).order_by(c.id))]


def by_interchange(conn: Connection, number: int, *, partner_id: str | None = None) -> list[BatchRow]:
    """Batches with this ISA13 (TA1 answers to it)."""
    return _found(conn, batches.c.interchange_control_number == number, partner_id)


def by_group(conn: Connection, number: int, *, partner_id: str | None = None) -> list[BatchRow]:
    """Batches with this GS06 (a 999 answers to it)."""
    return _found(conn, batches.c.group_control_number == number, partner_id)


def by_reference(conn: Connection, reference: str, *, partner_id: str | None = None) -> list[BatchRow]:
    """Batches with a set of this BHT03 (a 277CA echoes it).

    The batch is known by that of its first set; those of the others follow it without a gap.
    """
    first = _found(conn, batches.c.batch_reference.in_(_before(reference)), partner_id)
    return [row for row in first if reference in row.envelope.references]


def _before(reference: str) -> list[str]:
    """This BHT03 and those that a first set may have, of which this one is a later set's."""
    told = re.fullmatch(r"(.*?)([0-9]{9})", reference, re.ASCII)
    if told is None:
        return [reference]
    last = int(told[2])
    return [f"{told[1]}{number:09d}" for number in range(max(last - MOST_SETS + 1, 0), last + 1)]


def by_file(conn: Connection, file_id: int) -> BatchRow | None:
    """The batch of an outgoing file."""
    found = _found(conn, batches.c.file_id == file_id, None)
    return found[0] if found else None


def claims_of(conn: Connection, batch_id: int) -> list[BatchClaim]:
    """The claims of a batch, in the order written."""
    query = select(batch_claims).where(batch_claims.c.batch_id == batch_id).order_by(
        batch_claims.c.set_control_number, batch_claims.c.first_segment)  # fmt: skip
    return [_place(row) for row in conn.execute(query).all()]


def places_of(conn: Connection, claim_id: int) -> list[BatchClaim]:
    """Where a claim stands in the batches it was in, oldest first."""
    query = select(batch_claims).where(batch_claims.c.claim_id == claim_id).order_by(batch_claims.c.batch_id)
    return [_place(row) for row in conn.execute(query)]


def _place(row: Row[tuple[object, ...]]) -> BatchClaim:
    return BatchClaim(claim_id=row.claim_id, set_control_number=row.set_control_number, first_segment=row.first_segment,
                      last_segment=row.last_segment)  # fmt: skip


def before_sets(members: Iterable[BatchClaim]) -> dict[str, int]:
    """How many segments of the file stand before the ST of each set, by ST02: ISA, GS and the sets before it."""
    ends: dict[str, int] = {}
    for one in members:
        ends[one.set_control_number] = max(ends.get(one.set_control_number, 0), one.last_segment)
    found, before = {}, 2
    for number, last in sorted(ends.items()):
        found[number] = before
        before += last + 1  # and its SE
    return found


def of_claim(conn: Connection, claim_id: int) -> list[BatchRow]:
    """The batches a claim was in, oldest first."""
    query = select(batches).join(batch_claims, batch_claims.c.batch_id == batches.c.id)
    query = query.where(batch_claims.c.claim_id == claim_id).order_by(batches.c.id)
    return [read_row(row) for row in conn.execute(query)]


def move(
    conn: Connection, batch_id: int, states: Sequence[Outbox], to: Outbox, reason: str = "", *, sent: bool = False
) -> bool:
    """Moves a batch on if it still is in one of these states; whether it was."""
    values: dict[str, object] = {"state": to.value, "reason": reason} | ({"sent_at": now()} if sent else {})
    here = (batches.c.id == batch_id) & batches.c.state.in_([state.value for state in states])
    return bool(conn.execute(update(batches).where(here).values(**values)).rowcount)


def went(conn: Connection, batch_id: int) -> None:
    """Records when a batch was sent that an answer has confirmed by now; it stays confirmed by that answer."""
    here = (batches.c.id == batch_id) & (batches.c.state == Outbox.CONFIRMED.value)
    conn.execute(update(batches).where(here).values(sent_at=now()))


def confirm(conn: Connection, batch_id: int, reason: str) -> bool:
    """An acknowledgement proves that the partner has the file, whatever we knew of the send."""
    states = [Outbox.BUILT, Outbox.SENDING, Outbox.UNKNOWN, Outbox.SENT, Outbox.FAILED]
    return move(conn, batch_id, states, Outbox.CONFIRMED, reason)


def newest_trial(conn: Connection, partner_id: str) -> BatchRow | None:
    """The last test file for a partner."""
    mine = (batches.c.partner_id == partner_id) & (batches.c.claim_count == 0)
    row = conn.execute(select(batches).where(mine).order_by(batches.c.id.desc()).limit(1)).one_or_none()
    return read_row(row) if row else None


def note(conn: Connection, batch_id: int, words: str) -> None:
    """Adds an answer to a test file's reason, one a line; what is there already is not said twice."""
    told = get(conn, batch_id).reason.splitlines()
    if words not in told:
        conn.execute(update(batches).where(batches.c.id == batch_id).values(reason="\n".join([*told, words])))


def _found(conn: Connection, where: ColumnElement[bool], partner_id: str | None) -> list[BatchRow]:
    query = select(batches).where(where).order_by(batches.c.id)
    if partner_id is not None:
        query = query.where(batches.c.partner_id == partner_id)
    return [read_row(row) for row in conn.execute(query)]


def read_row(row: Row[tuple[object, ...]]) -> BatchRow:
    """A batch as it is stored."""
    values = row._asdict()
    envelope = decode(values.pop("document"), Envelope)
    return BatchRow(**(values | {
        "state": Outbox(row.state), "envelope": envelope, "built_at": utc(row.built_at),
        "sent_at": utc_or_none(row.sent_at),
    }))  # fmt: skip
