"""What posted remittances say under a payer's number or of a claim, in figures: copies and claims are known by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, select

from ptedi.store._sql import among, chunks
from ptedi.store.payments import HOLDS_CLAIMS, PaymentState
from ptedi.store.tables import claim_payments, payments


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One claim payment of a posted payment without its document: numbers, figures, and the check it came in."""

    id: int
    claim_id: int | None
    reason: str
    number: str
    payer_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    trace: str


def under(conn: Connection, payer_numbers: Iterable[str]) -> list[Word]:
    """The claim payments of posted payments under these numbers of payers, oldest first."""
    return _words(conn, claim_payments.c.payer_claim_control_number, [n[:50] for n in payer_numbers])


def of_claims(conn: Connection, claim_ids: Iterable[int]) -> list[Word]:
    """The claim payments of posted payments that were matched to these claims, oldest first."""
    return _words(conn, claim_payments.c.claim_id, claim_ids)


_OUT_OF_BOOKS = (PaymentState.UNPOSTED.value, PaymentState.REPLACED.value)


def _words(conn: Connection, column: Column[str] | Column[int], values: Iterable[str] | Iterable[int]) -> list[Word]:
    c, found = claim_payments.c, []
    for some in chunks(sorted(set(values))):  # type: ignore[type-var]
        query = (
            select(c.id, c.claim_id, c.reason, c.patient_control_number.label("number"),
                   c.payer_claim_control_number.label("payer_number"), c.status_code, c.charge_cents, c.paid_cents,
                   payments.c.trace_number.label("trace"))
            .join(payments, payments.c.id == c.payment_id)
            .where(among(conn, column, some), payments.c.state.in_(HOLDS_CLAIMS), c.state.not_in(_OUT_OF_BOOKS))
        )  # fmt: skip
        found += [Word(**row._asdict()) for row in conn.execute(query)]
    return sorted(found, key=lambda word: word.id)


def claims_with_payer_number(conn: Connection, numbers: Iterable[str]) -> dict[str, list[int]]:
    """Claims to which a payer gave these numbers in an earlier remittance that nobody took out of the books."""
    c = claim_payments.c
    found: dict[str, list[int]] = {}
    for some in chunks(sorted(set(numbers))):
        query = select(c.payer_claim_control_number, c.claim_id).where(
            c.payer_claim_control_number.in_(some), c.claim_id.is_not(None),
            c.state != PaymentState.UNPOSTED.value).distinct()  # fmt: skip
        for number, claim_id in conn.execute(query):
            found.setdefault(number, []).append(claim_id)
    return found
