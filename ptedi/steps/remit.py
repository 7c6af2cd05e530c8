"""835 files into the ledger: each payment whole or not at all, each file and each check once.

A check that is not ours is parked, one that does not foot is quarantined, one that comes again is noted and not posted.
Of a check that stands, a claim that does not balance or is not found keeps its money in unapplied; nothing is plugged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from ptedi.dates import today
from ptedi.errors import UnreadableFile
from ptedi.findings import Finding
from ptedi.ledger import fingerprint
from ptedi.ledger.model import Source
from ptedi.money import ZERO, cents, from_cents, usd
from ptedi.remittances import balance
from ptedi.remittances.model import Payment
from ptedi.steps import corrected, quarantine, repeated, traces
from ptedi.steps import inbound_pages as pages
from ptedi.steps.acknowledge import apply_acknowledgements
from ptedi.steps.collect import BANK, ENTERED, MIXED, put_away
from ptedi.steps.deposit import take_deposits
from ptedi.steps.faults import point
from ptedi.steps.marked import Usage, is_test, usage_of
from ptedi.steps.night import Night
from ptedi.steps.remit_claims import Check, ClaimTally, post_claims, problems
from ptedi.steps.repeated import Repeats
from ptedi.store import Connection, closings, deposits, files, payments, work
from ptedi.store.files import StoredFile
from ptedi.store.payments import NewPayment, PaymentRow, PaymentState
from ptedi.store.work import NewWork, WorkKind
from ptedi.transactions import pages as reader_pages
from ptedi.transactions import remittance_835

_LARGEST = Decimal(10) ** 13  # more than any check; beyond it an amount is not one


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of a file of remittances: payments by state, claim payments by state, deposits of a bank file."""

    file_id: int
    payments: int = 0
    posted: int = 0
    parked: int = 0
    quarantined: int = 0
    conflicting: int = 0
    duplicate: int = 0
    claims: int = 0
    claims_unmatched: int = 0
    claims_quarantined: int = 0
    deposits: int = 0


def post_remittances(night: Night, file_id: int) -> Posted:
    """Posts every payment of a file (and applies whatever else is in it); what was posted before stays as it is."""
    with night.store.exclusive("post"):
        with night.store.read() as conn:
            file = files.get(conn, file_id)
            done = {row.set_index for row in payments.of_file(conn, file_id)}
        if file.state == files.QUARANTINED and not done:
            return Posted(file_id=file_id)
        data = files.read_bytes(night.archive, file)
        if file.kind == BANK:
            return Posted(file_id=file_id, deposits=take_deposits(night, file, data))
        if file.kind == MIXED:
            apply_acknowledgements(night, file_id)
        return _post_all(night, file, data, done)


def _post_all(night: Night, file: StoredFile, data: bytes, done: set[int]) -> Posted:
    """Each payment in a transaction of its own; the file is closed with the last one, or by itself."""
    tally, closed = ClaimTally(), None
    try:
        tests = usage_of(data) if night.environment == "P" else None
        for index, (payment, is_last) in enumerate(_with_last(remittance_835.read(files.legible(data)))):
            if index in done:
                continue
            with night.store.begin() as conn:
                _payment(night, conn, file, index, payment, tally, is_test=is_test_set(payment, tests))
                point("remit.payment written")
                closed = _close(night, conn, file, data, tally) if is_last else None
            point("remit.payment kept")
    except UnreadableFile as problem:
        with night.store.begin() as conn:
            put_away(night, conn, file, data, [pages.finding(pages.NOT_X12, str(problem))])
    if closed is not None:
        return closed
    with night.store.begin() as conn:
        return _close(night, conn, file, data, tally)


def _with_last(found: Iterator[Payment]) -> Iterator[tuple[Payment, bool]]:
    """Each payment with whether nothing comes after it; what cannot be read is told when its turn has come."""
    ahead, problem = next(found, None), None
    while ahead is not None:
        payment = ahead
        try:
            ahead = next(found, None)
        except UnreadableFile as error:
            ahead, problem = None, error
        yield payment, ahead is None and problem is None
    if problem is not None:
        raise problem


def _close(night: Night, conn: Connection, file: StoredFile, data: bytes, tally: ClaimTally) -> Posted:
    """The file's state follows from its payments; a file with a payment in quarantine is kept there whole too."""
    rows = payments.of_file(conn, file.id)
    states = Counter(row.state for row in rows)
    stopped = [r for r in rows if r.state in (PaymentState.QUARANTINED, PaymentState.CONFLICTING)]
    if not rows and files.get(conn, file.id).state != files.QUARANTINED:
        put_away(night, conn, file, data, [pages.finding(pages.NOTHING_FOR_US, "The file holds no payment.")])
    elif rows:
        if stopped:
            quarantine.keep(night, file, data, [f"payment {r.set_index + 1}: {r.reason}" for r in stopped])
        waiting = stopped or [r for r in rows if r.state is PaymentState.PARKED]
        files.set_state(conn, file.id, _file_state(states), quarantine.sentence(r.reason for r in waiting))
    return Posted(
        file_id=file.id, payments=len(rows), posted=states[PaymentState.POSTED], parked=states[PaymentState.PARKED],
        quarantined=states[PaymentState.QUARANTINED], conflicting=states[PaymentState.CONFLICTING],
        duplicate=states[PaymentState.DUPLICATE], claims=tally.posted, claims_unmatched=tally.unmatched,
        claims_quarantined=tally.quarantined,
    )  # fmt: skip


