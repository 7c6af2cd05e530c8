"""What was captured: each visit with its revisions; a changed visit is a new revision and the old one stays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Subquery, delete, exists, func, select

from ptedi.claims.model import ChargeSource, Visit
from ptedi.dates import now
from ptedi.findings import Finding
from ptedi.store import patients as patient_names
from ptedi.store._sql import among, chunks, insert_ids, insert_rows
from ptedi.store.events import newest as newest_events
from ptedi.store.json import decode, encode
from ptedi.store.patients import PatientName
from ptedi.store.tables import charge_rows, claim_visits, visits
from ptedi.submissions.status import State

_CAPTURE = 0x7669736974  # the name of the lock
_YOUNGER = '"supervising_id":"",'
_SOURCE = re.compile(r'"source":\{"file_sha256":"[^"\\]*","row":\d+,"row_sha256":"[^"\\]*"\}')
_NOWHERE = '"source":' + encode(ChargeSource(file_sha256="", row=0, row_sha256=""))


class Outcome(StrEnum):
    """What saving a visit found: never seen, seen with the same content, seen with other content."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    """A captured visit as the store keeps it: all of it that is known without the store.

    `charges` is how many procedures it has, `minutes` theirs; `payer_id` is the primary's.  `document` is the visit,
    `content_sha256` what it says.  The names and the birth date are the patient's.
    """

    visit_id: str
    service_date: date
    patient_id: str
    clinic_id: str
    therapist_id: str
    payer_id: str
    charges: int
    minutes: int
    last_name: str
    first_name: str
    birth_date: date
    content_sha256: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A visit in the store: its newest row and what saving found."""

    row_id: int
    visit_id: str
    revision: int
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """A stored revision of a visit."""

    row_id: int
    visit_id: str
    revision: int
    visit: Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """The verdict on one captured row: accepted, rejected, repeated or changed, with the codes of its findings.

    `letters` are its columns that a claim holds in other letters than were captured.
    """

    row: int
    row_sha256: str
    visit_id: str
    verdict: str
    codes: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    charge_cents: int | None = None


def content_sha256(visit: Visit) -> str:
    """The sha256 of what a visit says, wherever its rows came from.

    A field that is younger than hashes already stored says nothing while it is empty.
    """
    return _content_sha256(encode(visit))


def _content_sha256(document: str) -> str:
    """The same of a visit's JSON: what looks like a source is one, since a quote inside a text is escaped."""
    return hashlib.sha256(_SOURCE.sub(_NOWHERE, document).replace(_YOUNGER, "").encode()).hexdigest()


def save(conn: Connection, visit: Visit, file_id: int) -> Saved:
    """Saves one visit."""
    return save_all(conn, [visit], file_id)[0]


def record(visit: Visit) -> VisitRecord:
    """The row of a captured visit; needs no store."""
    primary = next((coverage for coverage in visit.coverages if coverage.sequence == "P"), None)
    document, name = encode(visit), visit.patient.name
    return VisitRecord(
        visit_id=visit.visit_id, service_date=visit.service_date, patient_id=visit.patient_id,
        clinic_id=visit.clinic_id, therapist_id=visit.therapist_id, payer_id=primary.payer_id if primary else "",
        charges=len(visit.charges), minutes=sum([charge.minutes for charge in visit.charges]),
        last_name=name.last, first_name=name.first, birth_date=visit.patient.birth_date,
        content_sha256=_content_sha256(document), document=document,
    )  # fmt: skip


def save_all(conn: Connection, captured: Sequence[Visit], file_id: int) -> list[Saved]:
    """Saves visits of one file: a new revision for each that is new or says something else than its newest."""
    return save_records(conn, list(map(record, captured)), file_id)


