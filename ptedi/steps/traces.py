"""Remittances without money that share a trace number: some payers give all of a day (or all) the same one.

A check is known by trace, originator, date, amount and payee; that must hold wherever money moved.  Of two that moved
none, both with claims, not one of them the same and no provider-level amount the same, neither can be a copy of the
other: they are told apart by what they say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ptedi.remittances.model import Payment
from ptedi.steps.night import Night
from ptedi.store import Connection, files
from ptedi.store.payments import PaymentRow
from ptedi.transactions import remittance_835


def same_check(
    night: Night, conn: Connection, payment: Payment, key: str, content: str, alike: Sequence[PaymentRow]
) -> tuple[str, list[PaymentRow]]:  # fmt: skip
    """The key of a payment, and what came of the same check before.

    `alike` are the payments with this key or with its trace number.
    """
    same = [row for row in alike if row.payment_key == key]
    if payment.amount or not payment.trace_number:
        return key, same
    others = [row for row in alike if row.payment_key != key and _is_key(key, row)]
    copies = [row for row in (*same, *others)
              if row.content_sha256 == content or _could_be_a_copy(payment, _read(night, conn, row))]  # fmt: skip
    if copies or not same:
        return (copies[0].payment_key if copies else key), copies
    return told_apart(key, content), []


def told_apart(key: str, content: str) -> str:
    """The key of one of several checks that would have the same."""
    return hashlib.sha256(f"{key}\x1f{content}".encode()).hexdigest()


def _is_key(key: str, row: PaymentRow) -> bool:
    """Whether a payment was told apart from others of this key."""
    return row.payment_key == told_apart(key, row.content_sha256)


def _read(night: Night, conn: Connection, row: PaymentRow) -> Payment:
    """A payment as it stands in its file."""
    data = files.read_bytes(night.archive, files.get(conn, row.file_id))
    return next(one for number, one in enumerate(remittance_835.read(files.legible(data))) if number == row.set_index)


def _could_be_a_copy(one: Payment, other: Payment) -> bool:
    if not one.claims or not other.claims:
        return True
    ours, theirs = (_numbers(p) for p in (one, other))
    return not ours.isdisjoint(theirs)


def _numbers(payment: Payment) -> set[tuple[str, ...]]:
    """What names the claims and provider-level amounts of a payment: numbers; reason, reference, amount."""
    claims = {("ours", clp.patient_control_number) for clp in payment.claims}
    claims |= {("payer's", clp.payer_claim_control_number) for clp in payment.claims
               if clp.payer_claim_control_number.strip("0")}  # fmt: skip
    return claims | {("plb", p.reason, p.reference, str(p.amount)) for p in payment.provider_adjustments}
