"""What persons decided about money: append-only, each decision with the hash of the one before it.

One chain for the whole store; whoever writes one holds the lock "post", so that nobody else writes at the same time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import Connection, insert, select

from ptedi.dates import now
from ptedi.store._sql import utc
from ptedi.store.book_tables import decisions
from ptedi.store.chain import START

_FIELDS = ("at", "actor", "action", "reason", "payment_id", "claim_payment_id", "claim_id", "file_id", "detail")


class Verb(StrEnum):
    """What a person did."""

    RELEASE = "release"
    MATCH = "match"
    PARK = "park"
    ASSIGN = "assign"
    TIE = "tie"
    UNTIE = "untie"
    UNPOST = "unpost"
    REPOST = "repost"
    ENTER = "enter"
    CLOSE = "close"
    REWORK = "rework"
    APPEAL = "appeal"
    BILL_PATIENT = "bill patient"
    ASK_WRITE_OFF = "ask write-off"
    WRITE_OFF = "write-off"
    UNDO = "undo"
    WITHDRAW = "withdraw"
    SETTLE = "settle"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """Who decided what and why; `detail` says in figures what it did, without patient data."""

    actor: str
    action: Verb
    reason: str
    payment_id: int | None = None
    claim_payment_id: int | None = None
    claim_id: int | None = None
    file_id: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A recorded decision."""

    id: int
    at: datetime
    actor: str
    action: Verb
    reason: str
    payment_id: int | None
    claim_payment_id: int | None
    claim_id: int | None
    file_id: int | None
    detail: str
    prev_hash: str
    hash: str


def record(conn: Connection, new: NewDecision) -> int:
    """Writes a decision behind the last one; its number."""
    last = conn.execute(select(decisions.c.hash).order_by(decisions.c.id.desc()).limit(1)).scalar() or START
    values = asdict(new) | {"actor": new.actor[:64], "action": new.action.value, "at": now()}
    row = insert(decisions).values(**values, prev_hash=last, hash=_link(last, values))
    return int(conn.execute(row.returning(decisions.c.id)).scalar_one())


def list_decisions(
    conn: Connection, *, payment_id: int | None = None, claim_payment_id: int | None = None,
    claim_id: int | None = None, file_id: int | None = None,
) -> list[Decision]:  # fmt: skip
    """Decisions, oldest first: of a payment, of one claim payment, of a claim, of a file, or all."""
    query = select(decisions).order_by(decisions.c.id)
    if payment_id is not None:
        query = query.where(decisions.c.payment_id == payment_id)
    if claim_payment_id is not None:
        query = query.where(decisions.c.claim_payment_id == claim_payment_id)
    if claim_id is not None:
        query = query.where(decisions.c.claim_id == claim_id)
    if file_id is not None:
        query = query.where(decisions.c.file_id == file_id)
    return [Decision(**(row._asdict() | {"at": utc(row.at), "action": Verb(row.action)}))
            for row in conn.execute(query)]  # fmt: skip


def broken(conn: Connection) -> list[int]:
    """Numbers of decisions that are not what they were, or do not follow the one before; empty when all is whole."""
    last, found = START, []
    for one in list_decisions(conn):
        if one.prev_hash != last or _link(one.prev_hash, asdict(one)) != one.hash:
            found.append(one.id)
        last = one.hash
    return found


def _link(previous: str, values: Mapping[str, object]) -> str:
    at = cast(datetime, values["at"]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    content = [at if name == "at" else values[name] for name in _FIELDS]
    text = json.dumps([previous, *content], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