def save_records(conn: Connection, captured: Sequence[VisitRecord], file_id: int) -> list[Saved]:
    """The same of visits that are rows already.

    A file that is read again, because settings were corrected, says nothing against what a later file said since.
    """
    known_of = _newest(conn, [visit.visit_id for visit in captured])
    rows, saved, at = [], [], now()
    for visit in captured:
        row_id, revision, known, said_by = known_of.get(visit.visit_id, (0, 0, "", 0))
        if known == visit.content_sha256 or said_by > file_id:
            saved.append(Saved(row_id=row_id, visit_id=visit.visit_id, revision=revision, outcome=Outcome.SAME))
            continue
        outcome = Outcome.CHANGED if revision else Outcome.NEW
        saved.append(Saved(row_id=0, visit_id=visit.visit_id, revision=revision + 1, outcome=outcome))
        rows.append({
            "visit_id": visit.visit_id, "revision": revision + 1, "content_sha256": visit.content_sha256,
            "service_date": visit.service_date, "patient_id": visit.patient_id, "file_id": file_id,
            "document": visit.document, "captured_at": at, "clinic_id": visit.clinic_id,
            "therapist_id": visit.therapist_id, "charge_count": visit.charges, "payer_id": visit.payer_id,
            "minutes": visit.minutes,
        })  # fmt: skip
    patient_names.remember(conn, [
        PatientName(patient_id=one.patient_id, last=one.last_name, first=one.first_name, birth_date=one.birth_date)
        for one in captured
    ])  # fmt: skip
    ids = iter(insert_ids(conn, visits, rows))
    return [one if one.outcome is Outcome.SAME else replace(one, row_id=next(ids)) for one in saved]


def uncoded(conn: Connection, until: date) -> list[int]:
    """Row ids of the newest revisions up to a service date without a living claim, by date and visit id.

    A visit whose claim went out before the visit changed has a living claim: what to do is for a person to say.
    """
    top, head = _tops(), newest_events()
    living = select(claim_visits.c.visit_id).join(head, head.c.claim_id == claim_visits.c.claim_id).where(
        head.c.state_after != State.SUPERSEDED.value)  # fmt: skip
    query = (
        select(visits.c.id)
        .join(top, (top.c.visit_id == visits.c.visit_id) & (top.c.revision == visits.c.revision))
        .where(visits.c.service_date <= until, visits.c.visit_id.not_in(living))
        .order_by(visits.c.service_date, visits.c.visit_id)
    )  # fmt: skip
    return list(conn.execute(query).scalars())


def lock(conn: Connection) -> None:
    """Holds what is captured for the rest of the transaction: no visit changes while it is coded, and the reverse.

    SQLite's write lock already sees to that.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_CAPTURE)))


def outdated(conn: Connection, row_ids: Iterable[int]) -> set[int]:
    """Those of these stored revisions that are not the newest of their visit any more."""
    found, newer, c = set[int](), visits.alias("newer"), visits.c
    later = exists().where(newer.c.visit_id == c.visit_id, newer.c.revision > c.revision)
    for some in chunks(sorted(set(row_ids))):
        found |= set(conn.execute(select(c.id).where(among(conn, c.id, some), later)).scalars())
    return found


def get(conn: Connection, row_ids: Iterable[int]) -> dict[int, VisitRow]:
    """Stored revisions by their row ids."""
    found: dict[int, VisitRow] = {}
    for some in chunks(sorted(set(row_ids))):
        query = select(visits.c.id, visits.c.visit_id, visits.c.revision, visits.c.document)
        found |= {row.id: _row(row) for row in conn.execute(query.where(among(conn, visits.c.id, some))).all()}
    return found


def patients(conn: Connection, row_ids: Iterable[int]) -> dict[int, str]:
    """The patient of each stored revision."""
    found: dict[int, str] = {}
    for some in chunks(sorted(set(row_ids))):
        query = select(visits.c.id, visits.c.patient_id).where(among(conn, visits.c.id, some))
        found |= {row_id: patient for row_id, patient in conn.execute(query).all()}
    return found


def of_claims(conn: Connection, claim_ids: Iterable[int]) -> dict[int, list[VisitRow]]:
    """The visits that each of these claims stands on, in the order of their days."""
    found: dict[int, list[int]] = {}
    link = claim_visits.c
    for some in chunks(sorted(set(claim_ids))):
        query = select(link.claim_id, link.visit_row_id).where(among(conn, link.claim_id, some))
        for claim_id, row_id in conn.execute(query.order_by(link.claim_id, link.place)).all():
            found.setdefault(claim_id, []).append(row_id)
    rows = get(conn, [row_id for ids in found.values() for row_id in ids])
    return {claim_id: [rows[row_id] for row_id in ids] for claim_id, ids in found.items()}


def newest(conn: Connection, visit_ids: Sequence[str]) -> dict[str, VisitRow]:
    """The newest revision of each of these visits."""
    ids = {visit_id: row_id for visit_id, (row_id, *_) in _newest(conn, visit_ids).items()}
    rows = get(conn, ids.values())
    return {visit_id: rows[row_id] for visit_id, row_id in ids.items()}


def known(conn: Connection, visit_ids: Iterable[str]) -> set[str]:
    """Which of these visits are stored."""
    return set(_newest(conn, list(visit_ids)))


def save_rows(conn: Connection, file_id: int, rows: Sequence[RowOutcome]) -> None:
    """Records the verdicts on a file's rows, in the place of those of an earlier reading."""
    conn.execute(delete(charge_rows).where(charge_rows.c.file_id == file_id))
    insert_rows(conn, charge_rows, [
        {"file_id": file_id, "row": r.row, "row_sha256": r.row_sha256, "visit_id": r.visit_id[:64],
         "verdict": r.verdict, "codes": " ".join(r.codes)[:255], "letters": " ".join(r.letters)[:255],
         "charge_cents": r.charge_cents}
        for r in rows
    ])  # fmt: skip


