"""Claim payments that found no claim are tried again: a payer's number may have become known since."""

from __future__ import annotations

from ptedi.ledger.matching import KnownClaim, fit, match_claim
from ptedi.ledger.model import Source, mirror
from ptedi.ledger.policy import Action
from ptedi.ledger.standing import original_of
from ptedi.money import cents
from ptedi.steps import unplaced
from ptedi.steps.known import StoreLookup
from ptedi.steps.moves import book_day, holder, move, next_key
from ptedi.steps.night import Night
from ptedi.steps.remit_claims import (
    INFORMATION,
    ask_overstated,
    book,
    forgets_prior_payer,
    informs_with_money,
    may_not_overstate,
    result,
    stands,
)
from ptedi.store import Connection, events, payments, postings, work
from ptedi.store.events import NewEvent
from ptedi.store.payments import ClaimPaymentRow, PaymentState
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
            if match.found is None or _waits(row, match.found):
                continue
            settle(conn, row, match.found, match.reason, ACTOR)
            found += 1
    return found


def _waits(row: ClaimPaymentRow, known: KnownClaim) -> bool:
    """What would not be posted by itself if it came now is not posted by itself either."""
    wrong = forgets_prior_payer(row.clp, known) or may_not_overstate(row.clp, known)
    return bool(wrong) or informs_with_money(row.clp)


def settle(
    conn: Connection, row: ClaimPaymentRow, known: KnownClaim, reason: str, actor: str, *,
    source: Source = Source.RULE, released: bool = False,
) -> None:  # fmt: skip
    """Moves a waiting claim payment out of unapplied onto its claim: money, state, event and work item together.

    `released`: a person lets it in although it does not balance.
    """
    payment = holder(conn, row)
    day, key = book_day(conn, payment), next_key(conn, row, "release")
    if row.clp.status_code in INFORMATION:
        move(conn, row, None, day, source)
        payments.settle(conn, row.id, known.claim_id, reason, 0, fit(row.clp, known))
        work.resolve_key(conn, f"claim payment:{row.id}", f"matched by {reason}")
        return
    posted = book(row.clp, known, key, day, Source.MANUAL if source is Source.MANUAL else Source.ERA, released=released)
    entry = posted.entry
    before = payments.history(conn, [known.claim_id]).get(known.claim_id, [])
    original = original_of(row.clp, before) if row.clp.is_reversal else None
    stored = postings.of_claim_payment(conn, original.id) if original else None
    if stored is not None:
        entry = mirror(stored, key, day, row.clp.origin, entry.source)
    move(conn, row, entry, day, source)
    payments.settle(conn, row.id, known.claim_id, reason, cents(posted.total(Action.PATIENT)), fit(row.clp, known))
    event = Event.REVERSED if row.clp.is_reversal else result([(row.clp, posted.total(Action.HOLD))])
    tell(conn, row, known, event, key, f"matched by {reason}", actor)
    work.resolve_key(conn, f"claim payment:{row.id}", f"matched by {reason}")
    lines = () if row.clp.is_reversal else posted.unplaced
    unplaced.ask(conn, row.id, known, lines, file_id=payment.file_id, payment_id=payment.id)
    ask_overstated(conn, row.clp, known, row.id, file_id=payment.file_id, payment_id=payment.id)


def tell(
    conn: Connection, row: ClaimPaymentRow, known: KnownClaim, event: Event, key: str, detail: str, actor: str
) -> None:
    """Writes on the claim's timeline what was done, and what stands now where that is something else."""
    file_id = payments.get(conn, row.payment_id).file_id
    history = payments.history(conn, [known.claim_id]).get(known.claim_id, [])
    now = stands(history, known) or event
    events.append_all(conn, [
        NewEvent(claim_id=known.claim_id, event=what, actor=actor, evidence_key=f"{key}{mark}", detail=detail[:500],
                 file_id=file_id, segment_index=row.segment_index, byte_offset=row.byte_offset)
        for what, mark in ((event, ""), (now, " stands"))[: 1 + (now is not event)]
    ])  # fmt: skip
