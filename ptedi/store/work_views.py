"""Saved views of the worklist: a name for a filter, shared by everybody who works in the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from ptedi.dates import now
from ptedi.store._sql import utc
from ptedi.store.json import decode, encode
from ptedi.store.work_tables import work_views
from ptedi.store.worklist import WantedWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow:
    """A named filter, who saved it and when."""

    name: str
    wanted: WantedWork
    saved_by: str
    at: datetime


def save(conn: Connection, name: str, wanted: WantedWork, saved_by: str) -> bool:
    """Saves a view under a name, in the place of an earlier one; whether it is new."""
    replaced = remove(conn, name)
    conn.execute(insert(work_views).values(name=name, document=encode(wanted), saved_by=saved_by[:64], at=now()))
    return not replaced


def remove(conn: Connection, name: str) -> bool:
    """Forgets a view; whether there was one."""
    return bool(conn.execute(delete(work_views).where(work_views.c.name == name)).rowcount)


def get(conn: Connection, name: str) -> ViewRow | None:
    """The view of this name, or None."""
    return next((one for one in list_views(conn) if one.name == name), None)


def list_views(conn: Connection) -> list[ViewRow]:
    """All views by name."""
    rows = conn.execute(select(work_views).order_by(work_views.c.name))
    return [ViewRow(name=r.name, wanted=decode(r.document, WantedWork), saved_by=r.saved_by, at=utc(r.at))
            for r in rows]  # fmt: skip
