"""Comparisons of paid lines with their prices: the newest of each line holds, what it replaced is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, or_, select, update

from ptedi.dates import now
from ptedi.store._sql import chunks, utc, utc_or_none
from ptedi.store.payments import PaymentState
from ptedi.store.price_tables import line_prices, price_marks
from ptedi.store.tables import claim_payments, claims


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePrice:
    """One line compared; cents, `difference_cents` is paid less expected, None without a price.

    `contract` and `version` name what priced it, both "" where no contract is known; `payer_id` is who paid, which of a
    forwarded claim are two.  The place is that of the newest SVC (CLP) that decided the line.
    """

    claim_id: int
    line: int
    payer_id: str
    procedure: str
    units: int
    service_date: date
    verdict: str
    cause: str
    contract: str
    version: str
    charge_cents: int
    allowed_cents: int
    paid_cents: int
    deductible_cents: int
    expected_allowed_cents: int | None
    expected_cents: int | None
    difference_cents: int
    sentence: str
    claim_payment_id: int | None = None
    segment_index: int | None = None
    byte_offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPrice:
    """A comparison as it was recorded, and when another took its place (None while it holds)."""

    price: LinePrice
    at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Underpayment:
    """Underpaid lines of one payer, code and step: how many, and what is missing in cents (positive)."""

    payer_id: str
    procedure: str
    cause: str
    count: int
    cents: int


_COLUMNS = tuple(LinePrice.__dataclass_fields__)
_c = line_prices.c


def changed(conn: Connection) -> list[int]:
    """Claims whose posted claim payments are not those that were compared: new, unposted or matched elsewhere."""
    p, mark = claim_payments.c, price_marks.c
    posted = (
        select(p.claim_id, func.count().label("seen"), func.max(p.id).label("last"))
        .where(p.state == PaymentState.POSTED.value, p.claim_id.is_not(None)).group_by(p.claim_id).subquery()
    )  # fmt: skip
    new = (
        select(posted.c.claim_id).outerjoin(price_marks, mark.claim_id == posted.c.claim_id)
        .where(or_(mark.claim_id.is_(None), mark.seen != posted.c.seen, mark.last != posted.c.last))
    )  # fmt: skip
    gone = (
        select(mark.claim_id).outerjoin(posted, posted.c.claim_id == mark.claim_id)
        .where(posted.c.claim_id.is_(None), mark.seen > 0)
    )  # fmt: skip
    return sorted({*conn.execute(new).scalars(), *conn.execute(gone).scalars()})


def adjudicated(
    conn: Connection, *, payer_id: str | None = None, since: date | None = None, until: date | None = None
) -> list[int]:
    """Claims with posted claim payments, by payer and date of service."""
    query = select(claim_payments.c.claim_id).join(claims, claims.c.id == claim_payments.c.claim_id)
    query = query.where(claim_payments.c.state == PaymentState.POSTED.value).distinct()
    if payer_id is not None:
        query = query.where(claims.c.payer_id == payer_id)
    if since is not None:
        query = query.where(claims.c.service_date >= since)
    if until is not None:
        query = query.where(claims.c.service_date <= until)
    return sorted(conn.execute(query).scalars())


def mark(conn: Connection, claim_ids: Iterable[int]) -> None:
    """Remembers that the claim payments that are posted now were compared."""
    at, p = now(), claim_payments.c
    for some in chunks(sorted(set(claim_ids))):
        query = select(p.claim_id, func.count(), func.max(p.id)).where(
            p.claim_id.in_(some), p.state == PaymentState.POSTED.value).group_by(p.claim_id)  # fmt: skip
        known = {row[0]: (row[1], row[2]) for row in conn.execute(query)}
        conn.execute(delete(price_marks).where(price_marks.c.claim_id.in_(some)))
        conn.execute(insert(price_marks), [
            {"claim_id": one, "seen": known.get(one, (0, 0))[0], "last": known.get(one, (0, 0))[1], "at": at}
            for one in some
        ])  # fmt: skip


def record(conn: Connection, found: Mapping[int, Sequence[LinePrice]]) -> int:
    """Puts the comparisons of claims in the place of those that hold; how many lines are new or changed.

    A result that is the same stays as it was recorded; a line that is no longer compared is replaced by nothing.
    """
    at, new, gone = now(), [], []
    for claim_id, rows in _held(conn, found).items():
        wanted = {(one.line, one.payer_id): one for one in found[claim_id]}
        kept = {_which(price) for _, price in rows if wanted.get(_which(price)) == price}
        gone += [key for key, price in rows if _which(price) not in kept]
        new += [one for which, one in wanted.items() if which not in kept]
    for some in chunks(gone):
        conn.execute(update(line_prices).where(_c.id.in_(some)).values(replaced_at=at))
    if new:
        conn.execute(insert(line_prices), [
            {name: getattr(one, name) for name in _COLUMNS} | {"at": at, "replaced_at": None} for one in new
        ])  # fmt: skip
    return len(new)


def _which(price: LinePrice) -> tuple[int, str]:
    return price.line, price.payer_id


def _held(conn: Connection, claim_ids: Iterable[int]) -> dict[int, list[tuple[int, LinePrice]]]:
    found: dict[int, list[tuple[int, LinePrice]]] = {one: [] for one in claim_ids}
    for some in chunks(sorted(found)):
        for row in conn.execute(_query(_c.id).where(_c.claim_id.in_(some), _c.replaced_at.is_(None))):
            found[row.claim_id].append((row.id, _price(row)))
    return found


def of_claims(conn: Connection, claim_ids: Iterable[int]) -> dict[int, list[LinePrice]]:
    """What holds now of these claims, by line."""
    held = _held(conn, claim_ids)
    return {claim_id: sorted((price for _, price in rows), key=lambda one: one.line) for claim_id, rows in held.items()}


def history(conn: Connection, claim_id: int) -> list[KeptPrice]:
    """Everything ever found of a claim's lines, oldest first."""
    query = _query(_c.at, _c.replaced_at).where(_c.claim_id == claim_id).order_by(_c.id)
    return [KeptPrice(price=_price(row), at=utc(row.at), replaced_at=utc_or_none(row.replaced_at))
            for row in conn.execute(query)]  # fmt: skip


