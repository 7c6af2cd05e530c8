"""The worklist as a grid: the same columns for every kind of item, filtered, ranked and cut into pages by the database.

    rank = amount at stake x chance of recovery x urgency

The amount and the chance stand with the item; the urgency follows from the days to the deadline and is that of the day
of asking.  Where no amount is at stake (a file that cannot be read, a night that stands still) the rank is the item's
own `priority`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, String, case, false, func, or_, select

from ptedi.dates import today
from ptedi.denials import actions
from ptedi.denials.priority import TOO_LATE, URGENCY, Priority, priority
from ptedi.money import from_cents
from ptedi.store import tables as t
from ptedi.store._sql import chunks, utc
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
    """What a list is sorted by: highest rank, nearest deadline, largest amount, oldest; the others from A to Z."""

    RANK = "rank"
    DEADLINE = "deadline"
    AMOUNT = "amount"
    AGE = "age"
    KIND = "kind"
    CLAIM = "claim"
    PATIENT = "patient"
    PAYER = "payer"
    CLINIC = "clinic"
    SERVICE_DATE = "service_date"
    CATEGORY = "category"
    REASON = "reason"
    ACTION = "action"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedWork:
    """Which items are asked for; what is left empty does not matter.  A saved view is one of these.

    Attributes:
        kinds, categories, faults: any of these words.
        actions: what is to be done, any of these codes (`denials.actions`).
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
        backwards: the other way round.
    """

    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
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
    backwards: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The words that each filter of the worklist can be given, with what they would list; most money first."""

    kinds: dict[str, Sum]
    categories: dict[str, Sum]
    payers: dict[str, Sum]
    clinics: dict[str, Sum]
    owners: dict[str, Sum]
    faults: dict[str, Sum]
    reasons: dict[str, Sum]
    actions: dict[str, Sum]


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
    ids: Sequence[int] | None = None, claim_id: int | None = None, payers: Mapping[str, str] | None = None,
) -> list[WorkRow]:  # fmt: skip
    """One page of the items asked for, all without a limit; what is equal comes by rank, deadline, amount, age.

    `payers` are the names of payers, where they and not the ids are to be in their order.  Two queries however many
    items there are: which ones, from narrow columns, and those in full.
    """
    day = on or today()
    where = [*_where(wanted, day), *_narrowed(ids, claim_id)]
    if limit is None:
        whole = _ordered(_rows(day, where), wanted, day, payers)
        return [_row(row, day) for row in conn.execute(whole.offset(offset or None))]
    narrow = _ordered(_joined(select(_C.id), wanted).where(*where), wanted, day, payers)
    page = list(conn.execute(narrow.limit(limit).offset(offset or None)).scalars())
    found = {row.id: _row(row, day) for some in chunks(page) for row in conn.execute(_rows(day, [_C.id.in_(some)]))}
    return [found[one] for one in page]


def _narrowed(ids: Sequence[int] | None, claim_id: int | None) -> Iterator[ColumnElement[bool]]:
    if ids is not None:
        yield _C.id.in_(ids)
    if claim_id is not None:
        yield _C.claim_id == claim_id


def item(conn: Connection, item_id: int, *, on: date | None = None) -> WorkRow | None:
    """The row of one item in whatever state, None when there is none."""
    row = conn.execute(_rows(on or today(), [_C.id == item_id])).first()
    return None if row is None else _row(row, on or today())


def total(conn: Connection, wanted: WantedWork, *, on: date | None = None) -> Sum:
    """How many items `worklist` without a limit lists, and what is at stake."""
    query = select(func.count().label("number"), func.coalesce(func.sum(_C.amount_cents), 0).label("cents"))
    row = conn.execute(_joined(query, wanted, sort=False).where(*_where(wanted, on or today()))).one()
    return Sum(items=int(row.number), amount=from_cents(int(row.cents)))


