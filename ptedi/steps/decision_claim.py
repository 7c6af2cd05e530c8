"""What a person decides about one claim of a check: let in, matched, set aside, taken out, posted again."""

from __future__ import annotations

from decimal import Decimal

from ptedi.ledger import posting
from ptedi.ledger.accounts import Account
from ptedi.ledger.matching import KnownClaim, match_claim
from ptedi.ledger.model import Source
from ptedi.money import ZERO, usd
from ptedi.remittances import balance
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.steps import unplaced
from ptedi.steps.decision import Case, Done, claim_row, known_claim, known_claims, numbers_of, unlearn, untell
from ptedi.steps.known import StoreLookup
from ptedi.steps.moves import book_day, holder, move, next_key
from ptedi.steps.release import settle
from ptedi.steps.remit_claims import INFORMATION, INFORMS_WITH_MONEY, informs_with_money, out_of_books, problems
from ptedi.steps.whose import same_payer
from ptedi.store import Connection, payments, postings, references, work
from ptedi.store.decisions import Verb
from ptedi.store.payments import ClaimPaymentRow, PaymentState
from ptedi.store.references import ReferenceKind
from ptedi.store.work import NewWork, WorkKind

WAITS = frozenset({PaymentState.UNMATCHED, PaymentState.QUARANTINED, PaymentState.PARKED, PaymentState.UNPOSTED})


def imbalance(clp: ClaimPayment) -> str:
    """By what a claim payment does not balance, in words; empty when it does."""
    alone = Payment(control_number="", amount=clp.paid, claims=[clp], origin=clp.origin)
    off = problems(alone, balance.check(alone))
    return " ".join(f"{one.code} {one.message}" for one in off.values())


def release_claim(case: Case, claim: str, *, sure: bool = False) -> Done:
    """Posts a waiting claim payment as it is; `sure`: to a claim of another payer, too."""
    row = claim_row(case)
    if row.state is PaymentState.POSTED:
        return case.done("it is posted already")
    known = known_claim(case, claim) if claim else _matched(case, row)
    if claim:
        same_payer(case, known, sure=sure)
    return let_in(case, row, known, Verb.RELEASE)


def _matched(case: Case, row: ClaimPaymentRow) -> KnownClaim:
    found = match_claim(row.clp, StoreLookup(case.conn), (case.night.claim_prefix,))
    if found.found is None:
        raise case.refuse(found.reason, f"`ptedi remits match {case.ref} CLAIM` says which claim it is")
    return found.found


def let_in(case: Case, row: ClaimPaymentRow, known: KnownClaim, verb: Verb) -> Done:
    """Posts a waiting claim payment to a claim, by a person's word."""
    if row.state not in WAITS:
        raise case.refuse(f"it is {row.state}", f"`ptedi remits unpost {case.ref}` takes it out of the books first")
    if informs_with_money(row.clp):
        raise case.refuse(INFORMS_WITH_MONEY, "ask the payer")
    off = imbalance(row.clp)
    settle(case.conn, row, known, f"{case.person}: {case.reason}"[:300], case.person, source=Source.MANUAL,
           released=bool(off))  # fmt: skip
    if verb is Verb.MATCH:
        for number in numbers_of(row):
            references.note(case.conn, known.claim_id, ReferenceKind.MANUAL, number, case.payment.file_id)
    disputed = _standing_in(case.conn, row.id, Account.DISPUTED)
    said = f"{usd(row.clp.paid)} to claim {known.claim.patient_control_number}"
    said += f", {usd(disputed)} to {Account.DISPUTED}" if disputed else ""
    return case.record(verb, said, claim_id=known.claim_id)


def _standing_in(conn: Connection, claim_payment_id: int, account: Account) -> Decimal:
    found = postings.live_entries(conn, claim_payment_id=claim_payment_id)
    return sum((p.amount for e, *_ in found for p in e.postings if p.account is account), ZERO)


def unpost_claim(case: Case, row: ClaimPaymentRow) -> Done:
    """Takes a posted claim payment out of the books; its money waits in unapplied."""
    if row.state is PaymentState.UNPOSTED:
        return case.done("it is unposted already")
    if row.state is not PaymentState.POSTED or row.claim_id is None:
        raise case.refuse(f"it is {row.state}, not posted")
    known, key = known_claims(case.conn, [row.claim_id])[row.claim_id], next_key(case.conn, row, "unpost")
    set_aside(case, row, Account.UNAPPLIED, PaymentState.UNPOSTED)
    if row.clp.status_code not in INFORMATION:
        untell(case, row, known, key)
    unlearn(case, row)
    work.revive(case.conn, NewWork(
        key=f"claim payment:{row.id}", kind=WorkKind.QUARANTINE, category="remittance", file_id=case.payment.file_id,
        claim_id=row.claim_id, payment_id=case.payment.id, next_action="REPOST",
        sentence=f"unposted by {case.person}: {case.reason}"[:500],
        how=f"`ptedi remits repost {case.ref}`, or `match` it to another claim", amount_cents=row.paid_cents,
        priority=abs(row.paid_cents) // 100,
    ))  # fmt: skip
    said = f"{usd(row.clp.paid)} from claim {known.claim.patient_control_number} to {Account.UNAPPLIED}"
    return case.record(Verb.UNPOST, said, claim_id=row.claim_id)


def repost_claim(case: Case, row: ClaimPaymentRow) -> Done:
    """Posts an unposted claim payment again."""
    claim_row(case)
    if row.state is PaymentState.POSTED:
        return case.done("it is posted")
    if row.state is not PaymentState.UNPOSTED:
        raise case.refuse(f"it is {row.state}, it was never unposted")
    if off := imbalance(row.clp):
        raise case.refuse(off, f"`ptedi remits release {case.ref}` posts it all the same")
    return let_in(case, row, _matched(case, row), Verb.REPOST)


def set_aside(case: Case, row: ClaimPaymentRow, account: Account, state: PaymentState) -> None:
    """Moves a claim payment's money to where it waits."""
    day = book_day(case.conn, holder(case.conn, row))
    key = next_key(case.conn, row, state.value)
    move(case.conn, row, posting.unapplied_entry(row.clp, key, day, Source.MANUAL, account), day, Source.MANUAL)
    payments.decide(case.conn, row.id, state, f"{case.person}: {case.reason}"[:500])
    work.resolve_key(case.conn, f"claim payment:{row.id}", f"{case.person}: {state.value}")
    unplaced.close(case.conn, [row.id], f"{case.person}: {state.value}")
    out_of_books(case.conn, [row.id], f"{case.person}: {state.value}")
