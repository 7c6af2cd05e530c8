"""The people of the workbench, who of them is signed in, the views they keep and the forms they sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, insert, select, update

from ptedi.dates import now
from ptedi.store._sql import insert_ids, insert_new, utc, utc_or_none
from ptedi.store.people_tables import people, sessions, used_keys, view_states

LOCAL = "local"
_VIEWS_KEPT = 200  # of one person


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody who may sign in.

    Attributes:
        name: lower case; the actor of what they do.
        source, subject: who says who they are (`local`: we do, by password), and their name there.
        failures, not_before: wrong passwords in a row, and until when no further attempt is looked at.
        locked_at: since when an administrator keeps them out.
        seen_at: when they last signed in.
    """

    id: int
    name: str
    role: str
    source: str
    subject: str
    password_hash: str
    failures: int
    not_before: datetime | None
    locked_at: datetime | None
    seen_at: datetime | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A signed-in browser and whose it is."""

    key_hash: str
    csrf: str
    flash: str
    created_at: datetime
    seen_at: datetime
    person: PersonRow


# --- people ---


def add(conn: Connection, *, name: str, role: str, source: str, subject: str, password_hash: str,
        by: str) -> int | None:  # fmt: skip
    """Keeps a person and returns the id; None when the name is somebody's."""
    values = {"name": name, "role": role, "source": source, "subject": subject, "password_hash": password_hash,
              "failures": 0, "created_at": now(), "created_by": by[:64]}  # fmt: skip
    if conn.execute(select(people.c.id).where(people.c.name == name)).first():
        return None
    return insert_ids(conn, people, [values])[0]


def by_name(conn: Connection, name: str) -> PersonRow | None:
    """The person of this name."""
    return _one(conn, people.c.name == name)


def by_subject(conn: Connection, source: str, subject: str) -> PersonRow | None:
    """The person whom another system knows by this name."""
    return _one(conn, and_(people.c.source == source, people.c.subject == subject))


def list_people(conn: Connection) -> list[PersonRow]:
    """Everybody by name."""
    return [_person(row) for row in conn.execute(select(people).order_by(people.c.name))]


def change(conn: Connection, person_id: int, **values: object) -> None:
    """Changes columns of a person."""
    conn.execute(update(people).where(people.c.id == person_id).values(**values))


def _one(conn: Connection, where: ColumnElement[bool]) -> PersonRow | None:
    row = conn.execute(select(people).where(where)).first()
    return None if row is None else _person(row)


def _person(row: Row[Any]) -> PersonRow:
    return PersonRow(
        id=int(row.id), name=row.name, role=row.role, source=row.source, subject=row.subject,
        password_hash=row.password_hash, failures=row.failures, not_before=utc_or_none(row.not_before),
        locked_at=utc_or_none(row.locked_at), seen_at=utc_or_none(row.seen_at), created_at=utc(row.created_at),
        created_by=row.created_by,
    )  # fmt: skip


# --- who is signed in ---


def open_session(conn: Connection, key_hash: str, person_id: int, csrf: str) -> None:
    """A browser is signed in."""
    conn.execute(insert(sessions).values(key_hash=key_hash, person_id=person_id, csrf=csrf, flash="", created_at=now(),
                                         seen_at=now()))  # fmt: skip


def session(conn: Connection, key_hash: str) -> SessionRow | None:
    """The session of a key, with its person."""
    row = conn.execute(_sessions().where(sessions.c.key_hash == key_hash)).first()
    if row is None:
        return None
    return SessionRow(key_hash=row.key_hash, csrf=row.csrf, flash=row.flash, created_at=utc(row.session_created_at),
                      seen_at=utc(row.session_seen_at), person=_person(row))  # fmt: skip


def touch(conn: Connection, key_hash: str) -> None:
    """The browser was heard of."""
    conn.execute(update(sessions).where(sessions.c.key_hash == key_hash).values(seen_at=now()))


def set_flash(conn: Connection, key_hash: str, text: str) -> None:
    """Keeps sentences for the next page."""
    conn.execute(update(sessions).where(sessions.c.key_hash == key_hash).values(flash=text))


def close_session(conn: Connection, key_hash: str) -> None:
    """The browser is signed out."""
    conn.execute(delete(sessions).where(sessions.c.key_hash == key_hash))


def close_sessions(conn: Connection, person_id: int, *, but: str = "") -> int:
    """Signs a person out everywhere, save in the browser of one key; how many browsers that were."""
    where = and_(sessions.c.person_id == person_id, sessions.c.key_hash != but)
    return int(conn.execute(delete(sessions).where(where)).rowcount)


def sessions_of(conn: Connection) -> dict[int, int]:
    """How many browsers each person is signed in with."""
    query = select(sessions.c.person_id, func.count()).group_by(sessions.c.person_id)
    return {int(person): int(count) for person, count in conn.execute(query)}


def sweep(conn: Connection, *, idle: timedelta, longest: timedelta, kept: timedelta) -> None:
    """Forgets sessions that ended, and kept views and sent forms of long ago."""
    moment = now()
    old = (sessions.c.seen_at < moment - idle) | (sessions.c.created_at < moment - longest)
    conn.execute(delete(sessions).where(old))
    conn.execute(delete(view_states).where(view_states.c.at < moment - kept))
    conn.execute(delete(used_keys).where(used_keys.c.at < moment - kept))


def _sessions() -> Select[Any]:
    s = sessions.c
    return select(s.key_hash, s.csrf, s.flash, s.created_at.label("session_created_at"),
                  s.seen_at.label("session_seen_at"), people).join(people, people.c.id == s.person_id)  # fmt: skip


# --- views of a list ---


def keep_view(conn: Connection, key: str, person_id: int, page: str, document: str) -> None:
    """Keeps the filter of a list under a key, and only so many of one person."""
    conn.execute(insert(view_states).values(key=key, person_id=person_id, page=page, document=document, at=now()))
    v = view_states.c
    newest = select(v.key).where(v.person_id == person_id).order_by(v.at.desc(), v.key).limit(_VIEWS_KEPT)
    conn.execute(delete(view_states).where(v.person_id == person_id, v.key.not_in(newest)))


def kept_view(conn: Connection, key: str, person_id: int, page: str) -> str | None:
    """What is kept under a key of this person's and this page."""
    v = view_states.c
    query = select(v.document).where(v.key == key, v.person_id == person_id, v.page == page)
    row = conn.execute(query).first()
    return None if row is None else str(row.document)


# --- forms sent once ---


def use_key(conn: Connection, key: str, person_id: int) -> bool:
    """Uses a form's key up; whether it was new."""
    return insert_new(conn, used_keys, ["key"], {"key": key, "person_id": person_id, "at": now()})


def answer(conn: Connection, key: str, person_id: int) -> str | None:
    """What the first sending of a form was answered, None while it runs or when there was none."""
    query = select(used_keys.c.answer).where(used_keys.c.key == key, used_keys.c.person_id == person_id)
    row = conn.execute(query).first()
    return None if row is None or row.answer is None else str(row.answer)


def keep_answer(conn: Connection, key: str, text: str) -> None:
    """Keeps what a form's sending was answered."""
    conn.execute(update(used_keys).where(used_keys.c.key == key).values(answer=text))


def free_key(conn: Connection, key: str) -> None:
    """Gives a key back: what was sent with it failed and changed nothing."""
    conn.execute(delete(used_keys).where(used_keys.c.key == key))
