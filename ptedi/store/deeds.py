"""What was done with each work item, by whom and when: appended, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, String, func, insert, literal, select

from ptedi.dates import now
from ptedi.store._sql import chunks, utc
from ptedi.store.tables import work_items
from ptedi.store.work_tables import work_events

SYSTEM = "ptedi"
"""Who acts where no person does."""


class Deed(StrEnum):
    """What can be done with an item."""

    TAKEN = "taken"
    GIVEN = "given"
    RETURNED = "returned"
    NOTED = "noted"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    APPROVED = "approved"
    RESOLVED = "resolved"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedRow:
    """One entry of an item's history; `detail` is the person's words, or the cause."""

    at: datetime
    actor: str
    action: str
    detail: str


def record(conn: Connection, item_id: int, actor: str, deed: Deed, detail: str = "") -> None:
    """Writes one entry."""
    conn.execute(insert(work_events).values(item_id=item_id, at=now(), actor=actor[:64], action=deed.value,
                                            detail=detail))  # fmt: skip


def record_where(conn: Connection, which: ColumnElement[bool], actor: str, deed: Deed, detail: str = "") -> None:
    """Writes one entry for each item that a condition names, in one statement."""
    said = (literal(now(), work_events.c.at.type), *(literal(one, String) for one in (actor[:64], deed.value, detail)))
    rows = select(work_items.c.id, *said).where(which).order_by(work_items.c.id)
    conn.execute(insert(work_events).from_select(["item_id", "at", "actor", "action", "detail"], rows))


def history(conn: Connection, item_id: int) -> list[DeedRow]:
    """The entries of an item, oldest first."""
    c = work_events.c
    query = select(c.at, c.actor, c.action, c.detail).where(c.item_id == item_id).order_by(c.id)
    return [DeedRow(at=utc(r.at), actor=r.actor, action=r.action, detail=r.detail) for r in conn.execute(query)]


def newest(conn: Connection) -> int:
    """The number of the newest entry of all; 0 before the first."""
    return int(conn.execute(select(func.coalesce(func.max(work_events.c.id), 0))).scalar_one())


def after(conn: Connection, item_ids: Iterable[int], number: int, *, but: str) -> dict[int, DeedRow]:
    """The newest entry of each of these items that came after a number and was not this person's."""
    c, found = work_events.c, dict[int, DeedRow]()
    for some in chunks(sorted(set(item_ids))):
        query = select(c.item_id, c.at, c.actor, c.action, c.detail).where(
            c.item_id.in_(some), c.id > number, c.actor != but[:64]).order_by(c.id)  # fmt: skip
        found |= {r.item_id: DeedRow(at=utc(r.at), actor=r.actor, action=r.action, detail=r.detail)
                  for r in conn.execute(query)}  # fmt: skip
    return found
