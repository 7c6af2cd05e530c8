"""Who looked at or did what in the workbench: rows of ids, never of content, chained by hashes like claim events.

One chain for the whole log.  It tells of changed, removed and inserted rows; the newest hash is `head`, to be kept
outside by who wants to see a log that was cut off at its end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text

from ptedi.dates import now
from ptedi.store._sql import utc
from ptedi.store.chain import START
from ptedi.store.people_tables import access_log

_ADVISORY = 7_371_205_837_836  # any fixed number: one writer of the chain at a time on PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    """One entry: who, when, what kind of act, on which page, of which objects (ids)."""

    id: int
    at: datetime
    person: str
    verb: str
    page: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessVerdict:
    """How many entries were looked at, the newest hash, and the ids of those that do not fit."""

    entries: int
    head: str
    misfits: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Whether everything fits."""
        return not self.misfits


def record(conn: Connection, *, person: str, verb: str, page: str, object: str = "") -> None:
    """Appends an entry."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY})
    last = conn.execute(select(access_log.c.hash).order_by(access_log.c.id.desc()).limit(1)).scalar() or START
    at, what = now(), (person[:64], verb[:32], page[:64], object[:128])
    conn.execute(insert(access_log).values(
        at=at, person=what[0], verb=what[1], page=what[2], object=what[3], prev_hash=last, hash=_link(last, at, what)))


def newest(conn: Connection, *, limit: int, offset: int = 0, person: str = "",
           object: str = "") -> list[AccessRow]:  # fmt: skip
    """The newest entries, of one person or about one object when that is asked for."""
    query = select(access_log).order_by(access_log.c.id.desc()).limit(limit).offset(offset)
    query = query.where(access_log.c.person == person) if person else query
    query = query.where(access_log.c.object == object) if object else query
    return [AccessRow(id=int(r.id), at=utc(r.at), person=r.person, verb=r.verb, page=r.page, object=r.object)
            for r in conn.execute(query)]  # fmt: skip


def verify(conn: Connection) -> AccessVerdict:
    """Looks at every entry."""
    last, misfits, entries = START, list[int](), 0
    for row in _rows(conn):
        entries += 1
        what = (row.person, row.verb, row.page, row.object)
        if row.prev_hash != last or _link(row.prev_hash, utc(row.at), what) != row.hash:
            misfits.append(int(row.id))
        last = row.hash
    return AccessVerdict(entries=entries, head=last if entries else "", misfits=tuple(misfits))


def count(conn: Connection, *, person: str = "", object: str = "") -> int:
    """How many entries there are, of one person or about one object when that is asked for."""
    query = select(func.count()).select_from(access_log)
    query = query.where(access_log.c.person == person) if person else query
    query = query.where(access_log.c.object == object) if object else query
    return int(conn.execute(query).scalar_one())


def _rows(conn: Connection) -> Iterator[Row[Any]]:
    yield from conn.execute(select(access_log).order_by(access_log.c.id), execution_options={"yield_per": 2000})


def _link(previous: str, at: datetime, what: tuple[str, ...]) -> str:
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return hashlib.sha256(json.dumps([previous, moment, *what], separators=(",", ":")).encode()).hexdigest()
