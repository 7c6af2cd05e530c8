"""The claims of one sound check: matched, balanced, posted; or their money kept in unapplied with a work item."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ptedi.findings import Finding, Severity
from ptedi.ledger import coordination, posting
from ptedi.ledger.matching import ClaimMatch, Fit, KnownClaim, match_claim, match_lines
from ptedi.ledger.model import Entry, Source, mirror
from ptedi.ledger.policy import OVERSTATED, Action, standard
from ptedi.ledger.posting import Context, Posted
from ptedi.ledger.standing import NOTICES, Adjudication, original_of, standing
from ptedi.money import ZERO, cents, usd
from ptedi.remittances.model import ClaimPayment, Payment, ServicePayment
from ptedi.steps import inbound_pages as pages
from ptedi.steps import unplaced
from ptedi.steps.known import StoreLookup
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, events, payments, postings, work
from ptedi.store.events import NewEvent
from ptedi.store.files import StoredFile
from ptedi.store.payments import NewClaimPayment, PaymentState
from ptedi.store.postings import Booking
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import Event
from ptedi.transactions import pages as reader_pages

INFORMATION = NOTICES  # no money moved
INFORMS_WITH_MONEY = "a claim that was only forwarded or priced carries money"


@dataclass(slots=True)
class ClaimTally:
    """Claim payments of a run by what became of them."""

    posted: int = 0
    unmatched: int = 0
    quarantined: int = 0


@dataclass(slots=True, kw_only=True)
class _Decided:
    """One claim payment and what becomes of it."""

    clp: ClaimPayment
    known: KnownClaim | None
    state: PaymentState
    reason: str
    entry: Entry
    patient: Decimal = ZERO
    held: Decimal = ZERO
    candidates: tuple[int, ...] = ()
    fit: Fit | None = None
    unplaced: tuple[ServicePayment, ...] = ()


@dataclass(slots=True, kw_only=True)
class Check:
    """A payment while it is posted; `before` holds what payers said of its claims until now.

    Attributes:
        effective: the day in whose books it is written; `paid_on` the day of the check.
        source: era, or manual for what a person entered.
        released: a person released the check although it does not foot.
        rows: the claim payments that are there already and are posted again, in their order, each with its file.
        corrects: the check that holds the money when this is a corrected copy of it, and `replaces` the claim payments
            that this copy's replace, in their order.
    """

    night: Night
    conn: Connection
    file: StoredFile
    payment: Payment
    key: str
    payment_id: int
    effective: date
    paid_on: date
    source: Source = Source.ERA
    released: bool = False
    rows: Sequence[tuple[int, int]] = ()
    corrects: int | None = None
    replaces: Sequence[int] = ()
    problems: dict[int, Finding] = field(default_factory=dict)
    before: dict[int, list[Adjudication]] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)


def post_claims(check: Check, tally: ClaimTally) -> None:
    """Posts a check that foots: the check's entry and one entry per claim payment, all in this transaction."""
    night, conn, file, payment = check.night, check.conn, check.file, check.payment
    lookup = StoreLookup(conn, payment.claims)
    matches = [match_claim(clp, lookup, (night.claim_prefix,)) for clp in payment.claims]
    found = {m.found.claim_id for m in matches if m.found}
    events.lock(conn, sorted(found))  # first: what is written next then has nothing left to hold
    check.before = payments.history(conn, found)
    pairs = zip(payment.claims, matches, strict=True)
    decided = [_decide(check, number, clp, match) for number, (clp, match) in enumerate(pairs)]
    ids, holder = _rows(check, decided), check.corrects or check.payment_id
    bookings = [] if check.corrects else [Booking(
        entry=posting.check_entry(payment, check.key, check.effective, check.source, released=check.released),
        payment_id=holder, file_id=file.id)]  # fmt: skip
    bookings += [Booking(entry=d.entry, payment_id=holder, claim_payment_id=i, file_id=file_id)
                 for d, (i, file_id) in zip(decided, ids, strict=True)]  # fmt: skip
    postings.post_all(conn, bookings)
    events.append_all(conn, _events(check, decided), held=True)
    for d, (i, _) in zip(decided, ids, strict=True):
        _count(tally, d)
        if d.state is not PaymentState.POSTED:
            _wait(check, d, i)
        elif d.known is not None:
            ask_overstated(conn, d.clp, d.known, i, file_id=file.id, payment_id=check.payment_id)
            unplaced.ask(conn, i, d.known, d.unplaced, file_id=file.id, payment_id=holder)


