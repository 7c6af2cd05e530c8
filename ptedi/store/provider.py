"""Provider-level postings with the checks they came in, and the claims that a PLB reference names."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, literal, or_, select

from ptedi.ledger.provider import Movement
from ptedi.store.tables import claim_payments, claims, payments, postings

_TELLING = 6  # characters; a shorter number is found in too many references


def movements(conn: Connection) -> list[Movement]:
    """Every provider-level posting; what a person took back is there with its mirror."""
    c, p = postings.c, payments.c
    query = (
        select(p.originator, p.payer, p.payee_npi, c.effective_date, c.payment_id, p.trace_number, c.adjustment_reason,
               c.reference, c.amount_cents)
        .join(payments, p.id == c.payment_id).where(c.account.like("provider.%")).order_by(c.id)
    )  # fmt: skip
    return [
        Movement(payer=r.originator or r.payer, payee=r.payee_npi, day=r.effective_date, payment_id=r.payment_id,
                 trace=r.trace_number, reason=r.adjustment_reason, reference=r.reference, cents=r.amount_cents)
        for r in conn.execute(query)
    ]  # fmt: skip


def claims_named(conn: Connection, references: Iterable[str]) -> dict[str, list[str]]:
    """Our claims whose number, or whose payer's number (CLP07), stands in a reference, whole or packed with others."""
    found: dict[str, list[str]] = {}
    c = claim_payments.c
    for reference in sorted(set(references) - {""}):
        long_enough = func.length(c.payer_claim_control_number) >= _TELLING
        theirs = (c.payer_claim_control_number == reference) | (
            long_enough & literal(reference).contains(c.payer_claim_control_number))
        ours = literal(reference).contains(claims.c.patient_control_number)
        query = select(claims.c.patient_control_number).join(claim_payments, c.claim_id == claims.c.id)
        rows = conn.execute(query.where(or_(theirs, ours)).distinct().order_by(claims.c.patient_control_number))
        if names := list(rows.scalars()):
            found[reference] = names
    return found
