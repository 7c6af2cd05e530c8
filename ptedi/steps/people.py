"""The people of the workbench: who may sign in and as what, kept by the same store as the books that name them.

Passwords are kept as argon2id hashes.  Every attempt is counted before it is looked at, so that many at once gain
nothing; from the fifth wrong one on, each doubles the wait before the next is looked at.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ptedi.dates import now
from ptedi.errors import ConfigurationError
from ptedi.steps.night import Night
from ptedi.store import Connection, access
from ptedi.store import people as rows
from ptedi.store.people import LOCAL, PersonRow

HASHER = PasswordHasher()
SHORTEST, LONGEST = 12, 256
FREE_FAILURES, FIRST_WAIT, LONGEST_WAIT = 5, timedelta(seconds=30), timedelta(hours=1)
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_NOBODY = "?"  # what was typed as a name may be a password: it is not kept
_PEOPLE = "people"


class Role(StrEnum):
    """What somebody is in the workbench; each may do what those before may."""

    VIEWER = "viewer"
    BILLER = "biller"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in.

    Attributes:
        name: the actor of what they do.
        source, subject: `local` (by password), `oidc` or `airflow`: who says who they are, and their name there.
        locked: an administrator keeps them out.
        waits_until: too many wrong passwords; no attempt is looked at before.
        seen_at: when they last signed in.
        browsers: how many they are signed in with.
    """

    id: int
    name: str
    role: Role
    source: str
    subject: str = ""
    locked: bool = False
    waits_until: datetime | None = None
    seen_at: datetime | None = None
    browsers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A sign-in that did not succeed; `until` when further attempts are not looked at before."""

    until: datetime | None = None


# --- who there is ---


def list_people(night: Night) -> list[Person]:
    """Everybody by name."""
    with night.store.read() as conn:
        signed_in = rows.sessions_of(conn)
        return [of_row(row, signed_in.get(row.id, 0)) for row in rows.list_people(conn)]


def find_person(night: Night, name: str) -> Person:
    """The person of a name.

    Raises:
        ConfigurationError: there is none.
    """
    with night.store.read() as conn:
        return of_row(_known(conn, name))


def person_of(night: Night, number: int) -> Person | None:
    """The person of an id."""
    return next((one for one in list_people(night) if one.id == number), None)


def make_person(night: Night, name: str, role: Role, *, password: str, by: str) -> Person:
    """Lets somebody sign in by password.

    Raises:
        ConfigurationError: the name is somebody's or unfit, the password too short.
    """
    chosen = _name(name)
    hashed = _hashed(chosen, password)
    with night.store.begin() as conn:
        added = rows.add(conn, name=chosen, role=role.value, source=LOCAL, subject=chosen, password_hash=hashed, by=by)
        if added is None:
            raise ConfigurationError(f"there is somebody called {chosen} already")
        access.record(conn, person=by, verb=f"add {role}", page=_PEOPLE, object=chosen)
        return of_row(_known(conn, chosen))


def set_role(night: Night, name: str, role: Role, *, by: str) -> None:
    """Makes somebody something else; holds from their next click on.

    Raises:
        ConfigurationError: there is nobody of this name, or nobody would be administrator any more.
    """
    with night.store.begin() as conn:
        row = _known(conn, name)
        if role is not Role.ADMINISTRATOR:
            _not_the_last(conn, row)
        rows.change(conn, row.id, role=role.value)
        access.record(conn, person=by, verb=f"make {role}", page=_PEOPLE, object=row.name)


def lock(night: Night, name: str, *, by: str) -> None:
    """Keeps somebody out and signs them out everywhere.

    Raises:
        ConfigurationError: there is nobody of this name, or nobody would be administrator any more.
    """
    with night.store.begin() as conn:
        row = _known(conn, name)
        _not_the_last(conn, row)
        rows.change(conn, row.id, locked_at=now())
        rows.close_sessions(conn, row.id)
        access.record(conn, person=by, verb="lock", page=_PEOPLE, object=row.name)


def unlock(night: Night, name: str, *, by: str) -> None:
    """Lets somebody in again, and forgets wrong passwords.

    Raises:
        ConfigurationError: there is nobody of this name.
    """
    with night.store.begin() as conn:
        row = _known(conn, name)
        rows.change(conn, row.id, locked_at=None, failures=0, not_before=None)
        access.record(conn, person=by, verb="unlock", page=_PEOPLE, object=row.name)


def set_password(night: Night, name: str, password: str, *, by: str, keep: str = "") -> None:
    """Gives somebody another password and signs them out everywhere, save in the browser of session `keep`.

    Raises:
        ConfigurationError: there is nobody of this name, they sign in elsewhere, or the password is too short.
    """
    with night.store.read() as conn:
        row = _known(conn, name)
    if row.source != LOCAL:
        raise ConfigurationError(f"{row.name} signs in elsewhere ({row.source}) and has no password here")
    hashed = _hashed(row.name, password)
    with night.store.begin() as conn:
        rows.change(conn, row.id, password_hash=hashed, failures=0, not_before=None)
        rows.close_sessions(conn, row.id, but=keep)
        access.record(conn, person=by, verb="password", page=_PEOPLE, object=row.name)


def new_password() -> str:
    """A password that nobody guesses, to be told once: 20 letters and figures that cannot be misread."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(5)) for _ in range(4))


