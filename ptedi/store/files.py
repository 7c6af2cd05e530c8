"""Every file that came in or went out, once by content: the bytes in the archive, the facts in a row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Row, select, update

from ptedi.dates import now
from ptedi.disk import clean_name, write_whole
from ptedi.errors import ContractViolation
from ptedi.store._sql import insert_new, utc
from ptedi.store.tables import files

RECEIVED, PROCESSED, PARKED, QUARANTINED = "received", "processed", "parked", "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file in the archive; `is_new` says whether this registration was its first."""

    id: int
    sha256: str
    direction: str
    kind: str
    original_name: str
    stored_name: str
    size: int
    received_at: datetime
    state: str
    reason: str = ""
    is_new: bool = False


def archive_bytes(archive: Path, data: bytes) -> tuple[str, str]:
    """Keeps bytes under their sha256 (private, synced, never overwritten); returns sha256 and the name inside."""
    digest = hashlib.sha256(data).hexdigest()
    name = f"{digest[:2]}/{digest}"
    path = archive / name
    if not path.exists():
        write_whole(path, data)
    return digest, name


def register(
    conn: Connection, archive: Path, data: bytes, name: str, *, direction: str = "in", kind: str = "unknown"
) -> StoredFile:
    """Archives bytes and records them; the same bytes again give the row that is there, with `is_new` False."""
    digest, stored = archive_bytes(archive, data)
    new = insert_new(conn, files, ("sha256", "direction"), {
        "sha256": digest, "direction": direction, "kind": kind, "original_name": clean_name(name),
        "stored_name": stored, "size": len(data), "received_at": now(), "state": RECEIVED, "reason": "",
    })  # fmt: skip
    row = conn.execute(select(files).where(files.c.sha256 == digest, files.c.direction == direction)).one()
    return _stored(row, is_new=new)


def get(conn: Connection, file_id: int) -> StoredFile:
    """The file with this id."""
    return _stored(conn.execute(select(files).where(files.c.id == file_id)).one())


def find_id(conn: Connection, file_id: int) -> StoredFile | None:
    """The file with this id, or None."""
    row = conn.execute(select(files).where(files.c.id == file_id)).one_or_none()
    return None if row is None else _stored(row)


def find(conn: Connection, sha256: str, direction: str = "in") -> StoredFile | None:
    """The file with this content, or None."""
    row = conn.execute(select(files).where(files.c.sha256 == sha256, files.c.direction == direction)).one_or_none()
    return None if row is None else _stored(row)


def list_files(
    conn: Connection, *, state: str | None = None, kinds: Iterable[str] = (), direction: str | None = None
) -> list[StoredFile]:
    """Files by state, kind and direction, oldest first."""
    query = select(files).order_by(files.c.id)
    if state is not None:
        query = query.where(files.c.state == state)
    if kinds := list(kinds):
        query = query.where(files.c.kind.in_(kinds))
    if direction is not None:
        query = query.where(files.c.direction == direction)
    return [_stored(row) for row in conn.execute(query)]


def newest_in(conn: Connection, limit: int) -> list[StoredFile]:
    """The newest files that came in, newest first."""
    query = select(files).where(files.c.direction == "in").order_by(files.c.id.desc()).limit(limit)
    return [_stored(row) for row in conn.execute(query)]


def set_state(conn: Connection, file_id: int, state: str, reason: str = "", *, kind: str | None = None) -> None:
    """Records what became of a file; the reason is a sentence without patient data."""
    values = {"state": state, "reason": reason} | ({} if kind is None else {"kind": kind})
    conn.execute(update(files).where(files.c.id == file_id).values(**values))


def read_bytes(archive: Path, file: StoredFile) -> bytes:
    """The bytes as they came.

    Raises:
        ContractViolation: the archived copy is not what was archived, or not there.
    """
    try:
        data = (archive / file.stored_name).read_bytes()
    except FileNotFoundError:
        raise ContractViolation(f"the archived copy of file {file.id} is gone", hint="restore it from backup") from None
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ContractViolation(f"the archived copy of file {file.id} has been altered", hint="restore it from backup")
    return data


def legible(data: bytes) -> bytes:
    """NUL, which PostgreSQL takes into no text, as a blank; every other byte is what and where it was."""
    return data.replace(b"\0", b" ")


def _stored(row: Row[tuple[object, ...]], *, is_new: bool = False) -> StoredFile:
    return StoredFile(
        id=row.id, sha256=row.sha256, direction=row.direction, kind=row.kind, original_name=row.original_name,
        stored_name=row.stored_name, size=row.size, received_at=utc(row.received_at), state=row.state,
        reason=row.reason, is_new=is_new,
    )  # fmt: skip
