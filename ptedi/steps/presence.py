"""Who is signed in to the workbench, what they looked at, the filters they keep, the forms they sent once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from ptedi.dates import now
from ptedi.errors import PtediError, StoreBusy
from ptedi.steps.night import Night
from ptedi.steps.people import Person, of_row
from ptedi.store import access
from ptedi.store import people as rows
from ptedi.store.access import AccessRow, AccessVerdict
from ptedi.store.people import SessionRow

__all__ = ["AccessRow", "AccessVerdict", "Flash", "Limits", "Session", "accesses", "count_accesses", "find_session",
           "keep_flash", "keep_view", "kept_view", "log_access", "once", "open_session", "sign_out",
           "sign_out_everywhere", "take_flash", "verify_access"]  # fmt: skip
_TOUCH = timedelta(seconds=60)  # a session's clock is written this often, not at each click
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a session lives: without a click, and in all."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """A sentence for the next page; `tone` is good, attention or stopped."""

    text: str
    tone: str = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser; `key` is the hash of what its cookie holds, `csrf` what its forms must carry."""

    key: str
    csrf: str
    person: Person
    flashes: tuple[Flash, ...] = ()


def open_session(night: Night, person: Person, limits: Limits) -> str:
    """Signs a person's browser in and returns what its cookie must hold; always a new key."""
    key = secrets.token_urlsafe(32)
    with night.store.begin() as conn:
        rows.sweep(conn, idle=limits.idle, longest=limits.longest, kept=_KEPT)
        rows.open_session(conn, _hash(key), person.id, secrets.token_urlsafe(32))
    return key


def find_session(night: Night, key: str, limits: Limits, *, touch: bool = True) -> Session | None:
    """The session of a cookie; None when there is none, it has ended or its person is locked out.

    Asking is a sign of life unless `touch` is False: a page that asks by itself keeps nobody signed in.
    """
    with night.store.read() as conn:
        row = rows.session(conn, _hash(key))
    if row is None or not _lives(row, limits):
        return None
    if touch and now() - row.seen_at > _TOUCH:
        with night.store.begin() as conn:
            rows.touch(conn, row.key_hash)
    return Session(key=row.key_hash, csrf=row.csrf, person=of_row(row.person),
                   flashes=msgspec.json.decode(row.flash, type=tuple[Flash, ...]) if row.flash else ())  # fmt: skip


def _lives(row: SessionRow, limits: Limits) -> bool:
    moment = now()
    young = moment - row.seen_at <= limits.idle and moment - row.created_at <= limits.longest
    return young and row.person.locked_at is None


def sign_out(night: Night, session: Session) -> None:
    """Signs this browser out."""
    with night.store.begin() as conn:
        rows.close_session(conn, session.key)
        access.record(conn, person=session.person.name, verb="sign out", page="sign_in")


def sign_out_everywhere(night: Night, person: Person, *, by: str, keep: str = "") -> int:
    """Signs a person out everywhere, save in the browser of session `keep`; how many browsers that were."""
    with night.store.begin() as conn:
        closed = rows.close_sessions(conn, person.id, but=keep)
        access.record(conn, person=by, verb="sign out", page="people", object=person.name)
    return closed


def keep_flash(night: Night, session: Session, *flashes: Flash) -> None:
    """Keeps sentences for the next page, after those that wait already."""
    text = msgspec.json.encode([*session.flashes, *flashes][-5:]).decode()
    with night.store.begin() as conn:
        rows.set_flash(conn, session.key, text)


def take_flash(night: Night, session: Session) -> tuple[Flash, ...]:
    """What waited for this page; it is said once."""
    if session.flashes:
        with night.store.begin() as conn:
            rows.set_flash(conn, session.key, "")
    return session.flashes


# --- what they looked at ---


def log_access(night: Night, person: str, *, verb: str, page: str, object: str = "") -> None:
    """Writes who looked at or did what; `object` holds ids, never content."""
    with night.store.begin() as conn:
        access.record(conn, person=person, verb=verb, page=page, object=object)


def accesses(night: Night, *, limit: int = 200, offset: int = 0, person: str = "",
             object: str = "") -> list[AccessRow]:  # fmt: skip
    """The newest entries of that log, of one person or about one object when that is asked for."""
    with night.store.read() as conn:
        return access.newest(conn, limit=limit, offset=offset, person=person, object=object)


def count_accesses(night: Night, *, person: str = "", object: str = "") -> int:
    """How many entries `accesses` without a limit lists."""
    with night.store.read() as conn:
        return access.count(conn, person=person, object=object)


def verify_access(night: Night) -> AccessVerdict:
    """Looks whether any entry was changed, removed or put in."""
    with night.store.read() as conn:
        return access.verify(conn)


# --- what they keep ---


def keep_view(night: Night, person: Person, page: str, document: str) -> str:
    """Keeps the filter of a list; returns the key under which its address names it."""
    key = secrets.token_urlsafe(16)
    with night.store.begin() as conn:
        rows.keep_view(conn, key, person.id, page, document)
    return key


def kept_view(night: Night, person: Person, page: str, key: str) -> str | None:
    """What this person kept under a key for a page."""
    with night.store.read() as conn:
        return rows.kept_view(conn, key[:43], person.id, page)


def once(night: Night, person: Person, key: str, act: Callable[[], str]) -> str:
    """Does what a form asks once: sent again (a double click, a reload), it gets the first one's answer.

    Args:
        night: the open workspace.
        person: whose form it is.
        key: the random key in the form; "" does the act without asking.
        act: does it and returns its answer (an address to go to, usually).

    Raises:
        StoreBusy: the first sending still runs, or was cut off; look before doing it again.
        PtediError: what `act` raises; the key is given back then, for nothing was done.
    """
    if not key:
        return act()
    kept = _hash(f"{person.id} {key}")
    with night.store.begin() as conn:
        new = rows.use_key(conn, kept, person.id)
        answered = None if new else rows.answer(conn, kept, person.id)
    if answered is not None:
        return answered
    if not new:
        raise StoreBusy("this form was sent before and is still being worked on",
                        hint="look at the page again in a moment before you send it a second time")  # fmt: skip
    try:
        answer = act()
    except PtediError:
        with night.store.begin() as conn:
            rows.free_key(conn, kept)
        raise
    with night.store.begin() as conn:
        rows.keep_answer(conn, kept, answer)
    return answer


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
