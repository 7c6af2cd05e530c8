"""The worklist as a grid: the same columns for every kind of item, filtered, ranked and cut into pages by the database.

    rank = amount at stake x chance of recovery x urgency

The amount and the chance stand with the item; the urgency follows from the days to the deadline and is that of the day
of asking.  Where no amount is at stake (a file that cannot be read, a night that stands still) the rank is the item's
own `priority`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import JSON, BigInteger, ColumnElement, Connection, Row, Select, case, cast, func, select

from ptedi.dates import today
from ptedi.denials import actions
from ptedi.denials.priority import TOO_LATE, URGENCY, Priority, priority
from ptedi.money import from_cents
from ptedi.store import tables as t
from ptedi.store._sql import utc
from ptedi.store.work import RESOLVED, WorkKind

NOBODY = "nobody"
"""As an owner to filter by: items that nobody has."""
_C, _CLAIM = t.work_items.c, t.claims.c
_Query: TypeAlias = Select[Any]


class Shown(StrEnum):
    """In what state an item can be listed; a snoozed one is open or taken and comes back on its day."""

    OPEN = "open"
    TAKEN = "taken"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


WAITING = (Shown.OPEN.value, Shown.TAKEN.value)


class Order(StrEnum):
    """What comes first."""

    RANK = "rank"
    DEADLINE = "deadline"
    AMOUNT = "amount"
    AGE = "age"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedWork:
    """Which items are asked for; what is left empty does not matter.  A saved view is one of these.

    Attributes:
        kinds, categories, faults: any of these words.
        payers: our payer ids; for a check that is in no claim's name what the 835 calls the payer.
        owners: account names; `nobody` for items that nobody has.
        clinics: the practice's own ids of clinics.
        reasons: `CO-97` or `97`.
        claim, patient: a patient control number; the practice's id of a patient, never a name.
        first, last: service dates of the claim, both included.
        within: deadline in at most so many days (0 is today), those past it too.
        at_least: least amount at stake.
        states: see `Shown`.
        order: what comes first.
    """

    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    clinics: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    claim: str = ""
    patient: str = ""
    first: date | None = None
    last: date | None = None
    within: int | None = None
    at_least: Decimal | None = None
    states: tuple[str, ...] = WAITING
    order: Order = Order.RANK


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """Something that waits for a person; `next_action` is a code, `do` the same in words (`denials.actions`).

    `age` counts days since the item was made, `days_left` those to the deadline; `state` is one of `Shown`.
    """

    id: int
    kind: str
    claim: str | None
    patient: str
    payer: str
    clinic: str
    service_date: date | None
    line: int | None
    category: str
    adjustment: str
    remarks: str
    sentence: str
    next_action: str
    do: str
    how: str
    amount: Decimal
    chance: int
    age: int
    deadline: date | None
    days_left: int | None
    deadline_basis: str
    priority: int
    fault: str
    owner: str
    state: str
    snoozed_until: date | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """How many items are asked for and what is at stake in them."""

    items: int
    amount: Decimal


def rank(on: date) -> ColumnElement[int]:
    """The rank of an item on a day; the same figures as `denials.priority`, which says them in words."""
    after = _C.deadline
    urgency = case(
        (after.is_(None), 10), (after < on, _tenths(TOO_LATE)),
        *((after <= on + timedelta(days=days), _tenths(factor)) for days, factor in URGENCY), else_=10,
    )  # fmt: skip
    weighed = (func.abs(_C.amount_cents, type_=BigInteger) * _C.chance * urgency + 50_000) // 100_000
    return case((_C.amount_cents == 0, _C.priority), else_=weighed)


def formula(row: WorkRow) -> Priority:
    """The rank of a listed item, said as the figures it is the product of."""
    if row.amount:
        return priority(row.amount, row.chance, row.days_left)
    return Priority(value=row.priority, sentence=f"no amount at stake: {row.priority} by its kind")


def _tenths(factor: Decimal) -> int:
    return int(factor * 10)


def worklist(
    conn: Connection, wanted: WantedWork, *, limit: int | None = None, offset: int = 0, on: date | None = None,
    ids: Sequence[int] | None = None, claim_id: int | None = None,
) -> list[WorkRow]:  # fmt: skip
    """One page of the items asked for: highest rank first, then nearest deadline, largest amount, oldest."""
    day = on or today()
    query = _ordered(_rows(conn, day, _where(conn, wanted, day)), wanted.order, day)
    if ids is not None:
        query = query.where(_C.id.in_(ids))
    if claim_id is not None:
        query = query.where(_C.claim_id == claim_id)
    return [_row(row, day) for row in conn.execute(query.limit(limit).offset(offset or None))]


def item(conn: Connection, item_id: int, *, on: date | None = None) -> WorkRow | None:
    """The row of one item in whatever state, None when there is none."""
    row = conn.execute(_rows(conn, on or today(), [_C.id == item_id])).first()
    return None if row is None else _row(row, on or today())


def total(conn: Connection, wanted: WantedWork, *, on: date | None = None) -> Sum:
    """How many items `worklist` without a limit lists, and what is at stake."""
    query = select(func.count().label("number"), func.coalesce(func.sum(_C.amount_cents), 0).label("cents"))
    joined = _joined(query, clinic=bool(wanted.clinics)).where(*_where(conn, wanted, on or today()))
    row = conn.execute(joined).one()
    return Sum(items=int(row.number), amount=from_cents(int(row.cents)))


def _joined(query: _Query, *, clinic: bool) -> _Query:
    joined = query.select_from(t.work_items).outerjoin(t.claims, _CLAIM.id == _C.claim_id).outerjoin(
        t.payments, t.payments.c.id == _C.payment_id)  # fmt: skip
    return joined.outerjoin(t.visits, t.visits.c.id == _CLAIM.visit_row_id) if clinic else joined


def _rows(conn: Connection, day: date, where: Sequence[ColumnElement[bool]]) -> _Query:
    columns = (_C.id, _C.kind, _CLAIM.patient_control_number, _CLAIM.patient_id, _payer().label("payer"),
               _clinic(conn).label("clinic"), _CLAIM.service_date, _C.line, _C.category, _C.adjustment_group,
               _C.adjustment_reason, _C.remarks, _C.sentence, _C.next_action, _C.how, _C.amount_cents, _C.chance,
               _C.deadline, _C.deadline_basis, rank(day).label("rank"), _C.fault, _C.owner, _C.state,
               _C.snoozed_until, _C.created_at)  # fmt: skip
    return _joined(select(*columns), clinic=True).where(*where)


def _payer() -> ColumnElement[str]:
    """Of the claim, else what the check calls it; a drafted rule names its payer itself."""
    of_rule = case((_C.kind == WorkKind.PATTERN.value, _C.remarks))
    return func.coalesce(_CLAIM.payer_id, t.payments.c.payer, of_rule, "")


def _clinic(conn: Connection) -> ColumnElement[str]:
    """The clinic of the claim's visit, which only the visit's document names."""
    document = t.visits.c.document
    found = (func.json_extract_path_text(cast(document, JSON), "clinic_id") if conn.dialect.name == "postgresql"
             else func.json_extract(document, "$.clinic_id"))  # fmt: skip
    return func.coalesce(found, "")


def _where(conn: Connection, wanted: WantedWork, day: date) -> list[ColumnElement[bool]]:
    return [*_of_item(wanted, day), *_of_claim(conn, wanted)]


def _of_item(wanted: WantedWork, day: date) -> Iterator[ColumnElement[bool]]:
    yield _in_state(wanted.states, day)
    for column, words in ((_C.kind, wanted.kinds), (_C.category, wanted.categories), (_C.fault, wanted.faults)):
        if words:
            yield column.in_(words)
    if wanted.owners:
        yield _C.owner.in_(["" if one == NOBODY else one for one in wanted.owners])
    if wanted.reasons:
        yield (_C.adjustment_group + "-" + _C.adjustment_reason).in_(wanted.reasons) | _C.adjustment_reason.in_(
            wanted.reasons)  # fmt: skip
    if wanted.within is not None:
        yield _C.deadline <= day + timedelta(days=wanted.within)
    if wanted.at_least is not None:
        yield _C.amount_cents >= int(wanted.at_least * 100)


def _of_claim(conn: Connection, wanted: WantedWork) -> Iterator[ColumnElement[bool]]:
    if wanted.payers:
        yield _payer().in_(wanted.payers)
    if wanted.clinics:
        yield _clinic(conn).in_(wanted.clinics)
    if wanted.claim:
        yield _CLAIM.patient_control_number == wanted.claim
    if wanted.patient:
        yield _CLAIM.patient_id == wanted.patient
    if wanted.first is not None:
        yield _CLAIM.service_date >= wanted.first
    if wanted.last is not None:
        yield _CLAIM.service_date <= wanted.last


def _in_state(states: Sequence[str], day: date) -> ColumnElement[bool]:
    """What is asleep counts as snoozed, whoever has it."""
    asleep = func.coalesce(_C.snoozed_until, date.min) > day
    parts = {
        Shown.OPEN: (_C.state == "open") & ~asleep, Shown.TAKEN: (_C.state == "taken") & ~asleep,
        Shown.SNOOZED: (_C.state != RESOLVED) & asleep, Shown.RESOLVED: _C.state == RESOLVED,
    }  # fmt: skip
    if set(states) == set(Shown):
        return _C.id.is_not(None)
    chosen = [parts[Shown(state)] for state in states] or [_C.id.is_(None)]
    found = chosen[0]
    for part in chosen[1:]:
        found |= part
    return found


def _ordered(query: _Query, order: Order, day: date) -> _Query:
    by_rank = (rank(day).desc(), _C.deadline.is_(None), _C.deadline, _C.amount_cents.desc(), _C.id)
    before: dict[Order, tuple[ColumnElement[Any], ...]] = {
        Order.DEADLINE: (_C.deadline.is_(None), _C.deadline), Order.AMOUNT: (_C.amount_cents.desc(),),
        Order.AGE: (_C.created_at, _C.id),
    }  # fmt: skip
    return query.order_by(*before.get(order, ()), *by_rank)


def _row(row: Row[Any], day: date) -> WorkRow:
    made = utc(row.created_at)
    asleep = row.state != RESOLVED and row.snoozed_until is not None and row.snoozed_until > day
    return WorkRow(
        id=row.id, kind=row.kind, claim=row.patient_control_number, patient=row.patient_id or "", payer=row.payer,
        clinic=row.clinic, service_date=row.service_date, line=row.line, category=row.category,
        adjustment="-".join(filter(None, (row.adjustment_group, row.adjustment_reason))), remarks=row.remarks,
        sentence=row.sentence, next_action=actions.code(row.next_action), do=actions.words(row.next_action),
        how=row.how, amount=from_cents(row.amount_cents), chance=row.chance, age=(day - made.date()).days,
        deadline=row.deadline, days_left=None if row.deadline is None else (row.deadline - day).days,
        deadline_basis=row.deadline_basis, priority=row.rank, fault=row.fault, owner=row.owner,
        state=Shown.SNOOZED.value if asleep else row.state, snoozed_until=row.snoozed_until if asleep else None,
        created_at=made,
    )  # fmt: skip
