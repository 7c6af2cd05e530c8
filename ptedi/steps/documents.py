"""The files behind a claim: what it was captured from, sent in and answered by, and the letters about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ptedi.errors import ConfigurationError, ContractViolation
from ptedi.steps.night import Night
from ptedi.store import Connection, batches, claims, events, files, reworks, visits
from ptedi.store.claims import ClaimRow
from ptedi.store.reworks import ReworkKind

_LETTERS = (ReworkKind.APPEAL, ReworkKind.PROOF, ReworkKind.PATIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that speaks of a claim.

    Attributes:
        kind: charges, 837P, TA1, 999, 277CA, 835, appeal, filing proof, patient.
        file_id, place: the archived file and the segment or row in it (0: none in particular).
        rework_id: of a letter, its number; `state` is then open (written), done (sent), withdrawn or undone.
        batch_id: of an 837P, its batch.
    """

    kind: str
    name: str
    at: datetime
    file_id: int | None = None
    place: int = 0
    rework_id: int | None = None
    batch_id: int | None = None
    state: str = ""


def documents(night: Night, number: str) -> tuple[Document, ...]:
    """Everything on file about a claim, oldest first; nothing when there is no such claim."""
    with night.store.read() as conn:
        row = claims.by_control_number(conn, number)
        if row is None:
            return ()
        found = [*_captured(conn, row), *_files(conn, row), *_letters(conn, row)]
    return tuple(sorted(found, key=lambda one: (one.at, one.file_id or 0, one.rework_id or 0)))


def letter(night: Night, rework_id: int) -> tuple[str, bytes]:
    """The name and the bytes of a letter or statement as they were written.

    Raises:
        ConfigurationError: there is no such letter, or its file is gone.
        ContractViolation: the file is not what was written.
    """
    with night.store.read() as conn:
        one = reworks.get(conn, rework_id)
    if one is None or one.kind not in _LETTERS or not one.file_name:
        raise ConfigurationError(f"there is no letter {rework_id}", hint="`ptedi rework letters` lists them")
    path = night.workspace.root / one.file_name
    try:
        data = path.read_bytes()
    except OSError:
        raise ConfigurationError(f"the file of letter {rework_id} is gone", hint="write it again") from None
    if sha256(data).hexdigest() != one.file_sha256:
        raise ContractViolation(f"the file of letter {rework_id} has been altered", hint="write it again")
    return path.name, data


def _captured(conn: Connection, row: ClaimRow) -> list[Document]:
    places: dict[str, int] = {}
    for one in visits.of_claims(conn, [row.id]).get(row.id, []):
        for charge in one.visit.charges:
            places.setdefault(charge.source.file_sha256, charge.source.row)
    kept = [(file, place) for sha256, place in places.items() if (file := files.find(conn, sha256)) is not None]
    return [Document(kind="charges", name=file.original_name, at=file.received_at, file_id=file.id, place=place)
            for file, place in kept]  # fmt: skip


def _files(conn: Connection, row: ClaimRow) -> list[Document]:
    sent = {batch.file_id: batch for batch in batches.of_claim(conn, row.id)}
    found: dict[int, Document] = {}
    for batch in sent.values():
        members = batches.claims_of(conn, batch.id)
        before = batches.before_sets(members)
        place = next((before[m.set_control_number] + m.first_segment for m in members if m.claim_id == row.id), 0)
        found[batch.file_id] = Document(
            kind="837P", name=batch.file_name, at=batch.built_at, file_id=batch.file_id, batch_id=batch.id,
            place=place,
        )  # fmt: skip
    for event in events.of_claim(conn, row.id):
        if event.file_id is not None and event.file_id not in found:
            file = files.get(conn, event.file_id)
            if file.kind != "charges":
                found[file.id] = Document(kind=file.kind, name=file.original_name, at=file.received_at, file_id=file.id,
                                          place=event.segment_index or 0)  # fmt: skip
    return list(found.values())


def _letters(conn: Connection, row: ClaimRow) -> list[Document]:
    return [Document(kind=one.kind.value, name=one.file_name.rpartition("/")[2], at=one.made_at, rework_id=one.id,
                     state=one.state.value)
            for one in reworks.of_claims(conn, [row.id]) if one.kind in _LETTERS and one.file_name]  # fmt: skip


def captured_in(night: Night, sha256s: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Charge files by their content: the id and name of each that is known."""
    with night.store.read() as conn:
        found = {one: files.find(conn, one) for one in sorted(set(sha256s))}
    return {one: (file.id, file.original_name) for one, file in found.items() if file is not None}
