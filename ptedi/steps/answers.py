"""What payers answered to a claim, line beside line: what differs from what was sent, each figure with its origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.claims.model import CodedClaim, ServiceLine
from ptedi.codes import adjustments, remarks
from ptedi.ledger.matching import match_lines
from ptedi.ledger.policy import Action, standard
from ptedi.ledger.standing import standing
from ptedi.money import ZERO
from ptedi.remittances import balance
from ptedi.remittances.model import Adjustment, ServicePayment
from ptedi.steps.meanings import claim_status_words
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, files, payments
from ptedi.store.payments import ClaimPaymentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """One adjustment: its code (CO-45), our words for it, the amount, what posting made of it, its place in the file.

    `treatment` is `post` (given up), `patient` (the patient owes it), `hold` (denied, waits for a person) or `prior`.
    """

    code: str
    words: str
    amount: Decimal
    treatment: str
    segment: int
    byte: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A remark code and our words for it."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredLine:
    """One remitted line; `line` is the submitted one it was matched to (None: none), `by` how it was matched.

    `differs` names what is not as submitted: procedure, modifiers, units, charge, date.
    """

    line: int | None
    by: str
    procedure: str
    modifiers: tuple[str, ...]
    units: Decimal
    service_date: date | None
    charge: Decimal
    allowed: Decimal
    paid: Decimal
    patient: Decimal
    adjusted: tuple[Adjusted, ...]
    remarks: tuple[Remark, ...]
    differs: tuple[str, ...]
    segment: int
    byte: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One claim payment of an 835.

    Attributes:
        ref: the name that the remittance pages take (`12.3`); `stands` whether a later answer or reversal replaced it.
        status: what CLP02 means.
        adjusted, remarks: of the claim as a whole.
    """

    ref: str
    stands: bool
    status_code: str
    status: str
    payer: str
    trace: str
    paid_on: date
    payer_claim_number: str
    charge: Decimal
    paid: Decimal
    patient: Decimal
    adjusted: tuple[Adjusted, ...]
    remarks: tuple[Remark, ...]
    lines: tuple[AnsweredLine, ...]
    file_id: int
    file: str
    segment: int
    byte: int


def answers(night: Night, number: str) -> tuple[Answer, ...]:
    """Every answer to a claim that is in the books, the newest first; none when there is no such claim."""
    night.use_tables()
    with night.store.read() as conn:
        row = claims.by_control_number(conn, number)
        if row is None:
            return ()
        rows = payments.of_claims(conn, [row.id]).get(row.id, [])
        if not rows:
            return ()
        coded = claims.load(conn, row.id)
        held = {one.id for one in standing(payments.history(conn, [row.id])[row.id], coded.claim.charge).valid}
        return tuple(_answer(conn, one, coded, stands=one.id in held) for one in reversed(rows))


def _answer(conn: Connection, row: ClaimPaymentRow, coded: CodedClaim, *, stands: bool) -> Answer:
    payment, clp = payments.get(conn, row.payment_id), row.clp
    file, (check, place) = files.get(conn, payment.file_id), payments.place_of(conn, row)
    matches = match_lines(clp.lines, coded.claim.lines, row.assigned)
    by_number = {line.number: line for line in coded.claim.lines}
    return Answer(
        ref=f"{check}.{place}", stands=stands, status_code=clp.status_code,
        status=claim_status_words(clp.status_code), payer=payment.payer, trace=payment.trace_number,
        paid_on=payment.paid_on,
        payer_claim_number=clp.payer_claim_control_number, charge=clp.charge, paid=clp.paid,
        patient=balance.patient_share(clp) or clp.patient_responsibility or ZERO,
        adjusted=_adjusted(coded, clp.adjustments), remarks=_remarks(clp.remarks),
        lines=tuple(_line(coded, one, match.line, match.reason, by_number.get(match.line or 0))
                    for one, match in zip(clp.lines, matches, strict=True)),
        file_id=file.id, file=file.original_name, segment=row.segment_index, byte=row.byte_offset,
    )  # fmt: skip


def _line(coded: CodedClaim, one: ServicePayment, number: int | None, by: str,
          line: ServiceLine | None) -> AnsweredLine:  # fmt: skip
    return AnsweredLine(
        line=number, by=by, procedure=one.procedure, modifiers=one.modifiers, units=one.units,
        service_date=one.service_date, charge=one.charge, allowed=balance.allowed(one), paid=one.paid,
        patient=sum((a.amount for a in one.adjustments if a.group == "PR"), ZERO),
        adjusted=_adjusted(coded, one.adjustments), remarks=_remarks(one.remarks), differs=_differs(one, line),
        segment=one.origin.segment_index, byte=one.origin.byte_offset,
    )  # fmt: skip


def _differs(one: ServicePayment, line: ServiceLine | None) -> tuple[str, ...]:
    if line is None:
        return ()
    pairs = (
        ("procedure", one.procedure == line.procedure), ("modifiers", sorted(one.modifiers) == sorted(line.modifiers)),
        ("units", one.units == line.units), ("charge", abs(one.charge) == line.charge),
        ("date", one.service_date in (None, line.service_date)),
    )  # fmt: skip
    return tuple(name for name, same in pairs if not same)


def _adjusted(coded: CodedClaim, found: Sequence[Adjustment]) -> tuple[Adjusted, ...]:
    return tuple(
        Adjusted(code=f"{a.group}-{a.reason}", words=adjustments.label(a.group, a.reason) or "", amount=a.amount,
                 treatment=_treated(coded, a).value, segment=a.origin.segment_index, byte=a.origin.byte_offset)
        for a in found
    )  # fmt: skip


def _treated(coded: CodedClaim, one: Adjustment) -> Action:
    return standard().treat(one.group, one.reason, coded.payer_id, coded.service_date).action


def _remarks(codes: Sequence[str]) -> tuple[Remark, ...]:
    return tuple(Remark(code=code, words=remarks.label(code) or "") for code in dict.fromkeys(codes))
