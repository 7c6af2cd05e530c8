"""What persons make of refused claims, from the draft to its end: each draft once, each decision once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from ptedi.claims.model import CodedClaim
from ptedi.dates import now
from ptedi.store._sql import chunks, utc, utc_or_none
from ptedi.store.json import decode, encode
from ptedi.store.rework_tables import reworks
from ptedi.store.tables import claim_payments, claims, payments


class ReworkKind(StrEnum):
    """What is made of a claim."""

    CORRECTED = "corrected claim"
    APPEAL = "appeal"
    PROOF = "filing proof"
    PATIENT = "patient"
    WRITE_OFF = "write-off"


class ReworkState(StrEnum):
    """How far it is: a draft or request, done (approved, sent, posted), given up, or done and taken back."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRework:
    """An action on a claim, to be recorded; `key` names what it is made of, so that it is made once."""

    key: str
    claim_id: int
    kind: ReworkKind
    basis: int
    message: str
    made_by: str
    state: ReworkState = ReworkState.OPEN
    changes: tuple[str, ...] = ()
    coded: CodedClaim | None = None
    reason: str = ""
    stake_cents: int = 0
    paid_cents: int = 0
    file_name: str = ""
    file_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReworkRow:
    """A recorded action; `released_id` is the claim that a draft became, `coded` its draft."""

    id: int
    key: str
    claim_id: int
    kind: ReworkKind
    state: ReworkState
    basis: int
    message: str
    changes: tuple[str, ...]
    coded: CodedClaim | None
    reason: str
    stake_cents: int
    paid_cents: int
    released_id: int | None
    file_name: str
    file_sha256: str
    made_by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None


def put(conn: Connection, new: NewRework) -> ReworkRow:
    """Records an action unless its key is there; the recorded one.  The caller holds the lock "post"."""
    at = now()
    done = new.state is not ReworkState.OPEN
    known = conn.execute(select(reworks).where(reworks.c.key == new.key[:128])).first()
    if known is not None:
        return _row(known)
    conn.execute(insert(reworks).values({
        "key": new.key[:128], "claim_id": new.claim_id, "kind": new.kind.value, "state": new.state.value,
        "basis": new.basis, "message": new.message, "changes": encode(list(new.changes)),
        "document": encode(new.coded) if new.coded else "", "reason": new.reason, "stake_cents": new.stake_cents,
        "paid_cents": new.paid_cents, "released_id": None, "file_name": new.file_name,
        "file_sha256": new.file_sha256, "made_by": new.made_by[:64], "made_at": at,
        "decided_by": new.made_by[:64] if done else "", "decided_at": at if done else None,
    }))  # fmt: skip
    return _row(conn.execute(select(reworks).where(reworks.c.key == new.key[:128])).one())


def get(conn: Connection, rework_id: int) -> ReworkRow | None:
    """The action with this number, or None."""
    row = conn.execute(select(reworks).where(reworks.c.id == rework_id)).first()
    return None if row is None else _row(row)


def decide(conn: Connection, rework_id: int, before: ReworkState, after: ReworkState, person: str,
           released_id: int | None = None) -> bool:  # fmt: skip
    """Moves an action from one state to another; whether it was in the first."""
    where = (reworks.c.id == rework_id) & (reworks.c.state == before.value)
    values: dict[str, object] = {"state": after.value, "decided_by": person[:64], "decided_at": now()}
    if released_id is not None:
        values["released_id"] = released_id
    return bool(conn.execute(update(reworks).where(where).values(**values)).rowcount)


def of_claims(conn: Connection, claim_ids: Iterable[int], kind: ReworkKind | None = None) -> list[ReworkRow]:
    """The actions on these claims, oldest first."""
    query = select(reworks).order_by(reworks.c.id)
    if kind is not None:
        query = query.where(reworks.c.kind == kind.value)
    return [_row(row) for some in chunks(sorted(set(claim_ids)))
            for row in conn.execute(query.where(reworks.c.claim_id.in_(some)))]  # fmt: skip


