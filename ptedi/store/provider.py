"""Provider-level postings with the checks they came in, and the claims that a PLB reference names."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from ptedi.ledger.accounts import PROVIDER_LEVEL
from ptedi.ledger.provider import Movement
from ptedi.store._sql import among, chunks
from ptedi.store.tables import claim_payments, claims, payments, postings

_TELLING = 6  # characters; a shorter number is found in too many references
_LONGEST, _LONGEST_OF_OURS = 50, 20  # of CLP07 and of CLM01
_AT_ONCE = 50_000  # pieces: those of some 500 references


def movements(conn: Connection) -> list[Movement]:
    """Every provider-level posting; what a person took back is there with its mirror."""
    c, p = postings.c, payments.c
    query = (
        select(c.id, p.originator, p.payer, p.payee_npi, c.effective_date, c.payment_id, p.trace_number,
               c.adjustment_reason, c.reference, c.amount_cents)
        .join(payments, p.id == c.payment_id)
        .where(c.account.in_(PROVIDER_LEVEL), c.claim_id.is_(None))  # they never stand on a claim
    )  # fmt: skip
    rows = sorted(conn.execute(query).all(), key=lambda row: row.id)  # a database would rather read the whole ledger
    return [
        Movement(payer=r.originator or r.payer, payee=r.payee_npi, day=r.effective_date, payment_id=r.payment_id,
                 trace=r.trace_number, reason=r.adjustment_reason, reference=r.reference, cents=r.amount_cents,
                 payer_name=r.payer)
        for r in rows
    ]  # fmt: skip


def claims_named(conn: Connection, references: Iterable[str]) -> dict[str, list[str]]:
    """Our claims whose number, or whose payer's number (CLP07), stands in a reference, whole or packed with others.

    Every piece of a reference is looked up in an index, those of all references together: one query each for the
    payers' numbers and for ours, however many references and claims there are.
    """
    pieces: dict[str, set[str]] = {}
    for reference in set(references) - {""}:
        for piece in _pieces(reference):
            pieces.setdefault(piece, set()).add(reference)
    found: dict[str, set[str]] = {}
    number = claims.c.patient_control_number
    query = select(claim_payments.c.payer_claim_control_number, number).join(
        claims, claims.c.id == claim_payments.c.claim_id).distinct()  # fmt: skip
    for some in chunks(sorted(pieces), _AT_ONCE):
        theirs = query.where(among(conn, claim_payments.c.payer_claim_control_number, some))
        ours = select(number, number).join(claim_payments, claims.c.id == claim_payments.c.claim_id).distinct().where(
            among(conn, number, [one for one in some if len(one) <= _LONGEST_OF_OURS]))  # fmt: skip
        for said in (theirs, ours):
            for piece, name in conn.execute(said).all():
                for reference in pieces[piece]:
                    found.setdefault(reference, set()).add(name)
    return {reference: sorted(names) for reference, names in sorted(found.items())}


def _pieces(reference: str) -> set[str]:
    """The reference, and everything in it that is long enough to be a claim number."""
    size = len(reference)
    return {reference, *(reference[start:end] for start in range(size)
                         for end in range(start + _TELLING, min(size, start + _LONGEST) + 1))}  # fmt: skip
