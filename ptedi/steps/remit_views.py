"""What a person sees of money that came: the checks, their claims, why something waits, and what it could belong to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from ptedi.errors import PtediError
from ptedi.ledger.candidates import rank
from ptedi.ledger.matching import match_claim
from ptedi.ledger.model import Entry
from ptedi.ledger.provider import Family, Reference, Standing, family, packed, references
from ptedi.money import from_cents
from ptedi.remittances.model import ClaimPayment
from ptedi.steps.corrected import standing_rows
from ptedi.steps.decision import known_claims, named
from ptedi.steps.decision_line import PlacedLine, placed
from ptedi.steps.evidence import RawSegment, claim_payment_segments
from ptedi.steps.known import StoreLookup
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, decisions, events, files, payments, postings, provider, remit_rows
from ptedi.store.decisions import Decision
from ptedi.store.payments import ClaimPaymentRow, PaymentRow, PaymentState

STOPPED = (PaymentState.QUARANTINED, PaymentState.CONFLICTING, PaymentState.PARKED, PaymentState.UNPOSTED)
WAITING = (PaymentState.QUARANTINED, PaymentState.UNMATCHED, PaymentState.PARKED, PaymentState.UNPOSTED)
_PLENTY = 10  # candidates that a person can look at


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitRow:
    """A check, or one claim of it, in a list; `ref` is the name that the other commands take."""

    ref: str
    what: str
    state: str
    payer: str
    trace: str
    day: date
    amount: Decimal
    claim: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """What a person decided."""

    at: datetime
    actor: str
    action: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One posting: the key of its entry, whether a mirror took it back, and where it stands."""

    entry: str
    day: date
    source: str
    account: str
    amount: Decimal
    line: int | None
    adjustment: str
    standing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """Which claim of ours a claim payment was matched to, how, and how well it fits (0 to 100; None: not told)."""

    claim: str
    how: str
    score: int | None
    agrees: tuple[str, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """A claim of ours that the payment may speak of, beside what the payment says."""

    claim: str
    score: int
    agrees: tuple[str, ...]
    differs: tuple[str, ...]
    service_date: date
    payer: str
    charge: Decimal
    lines: tuple[str, ...]
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitStory:
    """Everything known of a check or of one claim of it.

    For a check `rows` are its claims; for a claim `candidates` and `segments` say what it could be and what was sent.
    Of a posted claim `lines` says which of our lines each of its lines is, `ours` numbers and names our lines.
    Of a check seen page by page `rows` are some of `total` claims, `ledger` is its own entries, and `on_claims` what
    the entries of all its claims come to by account.
    """

    row: RemitRow
    file: str
    rows: tuple[RemitRow, ...] = ()
    said: ClaimPayment | None = None
    match: MatchRow | None = None
    candidates: tuple[CandidateRow, ...] = ()
    segments: tuple[RawSegment, ...] = ()
    ledger: tuple[LedgerRow, ...] = ()
    decisions: tuple[DecisionRow, ...] = ()
    lines: tuple[PlacedLine, ...] = ()
    ours: tuple[tuple[int, str], ...] = ()
    total: int = 0
    on_claims: tuple[tuple[str, Decimal], ...] = ()


def list_remits(night: Night, *, states: tuple[str, ...] = (), everything: bool = False) -> list[RemitRow]:
    """What waits (checks and claims of checks), or every check and claim; `states` narrows it.

    Of checks that hold nothing of it no claim is read, however many there are.
    """
    wanted = [PaymentState(one) for one in states] or [*STOPPED, *WAITING]
    with night.store.read() as conn:
        found = []
        all_ = everything and not states
        for payment in payments.list_payments(conn) if all_ else remit_rows.holding(conn, wanted):
            rows = _claim_rows(conn, payment)
            found += [_of_check(payment), *rows] if everything or states else [
                *([_of_check(payment)] if payment.state in STOPPED else []),
                *(r for r in rows if r.state in WAITING and payment.state is PaymentState.POSTED)]  # fmt: skip
    return [row for row in found if not states or row.state in states]


def remit_story(night: Night, ref: str) -> RemitStory:
    """A check (`12`) or one claim of it (`12.3`).

    Raises:
        ConfigurationError: there is none of that name.
    """
    with night.store.read() as conn:
        payment, row = named(conn, ref)
        file = files.get(conn, payments.get(conn, row.payment_id).file_id if row else payment.file_id)
        if row is None:
            return RemitStory(row=_of_check(payment), file=file.original_name, rows=tuple(_claim_rows(conn, payment)),
                              ledger=_ledger(postings.all_entries(conn, payment_id=payment.id)),
                              decisions=_decided(decisions.list_decisions(conn, payment_id=payment.id)))  # fmt: skip
        try:
            segments = claim_payment_segments(files.read_bytes(night.archive, file), row.segment_index, row.byte_offset,
                                              payment.paid_on)
        except (PtediError, OSError):
            segments = ()
        numbers = _numbers(conn, [row])
        lines, ours = _lines(conn, row)
        return RemitStory(
            row=_of_claim(payment, row, int(ref.partition(".")[2]), numbers), file=file.original_name, said=row.clp,
            match=_match(row, numbers),
            candidates=_candidates(night, conn, row) if row.state is not PaymentState.POSTED else (),
            segments=segments, ledger=_ledger(postings.all_entries(conn, claim_payment_id=row.id)), lines=lines,
            ours=ours,
            decisions=_decided(decisions.list_decisions(conn, claim_payment_id=row.id)),
        )  # fmt: skip


def _lines(conn: Connection, row: ClaimPaymentRow) -> tuple[tuple[PlacedLine, ...], tuple[tuple[int, str], ...]]:
    """Which of our lines the lines of a posted claim payment are, and our lines."""
    if row.state is not PaymentState.POSTED or row.claim_id is None or row.clp.is_reversal:
        return (), ()
    known = known_claims(conn, [row.claim_id])[row.claim_id]
    ours = tuple((one.number, f"{one.procedure} {one.charge} {one.service_date}") for one in known.claim.lines)
    return placed(row, known), ours


def check_story(night: Night, payment_id: int, *, limit: int, offset: int = 0) -> RemitStory | None:
    """A check with some of its claims, however many it has, None when there is none of this number."""
    with night.store.read() as conn:
        payment = payments.find(conn, payment_id)
        if payment is None:
            return None
        is_copy = payment.state is PaymentState.CORRECTED
        return RemitStory(
            row=_of_check(payment), file=files.get(conn, payment.file_id).original_name,
            rows=tuple(_claim_rows(conn, payment, limit=limit, offset=offset)),
            total=0 if is_copy else payments.count_claims(conn, payment_id),
            ledger=_ledger(postings.own_entries(conn, payment_id)),
            on_claims=tuple((account.value, amount) for account, amount in postings.on_claims(conn, payment_id).items()
                            if amount),
            decisions=_decided(decisions.list_decisions(conn, payment_id=payment_id)),
        )  # fmt: skip


def provider_balance(night: Night, *, open_only: bool = False) -> list[Reference]:
    """The sub-ledger of provider-level amounts by payer, payee and reference, each tied to the claims it names."""
    with night.store.read() as conn:
        moved = provider.movements(conn)
        told = {one.reference for one in moved if family(one.reason) is not Family.OTHER}
        named_in = provider.claims_named(conn, told)
    found = references(moved, packed(named_in))
    return [replace(one, claims=tuple(named_in.get(one.reference, ()))) for one in found
            if not open_only or one.standing in (Standing.OPEN, Standing.UNANNOUNCED)]  # fmt: skip


def _of_check(payment: PaymentRow) -> RemitRow:
    return RemitRow(ref=str(payment.id), what="check", state=payment.state.value, payer=payment.payer,
                    trace=payment.trace_number, day=payment.book_date or payment.paid_on,
                    amount=from_cents(payment.amount_cents), claim="", reason=payment.reason)  # fmt: skip


def _claim_rows(
    conn: Connection, payment: PaymentRow, *, limit: int | None = None, offset: int = 0
) -> list[RemitRow]:  # fmt: skip
    if payment.state is PaymentState.CORRECTED:
        return []  # its claims stand with the check that it corrects
    rows = standing_rows(conn, payment.id, limit=limit, offset=offset)
    numbers = _numbers(conn, rows)
    return [_of_claim(payment, row, place, numbers) for place, row in enumerate(rows, offset + 1)]


def _of_claim(payment: PaymentRow, row: ClaimPaymentRow, place: int, numbers: dict[int, str]) -> RemitRow:
    ours = numbers.get(row.claim_id or 0, "")
    return RemitRow(ref=f"{payment.id}.{place}", what="claim", state=row.state.value, payer=payment.payer,
                    trace=payment.trace_number, day=payment.book_date or payment.paid_on,
                    amount=from_cents(row.paid_cents), claim=ours or row.patient_control_number,
                    reason=row.reason)  # fmt: skip


def _match(row: ClaimPaymentRow, numbers: dict[int, str]) -> MatchRow | None:
    if row.claim_id is None:
        return None
    agrees, differs = (tuple(text.split(", ")) if text else () for text in (row.match_agrees, row.match_differs))
    return MatchRow(claim=numbers[row.claim_id], how=row.reason, score=row.match_score, agrees=agrees,
                    differs=differs)  # fmt: skip


def _numbers(conn: Connection, rows: list[ClaimPaymentRow]) -> dict[int, str]:
    found = claims.get_all(conn, [row.claim_id for row in rows if row.claim_id is not None])
    return {claim_id: row.patient_control_number for claim_id, row in found.items()}


def _candidates(night: Night, conn: Connection, row: ClaimPaymentRow) -> tuple[CandidateRow, ...]:
    clp = row.clp
    match = match_claim(clp, StoreLookup(conn), (night.claim_prefix,))
    ids = [match.found.claim_id] if match.found else list(match.candidates)
    days = [d for d in (clp.statement_from, clp.statement_to, *(s.service_date for s in clp.lines)) if d]
    if days:
        ids += [one.id for one in claims.by_dates_and_charge(conn, min(days), max(days), abs(row.charge_cents))]
    found = known_claims(conn, ids)
    states = events.current_states(conn, list(found))
    return tuple(
        CandidateRow(claim=c.known.claim.patient_control_number, score=c.score, agrees=c.agrees, differs=c.differs,
                     service_date=c.known.service_date, payer=c.known.payer_id, charge=c.known.claim.charge,
                     lines=tuple(f"{s.procedure} {s.charge}" for s in c.known.claim.lines),
                     state=states[c.known.claim_id].value if c.known.claim_id in states else "")
        for c in rank(clp, found.values())[:_PLENTY]
    )  # fmt: skip


def _ledger(entries: list[tuple[Entry, bool]]) -> tuple[LedgerRow, ...]:
    return tuple(
        LedgerRow(entry=entry.key, day=entry.effective, source=entry.source.value, account=p.account.value,
                  amount=p.amount, line=p.line, adjustment=f"{p.group}-{p.reason}".strip("-"), standing=standing)
        for entry, standing in entries
        for p in entry.postings
    )  # fmt: skip


def _decided(found: list[Decision]) -> tuple[DecisionRow, ...]:
    return tuple(DecisionRow(at=one.at, actor=one.actor, action=one.action.value, reason=one.reason, detail=one.detail)
                 for one in found)  # fmt: skip