def _rows(check: Check, decided: Sequence[_Decided]) -> Sequence[tuple[int, int]]:
    """The claim payments' numbers, each with its file: new ones, or those that are posted again."""
    if not check.rows:
        replaces: Sequence[int | None] = check.replaces or [None] * len(decided)
        ids = payments.add_claims(check.conn, [_row(check, d, r) for d, r in zip(decided, replaces, strict=True)])
        return [(one, check.file.id) for one in ids]
    for d, (one, _) in zip(decided, check.rows, strict=True):
        payments.decide(check.conn, one, d.state, d.reason, claim_id=d.known.claim_id if d.known else None,
                        patient_cents=cents(d.patient), fit=d.fit)  # fmt: skip
    return check.rows


def _count(tally: ClaimTally, d: _Decided) -> None:
    tally.posted += d.state is PaymentState.POSTED
    tally.unmatched += d.state is PaymentState.UNMATCHED
    tally.quarantined += d.state is PaymentState.QUARANTINED


def problems(payment: Payment, off: Sequence[Finding]) -> dict[int, Finding]:
    """The first error of each claim of the payment, by its place: an amount that cannot be read, or an imbalance."""
    starts = [clp.origin.segment_index for clp in payment.claims]
    found: dict[int, Finding] = {}
    unreadable = [f for f in payment.findings if f.code == reader_pages.BAD_AMOUNT.code]
    for finding in (*unreadable, *off):
        if finding.claim is not None and finding.segment_index is not None and finding.severity is Severity.ERROR:
            place = bisect_right(starts, finding.segment_index) - 1
            found.setdefault(max(place, 0), finding)
    return found


# --- one claim payment ---


def _decide(check: Check, number: int, clp: ClaimPayment, match: ClaimMatch) -> _Decided:
    """Posted, or kept in unapplied with the reason."""
    key = f"era:{check.key}:{number}"
    state, reason = _verdict(check, number, clp, match)
    if state is not PaymentState.POSTED or match.found is None:
        return _Decided(clp=clp, known=match.found, state=state, reason=reason, candidates=match.candidates,
                        entry=posting.unapplied_entry(clp, key, check.effective, check.source),
                        fit=match.fit)  # fmt: skip
    if clp.status_code in INFORMATION:
        empty = Entry(key=key, effective=check.effective, source=check.source, postings=(),
                      claim_id=match.found.account)  # fmt: skip
        return _Decided(clp=clp, known=match.found, state=state, reason="information only: no money moved", entry=empty,
                        fit=match.fit)  # fmt: skip
    posted = book(clp, match.found, key, check.effective, check.source)
    entry = _mirrored(check, clp, match.found, key) or posted.entry
    _remember(check, number, clp, match.found, entry)
    return _Decided(clp=clp, known=match.found, state=state, reason=match.reason, entry=entry,
                    patient=posted.total(Action.PATIENT), held=posted.total(Action.HOLD), fit=match.fit,
                    unplaced=() if clp.is_reversal else posted.unplaced)  # fmt: skip


def _verdict(check: Check, number: int, clp: ClaimPayment, match: ClaimMatch) -> tuple[PaymentState, str]:
    problem = check.problems.get(number)
    if problem is not None:
        return PaymentState.QUARANTINED, f"{problem.code} {problem.message}"
    if match.found is None:
        return PaymentState.UNMATCHED, f"{pages.UNMATCHED} {match.reason}"
    if informs_with_money(clp):
        return PaymentState.QUARANTINED, INFORMS_WITH_MONEY
    wrong = forgets_prior_payer(clp, match.found) or may_not_overstate(clp, match.found)
    return (PaymentState.QUARANTINED, wrong) if wrong else (PaymentState.POSTED, match.reason)


def informs_with_money(clp: ClaimPayment) -> bool:
    """Whether what should only inform carries money."""
    return clp.status_code in INFORMATION and bool(clp.paid)


def forgets_prior_payer(clp: ClaimPayment, known: KnownClaim) -> str:
    """Why a later payer's answer cannot be posted: it restates nothing, or too little, of what was done before."""
    found = coordination.restated(clp, known.claim, standard())
    missing = posting.misses_prior_payer(clp) if found is None else found.is_missing
    if missing and (clp.paid or posting.adjustments(clp)):  # what pays and adjusts nothing takes nothing back
        return f"{pages.NO_PRIOR_PAYER} what the first payer did (OA-23) is not restated"
    if found is not None and found.short and found.told:
        return (f"{pages.SHORT_PRIOR_PAYER} OA-23 restates {usd(found.told)} of the {usd(found.wanted)} that were paid "
                f"and written off before; off by {usd(found.short)}")  # fmt: skip
    return ""


