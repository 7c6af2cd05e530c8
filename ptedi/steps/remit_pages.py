"""Checks page by page, however many came: what of each is posted, waits, was taken, and stands in the bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.money import from_cents
from ptedi.steps.night import Night
from ptedi.store import payments, remit_rows
from ptedi.store.payments import PaymentRow, PaymentState
from ptedi.store.remit_rows import Parts, WantedRemits

__all__ = ["PaymentState", "RemitHead", "RemitPage", "WantedRemits", "remit_head", "remit_page", "remit_payers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitHead:
    """A check in a list.

    Attributes:
        claims, posted, waiting: how many claims it speaks of, how many of them are in the books, how many wait.
        posted_amount, waiting_amount: what it pays on those.
        provider: what the payer took at provider level (PLB); positive takes money away.
        suspense: by how much it does not foot, when a person let it in all the same.
        banked: what the bank shows of it, None while no deposit is tied to it.
    """

    id: int
    file_id: int
    set_index: int
    state: str
    payer: str
    trace: str
    method: str
    day: date
    amount: Decimal
    claims: int
    posted: int
    posted_amount: Decimal
    waiting: int
    waiting_amount: Decimal
    provider: Decimal
    suspense: Decimal
    banked: Decimal | None
    reason: str

    @property
    def unexplained(self) -> Decimal:
        """What of a check in the books its claims and its provider level do not explain; 0.00 of any other."""
        if self.state not in (PaymentState.POSTED.value, PaymentState.CORRECTED.value):
            return Decimal("0.00")
        return self.amount - self.posted_amount - self.waiting_amount + self.provider - self.suspense


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitPage:
    """Some checks, newest first, and how many and how much all that were asked for are."""

    heads: tuple[RemitHead, ...]
    total: int
    amount: Decimal


def remit_page(night: Night, wanted: WantedRemits, *, limit: int, offset: int = 0) -> RemitPage:
    """One page of checks."""
    with night.store.read() as conn:
        total, cents = remit_rows.total(conn, wanted)
        rows = remit_rows.page(conn, wanted, limit, offset)
        parts = remit_rows.parts_of(conn, [row.id for row in rows])
    return RemitPage(heads=tuple(_head(row, parts[row.id]) for row in rows), total=total, amount=from_cents(cents))


def remit_head(night: Night, payment_id: int) -> RemitHead | None:
    """One check, None when there is none of this number."""
    with night.store.read() as conn:
        row = payments.find(conn, payment_id)
        return None if row is None else _head(row, remit_rows.parts_of(conn, [row.id])[row.id])


def remit_payers(night: Night) -> list[str]:
    """Every payer that ever sent a check, as it calls itself."""
    with night.store.read() as conn:
        return remit_rows.payers(conn)


def _head(row: PaymentRow, parts: Parts) -> RemitHead:
    return RemitHead(
        id=row.id, file_id=row.file_id, set_index=row.set_index, state=row.state.value, payer=row.payer,
        trace=row.trace_number, method=row.method, day=row.book_date or row.paid_on,
        amount=from_cents(row.amount_cents), claims=row.claim_count, posted=parts.posted,
        posted_amount=from_cents(parts.posted_cents), waiting=parts.waiting,
        waiting_amount=from_cents(parts.waiting_cents), provider=from_cents(parts.provider_cents),
        suspense=from_cents(parts.suspense_cents),
        banked=None if parts.banked_cents is None else from_cents(parts.banked_cents), reason=row.reason,
    )  # fmt: skip
