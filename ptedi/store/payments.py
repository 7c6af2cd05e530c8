"""Remittances in the store: each payment and claim payment once, what each was matched to, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from ptedi.dates import now
from ptedi.ledger.matching import Fit
from ptedi.ledger.standing import Adjudication
from ptedi.money import cents
from ptedi.remittances.model import ClaimPayment
from ptedi.store._sql import among, chunks, insert_ids, utc
from ptedi.store.json import decode, encode
from ptedi.store.tables import claim_payments, payments


class PaymentState(StrEnum):
    """What became of a payment or claim payment.

    A person can take a posted one out of the books again (unposted).  A corrected copy of a posted check brings claim
    payments in the place of some that waited: the copy is corrected, those are replaced.
    """

    POSTED = "posted"
    UNMATCHED = "unmatched"
    PARKED = "parked"
    QUARANTINED = "quarantined"
    CONFLICTING = "conflicting"
    DUPLICATE = "duplicate"
    UNPOSTED = "unposted"
    CORRECTED = "corrected"
    REPLACED = "replaced"


HOLDS_CLAIMS = (PaymentState.POSTED.value, PaymentState.CORRECTED.value)  # payments whose claims are in the books


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """One 835 transaction set, to be recorded."""

    file_id: int
    set_index: int
    payment_key: str
    content_sha256: str
    trace_number: str
    originator: str
    payer: str
    payee_npi: str
    method: str
    payment_date: date | None
    amount_cents: int
    claim_count: int
    state: PaymentState
    reason: str = ""
    book_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """A recorded payment."""

    id: int
    file_id: int
    set_index: int
    payment_key: str
    content_sha256: str
    trace_number: str
    originator: str
    payer: str
    payee_npi: str
    method: str
    payment_date: date | None
    amount_cents: int
    claim_count: int
    state: PaymentState
    reason: str
    posted_at: datetime
    book_date: date | None

    @property
    def paid_on(self) -> date:
        """The day of the check, or when it came."""
        return self.payment_date or self.posted_at.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaimPayment:
    """One CLP and what it was matched to."""

    payment_id: int
    claim_id: int | None
    state: PaymentState
    reason: str
    patient_cents: int
    clp: ClaimPayment
    replaces_id: int | None = None
    fit: Fit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPaymentRow:
    """A recorded CLP; `clp` is the whole of it, `assigned` our line by the place of a line that a person gave to it."""

    id: int
    payment_id: int
    claim_id: int | None
    state: PaymentState
    reason: str
    patient_control_number: str
    payer_claim_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    patient_cents: int
    segment_index: int
    byte_offset: int
    clp: ClaimPayment
    replaces_id: int | None
    match_score: int | None
    match_agrees: str
    match_differs: str
    assigned: Mapping[int, int]


def add(conn: Connection, new: NewPayment) -> int:
    """Records a payment and returns its id; names too long for their column are cut, the file keeps them whole."""
    return insert_ids(conn, payments, [{
        "file_id": new.file_id, "set_index": new.set_index, "payment_key": new.payment_key,
        "content_sha256": new.content_sha256, "trace_number": new.trace_number[:64],
        "originator": new.originator[:32], "payer": new.payer[:80], "payee_npi": new.payee_npi[:16],
        "method": new.method[:3], "payment_date": new.payment_date, "amount_cents": new.amount_cents,
        "claim_count": new.claim_count, "state": new.state.value, "reason": new.reason, "posted_at": now(),
        "book_date": new.book_date,
    }])[0]  # fmt: skip


def add_claims(conn: Connection, new: Sequence[NewClaimPayment]) -> list[int]:
    """Records claim payments and returns their ids in order."""
    return insert_ids(conn, claim_payments, [
        {
            "payment_id": n.payment_id, "claim_id": n.claim_id, "state": n.state.value, "reason": n.reason,
            "patient_control_number": n.clp.patient_control_number[:38],
            "payer_claim_control_number": n.clp.payer_claim_control_number[:50],
            "status_code": n.clp.status_code[:2], "charge_cents": cents(n.clp.charge),
            "paid_cents": cents(n.clp.paid), "patient_cents": n.patient_cents,
            "segment_index": n.clp.origin.segment_index, "byte_offset": n.clp.origin.byte_offset,
            "document": encode(n.clp), "replaces_id": n.replaces_id, **_fit(n.fit),
        }
        for n in new
    ])  # fmt: skip


def by_key(conn: Connection, payment_key: str, trace_number: str = "") -> list[PaymentRow]:
    """Payments with this key, or with this trace number where one is given, oldest first."""
    same = payments.c.payment_key == payment_key
    if trace_number:
        same |= payments.c.trace_number == trace_number
    return sorted(map(read_payment, conn.execute(select(payments).where(same))), key=lambda row: row.id)


def of_file(conn: Connection, file_id: int) -> list[PaymentRow]:
    """The payments of a file in their order."""
    query = select(payments).where(payments.c.file_id == file_id).order_by(payments.c.set_index)
    return [read_payment(row) for row in conn.execute(query)]


def get(conn: Connection, payment_id: int) -> PaymentRow:
    """The payment with this id."""
    return read_payment(conn.execute(select(payments).where(payments.c.id == payment_id)).one())


def list_payments(conn: Connection, *, states: Iterable[PaymentState] = ()) -> list[PaymentRow]:
    """Payments by state, oldest first."""
    query = select(payments).order_by(payments.c.id)
    if wanted := [state.value for state in states]:
        query = query.where(payments.c.state.in_(wanted))
    return [read_payment(row) for row in conn.execute(query)]


def by_trace(conn: Connection, trace_number: str) -> list[PaymentRow]:
    """Payments with this trace number that stand for money (no duplicates)."""
    query = select(payments).where(
        payments.c.trace_number == trace_number, payments.c.state != PaymentState.DUPLICATE.value
    )
    return [read_payment(row) for row in conn.execute(query.order_by(payments.c.id))]


def claims_of(
    conn: Connection, payment_id: int, *, limit: int | None = None, offset: int = 0
) -> list[ClaimPaymentRow]:  # fmt: skip
    """The claim payments of a payment in file order, or some of them."""
    query = select(claim_payments).where(claim_payments.c.payment_id == payment_id).order_by(claim_payments.c.id)
    some = query if limit is None else query.limit(limit).offset(offset)
    return [_claim_payment(row) for row in conn.execute(some)]


def count_claims(conn: Connection, payment_id: int) -> int:
    """How many claim payments a payment has."""
    query = select(func.count()).where(claim_payments.c.payment_id == payment_id)
    return int(conn.execute(query).scalar_one())


def of_claims(conn: Connection, claim_ids: Iterable[int]) -> dict[int, list[ClaimPaymentRow]]:
    """The posted claim payments of these claims, in the order in which they were posted."""
    found: dict[int, list[ClaimPaymentRow]] = {}
    for some in chunks(sorted(set(claim_ids))):
        query = select(claim_payments).where(
            among(conn, claim_payments.c.claim_id, some), claim_payments.c.state == PaymentState.POSTED.value
        )
        for row in conn.execute(query.order_by(claim_payments.c.id)):
            found.setdefault(row.claim_id, []).append(_claim_payment(row))
    return found


def history(conn: Connection, claim_ids: Iterable[int]) -> dict[int, list[Adjudication]]:
    """Everything payers said of these claims that is posted, in the order in which it was posted."""
    c = claim_payments.c
    found: dict[int, list[Adjudication]] = {}
    for some in chunks(sorted(set(claim_ids))):
        query = (
            select(c.id, c.claim_id, c.document, c.assigned_lines, payments.c.payment_date, payments.c.posted_at)
            .join(payments, payments.c.id == c.payment_id)
            .where(among(conn, c.claim_id, some), c.state == PaymentState.POSTED.value).order_by(c.id)
        )  # fmt: skip
        for row in conn.execute(query):
            one = Adjudication(id=row.id, paid_on=row.payment_date or utc(row.posted_at).date(),
                               clp=decode(row.document, ClaimPayment),
                               assigned=_assigned(row.assigned_lines))  # fmt: skip
            found.setdefault(row.claim_id, []).append(one)
    return found


def in_state(conn: Connection, state: PaymentState) -> list[ClaimPaymentRow]:
    """Claim payments in a state, oldest first."""
    query = select(claim_payments).where(claim_payments.c.state == state.value).order_by(claim_payments.c.id)
    return [_claim_payment(row) for row in conn.execute(query)]


def settle(
    conn: Connection, claim_payment_id: int, claim_id: int, reason: str, patient_cents: int, fit: Fit
) -> None:
    """A claim payment that waited has found its claim and is posted."""
    decide(conn, claim_payment_id, PaymentState.POSTED, reason, claim_id=claim_id, patient_cents=patient_cents, fit=fit)


def decide(
    conn: Connection, claim_payment_id: int, state: PaymentState, reason: str, *, claim_id: int | None = None,
    patient_cents: int = 0, fit: Fit | None = None,
) -> None:  # fmt: skip
    """Records what became of a claim payment now; the postings and the decisions keep what it was before.

    Lines that a person gave to lines of ours are forgotten: they were said of another claim, or of none.
    """
    conn.execute(update(claim_payments).where(claim_payments.c.id == claim_payment_id).values(
        claim_id=claim_id, state=state.value, reason=reason, patient_cents=patient_cents, assigned_lines=None,
        **_fit(fit)))  # fmt: skip


def assign_lines(conn: Connection, claim_payment_id: int, assigned: Mapping[int, int]) -> None:
    """Records which of our lines a person says the lines of a claim payment are, by their places from 1."""
    text = " ".join(f"{place}={line}" for place, line in sorted(assigned.items())) or None
    conn.execute(update(claim_payments).where(claim_payments.c.id == claim_payment_id).values(assigned_lines=text))


def _assigned(text: str | None) -> dict[int, int]:
    return {int(place): int(line) for place, _, line in (one.partition("=") for one in (text or "").split())}


def _fit(fit: Fit | None) -> dict[str, Any]:
    """How well a claim payment fits its claim, as columns."""
    return {"match_score": fit.score if fit else None, "match_agrees": ", ".join(fit.agrees)[:120] if fit else "",
            "match_differs": ", ".join(fit.differs)[:120] if fit else ""}  # fmt: skip


def get_claim(conn: Connection, claim_payment_id: int) -> ClaimPaymentRow | None:
    """The claim payment with this number, or None."""
    row = conn.execute(select(claim_payments).where(claim_payments.c.id == claim_payment_id)).first()
    return None if row is None else _claim_payment(row)


def place_of(conn: Connection, row: ClaimPaymentRow) -> tuple[int, int]:
    """The check in which a claim payment is listed, and its place there from 1: that of the one it corrects."""
    while row.replaces_id is not None:
        before = get_claim(conn, row.replaces_id)
        if before is None:
            break
        row = before
    c = claim_payments.c
    query = select(func.count()).where(c.payment_id == row.payment_id, c.id <= row.id)
    return row.payment_id, int(conn.execute(query).scalar_one())


def replacing(conn: Connection, claim_payment_ids: Iterable[int]) -> dict[int, ClaimPaymentRow]:
    """The corrected copies that took the place of these claim payments, by the number of the replaced one."""
    found: dict[int, ClaimPaymentRow] = {}
    for some in chunks(sorted(set(claim_payment_ids))):
        query = select(claim_payments).where(claim_payments.c.replaces_id.in_(some)).order_by(claim_payments.c.id)
        for row in conn.execute(query):
            found[row.replaces_id] = _claim_payment(row)
    return found


def find(conn: Connection, payment_id: int) -> PaymentRow | None:
    """The payment with this number, or None."""
    row = conn.execute(select(payments).where(payments.c.id == payment_id)).first()
    return None if row is None else read_payment(row)


def of_day(conn: Connection, day: date) -> list[PaymentRow]:
    """The payments that stand in the books of a day, oldest first."""
    return [read_payment(row) for row in conn.execute(select(payments).where(payments.c.book_date == day)
                                                  .order_by(payments.c.id))]  # fmt: skip


def total_cents(conn: Connection, *states: PaymentState) -> int:
    """The sum of payments in these states."""
    query = select(func.coalesce(func.sum(payments.c.amount_cents), 0))
    return int(conn.execute(query.where(payments.c.state.in_([s.value for s in states]))).scalar_one())


def claims_total_cents(conn: Connection) -> int:
    """The sum of what posted claim payments paid."""
    query = select(func.coalesce(func.sum(claim_payments.c.paid_cents), 0))
    return int(conn.execute(query.where(claim_payments.c.state == PaymentState.POSTED.value)).scalar_one())


def book_days(conn: Connection) -> set[date]:
    """The days in whose books payments stand, or wait for a person: another practice's and copies are no day's."""
    final = [one.value for one in (PaymentState.PARKED, PaymentState.DUPLICATE)]
    query = select(payments.c.book_date).where(payments.c.book_date.is_not(None), payments.c.state.not_in(final))
    return {day for day in conn.execute(query.distinct()).scalars() if day is not None}


def set_state(
    conn: Connection, payment_id: int, state: PaymentState, reason: str, *, book_date: date | None = None
) -> None:
    """Records what became of a payment, and the day in whose books it stands when that is new."""
    values: dict[str, object] = {"state": state.value, "reason": reason}
    if book_date is not None:
        values["book_date"] = book_date
    conn.execute(update(payments).where(payments.c.id == payment_id).values(**values))


def read_payment(row: Row[tuple[object, ...]]) -> PaymentRow:
    """A payment as it is stored."""
    return PaymentRow(**(row._asdict() | {"state": PaymentState(row.state), "posted_at": utc(row.posted_at)}))


def _claim_payment(row: Row[tuple[object, ...]]) -> ClaimPaymentRow:
    values = row._asdict()
    clp = decode(values.pop("document"), ClaimPayment)
    assigned = _assigned(values.pop("assigned_lines"))
    return ClaimPaymentRow(**(values | {"state": PaymentState(row.state), "clp": clp, "assigned": assigned}))