def may_not_overstate(clp: ClaimPayment, known: KnownClaim) -> str:
    """Why a later payer's answer is held that restates too much, where the policy says so."""
    action = standard().treat("OA", OVERSTATED, known.payer_id, known.service_date).action
    return overstates_prior_payer(clp, known)[0] if action is Action.HOLD else ""


def overstates_prior_payer(clp: ClaimPayment, known: KnownClaim) -> tuple[str, Decimal]:
    """What a later payer restates beyond what was done before, in words and exactly; "" and zero when nothing."""
    found = coordination.restated(clp, known.claim, standard())
    if found is None or not found.over:
        return "", ZERO
    said = (f"{pages.OVERSTATED_PRIOR_PAYER} OA-23 restates {usd(found.told)}, but {usd(found.most)} were paid and "
            f"adjusted before; {usd(found.over)} too much")  # fmt: skip
    return said, found.over


def book(
    clp: ClaimPayment, known: KnownClaim, key: str, effective: date, source: Source = Source.ERA, *,
    released: bool = False, assigned: Mapping[int, int] | None = None,
) -> Posted:  # fmt: skip
    """The books of a claim payment on its claim, its lines matched.

    `released`: a person says so although it is off; `assigned`: which of our lines a person says its lines are.
    """
    lines = match_lines(clp.lines, known.claim.lines, assigned)
    context = Context(claim_id=known.account, payer_id=known.payer_id, sequence=known.claim.sequence,
                      service_date=known.service_date, lines=[m.line for m in lines], policy=standard(), source=source,
                      released=released)  # fmt: skip
    return posting.claim_entry(clp, context, key, effective)


def _mirrored(check: Check, clp: ClaimPayment, known: KnownClaim, key: str) -> Entry | None:
    """A reversal takes back the stored posting, whatever the policy says today; None without an original."""
    original = original_of(clp, check.before.get(known.claim_id, [])) if clp.is_reversal else None
    if original is None:
        return None
    stored = check.entries.get(original.id) or postings.of_claim_payment(check.conn, original.id)
    return mirror(stored, key, check.effective, clp.origin, check.source) if stored else None


def _remember(check: Check, number: int, clp: ClaimPayment, known: KnownClaim, entry: Entry) -> None:
    """What this check said of a claim is history for the check's next claim payments (ids below zero are its own)."""
    mark = -1 - number
    check.entries[mark] = entry
    one = Adjudication(id=mark, paid_on=check.paid_on, clp=clp)
    check.before.setdefault(known.claim_id, []).append(one)


def _row(check: Check, d: _Decided, replaces: int | None) -> NewClaimPayment:
    return NewClaimPayment(payment_id=check.payment_id, claim_id=d.known.claim_id if d.known else None, state=d.state,
                           reason=d.reason, patient_cents=cents(d.patient), clp=d.clp,
                           replaces_id=replaces, fit=d.fit)  # fmt: skip


# --- events ---


def _events(check: Check, decided: Sequence[_Decided]) -> list[NewEvent]:
    """What each claim payment did to its claim, then what stands, where a later word came earlier."""
    new: list[NewEvent] = []
    last: dict[int, Event] = {}
    for number, d in enumerate(decided):
        if d.known is None or d.state is not PaymentState.POSTED or d.clp.status_code in INFORMATION:
            continue
        event = Event.REVERSED if d.clp.is_reversal else result([(d.clp, d.held)])
        last[d.known.claim_id] = event
        new.append(_event(check, d.known.claim_id, event, f"835 {check.key[:32]} {number}", _detail(check, d), d.clp))
    known = {d.known.claim_id: d.known for d in decided if d.known}
    for claim_id, event in last.items():
        now = stands(check.before.get(claim_id, []), known[claim_id])
        if now is not None and now is not event:
            text = "the remittances came in another order; this is what stands"
            new.append(_event(check, claim_id, now, f"835 {check.key[:32]} stands", text, None))
    return new


