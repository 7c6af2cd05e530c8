"""What a person decides about a whole check: let in although it does not foot, taken out, posted again."""

from __future__ import annotations

from decimal import Decimal

from ptedi.ledger.accounts import Account
from ptedi.ledger.model import Source
from ptedi.money import ZERO, from_cents, usd
from ptedi.remittances import balance
from ptedi.remittances.model import Payment
from ptedi.steps import inbound_pages as pages
from ptedi.steps import unplaced
from ptedi.steps.corrected import standing_rows
from ptedi.steps.decision import Case, Done, known_claims, unlearn, untell
from ptedi.steps.marked import usage_of
from ptedi.steps.moves import book_day, undone
from ptedi.steps.remit import is_test_set, source_of, unsound
from ptedi.steps.remit_claims import INFORMATION, Check, ClaimTally, out_of_books, post_claims, problems
from ptedi.store import deposits, files, payments, postings, work
from ptedi.store.decisions import Verb
from ptedi.store.payments import ClaimPaymentRow, PaymentState
from ptedi.store.postings import Booking
from ptedi.transactions import remittance_835

_STOPPED = frozenset({PaymentState.QUARANTINED, PaymentState.CONFLICTING, PaymentState.PARKED, PaymentState.UNPOSTED})
_NEVER = frozenset({pages.CUT_OFF, pages.UNREADABLE_MONEY})


def unpost_payment(case: Case) -> Done:
    """Takes a whole check out of the books."""
    conn, payment = case.conn, case.payment
    if payment.state is PaymentState.UNPOSTED:
        return case.done("it is unposted already")
    if payment.state is not PaymentState.POSTED:
        raise case.refuse(f"it is {payment.state}, not posted")
    day, number = book_day(conn, payment), postings.count_entries(conn, payment_id=payment.id)
    postings.post_all(conn, [
        Booking(entry=undone(entry, day, Source.MANUAL), payment_id=payment.id, claim_payment_id=claim_payment_id,
                file_id=file_id)
        for entry, claim_payment_id, file_id in postings.live_entries(conn, payment_id=payment.id)
    ])  # fmt: skip
    rows = standing_rows(conn, payment.id)
    known = known_claims(conn, [r.claim_id for r in rows if r.claim_id is not None])
    for row in rows:
        payments.decide(conn, row.id, PaymentState.UNPOSTED, f"{case.person}: {case.reason}"[:500])
        work.resolve_key(conn, f"claim payment:{row.id}", f"{case.person}: unposted with its check")
    unplaced.close(conn, [row.id for row in rows], f"{case.person}: unposted with its check")
    out_of_books(conn, [row.id for row in rows], f"{case.person}: unposted with its check")
    deposits.untie(conn, payment.id)
    payments.set_state(conn, payment.id, PaymentState.UNPOSTED, f"{case.person}: {case.reason}"[:500])
    for row in rows:
        if row.state is PaymentState.POSTED and row.claim_id is not None and row.clp.status_code not in INFORMATION:
            untell(case, row, known[row.claim_id], f"unpost:{payment.id}:{number}:{row.id}")
            unlearn(case, row)
    return case.record(Verb.UNPOST, f"check of {usd(from_cents(payment.amount_cents))} with {len(rows)} claims")


def repost_payment(case: Case) -> Done:
    """Posts an unposted check again."""
    if case.payment.state is PaymentState.POSTED:
        return case.done("it is posted")
    if case.payment.state is not PaymentState.UNPOSTED:
        raise case.refuse(f"it is {case.payment.state}, it was never unposted")
    rows = standing_rows(case.conn, case.payment.id)
    return _post_whole(case, Verb.REPOST, rows)


def release_payment(case: Case) -> Done:
    """Posts a check that was stopped."""
    if case.payment.state is PaymentState.POSTED:
        return case.done("it is posted already")
    if case.payment.state not in _STOPPED:
        raise case.refuse(f"it is {case.payment.state}")
    if case.payment.state is PaymentState.UNPOSTED:
        raise case.refuse("it was unposted", f"`ptedi remits repost {case.ref}`")
    return _post_whole(case, Verb.RELEASE, [])


def _post_whole(case: Case, verb: Verb, rows: list[ClaimPaymentRow]) -> Done:
    """Posts a check that a person lets in, under keys of its own."""
    conn, row = case.conn, case.payment
    _alone(case)
    file = files.get(conn, row.file_id)
    payment, problem = _again(case)
    off = problems(payment, balance.check(payment))
    for place, one in enumerate(rows):
        if one.replaces_id is not None:
            payment.claims[place] = one.clp
            off.pop(place, None)
    number = postings.count_entries(conn, payment_id=row.id)
    day = book_day(conn, row)
    held = Check(
        night=case.night, conn=conn, file=file, payment=payment, key=f"{row.id}.{number + 1}", payment_id=row.id,
        effective=day, paid_on=row.paid_on, source=Source.MANUAL if verb is Verb.RELEASE else source_of(file),
        released=problem, problems=off,
        rows=[(one.id, payments.get(conn, one.payment_id).file_id) for one in rows],
    )  # fmt: skip
    said = f"{verb} by {case.person}: {case.reason}"[:500]
    payments.set_state(conn, row.id, PaymentState.POSTED, said, book_date=day)
    post_claims(held, ClaimTally())
    work.resolve_key(conn, f"payment:{row.state}:{row.id}", said)
    if not any(one.state in _STOPPED for one in payments.of_file(conn, file.id)):
        files.set_state(conn, file.id, files.PROCESSED)
    suspense = balance_off(payment)
    said = f"check of {usd(from_cents(row.amount_cents))} with {len(payment.claims)} claims"
    said += f", {usd(suspense)} to {Account.SUSPENSE}" if suspense else ""
    return case.record(verb, said)


def balance_off(payment: Payment) -> Decimal:
    """By how much a check is more than its claims less its provider-level amounts."""
    cash = -payment.amount if payment.credit_debit == "D" else payment.amount
    provider = sum((p.amount for p in payment.provider_adjustments), ZERO)
    return cash - sum((c.paid for c in payment.claims), ZERO) + provider


def _alone(case: Case) -> None:
    """Only one copy of a check can stand in the books."""
    for other in payments.by_key(case.conn, case.payment.payment_key):
        if other.id != case.payment.id and other.state is PaymentState.POSTED:
            raise case.refuse(f"payment {other.id} is the same check and is in the books",
                              f"`ptedi remits unpost {other.id}` takes it out first")  # fmt: skip


def _again(case: Case) -> tuple[Payment, bool]:
    """The payment as its file says it, and whether it does not foot; refuses what can never be posted."""
    file = files.get(case.conn, case.payment.file_id)
    data = files.read_bytes(case.night.archive, file)
    payment = next(p for n, p in enumerate(remittance_835.read(files.legible(data))) if n == case.payment.set_index)
    tests = usage_of(data) if case.night.environment == "P" else None
    if is_test_set(payment, tests):
        raise case.refuse("it is marked as test data", "ask the payer for the real one")
    problem = unsound(payment)
    if problem is not None and problem.code in _NEVER:
        raise case.refuse(f"{problem.code} {problem.message}", "ask the payer for the whole file")
    return payment, problem is not None