def choices(conn: Connection, wanted: WantedWork, *, on: date | None = None) -> Choices:
    """What the items asked for can be narrowed to: each filter's words with their number and amount; one query."""
    reason = case((_C.adjustment_group == "", _C.adjustment_reason),
                  else_=_C.adjustment_group + "-" + _C.adjustment_reason)  # fmt: skip
    sides = (_C.kind, _C.category, _payer(), _clinic(), _C.owner, _C.fault, reason, _C.next_action)
    columns = [side.label(f"side{place}") for place, side in enumerate(sides)]
    query = _joined(select(*columns, func.count(), func.sum(_C.amount_cents)))
    found: list[dict[str, list[int]]] = [{} for _ in sides]
    rows: list[Any] = list(conn.execute(query.where(*_where(wanted, on or today())).group_by(*columns)))
    for row in rows:
        for side, word in zip(found, row[:-2], strict=True):
            sums = side.setdefault(word, [0, 0])
            sums[0], sums[1] = sums[0] + row[-2], sums[1] + int(row[-1])
    kinds, categories, payers, clinics, owners, faults, reasons, done = found
    owners = {word or NOBODY: sums for word, sums in owners.items()}
    return Choices(kinds=_told(kinds), categories=_told(categories), payers=_told(payers), clinics=_told(clinics),
                   owners=_told(owners), faults=_told(faults), reasons=_told(reasons),
                   actions=_told(_coded(done)))  # fmt: skip


def _coded(found: dict[str, list[int]]) -> dict[str, list[int]]:
    """Actions by their code, however they were written."""
    merged: dict[str, list[int]] = {}
    for word, (number, cents) in found.items():
        sums = merged.setdefault(actions.code(word), [0, 0])
        sums[0], sums[1] = sums[0] + number, sums[1] + cents
    return merged


def _told(found: dict[str, list[int]]) -> dict[str, Sum]:
    sums = sorted(found.items(), key=lambda one: (-one[1][1], one[0]))
    return {word: Sum(items=number, amount=from_cents(cents)) for word, (number, cents) in sums if word}


def _joined(query: _Query, wanted: WantedWork | None = None, *, sort: bool = True) -> _Query:
    """With the tables that the filters and the order need, or all."""
    by = wanted.order if wanted and sort else None
    paid = wanted is None or bool(wanted.payers) or by is Order.PAYER
    claimed = paid or by in _OF_CLAIM or bool(wanted and (wanted.clinics or wanted.first or wanted.last))
    query = query.select_from(t.work_items)
    query = query.outerjoin(t.claims, _CLAIM.id == _C.claim_id) if claimed else query
    return query.outerjoin(t.payments, t.payments.c.id == _C.payment_id) if paid else query


def _rows(day: date, where: Sequence[ColumnElement[bool]]) -> _Query:
    columns = (_C.id, _C.kind, _CLAIM.patient_control_number, _CLAIM.patient_id, _payer().label("payer"),
               _clinic().label("clinic"), _CLAIM.service_date, _C.line, _C.category, _C.adjustment_group,
               _C.adjustment_reason, _C.remarks, _C.sentence, _C.next_action, _C.how, _C.amount_cents, _C.chance,
               _C.deadline, _C.deadline_basis, rank(day).label("rank"), _C.fault, _C.owner, _C.state,
               _C.snoozed_until, _C.created_at)  # fmt: skip
    return _joined(select(*columns)).where(*where)


def _payer() -> ColumnElement[str]:
    """Of the claim, else what the check calls it; a drafted rule names its payer itself."""
    of_rule = case((_C.kind == WorkKind.PATTERN.value, _C.remarks))
    return func.coalesce(_CLAIM.payer_id, t.payments.c.payer, of_rule, "")


def _clinic() -> ColumnElement[str]:
    return func.coalesce(_CLAIM.clinic_id, "")


def _where(wanted: WantedWork, day: date) -> list[ColumnElement[bool]]:
    return [*_of_item(wanted, day), *_of_claim(wanted)]


def _of_item(wanted: WantedWork, day: date) -> Iterator[ColumnElement[bool]]:
    yield _in_state(wanted.states, day)
    for column, words in ((_C.kind, wanted.kinds), (_C.category, wanted.categories), (_C.fault, wanted.faults),
                          (_C.next_action, [*wanted.actions, *map(actions.words, wanted.actions)])):  # fmt: skip
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


