"""What a person asks of the store: claims with their state and money, one claim's whole story, the worklist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, case, func, select

from ptedi.money import from_cents
from ptedi.store import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """A claim in a list: where it is and what is open on it."""

    id: int
    patient_control_number: str
    service_date: date
    payer_id: str
    state: str
    charge: Decimal
    paid: Decimal
    adjusted: Decimal
    patient: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One step of a claim's life with its evidence."""

    event: str
    state_after: str
    actor: str
    at: datetime
    detail: str
    file: str
    file_id: int | None
    segment_index: int | None
    byte_offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRow:
    """One posting of a claim with its origin."""

    account: str
    amount: Decimal
    line: int | None
    adjustment: str
    source: str
    file: str
    segment_index: int | None
    byte_offset: int | None
    effective_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """Something that waits for a person."""

    id: int
    kind: str
    claim: str | None
    line: int | None
    category: str
    adjustment: str
    remarks: str
    sentence: str
    next_action: str
    how: str
    amount: Decimal
    deadline: date | None
    deadline_basis: str
    priority: int
    owner: str
    state: str


def _sum(prefix: str) -> ColumnElement[int]:
    matches = t.postings.c.account.like(prefix + "%")
    return func.sum(case((matches, t.postings.c.amount_cents), else_=0))


def _money() -> Subquery:
    return (
        select(t.postings.c.claim_id, _sum("receivable.payer").label("open"),
               _sum("receivable.patient").label("patient"), _sum("adjustment").label("adjusted"))
        .where(t.postings.c.claim_id.is_not(None))
        .group_by(t.postings.c.claim_id)
        .subquery()
    )  # fmt: skip


def _paid() -> Subquery:
    c = t.claim_payments.c
    paid = func.sum(c.paid_cents).label("paid")
    return select(c.claim_id, paid).where(c.state == "posted").group_by(c.claim_id).subquery()


_Columns = tuple[int, str, date, str, str, int, int, int, int, int]


def _claims() -> Select[*_Columns]:
    state, money, paid = t.claim_states, _money(), _paid()
    c = t.claims.c

    def cents(column: ColumnElement[int]) -> ColumnElement[int]:
        return func.coalesce(column, 0)

    return (
        select(c.id, c.patient_control_number, c.service_date, c.payer_id, state.c.state_after, c.charge_cents,
               cents(paid.c.paid), cents(money.c.adjusted), cents(money.c.patient), cents(money.c.open))
        .outerjoin(state, state.c.claim_id == c.id)
        .outerjoin(money, money.c.claim_id == c.id)
        .outerjoin(paid, paid.c.claim_id == c.id)
        .order_by(c.service_date, c.id)
    )  # fmt: skip


def _row(row: Row[*_Columns]) -> ClaimRow:
    charge, paid, adjusted, patient, open_ = (from_cents(int(value)) for value in row[5:])
    return ClaimRow(id=row[0], patient_control_number=row[1], service_date=row[2], payer_id=row[3], state=row[4],
                    charge=charge, paid=paid, adjusted=adjusted, patient=patient, open=open_)  # fmt: skip


def list_claims(connection: Connection, *, states: Iterable[str] = (), service_date: date | None = None,
                payer_id: str | None = None) -> list[ClaimRow]:  # fmt: skip
    """Claims with state and money, oldest service date first; money is derived from the postings."""
    query = _claims()
    if service_date is not None:
        query = query.where(t.claims.c.service_date == service_date)
    if payer_id is not None:
        query = query.where(t.claims.c.payer_id == payer_id)
    wanted = set(states)
    rows = [_row(row) for row in connection.execute(query)]
    return [row for row in rows if not wanted or row.state in wanted]


def claim_row(connection: Connection, patient_control_number: str) -> ClaimRow | None:
    """One claim by CLM01."""
    row = connection.execute(_claims().where(t.claims.c.patient_control_number == patient_control_number)).first()
    return None if row is None else _row(row)


def events(connection: Connection, claim_id: int) -> list[EventRow]:
    """The claim's life, newest first."""
    c = t.claim_events.c
    query = (
        select(c.event, c.state_after, c.actor, c.at, c.detail, t.files.c.original_name, c.file_id, c.segment_index,
               c.byte_offset)
        .outerjoin(t.files, t.files.c.id == c.file_id)
        .where(c.claim_id == claim_id)
        .order_by(c.sequence.desc())
    )  # fmt: skip
    return [
        EventRow(event=r[0], state_after=r[1], actor=r[2], at=r[3], detail=r[4], file=r[5] or "", file_id=r[6],
                 segment_index=r[7], byte_offset=r[8])
        for r in connection.execute(query)
    ]  # fmt: skip


def postings(connection: Connection, claim_id: int) -> list[PostingRow]:
    """The claim's postings in the order in which they were made."""
    c = t.postings.c
    query = (
        select(c.account, c.amount_cents, c.line, c.adjustment_group, c.adjustment_reason, c.source,
               t.files.c.original_name, c.segment_index, c.byte_offset, c.effective_date)
        .outerjoin(t.files, t.files.c.id == c.file_id)
        .where(c.claim_id == claim_id)
        .order_by(c.id)
    )  # fmt: skip
    return [
        PostingRow(account=r[0], amount=from_cents(r[1]), line=r[2], adjustment="-".join(filter(None, (r[3], r[4]))),
                   source=r[5], file=r[6] or "", segment_index=r[7], byte_offset=r[8], effective_date=r[9])
        for r in connection.execute(query)
    ]  # fmt: skip


def finding_documents(connection: Connection, claim_id: int) -> list[str]:
    """What the scrubber said at its last scrub, as JSON documents."""
    c = t.claim_findings.c
    return list(connection.execute(select(c.document).where(c.claim_id == claim_id).order_by(c.id)).scalars())


def document(connection: Connection, claim_id: int) -> str:
    """The coded claim as JSON."""
    return str(connection.execute(select(t.claims.c.document).where(t.claims.c.id == claim_id)).scalar_one())


def worklist(connection: Connection, *, kinds: Iterable[str] = (), resolved: bool = False,
             claim_id: int | None = None) -> list[WorkRow]:  # fmt: skip
    """Work items, highest priority first, then the nearest deadline, then the largest amount."""
    c = t.work_items.c
    query = (
        select(c.id, c.kind, t.claims.c.patient_control_number, c.line, c.category, c.adjustment_group,
               c.adjustment_reason, c.remarks, c.sentence, c.next_action, c.how, c.amount_cents, c.deadline,
               c.deadline_basis, c.priority, c.owner, c.state)
        .outerjoin(t.claims, t.claims.c.id == c.claim_id)
        .order_by(c.priority.desc(), c.deadline.is_(None), c.deadline, c.amount_cents.desc(), c.id)
    )  # fmt: skip
    if not resolved:
        query = query.where(c.state != "resolved")
    if claim_id is not None:
        query = query.where(c.claim_id == claim_id)
    chosen = tuple(kinds)
    if chosen:
        query = query.where(c.kind.in_(chosen))
    return [
        WorkRow(id=r[0], kind=r[1], claim=r[2], line=r[3], category=r[4],
                adjustment="-".join(filter(None, (r[5], r[6]))), remarks=r[7], sentence=r[8], next_action=r[9],
                how=r[10], amount=from_cents(r[11]), deadline=r[12], deadline_basis=r[13], priority=r[14],
                owner=r[15], state=r[16])
        for r in connection.execute(query)
    ]  # fmt: skip


def newest_service_date(connection: Connection) -> date | None:
    """The newest service date that has a claim."""
    return connection.execute(select(func.max(t.claims.c.service_date))).scalar()
