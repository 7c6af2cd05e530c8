"""One decision of a person about money: what it names, who decides and why, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ptedi.errors import ConfigurationError
from ptedi.ledger.matching import KnownClaim, is_telling
from ptedi.money import usd
from ptedi.steps.corrected import standing_rows
from ptedi.steps.faults import point
from ptedi.steps.known import StoreLookup
from ptedi.steps.moves import holder
from ptedi.steps.night import Night
from ptedi.steps.remit_claims import stands_now
from ptedi.store import Connection, claims, decisions, events, payments, references
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.events import NewEvent
from ptedi.store.payments import ClaimPaymentRow, PaymentRow, PaymentState
from ptedi.store.references import ReferenceKind
from ptedi.submissions.status import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a decision did: the payment or claim payment, its state now, its money; `changed` False when it was so."""

    ref: str
    state: str
    amount_cents: int
    changed: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One decision while it is carried out."""

    night: Night
    conn: Connection
    ref: str
    person: str
    reason: str
    payment: PaymentRow
    row: ClaimPaymentRow | None

    def record(self, verb: Verb, sentence: str, *, claim_id: int | None = None) -> Done:
        """Keeps the decision and says what was done."""
        decisions.record(self.conn, NewDecision(
            actor=self.person, action=verb, reason=self.reason, payment_id=self.payment.id,
            claim_payment_id=self.row.id if self.row else None, claim_id=claim_id, detail=sentence,
        ))  # fmt: skip
        return self.done(sentence, changed=True)

    def done(self, sentence: str, *, changed: bool = False) -> Done:
        """What stands now."""
        payment = payments.get(self.conn, self.payment.id)
        row = payments.get_claim(self.conn, self.row.id) if self.row else None
        state, amount = (row.state, row.paid_cents) if row else (payment.state, payment.amount_cents)
        return Done(ref=self.ref, state=state.value, amount_cents=amount, changed=changed, sentence=sentence)

    def refuse(self, why: str, hint: str = "") -> ConfigurationError:
        """The decision cannot be carried out."""
        return ConfigurationError(f"{self.ref}: {why}", hint=hint or f"`ptedi remits show {self.ref}` shows it")


def decide(night: Night, ref: str, person: str, reason: str, run: Callable[[Case], Done]) -> Done:
    """Carries out one decision in one transaction, under the lock of all posting."""
    if not reason.strip():
        raise ConfigurationError("a decision about money needs a reason", hint="--reason \"...\"")
    with night.store.exclusive("post"):
        with night.store.begin() as conn:
            payment, row = named(conn, ref)
            done = run(Case(night=night, conn=conn, ref=ref, person=person, reason=reason.strip(), payment=payment,
                             row=row))  # fmt: skip
            point("remits.decided")
    return done


def named(conn: Connection, ref: str) -> tuple[PaymentRow, ClaimPaymentRow | None]:
    """The payment `12`, or the third claim of it `12.3`.

    Raises:
        ConfigurationError: there is none of that name.
    """
    number, _, place = ref.partition(".")
    payment = payments.find(conn, int(number)) if number.isdecimal() and len(number) < 19 else None
    if payment is None or (place and not place.isdecimal()):
        raise ConfigurationError(f"there is no payment {ref}", hint="`ptedi remits list --all` lists them")
    if not place:
        return payment, None
    rows = standing_rows(conn, payment.id)
    if not 1 <= int(place) <= len(rows):
        raise ConfigurationError(f"payment {number} has {len(rows)} claims", hint=f"`ptedi remits show {number}`")
    return payment, rows[int(place) - 1]


def claim_row(case: Case) -> ClaimPaymentRow:
    """The claim payment that is meant, whose check is in the books."""
    if case.row is None:
        raise case.refuse("that is a whole payment", f"name one of its claims: {case.ref}.1")
    if holder(case.conn, case.row).state is not PaymentState.POSTED:
        raise case.refuse("its check is not in the books", "release the check first")
    return case.row


def known_claim(case: Case, number: str) -> KnownClaim:
    """The claim of ours with this number."""
    found = StoreLookup(case.conn).by_control_number(number.strip().upper())
    if found is None:
        raise case.refuse(f"there is no claim {number} of ours", "`ptedi claims` lists them")
    return found


def untell(case: Case, row: ClaimPaymentRow, known: KnownClaim, key: str) -> None:
    """The claim's timeline: its answer is out of the books; then what stands without it."""
    history = payments.history(case.conn, [known.claim_id]).get(known.claim_id, [])
    said = f"{usd(row.clp.paid)} taken out of the books: {case.reason}"
    events.append_all(case.conn, [
        NewEvent(claim_id=known.claim_id, event=event, actor=case.person, evidence_key=f"{key}{mark}",
                 detail=said[:500], file_id=case.payment.file_id, segment_index=row.segment_index,
                 byte_offset=row.byte_offset)
        for event, mark in ((Event.UNPOSTED, ""), (stands_now(history, known), " stands")) if event is not None
    ])  # fmt: skip


def numbers_of(row: ClaimPaymentRow) -> list[str]:
    """The numbers by which a claim payment is known again: the payer's, and a CLP01 that says enough."""
    numbers = [row.clp.payer_claim_control_number, row.clp.patient_control_number]
    return [numbers[0], *(one for one in numbers[1:] if is_telling(one))]


def unlearn(case: Case, row: ClaimPaymentRow) -> None:
    """What was taken out of the books teaches no more whose number it is: posted again, a person is asked anew."""
    if row.claim_id is not None:
        references.forget(case.conn, row.claim_id, ReferenceKind.MANUAL, numbers_of(row))


def known_claims(conn: Connection, claim_ids: list[int]) -> dict[int, KnownClaim]:
    """Claims of ours as matching sees them."""
    rows, coded = claims.get_all(conn, claim_ids), claims.load_all(conn, claim_ids)
    return {i: KnownClaim(claim_id=i, payer_id=row.payer_id, service_date=row.service_date, claim=coded[i].claim)
            for i, row in rows.items()}  # fmt: skip
