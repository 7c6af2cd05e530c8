"""Reports in words that a partner leaves beside its X12: kept unchanged, attached to the batch that they name."""

from __future__ import annotations

import re

from ptedi.store import Connection, batches, files, work
from ptedi.store.files import StoredFile
from ptedi.store.work import NewWork, WorkKind

KIND = "report"
_TOKEN = re.compile(r"[A-Za-z0-9_.-]{8,}")
_LOOKED_AT = 1_000_000  # bytes; what a report is about stands in its head


def about(conn: Connection, name: str, data: bytes) -> int | None:
    """The newest batch whose file, file stem or batch reference a report names in its own name or text, or None."""
    if b"\0" in data[:_LOOKED_AT]:
        return None
    words = set(_TOKEN.findall(f"{name} {data[:_LOOKED_AT].decode('utf-8', 'replace')}"))
    words |= {word.strip(".-_") for word in words}
    named = name.lower()
    for batch in reversed(batches.list_batches(conn)):
        stem = batch.file_name.rsplit(".", 1)[0]
        if words & {batch.file_name, stem, *batch.envelope.references} or stem.lower() in named:
            return batch.id
    return None


def attach(conn: Connection, file: StoredFile, batch_id: int) -> None:
    """Ties a kept file to its batch; a person is asked to read it, since nothing of it is applied."""
    files.set_state(conn, file.id, files.PROCESSED, _reason(batch_id), kind=KIND)
    work.put(conn, NewWork(
        key=f"report:{file.sha256}", kind=WorkKind.ACKNOWLEDGEMENT, category=KIND, file_id=file.id,
        sentence=f"A report in words on batch {batch_id} came in; nothing of it was applied.", next_action="READ",
        how=f"`ptedi batch show {batch_id}` names it; its bytes lie unchanged in archive/{file.stored_name}.",
    ))  # fmt: skip


def of_batch(conn: Connection, batch_id: int) -> list[StoredFile]:
    """The reports attached to a batch, oldest first."""
    return [one for one in files.list_files(conn, kinds=[KIND], direction="in") if one.reason == _reason(batch_id)]


def _reason(batch_id: int) -> str:
    return f"report on batch {batch_id}"
