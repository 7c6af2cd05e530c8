"""Claim payments that found no claim are tried again: a payer's number may have become known since."""

from __future__ import annotations

from datetime import date

from ptedi.ledger import posting
from ptedi.ledger.matching import KnownClaim, match_claim
from ptedi.ledger.model import Source, mirror
from ptedi.ledger.policy import Action
from ptedi.money import cents
from ptedi.steps.known import StoreLookup
from ptedi.steps.night import Night
from ptedi.steps.remit_claims import book, result, stands
from ptedi.store import Connection, events, payments, postings, work
from ptedi.store.events import NewEvent
from ptedi.store.payments import ClaimPaymentRow, PaymentState
from ptedi.store.postings import Booking
from ptedi.submissions.status import Event

ACTOR = "retry_unmatched"


def retry_unmatched(night: Night) -> int:
    """Posts what can be matched now; how many claim payments were."""
    with night.store.read() as conn:
        waiting = payments.in_state(conn, PaymentState.UNMATCHED)
    found = 0
    for row in waiting:
        with night.store.begin() as conn:
            match = match_claim(row.clp, StoreLookup(conn), (night.claim_prefix,))
            if match.found is None or posting.misses_prior_payer(row.clp):
                continue
            settle(conn, row, match.found, match.reason, ACTOR)
            found += 1
    return found


def settle(conn: Connection, row: ClaimPaymentRow, known: KnownClaim, reason: str, actor: str) -> None:
    """Moves a waiting claim payment out of unapplied onto its claim: money, state, event and work item together."""
    payment = payments.get(conn, row.payment_id)
    effective: date = payment.payment_date or payment.posted_at.date()
    kept = postings.of_claim_payment(conn, row.id, unapplied=True)
    posted = book(row.clp, known, f"release:{row.id}", effective)
    entries = [posted.entry] if kept is None else [
        mirror(kept, f"release:{row.id}:unapplied", effective, row.clp.origin, Source.RULE), posted.entry]  # fmt: skip
    postings.post_all(conn, [
        Booking(entry=entry, payment_id=row.payment_id, claim_payment_id=row.id, file_id=payment.file_id)
        for entry in entries
    ])  # fmt: skip
    payments.settle(conn, row.id, known.claim_id, reason, cents(posted.total(Action.PATIENT)))
    event = Event.REVERSED if row.clp.is_reversal else result([(row.clp, posted.total(Action.HOLD))])
    now = stands(payments.history(conn, [known.claim_id]).get(known.claim_id, []), known) or event
    events.append_all(conn, [
        NewEvent(claim_id=known.claim_id, event=what, actor=actor, evidence_key=f"release {row.id}{mark}",
                 detail=f"matched by {reason}", file_id=payment.file_id, segment_index=row.segment_index,
                 byte_offset=row.byte_offset)
        for what, mark in ((event, ""), (now, " stands"))[: 1 + (now is not event)]
    ])  # fmt: skip
    work.resolve_key(conn, f"claim payment:{row.id}", f"matched by {reason}")
