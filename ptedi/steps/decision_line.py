"""What a person decides about one line of a claim payment that matching could not place: which of our lines it is."""

from __future__ import annotations

from dataclasses import dataclass

from ptedi.ledger.matching import KnownClaim, match_lines
from ptedi.ledger.model import Source, mirror
from ptedi.ledger.standing import Adjudication, original_of
from ptedi.money import usd
from ptedi.remittances.model import ServicePayment
from ptedi.steps import unplaced
from ptedi.steps.decision import Case, Done, claim_row, known_claim
from ptedi.steps.decision_claim import imbalance
from ptedi.steps.moves import book_day, holder, move, next_key
from ptedi.steps.remit_claims import INFORMATION, book, stands_now
from ptedi.store import claims, events, payments
from ptedi.store.decisions import Verb
from ptedi.store.events import NewEvent
from ptedi.store.payments import ClaimPaymentRow, PaymentState


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """One line of a claim payment and which of our lines it is; `line` None: none or several fit.

    `by_itself`: matching tells it, a person is not asked.
    """

    place: int
    said: ServicePayment
    line: int | None
    why: str
    by_itself: bool


def placed(row: ClaimPaymentRow, known: KnownClaim) -> tuple[PlacedLine, ...]:
    """The lines of a claim payment in their order, each with our line."""
    lines = known.claim.lines
    alone, now = match_lines(row.clp.lines, lines), match_lines(row.clp.lines, lines, row.assigned)
    return tuple(
        PlacedLine(place=place, said=said, line=m.line, why=m.reason, by_itself=own.line is not None)
        for place, (said, own, m) in enumerate(zip(row.clp.lines, alone, now, strict=True), 1)
    )


def assign_line(case: Case, place: int, line: int | None) -> Done:
    """Posts a claim payment anew with one of its lines on a line of ours; None: as matching alone would have it."""
    row = claim_row(case)
    known = _posted_to(case, row)
    if not 1 <= place <= len(row.clp.lines):
        raise case.refuse(f"it has {len(row.clp.lines)} lines")
    one = placed(row, known)[place - 1]
    if line is not None and one.by_itself:
        raise case.refuse(f"line {place} of it is our line {one.line}: {one.why}",
                          "a person places only what matching cannot")  # fmt: skip
    if line is not None and line not in {ours.number for ours in known.claim.lines}:
        raise case.refuse(f"claim {known.claim.patient_control_number} has no line {line}")
    assigned = {at: number for at, number in row.assigned.items() if at != place} | ({place: line} if line else {})
    if assigned == row.assigned:
        return case.done(f"line {place} of it is so already")
    said = f"line {place} ({one.said.procedure}, {usd(one.said.paid)}) is " + (
        f"line {line} of claim {known.claim.patient_control_number}" if line else "given to no line any more")
    _post(case, row, known, assigned, said)
    return case.record(Verb.ASSIGN, said, claim_id=known.claim_id)


def _posted_to(case: Case, row: ClaimPaymentRow) -> KnownClaim:
    """The claim on which it stands, where its lines can be told apart."""
    if row.state is not PaymentState.POSTED or row.claim_id is None:
        raise case.refuse(f"it is {row.state}, not posted", f"`ptedi remits match {case.ref} CLAIM` comes first")
    if row.clp.is_reversal:
        raise case.refuse("a reversal takes back what was posted, line by line",
                          "place the line of the payment that it takes back")  # fmt: skip
    if row.clp.status_code in INFORMATION:
        raise case.refuse("it only informs: no money moved")
    return known_claim(case, claims.get(case.conn, row.claim_id).patient_control_number)


def _post(case: Case, row: ClaimPaymentRow, known: KnownClaim, assigned: dict[int, int], said: str) -> None:
    """Mirrors what stands of it, posts it with its lines, and the same of a reversal that took it back."""
    conn, payment = case.conn, holder(case.conn, row)
    day, key = book_day(conn, payment), next_key(conn, row, "assign")
    posted = book(row.clp, known, key, day, Source.MANUAL, released=bool(imbalance(row.clp)), assigned=assigned)
    taken_back = _reversal_of(case, row, known)
    move(conn, row, posted.entry, day, Source.MANUAL)
    payments.assign_lines(conn, row.id, assigned)
    if taken_back is not None:
        again = mirror(posted.entry, next_key(conn, taken_back, "assign"), day, taken_back.clp.origin, Source.MANUAL)
        move(conn, taken_back, again, day, Source.MANUAL)
    now = stands_now(payments.history(conn, [known.claim_id])[known.claim_id], known)
    if now is not None:
        events.append_all(conn, [NewEvent(
            claim_id=known.claim_id, event=now, actor=case.person, evidence_key=key,
            detail=f"{said}: {case.reason}"[:500], file_id=payment.file_id, segment_index=row.segment_index,
            byte_offset=row.byte_offset)])  # fmt: skip
    unplaced.close(conn, [row.id], f"{case.person}: {said}"[:200])
    unplaced.ask(conn, row.id, known, posted.unplaced, file_id=payment.file_id, payment_id=payment.id)


def _reversal_of(case: Case, row: ClaimPaymentRow, known: KnownClaim) -> ClaimPaymentRow | None:
    """The reversal that mirrors this claim payment's posting, or None."""
    before: list[Adjudication] = []
    for one in payments.history(case.conn, [known.claim_id]).get(known.claim_id, []):
        original = original_of(one.clp, before) if one.clp.is_reversal else None
        if original is not None and original.id == row.id:
            return payments.get_claim(case.conn, one.id)
        before.append(one)
    return None