def _file_state(states: Counter[PaymentState]) -> str:
    if states[PaymentState.POSTED] or states[PaymentState.CORRECTED]:
        return files.PROCESSED
    if states[PaymentState.QUARANTINED] or states[PaymentState.CONFLICTING]:
        return files.QUARANTINED
    return files.PARKED if states[PaymentState.PARKED] else files.PROCESSED


# --- one payment ---


def _payment(
    night: Night, conn: Connection, file: StoredFile, index: int, payment: Payment, tally: ClaimTally, *, is_test: bool
) -> None:
    content = fingerprint.content_sha256(payment)
    key = fingerprint.payment_key(payment, content)
    alike = [row for row in payments.by_key(conn, key, payment.trace_number[:64])
             if row.state is not PaymentState.DUPLICATE]  # fmt: skip
    key, earlier = traces.same_check(night, conn, payment, key, content, alike)
    earlier += _cut_copies(payment, (row for row in alike if row not in earlier))
    problem = marked_as_test(payment) if is_test else unsound(payment)
    repeats = Repeats(found={}) if problem else repeated.look(conn, payment)
    state, reason = _verdict(night, conn, payment, content, earlier, problem or repeats.whole)
    fixes = None
    if state is PaymentState.CONFLICTING and problem is None:
        fixes = corrected.look(conn, payment, earlier)
        state, reason = (PaymentState.CORRECTED, fixes.finding) if fixes else (state, reason)
    off = balance.check(payment) if state is PaymentState.POSTED else []
    notes = [finding for finding in off if finding.claim is None]
    text = quarantine.sentence([reason] if reason else notes)
    known, paid_on = abs(payment.amount) < _LARGEST, payment.date or payment.production_date
    day = closings.open_day(conn, paid_on or file.received_at.date(), today())
    payment_id = payments.add(conn, NewPayment(
        file_id=file.id, set_index=index, payment_key=key, content_sha256=content, trace_number=payment.trace_number,
        originator=payment.originator, payer=payment.payer, payee_npi=payment.payee_npi, method=payment.method,
        payment_date=paid_on, amount_cents=cents(_cash(payment)) if known else 0,
        claim_count=len(payment.claims), state=state, reason=text, book_date=day,
    ))  # fmt: skip
    check = Check(night=night, conn=conn, file=file, payment=payment, key=key, payment_id=payment_id, effective=day,
                  paid_on=paid_on or day, source=source_of(file))  # fmt: skip
    if state is PaymentState.POSTED:
        check.problems = repeats.found | problems(payment, off)
        post_claims(check, tally)
        _replace(conn, earlier, payment_id)
    elif fixes is not None:
        corrected.post(check, fixes, tally)
    elif state is not PaymentState.DUPLICATE:
        _wait(conn, file, payment, payment_id, key, state, text)


def source_of(file: StoredFile) -> Source:
    """Why a file's payments are posted: a payer sent it, or a person entered it from paper."""
    return Source.MANUAL if file.kind == ENTERED else Source.ERA


def _cash(payment: Payment) -> Decimal:
    return -payment.amount if payment.credit_debit == "D" else payment.amount


def _verdict(
    night: Night, conn: Connection, payment: Payment, content: str, earlier: list[PaymentRow], problem: Finding | None
) -> tuple[PaymentState, Finding | None]:
    """What may happen with a payment as a whole, and why not if it may not be posted."""
    live = [row for row in earlier if row.state is not PaymentState.QUARANTINED]
    if any(row.content_sha256 == content for row in (earlier if problem else live)):
        return PaymentState.DUPLICATE, None
    is_cut = problem is not None and problem.code == pages.CUT_OFF  # what is missing may be who is paid
    if not is_cut and not is_ours(night, payment):
        payee = f"{payment.payee} {payment.payee_npi or payment.payee_tax_id}".strip() or "nobody that the file names"
        return PaymentState.PARKED, pages.finding(pages.NOT_OURS, f"The check pays {payee}, not this practice.")
    posted = [row for row in live if row.state is PaymentState.POSTED]
    if posted:
        return PaymentState.CONFLICTING, _clash(conn, payment, posted[0], problem)
    if not is_cut and (live or (problem and earlier)):  # however often it comes cut off, the whole one is posted
        clash = f"Check {payment.trace_number or 'without trace'} came before with other content."
        return PaymentState.CONFLICTING, problem or pages.finding(pages.CONFLICT, clash)
    return (PaymentState.QUARANTINED if problem else PaymentState.POSTED), problem