def rows_of(conn: Connection, file_id: int) -> list[RowOutcome]:
    """The verdicts on a file's rows, in file order."""
    query = select(charge_rows).where(charge_rows.c.file_id == file_id).order_by(charge_rows.c.row)
    return [_outcome(row) for row in conn.execute(query)]


def _outcome(row: Row[Any]) -> RowOutcome:
    return RowOutcome(row=row.row, row_sha256=row.row_sha256, visit_id=row.visit_id, verdict=row.verdict,
                      codes=tuple(row.codes.split()), letters=tuple(row.letters.split()),
                      charge_cents=row.charge_cents)  # fmt: skip


def replaced_letters(conn: Connection, row_ids: Iterable[int]) -> dict[int, list[RowOutcome]]:
    """The captured rows of these stored revisions, as far as their letters were replaced, in file order."""
    ids = sorted(set(row_ids))
    revisions = {(file_id, visit_id): row_id for row_id, file_id, visit_id in conn.execute(
        select(visits.c.id, visits.c.file_id, visits.c.visit_id).where(among(conn, visits.c.id, ids)))}  # fmt: skip
    files = sorted({file_id for file_id, _ in revisions})
    c = charge_rows.c
    query = select(charge_rows).where(among(conn, c.file_id, files), c.letters != "").order_by(c.file_id, c.row)
    found: dict[int, list[RowOutcome]] = {}
    for row in conn.execute(query):
        if (row_id := revisions.get((row.file_id, row.visit_id))) is not None:
            found.setdefault(row_id, []).append(_outcome(row))
    return found


def codes(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The distinct codes of findings, in order."""
    return tuple(dict.fromkeys(finding.code for finding in findings))


def _tops() -> Subquery:
    return select(visits.c.visit_id, func.max(visits.c.revision).label("revision")).group_by(
        visits.c.visit_id).subquery("top")  # fmt: skip


def _newest(conn: Connection, visit_ids: Sequence[str]) -> dict[str, tuple[int, int, str, int]]:
    """Row, number, content and file of the newest revision of each of these visits."""
    found: dict[str, tuple[int, int, str, int]] = {}
    for some in chunks(sorted(set(visit_ids))):
        c = visits.c
        query = select(c.visit_id, c.id, c.revision, c.content_sha256, c.file_id)
        rows = conn.execute(query.where(among(conn, c.visit_id, some)).order_by(c.revision)).all()
        found |= {visit_id: (row_id, revision, digest, file) for visit_id, row_id, revision, digest, file in rows}
    return found


def _row(row: Row[int, str, int, str]) -> VisitRow:
    return VisitRow(row_id=row.id, visit_id=row.visit_id, revision=row.revision, visit=decode(row.document, Visit))
