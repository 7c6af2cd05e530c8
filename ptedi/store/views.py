"""What a person asks of the store: claims with their state and money, one claim's whole story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, case, exists, func, select

from ptedi.money import from_cents
from ptedi.store import tables as t
from ptedi.store._sql import chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """A claim in a list: where it is and what is open on it.

    `paid`, `adjusted`, `patient` and `open` are of all payers.  A claim that asks a later payer for what the claim
    `after` left has its money there: of its own it shows only what its payer paid.
    """

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
    after: str = ""
    patient_id: str = ""


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
    file_id: int | None
    segment_index: int | None
    byte_offset: int | None
    effective_date: date


def _sum(prefix: str) -> ColumnElement[int]:
    matches = t.postings.c.account.like(prefix + "%")
    return func.sum(case((matches, t.postings.c.amount_cents), else_=0))


def _money(ids: Select[int] | None) -> Subquery:
    c = t.postings.c
    query = select(c.claim_id, _sum("receivable.payer").label("open"), _sum("receivable.patient").label("patient"),
                   _sum("adjustment").label("adjusted"), _sum("clearing").label("paid"),
                   ).group_by(c.claim_id)  # fmt: skip
    return query.where(c.claim_id.is_not(None) if ids is None else c.claim_id.in_(ids)).subquery()


def _paid(ids: Select[int] | None) -> Subquery:
    c = t.claim_payments.c
    query = select(c.claim_id, func.sum(c.paid_cents).label("paid")).where(c.state == "posted").group_by(c.claim_id)
    return (query if ids is None else query.where(c.claim_id.in_(ids))).subquery()


_Columns = tuple[int, str, date, str, str, str, str, int, int, int, int, int]


def _claims(ids: Select[int] | None = None) -> Select[*_Columns]:
    """All claims, or those chosen, of which alone the money is then added up."""
    state, money, paid = t.claim_states, _money(ids), _paid(ids)
    c, first, link = t.claims.c, t.claims.alias("first"), t.coordinations

    def cents(column: ColumnElement[int]) -> ColumnElement[int]:
        return func.coalesce(column, 0)

    query = (
        select(c.id, c.patient_control_number, c.service_date, c.payer_id, state.c.state_after,
               func.coalesce(first.c.patient_control_number, ""), c.patient_id, c.charge_cents,
               func.coalesce(money.c.paid, paid.c.paid, 0), cents(money.c.adjusted), cents(money.c.patient),
               cents(money.c.open))
        .outerjoin(link, link.c.next_claim_id == c.id)
        .outerjoin(first, first.c.id == link.c.claim_id)
        .outerjoin(state, state.c.claim_id == c.id)
        .outerjoin(money, money.c.claim_id == c.id)
        .outerjoin(paid, paid.c.claim_id == c.id)
        .order_by(c.service_date, c.id)
    )  # fmt: skip
    return query if ids is None else query.where(c.id.in_(ids))


def _row(row: Row[*_Columns]) -> ClaimRow:
    charge, paid, adjusted, patient, open_ = (from_cents(int(value)) for value in row[7:])
    return ClaimRow(id=row[0], patient_control_number=row[1], service_date=row[2], payer_id=row[3], state=row[4],
                    after=row[5], patient_id=row[6], charge=charge, paid=paid, adjusted=adjusted, patient=patient,
                    open=open_)  # fmt: skip


class ClaimOrder(StrEnum):
    """What a list of claims is sorted by."""

    SERVICE_DATE = "service_date"
    CLAIM = "claim"
    PAYER = "payer"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which claims are asked for; None and nothing mean all.

    Attributes:
        states: states they may be in.
        payer_id, patient_id, visit_id: keys of the practice, never a name; `payers` are several of which any will do.
        number: how its patient control number begins.
        first, last: service dates, both included.
        later: only claims that ask a later payer of a visit (True), or only those of its first payer (False).
        order, backwards: what comes first: by default the oldest service date.
    """

    states: tuple[str, ...] = ()
    payer_id: str | None = None
    patient_id: str | None = None
    visit_id: str | None = None
    first: date | None = None
    last: date | None = None
    payers: tuple[str, ...] = ()
    number: str = ""
    later: bool | None = None
    order: ClaimOrder = ClaimOrder.SERVICE_DATE
    backwards: bool = False


ALL = Wanted()


