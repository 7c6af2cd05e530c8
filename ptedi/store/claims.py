"""Claims: one row each, its coded document whole; where it stands is in `store.events`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from ptedi.claims.model import Claim, CodedClaim
from ptedi.dates import now
from ptedi.money import cents
from ptedi.store._sql import among, chunks, insert_ids, insert_rows, utc
from ptedi.store.events import newest
from ptedi.store.json import decode, encode
from ptedi.store.report_tables import claim_lines
from ptedi.store.rework_tables import reworks
from ptedi.store.tables import batch_claims, claim_drafts, claim_visits, claims, visits
from ptedi.submissions.status import State


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKey:
    """A revision of a visit that a claim stands on."""

    row_id: int
    visit_id: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A coded claim with the visit revision it stands on, the partner that will carry it, and which part it is.

    `further` are the other visits of a claim of several, in the order of their days.
    """

    coded: CodedClaim
    visit_row_id: int
    visit_id: str
    revision: int
    partner_id: str
    part: int = 1
    further: tuple[VisitKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """A service line as the store keeps it beside the document; modifiers joined by colons."""

    line: int
    procedure: str
    units: int
    modifiers: str
    minutes: int
    charge_cents: int
    service_date: date
    control_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """A new claim as the store keeps it: all of it that is known without the store; `sequence` is SBR01."""

    patient_control_number: str
    fingerprint: str
    visit_row_id: int
    visit_id: str
    patient_id: str
    service_date: date
    payer_id: str
    partner_id: str
    sequence: str
    charge_cents: int
    document: str
    lines: tuple[LineRecord, ...]
    further: tuple[VisitKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """A claim as the store knows it, without its document."""

    id: int
    patient_control_number: str
    visit_row_id: int
    visit_id: str
    patient_id: str
    service_date: date
    payer_id: str
    partner_id: str
    charge_cents: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Billed:
    """What a document holds of a claim as it was billed; the rest of the JSON is passed over."""

    claim: Claim


def fingerprint(visit_id: str, revision: int, payer_id: str, sequence: str, part: int = 1,
                further: Sequence[VisitKey] = ()) -> str:  # fmt: skip
    """What makes a claim the only one of its kind: visit revisions, payer, sequence; the part of a split one."""
    others = [text for one in further for text in ("+", one.visit_id, str(one.revision))]
    about = (visit_id, str(revision), payer_id, sequence, *((str(part),) if part > 1 else ()), *others)
    return hashlib.sha256("\x1f".join(about).encode()).hexdigest()


def record(new: NewClaim) -> ClaimRecord:
    """The rows of a claim to be; needs no store."""
    coded = new.coded
    return ClaimRecord(
        patient_control_number=coded.claim.patient_control_number,
        fingerprint=fingerprint(new.visit_id, new.revision, coded.payer_id, coded.claim.sequence, new.part,
                                new.further),
        visit_row_id=new.visit_row_id, visit_id=new.visit_id, patient_id=coded.patient_id,
        service_date=coded.service_date, payer_id=coded.payer_id, partner_id=new.partner_id,
        sequence=coded.claim.sequence, charge_cents=cents(coded.claim.charge), document=encode(coded),
        lines=tuple(_lines(coded)), further=new.further,
    )  # fmt: skip


def insert_all(conn: Connection, new: Sequence[ClaimRecord]) -> list[int]:
    """Inserts claims and returns their ids in order."""
    at = now()
    clinics = _clinics(conn, new)
    ids = insert_ids(conn, claims, [_values(one) | {"clinic_id": clinics[one.visit_row_id], "created_at": at}
                                    for one in new])  # fmt: skip
    keyed = list(zip(ids, new, strict=True))
    _link(conn, keyed)
    _keep_lines(conn, [(claim_id, one.lines) for claim_id, one in keyed])
    return ids


def insert(conn: Connection, new: NewClaim) -> int:
    """Inserts one claim and returns its id."""
    return insert_all(conn, [record(new)])[0]


def get(conn: Connection, claim_id: int) -> ClaimRow:
    """The claim with this id."""
    return _row(conn.execute(_columns().where(claims.c.id == claim_id)).one())


def get_all(conn: Connection, claim_ids: Iterable[int]) -> dict[int, ClaimRow]:
    """Claims by id."""
    found: dict[int, ClaimRow] = {}
    for some in chunks(sorted(set(claim_ids))):
        found |= {row.id: _row(row) for row in conn.execute(_columns().where(among(conn, claims.c.id, some))).all()}
    return found


def by_control_number(conn: Connection, text: str) -> ClaimRow | None:
    """The claim with this CLM01, or None."""
    return by_control_numbers(conn, [text]).get(text)


def by_control_numbers(conn: Connection, texts: Iterable[str]) -> dict[str, ClaimRow]:
    """Claims by CLM01; numbers we never gave out are missing."""
    query = _columns().where(among(conn, claims.c.patient_control_number, sorted(set(texts))))
    return {row.patient_control_number: _row(row) for row in conn.execute(query).all()}


def billed_by_control_numbers(conn: Connection, texts: Iterable[str]) -> dict[str, tuple[ClaimRow, Claim]]:
    """Claims by CLM01 with what was billed; numbers we never gave out are missing."""
    query = _columns().add_columns(claims.c.document)
    found = conn.execute(query.where(among(conn, claims.c.patient_control_number, sorted(set(texts))))).all()
    return {row.patient_control_number: (_row(row[:-1]), decode(row.document, _Billed).claim) for row in found}


def by_control_number_start(conn: Connection, text: str, limit: int = 10) -> list[ClaimRow]:
    """Claims whose CLM01 begins so (a payer cut it short), at most a few."""
    column = claims.c.patient_control_number
    query = _columns().where(column.startswith(text, autoescape=True)).order_by(column).limit(limit)
    return [_row(row) for row in conn.execute(query)]


def by_dates_and_charge(
    conn: Connection, first: date, last: date, charge_cents: int, limit: int = 200
) -> list[ClaimRow]:
    """Claims of some service dates with this charge."""
    query = _columns().where(claims.c.service_date.between(first, last), claims.c.charge_cents == charge_cents)
    return [_row(row) for row in conn.execute(query.order_by(claims.c.id).limit(limit))]


def by_state(
    conn: Connection, states: Iterable[State], *, until: date | None = None, service_date: date | None = None,
    partner_id: str | None = None,
) -> list[ClaimRow]:  # fmt: skip
    """Claims now in one of these states, by service date and control number."""
    head = newest()
    query = _columns().join(head, head.c.claim_id == claims.c.id)
    query = query.where(head.c.state_after.in_([state.value for state in states]))
    if until is not None:
        query = query.where(claims.c.service_date <= until)
    if service_date is not None:
        query = query.where(claims.c.service_date == service_date)
    if partner_id is not None:
        query = query.where(claims.c.partner_id == partner_id)
    query = query.order_by(claims.c.service_date, claims.c.patient_control_number)
    return [_row(row) for row in conn.execute(query).all()]


def of_date(conn: Connection, service_date: date) -> list[ClaimRow]:
    """Every claim of a service date, by control number."""
    query = _columns().where(claims.c.service_date == service_date).order_by(claims.c.patient_control_number)
    return [_row(row) for row in conn.execute(query)]


def of_visits(conn: Connection, visit_ids: Iterable[str]) -> dict[str, list[ClaimRow]]:
    """The claims that stand on any revision of these visits."""
    found: dict[str, list[ClaimRow]] = {}
    for some in chunks(sorted(set(visit_ids))):
        link = claim_visits.c
        query = select(link.visit_id, link.claim_id).where(among(conn, link.visit_id, some)).order_by(link.claim_id)
        links = [(visit_id, claim_id) for visit_id, claim_id in conn.execute(query)]
        rows = get_all(conn, [claim_id for _, claim_id in links])
        for visit_id, claim_id in links:
            found.setdefault(visit_id, []).append(rows[claim_id])
    return found


def batched(conn: Connection, claim_ids: Iterable[int]) -> set[int]:
    """Those of these claims that went out, or that a person released in the place of one that did."""
    ids = sorted(set(claim_ids))
    found = in_batch(conn, ids)
    for some in chunks(ids):
        for column in (claim_drafts.c.released_id, reworks.c.released_id):
            found |= set(conn.execute(select(column).where(among(conn, column, some))).scalars())
    return found


def in_batch(conn: Connection, claim_ids: Iterable[int]) -> set[int]:
    """Those of these claims that ever were in a batch."""
    found: set[int] = set()
    for some in chunks(sorted(set(claim_ids))):
        query = select(batch_claims.c.claim_id).where(among(conn, batch_claims.c.claim_id, some))
        found |= set(conn.execute(query).scalars())
    return found


def of_patients(conn: Connection, patient_ids: Iterable[str], since: date) -> dict[str, list[ClaimRow]]:
    """The claims of these patients from a service date on, by date."""
    found: dict[str, list[ClaimRow]] = {}
    for some in chunks(sorted(set(patient_ids))):
        query = _columns().where(among(conn, claims.c.patient_id, some), claims.c.service_date >= since)
        for row in conn.execute(query.order_by(claims.c.service_date, claims.c.id)).all():
            found.setdefault(row.patient_id, []).append(_row(row))
    return found


def load(conn: Connection, claim_id: int) -> CodedClaim:
    """The whole claim."""
    return load_all(conn, [claim_id])[claim_id]


def load_all(conn: Connection, claim_ids: Iterable[int]) -> dict[int, CodedClaim]:
    """Whole claims by id."""
    found: dict[int, CodedClaim] = {}
    for some in chunks(sorted(set(claim_ids))):
        rows = conn.execute(select(claims.c.id, claims.c.document).where(among(conn, claims.c.id, some))).all()
        found |= {claim_id: decode(document, CodedClaim) for claim_id, document in rows}
    return found


def billed(conn: Connection, claim_ids: Iterable[int]) -> dict[int, Claim]:
    """What was billed, by id: whole claims without what coding noted about them."""
    query = select(claims.c.id, claims.c.document).where(among(conn, claims.c.id, sorted(set(claim_ids))))
    return {claim_id: decode(document, _Billed).claim for claim_id, document in conn.execute(query).all()}


def recode(conn: Connection, claim_id: int, coded: CodedClaim) -> None:
    """Gives a claim that never was in a batch another document; a claim that left us is never changed."""
    values = {"document": encode(coded), "charge_cents": cents(coded.claim.charge)}
    conn.execute(update(claims).where(claims.c.id == claim_id).values(**values))
    conn.execute(delete(claim_lines).where(claim_lines.c.claim_id == claim_id))
    _keep_lines(conn, [(claim_id, _lines(coded))])


def stand_on(conn: Connection, claim_id: int, new: NewClaim) -> None:
    """Gives a claim that never was in a batch other visits, and the document that bills them."""
    one = record(new)
    values = _values(one) | {"clinic_id": _clinics(conn, [one])[one.visit_row_id]}
    conn.execute(update(claims).where(claims.c.id == claim_id).values(**values))
    conn.execute(delete(claim_visits).where(claim_visits.c.claim_id == claim_id))
    _link(conn, [(claim_id, one)])
    conn.execute(delete(claim_lines).where(claim_lines.c.claim_id == claim_id))
    _keep_lines(conn, [(claim_id, one.lines)])


def _clinics(conn: Connection, new: Iterable[ClaimRecord]) -> dict[int, str]:
    """The clinics of the first visits, by the visits' row ids."""
    found: dict[int, str] = {}
    for some in chunks(sorted({one.visit_row_id for one in new})):
        rows = conn.execute(select(visits.c.id, visits.c.clinic_id).where(among(conn, visits.c.id, some)))
        found |= {row.id: row.clinic_id for row in rows}
    return found


def _link(conn: Connection, new: Iterable[tuple[int, ClaimRecord]]) -> None:
    rows = [
        {"claim_id": claim_id, "place": place, "visit_row_id": row_id, "visit_id": visit_id}
        for claim_id, one in new
        for place, (row_id, visit_id) in enumerate(
            [(one.visit_row_id, one.visit_id), *((key.row_id, key.visit_id) for key in one.further)], 1)
    ]  # fmt: skip
    insert_rows(conn, claim_visits, rows)


def _keep_lines(conn: Connection, lines: Iterable[tuple[int, Iterable[LineRecord]]]) -> None:
    rows = [
        {"claim_id": claim_id, "line": one.line, "procedure": one.procedure, "units": one.units,
         "modifiers": one.modifiers, "minutes": one.minutes, "charge_cents": one.charge_cents,
         "service_date": one.service_date, "control_number": one.control_number}
        for claim_id, several in lines for one in several
    ]  # fmt: skip
    insert_rows(conn, claim_lines, rows)


def _lines(coded: CodedClaim) -> Iterator[LineRecord]:
    minutes = {trace.line: trace.minutes for trace in coded.trace}
    for line in coded.claim.lines:
        yield LineRecord(
            line=line.number, procedure=line.procedure, units=line.units, modifiers=":".join(line.modifiers),
            minutes=minutes.get(line.number, 0), charge_cents=cents(line.charge), service_date=line.service_date,
            control_number=line.control_number,
        )  # fmt: skip


_NAMES = tuple(ClaimRow.__dataclass_fields__)
_SHOWN = tuple(claims.c[name] for name in _NAMES)


def _columns() -> Select[tuple[object, ...]]:
    return select(*_SHOWN)


def _row(row: Row[tuple[object, ...]] | tuple[object, ...]) -> ClaimRow:
    values: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
    values["created_at"] = utc(values["created_at"])
    return ClaimRow(**values)


def _values(one: ClaimRecord) -> dict[str, object]:
    return {
        "patient_control_number": one.patient_control_number, "fingerprint": one.fingerprint,
        "visit_row_id": one.visit_row_id, "visit_id": one.visit_id, "patient_id": one.patient_id,
        "service_date": one.service_date, "payer_id": one.payer_id, "partner_id": one.partner_id,
        "charge_cents": one.charge_cents, "document": one.document,
    }  # fmt: skip