def _of_claim(wanted: WantedWork) -> Iterator[ColumnElement[bool]]:
    if wanted.payers:
        yield _payer().in_(wanted.payers)
    if wanted.clinics:
        yield _CLAIM.clinic_id.in_(wanted.clinics)
    few = t.claims.alias("few").c  # found by their index first
    for column, word in ((few.patient_control_number, wanted.claim), (few.patient_id, wanted.patient)):
        if word:
            yield _C.claim_id.in_(select(few.id).where(column == word))
    if wanted.first is not None:
        yield _CLAIM.service_date >= wanted.first
    if wanted.last is not None:
        yield _CLAIM.service_date <= wanted.last


def _in_state(states: Sequence[str], day: date) -> ColumnElement[bool]:
    """What is asleep counts as snoozed, whoever has it."""
    if set(states) == set(Shown):
        return _C.id.is_not(None)
    asleep = func.coalesce(_C.snoozed_until, date.min) > day
    parts: list[ColumnElement[bool]] = []
    if awake := [one for one in WAITING if one in states]:
        parts.append(_C.state.in_(awake) & ~asleep)
    if Shown.SNOOZED in states:
        parts.append(_C.state.in_(WAITING) & asleep)
    if Shown.RESOLVED in states:
        parts.append(_C.state == RESOLVED)
    return or_(false(), *parts)


_OF_CLAIM: dict[Order, ColumnElement[Any]] = {
    Order.CLAIM: _CLAIM.patient_control_number, Order.PATIENT: _CLAIM.patient_id, Order.CLINIC: _CLAIM.clinic_id,
    Order.SERVICE_DATE: _CLAIM.service_date, Order.PAYER: _payer(),
}  # fmt: skip
_BY: dict[Order, tuple[ColumnElement[Any], ...]] = {
    Order.DEADLINE: (_C.deadline,), Order.AGE: (_C.created_at, _C.id), Order.KIND: (_C.kind,),
    Order.CATEGORY: (_C.category,), Order.REASON: (_C.adjustment_group, _C.adjustment_reason),
    Order.ACTION: (_C.next_action,), Order.OWNER: (_C.owner,),
    **{order: (column,) for order, column in _OF_CLAIM.items()},
}  # fmt: skip


def _called(payers: Mapping[str, str]) -> ColumnElement[str]:
    """What a payer is called, in small letters."""
    return case({one: name.casefold() for one, name in payers.items()}, value=_payer(), else_=func.lower(_payer()))


def _ordered(query: _Query, wanted: WantedWork, day: date, payers: Mapping[str, str] | None = None) -> _Query:
    """What an item does not have comes last, whichever way round."""
    mine, back = rank(day), wanted.backwards
    largest = {Order.RANK: mine, Order.AMOUNT: _C.amount_cents}.get(wanted.order)
    if largest is not None:
        first = [largest if back else largest.desc()]
    else:
        by = (_called(payers),) if payers and wanted.order is Order.PAYER else _BY[wanted.order]
        first = [part for one in by
                 for part in (*_last(one), one.desc() if back else one)]  # fmt: skip
    return query.order_by(*first, mine.desc(), *_last(_C.deadline), _C.deadline, _C.amount_cents.desc(), _C.id)


def _last(column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Sorts empty values behind the others."""
    if isinstance(column.type, String):
        return (func.coalesce(column, "") == "",)
    return (column.is_(None),)


def _row(row: Row[Any], day: date) -> WorkRow:
    made = utc(row.created_at)
    asleep = row.state != RESOLVED and row.snoozed_until is not None and row.snoozed_until > day
    remarks = "" if row.kind == WorkKind.PATTERN.value else row.remarks  # there it is the payer, told above
    return WorkRow(
        id=row.id, kind=row.kind, claim=row.patient_control_number, patient=row.patient_id or "", payer=row.payer,
        clinic=row.clinic, service_date=row.service_date, line=row.line, category=row.category,
        adjustment="-".join(filter(None, (row.adjustment_group, row.adjustment_reason))), remarks=remarks,
        sentence=row.sentence, next_action=actions.code(row.next_action), do=actions.words(row.next_action),
        how=row.how, amount=from_cents(row.amount_cents), chance=row.chance, age=(day - made.date()).days,
        deadline=row.deadline, days_left=None if row.deadline is None else (row.deadline - day).days,
        deadline_basis=row.deadline_basis, priority=row.rank, fault=row.fault, owner=row.owner,
        state=Shown.SNOOZED.value if asleep else row.state, snoozed_until=row.snoozed_until if asleep else None,
        created_at=made,
    )  # fmt: skip
