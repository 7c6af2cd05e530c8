"""What persons do with work items: take, give to somebody, give back, note, snooze, wake.  Every act is remembered.

Each function says whether it did something.  It does so with one conditional statement, so that of two persons who take
one item at the same time one gets it and the other is told.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Connection, update

from ptedi.store import deeds
from ptedi.store.deeds import Deed
from ptedi.store.tables import work_items
from ptedi.store.work import OPEN, RESOLVED, TAKEN

_C = work_items.c


def take(conn: Connection, item_id: int, owner: str, *, actor: str, over: bool = False) -> bool:
    """Makes somebody the owner; an item that another one has only when `over`."""
    free = (_C.id == item_id) & (_C.state != RESOLVED)
    if not over:
        free &= _C.owner.in_(("", owner))
    if not _set(conn, free, owner=owner, state=TAKEN):
        return False
    deeds.record(conn, item_id, actor, Deed.TAKEN if owner == actor else Deed.GIVEN, "" if owner == actor else owner)
    return True


def give_back(conn: Connection, item_id: int, *, actor: str) -> bool:
    """Makes it nobody's again."""
    if not _set(conn, (_C.id == item_id) & (_C.state == TAKEN), owner="", state=OPEN):
        return False
    deeds.record(conn, item_id, actor, Deed.RETURNED)
    return True


def snooze(conn: Connection, item_id: int, until: date, *, actor: str, reason: str) -> bool:
    """Takes it off the list until a day."""
    if not _set(conn, (_C.id == item_id) & (_C.state != RESOLVED), snoozed_until=until):
        return False
    deeds.record(conn, item_id, actor, Deed.SNOOZED, f"until {until}" + (f": {reason}" if reason else ""))
    return True


def wake(conn: Connection, item_id: int, *, actor: str) -> bool:
    """Puts a snoozed one back on the list."""
    if not _set(conn, (_C.id == item_id) & _C.snoozed_until.is_not(None), snoozed_until=None):
        return False
    deeds.record(conn, item_id, actor, Deed.WOKEN)
    return True


def note(conn: Connection, item_id: int, text: str, *, actor: str) -> None:
    """Keeps a person's words with the item."""
    deeds.record(conn, item_id, actor, Deed.NOTED, text)


def _set(conn: Connection, where: ColumnElement[bool], **values: object) -> bool:
    return bool(conn.execute(update(work_items).where(where).values(**values)).rowcount)