# --- coming in ---


def check_password(night: Night, name: str, password: str, *, verb: str = "sign in") -> Person | Refusal:
    """Whether somebody may come in by password; as slow for a name that nobody has.

    `verb` is what the access log calls a good attempt.
    """
    with night.store.begin() as conn:
        row = rows.by_name(conn, name.strip().lower()[:64])
        refusal = None if row is None else _attempt(conn, row)
    good = _matches(row.password_hash if row is not None and not refusal else "", password)
    with night.store.begin() as conn:
        if refusal is not None or row is None or not good or row.locked_at is not None:
            access.record(conn, person=row.name if row else _NOBODY, verb="refused", page="sign_in")
            return refusal or Refusal()
        renewed = {"password_hash": HASHER.hash(password)} if HASHER.check_needs_rehash(row.password_hash) else {}
        rows.change(conn, row.id, failures=0, not_before=None, seen_at=now(), **renewed)
        access.record(conn, person=row.name, verb=verb, page="sign_in")
    return of_row(row)


def arrive(night: Night, *, source: str, subject: str, name: str, role: Role) -> Person | None:
    """Somebody for whom another system stands surety, with the role it gives; None when they are locked out here.

    A new one is added.  Where the name is taken by somebody else, the source stands behind it.

    Raises:
        ConfigurationError: the other system's name for them is empty.
    """
    if not subject:
        raise ConfigurationError(f"{source} did not say who signs in")
    with night.store.begin() as conn:
        row = rows.by_subject(conn, source, subject[:255])
        if row is None:
            row = _add_from(conn, source, subject[:255], name, role)
        if row.locked_at is not None:
            access.record(conn, person=row.name, verb="refused", page="sign_in")
            return None
        if row.role != role.value:
            access.record(conn, person=source, verb=f"make {role}", page=_PEOPLE, object=row.name)
        rows.change(conn, row.id, role=role.value, seen_at=now())
        access.record(conn, person=row.name, verb="sign in", page="sign_in", object=source)
        return of_row(_known(conn, row.name))


def _add_from(conn: Connection, source: str, subject: str, name: str, role: Role) -> PersonRow:
    plain = re.sub(r"[^a-z0-9._@+-]+", "-", name.strip().lower()).strip("-._@+")[:48] or "somebody"
    for chosen in (plain, f"{plain}+{source}", f"{plain}+{source}-{secrets.token_hex(4)}"):
        if rows.add(conn, name=chosen, role=role.value, source=source, subject=subject, password_hash="", by=source):
            access.record(conn, person=source, verb=f"add {role}", page=_PEOPLE, object=chosen)
            return _known(conn, chosen)
    raise AssertionError("a random name is taken")


def _attempt(conn: Connection, row: PersonRow) -> Refusal | None:
    """Counts an attempt before it is looked at."""
    if row.not_before is not None and row.not_before > now():
        return Refusal(until=row.not_before)
    failures = row.failures + 1
    rows.change(conn, row.id, failures=failures, not_before=_next_attempt(failures))
    return None


def _next_attempt(failures: int) -> datetime | None:
    if failures < FREE_FAILURES:
        return None
    wait = FIRST_WAIT * (1 << min(failures - FREE_FAILURES, 20))
    return now() + min(wait, LONGEST_WAIT)


def _matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed or _decoy(), password[:LONGEST]) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


def _decoy() -> str:
    """A hash that no password has, so that an unknown name takes as long as a known one."""
    if HASHER not in _DECOYS:
        _DECOYS[HASHER] = HASHER.hash(secrets.token_hex(32))
    return _DECOYS[HASHER]


_DECOYS: dict[PasswordHasher, str] = {}


# --- small things ---


def _known(conn: Connection, name: str) -> PersonRow:
    row = rows.by_name(conn, name.strip().lower()[:64])
    if row is None:
        raise ConfigurationError("there is nobody of this name", hint="`ptedi people list` names everybody")
    return row


def _not_the_last(conn: Connection, row: PersonRow) -> None:
    others = [one for one in rows.list_people(conn) if one.role == Role.ADMINISTRATOR and one.locked_at is None]
    if [one.id for one in others] == [row.id]:
        raise ConfigurationError(f"{row.name} is the only administrator; make somebody else one first")


def _name(text: str) -> str:
    chosen = text.strip().lower()
    if not _NAME.fullmatch(chosen):
        raise ConfigurationError("a name is 1 to 64 letters, figures and . _ - @ +, beginning with a letter or figure")
    return chosen


def _hashed(name: str, password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigurationError(f"a password has {SHORTEST} to {LONGEST} characters; a sentence is a good one")
    if len(set(password)) < 5 or name in password.lower() or password.lower() in name:
        raise ConfigurationError("this password is too easy to guess; a sentence that has no name in it is a good one")
    return HASHER.hash(password)


def of_row(row: PersonRow, browsers: int = 0) -> Person:
    """A person as the store knows them."""
    waits = row.not_before if row.not_before is not None and row.not_before > now() else None
    return Person(
        id=row.id, name=row.name, role=Role(row.role), source=row.source, subject=row.subject, browsers=browsers,
        locked=row.locked_at is not None, waits_until=waits, seen_at=row.seen_at,
    )  # fmt: skip
