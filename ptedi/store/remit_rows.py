"""Payments as lists show them: a page of checks with what of each is posted, waits and is taken; a query each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select, union_all

from ptedi.ledger.accounts import PROVIDER_LEVEL, Account
from ptedi.store._sql import chunks
from ptedi.store.book_tables import decisions, deposit_parts, deposits
from ptedi.store.payments import PaymentRow, PaymentState, read_payment
from ptedi.store.tables import claim_payments, claims, payments, postings

_WAITS = [one.value for one in (PaymentState.UNMATCHED, PaymentState.QUARANTINED, PaymentState.PARKED,
                                PaymentState.UNPOSTED)]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRemits:
    """Which checks: by state, payer, days of the books and trace; `waiting` only those with something that waits."""

    states: tuple[PaymentState, ...] = ()
    payers: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    trace: str = ""
    waiting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a check is made of, in cents: its claims, its provider level, and what a person let in unexplained.

    `banked_cents` is None where no deposit is tied to it.
    """

    posted: int = 0
    posted_cents: int = 0
    waiting: int = 0
    waiting_cents: int = 0
    provider_cents: int = 0
    suspense_cents: int = 0
    banked_cents: int | None = None


def page(conn: Connection, wanted: WantedRemits, limit: int, offset: int) -> list[PaymentRow]:
    """Checks, the newest in the books first."""
    query = _wanted(select(payments), wanted).order_by(_day().desc(), payments.c.id.desc())
    return [read_payment(one) for one in conn.execute(query.limit(limit).offset(offset))]


def holding(conn: Connection, states: Iterable[PaymentState]) -> list[PaymentRow]:
    """Checks in one of these states or with a claim payment in one, oldest first.

    Also those with replaced claim payments: what stands in their place came with another check.
    """
    wanted = sorted({one.value for one in states})
    c = claim_payments.c
    with_claims = select(c.payment_id).where(c.state.in_([*wanted, PaymentState.REPLACED.value]))
    query = select(payments).where(or_(payments.c.state.in_(wanted), payments.c.id.in_(with_claims)))
    return [read_payment(one) for one in conn.execute(query.order_by(payments.c.id))]


def total(conn: Connection, wanted: WantedRemits) -> tuple[int, int]:
    """How many checks these are, and their amount in cents."""
    query = _wanted(select(func.count(), func.coalesce(func.sum(payments.c.amount_cents), 0)), wanted)
    count, cents = conn.execute(query).one()
    return int(count), int(cents)


def payers(conn: Connection) -> list[str]:
    """Every payer that ever sent a check."""
    return list(conn.execute(select(payments.c.payer).distinct().order_by(payments.c.payer)).scalars())


def pays_claims_to(conn: Connection, check: PaymentRow, payer_id: str) -> bool:
    """Whether a check of the same sender was posted on a claim to this payer with no person saying so."""
    c, p = claim_payments.c, payments.c
    by_hand = select(decisions.c.claim_payment_id).where(decisions.c.claim_payment_id.is_not(None))
    query = (
        select(c.id).join(payments, p.id == c.payment_id).join(claims, claims.c.id == c.claim_id)
        .where(p.payer == check.payer, p.originator == check.originator, claims.c.payer_id == payer_id,
               c.state == PaymentState.POSTED.value, c.id.not_in(by_hand))
    )  # fmt: skip
    return conn.execute(query.limit(1)).first() is not None


def parts_of(conn: Connection, payment_ids: Sequence[int]) -> dict[int, Parts]:
    """What each check is made of; three queries however many there are."""
    found: dict[int, dict[str, int]] = {one: {} for one in payment_ids}
    for some in chunks(list(payment_ids)):
        for query in (_claims(some), _provider(some), _banked(some)):
            for row in conn.execute(query):
                values = dict(row._mapping)
                found[values.pop("payment_id")] |= {name: int(value or 0) for name, value in values.items()}
    return {payment_id: Parts(**values) for payment_id, values in found.items()}


def _claims(ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    c = claim_payments.c
    posted, waits = c.state == PaymentState.POSTED.value, c.state.in_(_WAITS)
    return select(
        c.payment_id, func.sum(case((posted, 1), else_=0)).label("posted"),
        func.sum(case((posted, c.paid_cents), else_=0)).label("posted_cents"),
        func.sum(case((waits, 1), else_=0)).label("waiting"),
        func.sum(case((waits, c.paid_cents), else_=0)).label("waiting_cents"),
    ).where(c.payment_id.in_(ids)).group_by(c.payment_id)  # fmt: skip


def _provider(ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    c = postings.c
    provider, suspense = c.account.like("provider.%"), c.account == Account.SUSPENSE.value
    return select(
        c.payment_id, func.sum(case((provider, c.amount_cents), else_=0)).label("provider_cents"),
        func.sum(case((suspense, -c.amount_cents), else_=0)).label("suspense_cents"),
    ).where(c.payment_id.in_(ids), c.claim_id.is_(None),  # neither stands on a claim
            c.account.in_((*PROVIDER_LEVEL, Account.SUSPENSE))).group_by(c.payment_id)  # fmt: skip


def _banked(ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    whole = select(deposits.c.payment_id, deposits.c.amount_cents.label("cents")).where(deposits.c.payment_id.in_(ids))
    parts = select(deposit_parts.c.payment_id, deposit_parts.c.cents).where(deposit_parts.c.payment_id.in_(ids))
    c = union_all(whole, parts).subquery().c
    return select(c.payment_id, func.sum(c.cents).label("banked_cents")).group_by(c.payment_id)


def _day() -> Any:
    return func.coalesce(payments.c.book_date, payments.c.payment_date)


def _wanted(query: Select[*tuple[Any, ...]], wanted: WantedRemits) -> Select[*tuple[Any, ...]]:
    c = payments.c
    if wanted.states:
        query = query.where(c.state.in_([one.value for one in wanted.states]))
    if wanted.payers:
        query = query.where(c.payer.in_(wanted.payers))
    if wanted.first:
        query = query.where(_day() >= wanted.first)
    if wanted.last:
        query = query.where(_day() <= wanted.last)
    if wanted.trace:
        query = query.where(c.trace_number.startswith(wanted.trace, autoescape=True))
    if wanted.waiting:
        waits = select(claim_payments.c.payment_id).where(claim_payments.c.state.in_(_WAITS))
        stopped = [PaymentState.QUARANTINED.value, PaymentState.CONFLICTING.value, PaymentState.PARKED.value,
                   PaymentState.UNPOSTED.value]  # fmt: skip
        query = query.where(or_(c.state.in_(stopped), and_(c.state == PaymentState.POSTED.value, c.id.in_(waits))))
    return query