def _query(*more: object) -> Select[tuple[object, ...]]:
    return select(*(_c[name] for name in _COLUMNS), *more)


def _price(row: Row[tuple[object, ...]]) -> LinePrice:
    return LinePrice(**{name: getattr(row, name) for name in _COLUMNS})


def deductibles(conn: Connection, patient_ids: Iterable[str]) -> dict[tuple[str, str], list[tuple[date, int]]]:
    """What payers took as deductible: by patient and payer the days of service and cents."""
    found: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for some in chunks(sorted(set(patient_ids))):
        query = (
            select(claims.c.patient_id, _c.payer_id, _c.service_date, func.sum(_c.deductible_cents))
            .join(claims, claims.c.id == _c.claim_id)
            .where(claims.c.patient_id.in_(some), _c.replaced_at.is_(None), _c.deductible_cents != 0)
            .group_by(claims.c.patient_id, _c.payer_id, _c.service_date)
        )  # fmt: skip
        for patient, payer, day, cents in conn.execute(query):
            found.setdefault((patient, payer), []).append((day, int(cents)))
    return found


def underpayments(
    conn: Connection, *, since: date | None = None, until: date | None = None, payer_id: str | None = None
) -> list[Underpayment]:
    """Underpaid lines by payer, code and step of dates of service, the most missing first."""
    where = [_c.verdict == "underpaid", _c.replaced_at.is_(None)]
    where += [_c.service_date >= since] if since is not None else []
    where += [_c.service_date <= until] if until is not None else []
    where += [_c.payer_id == payer_id] if payer_id is not None else []
    query = select(_c.payer_id, _c.procedure, _c.cause, func.count(), -func.sum(_c.difference_cents))
    query = query.where(and_(*where))
    found = [Underpayment(payer_id=r[0], procedure=r[1], cause=r[2], count=int(r[3]), cents=int(r[4]))
             for r in conn.execute(query.group_by(_c.payer_id, _c.procedure, _c.cause))]  # fmt: skip
    return sorted(found, key=lambda one: (-one.cents, one.payer_id, one.procedure, one.cause))


def totals(conn: Connection) -> dict[str, tuple[int, int]]:
    """Lines and cents of difference by verdict."""
    query = select(_c.verdict, func.count(), func.sum(_c.difference_cents)).where(_c.replaced_at.is_(None))
    return {verdict: (int(count), int(cents)) for verdict, count, cents in conn.execute(query.group_by(_c.verdict))}