def list_reworks(
    conn: Connection, *, kinds: Iterable[ReworkKind] = (), states: Iterable[ReworkState] = ()
) -> list[ReworkRow]:
    """Actions by kind and state, oldest first; all without them."""
    query = select(reworks).order_by(reworks.c.id)
    if wanted := [kind.value for kind in kinds]:
        query = query.where(reworks.c.kind.in_(wanted))
    if chosen := [state.value for state in states]:
        query = query.where(reworks.c.state.in_(chosen))
    return [_row(row) for row in conn.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReworkLine:
    """An action in a list: without its draft, with the numbers and payer of its claim and the claim it became."""

    id: int
    claim: str
    became: str
    payer_id: str
    patient_id: str
    kind: ReworkKind
    state: ReworkState
    message: str
    reason: str
    stake_cents: int
    made_by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None


def page(
    conn: Connection, *, kinds: Iterable[str] = (), states: Iterable[str] = (), claim: str = "", limit: int | None,
    offset: int = 0,
) -> tuple[list[ReworkLine], int, int]:  # fmt: skip
    """Actions of some kinds and states, or on one claim, newest first; how many there are and what is at stake."""
    c, after = reworks.c, claims.alias("after")
    where: list[ColumnElement[bool]] = [column.in_(words) for column, words in ((c.kind, [*kinds]),
                                                                                 (c.state, [*states])) if words]
    where += [claims.c.patient_control_number == claim] if claim else []
    joined = reworks.join(claims, claims.c.id == c.claim_id)
    query = (
        select(c.id, claims.c.patient_control_number.label("claim"), after.c.patient_control_number.label("became"),
               claims.c.payer_id, claims.c.patient_id, c.kind, c.state, c.message, c.reason, c.stake_cents, c.made_by,
               c.made_at, c.decided_by, c.decided_at)
        .select_from(joined.outerjoin(after, after.c.id == c.released_id)).where(*where)
        .order_by(c.id.desc()).limit(limit).offset(offset or None)
    )  # fmt: skip
    several = select(func.count(), func.coalesce(func.sum(c.stake_cents), 0)).select_from(joined).where(*where)
    number, cents = conn.execute(several).one()
    rows: list[Any] = list(conn.execute(query))
    return [_line(row) for row in rows], int(number), int(cents)


def _line(row: Any) -> ReworkLine:
    return ReworkLine(**(row._asdict() | {
        "became": row.became or "", "kind": ReworkKind(row.kind), "state": ReworkState(row.state),
        "made_at": utc(row.made_at), "decided_at": utc_or_none(row.decided_at),
    }))  # fmt: skip


def billed_before_the_last_word(conn: Connection) -> set[int]:
    """Claims of which a payer said something after their patients were billed."""
    since = payments.c.posted_at > reworks.c.decided_at
    query = (
        select(reworks.c.claim_id).join(claim_payments, claim_payments.c.claim_id == reworks.c.claim_id)
        .join(payments, payments.c.id == claim_payments.c.payment_id)
        .where(reworks.c.kind == ReworkKind.PATIENT.value, reworks.c.state == ReworkState.DONE.value, since)
    )  # fmt: skip
    return set(conn.execute(query.distinct()).scalars())


def count(conn: Connection, claim_id: int, kind: ReworkKind) -> int:
    """How many actions of a kind a claim ever had: the number of the next one's key."""
    where = (reworks.c.claim_id == claim_id) & (reworks.c.kind == kind.value)
    return int(conn.execute(select(func.count()).select_from(reworks).where(where)).scalar_one())


def _row(row: Row[tuple[object, ...]]) -> ReworkRow:
    return ReworkRow(
        id=row.id, key=row.key, claim_id=row.claim_id, kind=ReworkKind(row.kind), state=ReworkState(row.state),
        basis=row.basis, message=row.message, changes=tuple(decode(row.changes, list[str])),
        coded=decode(row.document, CodedClaim) if row.document else None, reason=row.reason,
        stake_cents=row.stake_cents, paid_cents=row.paid_cents, released_id=row.released_id, file_name=row.file_name,
        file_sha256=row.file_sha256, made_by=row.made_by, made_at=utc(row.made_at), decided_by=row.decided_by,
        decided_at=utc_or_none(row.decided_at),
    )  # fmt: skip