def _event(check: Check, claim_id: int, event: Event, key: str, detail: str, clp: ClaimPayment | None) -> NewEvent:
    origin = clp.origin if clp else check.payment.origin
    return NewEvent(
        claim_id=claim_id, event=event, actor="post_remittances", evidence_key=key, detail=detail,
        file_id=check.file.id, segment_index=origin.segment_index, byte_offset=origin.byte_offset,
    )


def _detail(check: Check, d: _Decided) -> str:
    reasons = dict.fromkeys(f"{a.group}-{a.reason}" for a in posting.adjustments(d.clp))
    text = f"paid {usd(d.clp.paid)} of {usd(d.clp.charge)}, check {check.payment.trace_number or 'without trace'}"
    return f"{text}, {' '.join(reasons)}"[:500] if reasons else text


def stands(history: Sequence[Adjudication], known: KnownClaim) -> Event | None:
    """What everything said of a claim comes to, None when only one thing was said."""
    if len(history) < 2:
        return None
    now = standing(history, known.claim.charge)
    if now.reversed:
        return Event.REVERSED
    return result([
        (a.clp, posting.held(a.clp, known.payer_id, known.service_date, standard())) for a in now.valid
    ]) if now.valid else None  # fmt: skip


def stands_now(history: Sequence[Adjudication], known: KnownClaim) -> Event | None:
    """What everything said of a claim comes to, also when it is one thing; None when nothing was decided."""
    if len(history) != 1:
        return stands(history, known)
    one = history[0]
    if one.clp.status_code in INFORMATION:
        return None
    held = posting.held(one.clp, known.payer_id, known.service_date, standard())
    return Event.REVERSED if one.clp.is_reversal else result([(one.clp, held)])


def result(parts: Sequence[tuple[ClaimPayment, Decimal]]) -> Event:
    """Paid, partly paid or denied, from claim payments with what is held of each: zero paid is not yet denied."""
    held = sum((amount for _, amount in parts), ZERO)
    paid = sum((clp.paid for clp, _ in parts), ZERO)
    if all(clp.status_code == "4" for clp, _ in parts) or (held > 0 and not paid):
        return Event.DENIED
    return Event.PARTLY_PAID if held > 0 else Event.PAID


# --- work items ---


def _wait(check: Check, d: _Decided, claim_payment_id: int) -> None:
    """A claim payment in unapplied waits for a person, with candidates where there are any."""
    rows = claims.get_all(check.conn, d.candidates)
    candidates = ", ".join(row.patient_control_number for row in rows.values())
    place = f"segment {d.clp.origin.segment_index} of file {check.file.id} ({check.file.original_name})"
    kind = WorkKind.UNMATCHED if d.state is PaymentState.UNMATCHED else WorkKind.QUARANTINE
    work.revive(check.conn, NewWork(
        key=f"claim payment:{claim_payment_id}", kind=kind, category="remittance", file_id=check.file.id,
        claim_id=d.known.claim_id if d.known else None, payment_id=check.payment_id,
        sentence=f"{d.reason}; {usd(d.clp.paid)} of check {check.payment.trace_number} wait in unapplied"[:500],
        next_action="FIND_CLAIM" if kind is WorkKind.UNMATCHED else "ASK_PAYER",
        how=f"candidates: {candidates}; {place}" if candidates else place,
        amount_cents=cents(d.clp.paid), priority=int(abs(d.clp.paid)),
    ))  # fmt: skip


def ask_overstated(
    conn: Connection, clp: ClaimPayment, known: KnownClaim, claim_payment_id: int, *, file_id: int, payment_id: int
) -> None:
    """A posted answer that restates too much (OA-23) is a question; what is too much stays owed by its payer."""
    said, over = overstates_prior_payer(clp, known)
    if said:
        work.revive(conn, NewWork(
            key=_overstated(claim_payment_id), kind=WorkKind.COORDINATION, category="next payer", sentence=said,
            claim_id=known.claim_id, file_id=file_id, payment_id=payment_id, next_action="ASK_PAYER",
            how="It stays owed by the later payer.  Compare both remittances; ask that payer for a corrected one.",
            amount_cents=cents(over), priority=int(over), adjustment_group="OA", adjustment_reason="23",
        ))  # fmt: skip


def out_of_books(conn: Connection, claim_payment_ids: Iterable[int], why: str) -> None:
    """Closes the questions of claim payments that are out of the books."""
    work.resolve_keys(conn, map(_overstated, claim_payment_ids), why)


def _overstated(claim_payment_id: int) -> str:
    return f"overstated:{claim_payment_id}"
