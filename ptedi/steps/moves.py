"""Moving a claim payment in the books: what stands is taken back to the cent, what holds now is posted beside it.

Nothing is edited: each entry that stands gets its mirror, once, and the new entry a key of its own.
"""

from __future__ import annotations

from datetime import date

from ptedi.dates import today
from ptedi.ledger.model import Entry, Source, mirror
from ptedi.store import Connection, closings, payments, postings
from ptedi.store.payments import ClaimPaymentRow, PaymentRow
from ptedi.store.postings import UNDO, Booking


def holder(conn: Connection, row: ClaimPaymentRow) -> PaymentRow:
    """The payment whose money a claim payment moves: its own, or for a corrected copy the check it corrects."""
    while row.replaces_id is not None:
        before = payments.get_claim(conn, row.replaces_id)
        if before is None:
            break
        row = before
    return payments.get(conn, row.payment_id)


def book_day(conn: Connection, payment: PaymentRow) -> date:
    """The day in whose books a move of this payment is written: the payment's, or now when that is closed."""
    return closings.open_day(conn, payment.book_date or payment.paid_on, today())


def next_key(conn: Connection, row: ClaimPaymentRow, verb: str) -> str:
    """A key that no entry of this claim payment has."""
    return f"{verb}:{row.id}:{postings.count_entries(conn, claim_payment_id=row.id)}"


def move(conn: Connection, row: ClaimPaymentRow, entry: Entry | None, day: date, source: Source) -> None:
    """Takes back what stands for a claim payment and posts an entry instead (None: nothing)."""
    payment = holder(conn, row)
    file_id = payments.get(conn, row.payment_id).file_id
    bookings = take_back(conn, row.id, payment.id, day, source)
    if entry is not None and entry.postings:
        bookings.append(Booking(entry=entry, payment_id=payment.id, claim_payment_id=row.id, file_id=file_id))
    postings.post_all(conn, bookings)


def take_back(conn: Connection, claim_payment_id: int, payment_id: int, day: date, source: Source) -> list[Booking]:
    """The mirrors of what stands for a claim payment."""
    return [
        Booking(entry=undone(entry, day, source), payment_id=payment_id, claim_payment_id=claim_payment_id,
                file_id=file_id)
        for entry, _, file_id in postings.live_entries(conn, claim_payment_id=claim_payment_id)
    ]  # fmt: skip


def undone(entry: Entry, day: date, source: Source) -> Entry:
    """The mirror of an entry, under the key that marks it as taken back."""
    return mirror(entry, UNDO + entry.key, day, None, source)
