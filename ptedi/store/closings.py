"""Closed days: the equation of a day as it stood when somebody closed it, each with the hash of the one before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, insert, select

from ptedi.dates import now
from ptedi.store._sql import utc
from ptedi.store.book_tables import closings
from ptedi.store.chain import START


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A closed day: who closed it, the document with figures and rows, and the hashes that seal it."""

    id: int
    day: date
    at: datetime
    actor: str
    document: str
    content_sha256: str
    prev_hash: str
    hash: str

    @property
    def is_whole(self) -> bool:
        """Whether document and seal are what they were."""
        seal = _seal(self.prev_hash, self.day, self.at, self.actor, self.content_sha256)
        return hashlib.sha256(self.document.encode()).hexdigest() == self.content_sha256 and seal == self.hash


def add(conn: Connection, day: date, actor: str, document: str) -> Closing:
    """Closes a day for good; the caller has made sure that it is open."""
    last = conn.execute(select(closings.c.hash).order_by(closings.c.id.desc()).limit(1)).scalar() or START
    at, content = now(), hashlib.sha256(document.encode()).hexdigest()
    actor = actor[:64]
    conn.execute(insert(closings).values(day=day, at=at, actor=actor, document=document, content_sha256=content,
                                         prev_hash=last, hash=_seal(last, day, at, actor, content)))  # fmt: skip
    found = get(conn, day)
    assert found is not None  # noqa: S101 - it was written just now
    return found


def get(conn: Connection, day: date) -> Closing | None:
    """The closing of a day, None while it is open."""
    row = conn.execute(select(closings).where(closings.c.day == day)).first()
    return None if row is None else Closing(**(row._asdict() | {"at": utc(row.at)}))


def list_closings(conn: Connection) -> list[Closing]:
    """All closings in the order in which they were made."""
    rows = conn.execute(select(closings).order_by(closings.c.id))
    return [Closing(**(row._asdict() | {"at": utc(row.at)})) for row in rows]


def open_day(conn: Connection, wanted: date, today: date) -> date:
    """The day in whose books something is written: the wanted one, or, when that is closed, the first open one now."""
    closed = set(conn.execute(select(closings.c.day).where(closings.c.day >= wanted)).scalars())
    if wanted not in closed:
        return wanted
    day = max(wanted, today)
    while day in closed:
        day += timedelta(days=1)
    return day


def _seal(previous: str, day: date, at: datetime, actor: str, content: str) -> str:
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return hashlib.sha256(f"close {previous} {day} {moment} {actor} {content}".encode()).hexdigest()