def _chosen(wanted: Wanted) -> Select[int]:
    """The ids of the claims that are asked for, in the order of the list."""
    c, visits, state = t.claims.c, t.claim_visits.c, t.claim_states.c
    query = _sorted(select(c.id), wanted)
    if wanted.payers:
        query = query.where(c.payer_id.in_(wanted.payers))
    if wanted.number:
        query = query.where(c.patient_control_number.startswith(wanted.number, autoescape=True))
    if wanted.states:
        query = query.join(t.claim_states, state.claim_id == c.id).where(state.state_after.in_(wanted.states))
    if wanted.visit_id is not None:
        query = query.where(c.id.in_(select(visits.claim_id).where(visits.visit_id == wanted.visit_id)))
    if wanted.payer_id is not None:
        query = query.where(c.payer_id == wanted.payer_id)
    if wanted.patient_id is not None:
        query = query.where(c.patient_id == wanted.patient_id)
    if wanted.later is not None:
        asked = exists().where(t.coordinations.c.next_claim_id == c.id)
        query = query.where(asked if wanted.later else ~asked)
    if wanted.first is not None:
        query = query.where(c.service_date >= wanted.first)
    return query if wanted.last is None else query.where(c.service_date <= wanted.last)


def _sorted(query: Select[int], wanted: Wanted) -> Select[int]:
    c = t.claims.c
    by = {ClaimOrder.SERVICE_DATE: (c.service_date,), ClaimOrder.CLAIM: (), ClaimOrder.PAYER: (c.payer_id,),
          ClaimOrder.CHARGE: (c.charge_cents,)}[wanted.order]  # fmt: skip
    return query.order_by(*(one.desc() if wanted.backwards else one for one in (*by, c.id)))


def list_claims(connection: Connection, wanted: Wanted = ALL, limit: int | None = None,
                offset: int = 0) -> list[ClaimRow]:  # fmt: skip
    """Claims with state and money, at most `limit` after `offset`; money is derived from the postings."""
    if limit is None:
        everything = _claims(None if wanted == ALL else _chosen(wanted).order_by(None))
        return [_row(row) for row in connection.execute(everything)]
    some = list(connection.execute(_chosen(wanted).limit(limit).offset(offset or None)).scalars())
    found = {row.id: row for part in chunks(some) for row in _rows(connection, part)}
    return [found[one] for one in some]


def count_claims(connection: Connection, wanted: Wanted = ALL) -> int:
    """How many claims `list_claims` without a limit would list."""
    ids = _chosen(wanted).order_by(None).subquery()
    return int(connection.execute(select(func.count()).select_from(ids)).scalar_one())


def _rows(connection: Connection, ids: Sequence[int]) -> list[ClaimRow]:
    return [_row(row) for row in connection.execute(_claims(select(t.claims.c.id).where(t.claims.c.id.in_(ids))))]


def claim_row(connection: Connection, patient_control_number: str) -> ClaimRow | None:
    """One claim by CLM01."""
    one = select(t.claims.c.id).where(t.claims.c.patient_control_number == patient_control_number)
    row = connection.execute(_claims(one)).first()
    return None if row is None else _row(row)


def of_same_visits(connection: Connection, claim_id: int) -> list[ClaimRow]:
    """The other claims that stand on a visit of this claim, oldest first."""
    c = t.claim_visits.c
    ours = select(c.visit_id).where(c.claim_id == claim_id)
    ids = select(c.claim_id).where(c.visit_id.in_(ours), c.claim_id != claim_id).distinct()
    return sorted((_row(row) for row in connection.execute(_claims(ids))), key=lambda row: row.id)


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
               t.files.c.original_name, c.file_id, c.segment_index, c.byte_offset, c.effective_date)
        .outerjoin(t.files, t.files.c.id == c.file_id)
        .where(c.claim_id == claim_id)
        .order_by(c.id)
    )  # fmt: skip
    return [
        PostingRow(account=r[0], amount=from_cents(r[1]), line=r[2], adjustment="-".join(filter(None, (r[3], r[4]))),
                   source=r[5], file=r[6] or "", file_id=r[7], segment_index=r[8], byte_offset=r[9],
                   effective_date=r[10])
        for r in connection.execute(query)
    ]  # fmt: skip


def finding_documents(connection: Connection, claim_id: int) -> list[str]:
    """What the scrubber said at its last scrub, as JSON documents."""
    c = t.claim_findings.c
    return list(connection.execute(select(c.document).where(c.claim_id == claim_id).order_by(c.id)).scalars())


def document(connection: Connection, claim_id: int) -> str:
    """The coded claim as JSON."""
    return str(connection.execute(select(t.claims.c.document).where(t.claims.c.id == claim_id)).scalar_one())


def newest_service_date(connection: Connection) -> date | None:
    """The newest service date that has a claim."""
    return connection.execute(select(func.max(t.claims.c.service_date))).scalar()