def _clash(conn: Connection, payment: Payment, posted: PaymentRow, problem: Finding | None) -> Finding:
    """A copy that differs from what is in the books: the books stay, whatever is wrong with the copy."""
    name = files.get(conn, posted.file_id).original_name
    amount = usd(from_cents(posted.amount_cents))
    sentence = (f"Check {posted.trace_number or 'without trace'} of {amount} was posted from file {name}; this "
                "copy differs and nothing of it was posted.")  # fmt: skip
    if problem is not None and problem.code != pages.REPEATED:
        sentence = f"{sentence}  {problem.message}"
    return replace(pages.finding(pages.CONFLICT, sentence), hint="If this copy is right, the payer must say so.")


def marked_as_test(payment: Payment) -> Finding:
    """Why a payment of a test interchange is not money."""
    trace = payment.trace_number or "without trace"
    return pages.finding(pages.TEST_DATA, f"Check {trace} is marked as test data.")


def _cut_copies(payment: Payment, traced: Iterable[PaymentRow]) -> list[PaymentRow]:
    """The same check beside a copy that was cut off before its payee: the key of a check names the payee."""
    is_cut = any(f.code == reader_pages.CUT_OFF.code for f in payment.findings) and not _names_payee(payment)
    same = (payment.originator[:32], payment.date or payment.production_date)
    return [
        row for row in traced
        if (row.originator, row.payment_date) == same and row.state is not PaymentState.PARKED
        and (is_cut or (row.state is PaymentState.QUARANTINED and row.reason.startswith(pages.CUT_OFF)
                        and not row.payee_npi))
    ]  # fmt: skip


def _names_payee(payment: Payment) -> bool:
    return bool(payment.payee_npi or payment.payee_tax_id or payment.payee)


def is_ours(night: Night, payment: Payment) -> bool:
    """Whether a check pays this practice: by NPI of the group or a clinic, else by tax id."""
    practice = night.practice
    ours = {practice.billing.npi, *(clinic.npi for clinic in practice.clinics)}
    return payment.payee_npi in ours or payment.payee_tax_id.replace("-", "") == practice.billing.tax_id


def unsound(payment: Payment) -> Finding | None:
    """Why the payment as a whole cannot be trusted: cut off, unreadable amounts of the check, or it does not foot."""
    for found in payment.findings:  # first: what is cut off is often unreadable too
        if found.code == reader_pages.CUT_OFF.code:
            return pages.finding(pages.CUT_OFF, found.message)
    for found in payment.findings:
        if found.code in (reader_pages.BAD_AMOUNT.code, reader_pages.OUT_OF_PLACE.code) and found.claim is None:
            return pages.finding(pages.UNREADABLE_MONEY, found.message)
    amounts = [payment.amount, *(c.paid for c in payment.claims), *(c.charge for c in payment.claims),
               *(p.amount for p in payment.provider_adjustments)]  # fmt: skip
    if any(abs(amount) >= _LARGEST for amount in amounts):
        return pages.finding(pages.UNREADABLE_MONEY, "An amount is larger than any check.")
    claims = sum((c.paid for c in payment.claims), ZERO)
    provider = sum((p.amount for p in payment.provider_adjustments), ZERO)
    off = _cash(payment) - claims + provider
    if off:
        sentence = (f"The check says {usd(_cash(payment))}, its claims {usd(claims)} less provider adjustments "
                    f"{usd(provider)}: off by {usd(off)}.")  # fmt: skip
        return pages.finding(pages.NOT_FOOTING, sentence)
    return None


def _wait(
    conn: Connection, file: StoredFile, payment: Payment, payment_id: int, key: str, state: PaymentState, reason: str
) -> None:
    """A payment that is not posted is a work item."""
    kind = {PaymentState.PARKED: WorkKind.PARKED, PaymentState.CONFLICTING: WorkKind.CONFLICT}.get(
        state, WorkKind.QUARANTINE)  # fmt: skip
    amount = abs(payment.amount) if abs(payment.amount) < _LARGEST else ZERO
    place = f"set {payment.control_number}, segment {payment.origin.segment_index}"
    work.put(conn, NewWork(
        key=f"payment:{state}:{payment_id}", kind=kind, category="remittance", file_id=file.id, payment_id=payment_id,
        sentence=reason, next_action="TELL_CLEARINGHOUSE" if kind is WorkKind.PARKED else "ASK_PAYER",
        how=f"file {file.id} ({file.original_name}), {place}",
        amount_cents=cents(amount), priority=0 if kind is WorkKind.PARKED else int(amount),
    ))  # fmt: skip


def _replace(conn: Connection, earlier: list[PaymentRow], payment_id: int) -> None:
    """Quarantined copies of a check that now came sound are settled; their deposits are those of the sound one."""
    for row in earlier:
        deposits.pass_on(conn, row.id, payment_id)
        work.resolve_key(conn, f"deposit:missing:{row.id}", "a sound copy of the check was posted")
        payments.set_state(conn, row.id, PaymentState.DUPLICATE, f"replaced by a sound copy; was: {row.reason}"[:500])
        work.resolve_key(conn, f"payment:{PaymentState.QUARANTINED}:{row.id}", "a sound copy of the check was posted")


# --- test and production ---


def is_test_set(payment: Payment, tests: Usage | None) -> bool:
    """Whether a payment stands in an interchange that is marked as test."""
    return tests is not None and is_test(tests, payment.origin.byte_offset)
