"""Drafted answers to visits that changed after they were billed: one per revision, until a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, select, update

from ptedi.claims.model import CodedClaim
from ptedi.dates import now
from ptedi.store._sql import chunks, insert_new
from ptedi.store.json import decode, encode
from ptedi.store.tables import claim_drafts


class DraftState(StrEnum):
    """What became of a draft."""

    OPEN = "open"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """What is proposed for a revision of a visit: the claim billed before, the action, the line diff, the claim."""

    visit_row_id: int
    visit_id: str
    claim_id: int
    action: str
    message: str
    changes: tuple[str, ...]
    coded: CodedClaim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A recorded draft; `released_id` is the claim that it became."""

    id: int
    visit_row_id: int
    visit_id: str
    claim_id: int
    action: str
    message: str
    changes: tuple[str, ...]
    coded: CodedClaim | None
    state: DraftState
    released_id: int | None


def put(conn: Connection, new: NewDraft) -> None:
    """Keeps the draft of a revision, in the place of an open one; a decided one stays as it is."""
    values = {
        "visit_id": new.visit_id, "claim_id": new.claim_id, "action": new.action, "message": new.message,
        "changes": encode(list(new.changes)), "document": encode(new.coded) if new.coded else "",
    }  # fmt: skip
    fresh = {"visit_row_id": new.visit_row_id, "state": DraftState.OPEN.value, "released_id": None, "made_at": now(),
             "closed_at": None}  # fmt: skip
    if not insert_new(conn, claim_drafts, ("visit_row_id",), values | fresh):
        at = claim_drafts.c
        where = (at.visit_row_id == new.visit_row_id) & (at.state == DraftState.OPEN.value)
        conn.execute(update(claim_drafts).where(where).values(**values))


def of_revision(conn: Connection, visit_row_id: int) -> DraftRow | None:
    """The draft of a revision of a visit, or None."""
    row = conn.execute(select(claim_drafts).where(claim_drafts.c.visit_row_id == visit_row_id)).first()
    return None if row is None else _row(row)


def list_open(conn: Connection, visit_ids: Iterable[str] | None = None) -> list[DraftRow]:
    """Open drafts, of some visits or of all."""
    query = select(claim_drafts).where(claim_drafts.c.state == DraftState.OPEN.value).order_by(claim_drafts.c.id)
    if visit_ids is None:
        return [_row(row) for row in conn.execute(query)]
    some: Sequence[str] = sorted(set(visit_ids))
    return [_row(row) for part in chunks(some) for row in conn.execute(query.where(claim_drafts.c.visit_id.in_(part)))]


def close(conn: Connection, draft_id: int, state: DraftState, released_id: int | None = None) -> bool:
    """Ends an open draft; whether it was open."""
    where = (claim_drafts.c.id == draft_id) & (claim_drafts.c.state == DraftState.OPEN.value)
    values = {"state": state.value, "released_id": released_id, "closed_at": now()}
    return bool(conn.execute(update(claim_drafts).where(where).values(**values)).rowcount)


def _row(row: Row[tuple[object, ...]]) -> DraftRow:
    return DraftRow(
        id=row.id, visit_row_id=row.visit_row_id, visit_id=row.visit_id, claim_id=row.claim_id, action=row.action,
        message=row.message, changes=tuple(decode(row.changes, list[str])),
        coded=decode(row.document, CodedClaim) if row.document else None, state=DraftState(row.state),
        released_id=row.released_id,
    )  # fmt: skip
