"""Remittances as careless payers send them, made from proper ones; only what the scenario asks for.

What is spoiled here is the copy that is written: the figures of the report stay those of the proper payment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ptedi.remittances.model import Adjustment, ClaimPayment, Payment, ProviderAdjustment, ServicePayment
from ptedi.sandbox import chance
from ptedi.sandbox.adjudication import NOWHERE
from ptedi.sandbox.scenario import Scenario

STRANGER_NPI = "1888800012"
STRANGER_TAX_ID = "981888800"


def spoil(payment: Payment, seed: int, scenario: Scenario) -> Payment:
    """The payment with line numbers, modifiers and claim numbers mangled in the scenario's shares."""
    shares = (scenario.without_line_numbers, scenario.without_modifiers, scenario.shortened_claim_numbers,
              scenario.strange_codes)  # fmt: skip
    if not any(shares):
        return payment
    return replace(payment, claims=[_spoil_claim(claim, seed, scenario) for claim in payment.claims])


def _spoil_claim(claim: ClaimPayment, seed: int, scenario: Scenario) -> ClaimPayment:
    key = claim.patient_control_number
    lines = claim.lines
    if chance.permille(seed, "line numbers", key) < scenario.without_line_numbers:
        lines = [replace(line, line_control_number="") for line in lines]
    if chance.permille(seed, "modifiers", key) < scenario.without_modifiers:
        lines = [replace(line, modifiers=()) for line in lines]
    if lines and not claim.is_reversal and chance.permille(seed, "strange codes", key) < scenario.strange_codes:
        lines = [_strange(lines[0]), *lines[1:]]
    if chance.permille(seed, "claim numbers", key) < scenario.shortened_claim_numbers:
        key = key[:17] if len(key) > 17 else key[:-3]
    return replace(claim, patient_control_number=key, lines=lines)


STRANGE_CODE = "97039"


def _strange(line: ServicePayment) -> ServicePayment:
    """A line under a code that nobody billed, without our number and without what was submitted."""
    return replace(line, procedure=STRANGE_CODE, submitted_procedure="", submitted_modifiers=(), line_control_number="")


_DOLLAR = Decimal("1.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What was made wrong in a payment: the claim out of balance, or the trace of the check that does not foot."""

    claim: str = ""
    trace: str = ""


def break_some(payments: Sequence[Payment], wanted: Iterable[str]) -> tuple[list[Payment], dict[str, Wrong]]:
    """Each payment with at most one of the wanted mistakes, named as the scenario names them; and what was done."""
    made, done, left = list(payments), dict[str, Wrong](), list(wanted)
    for at, payment in enumerate(payments):
        for name in left:
            made[at], wrong = _MISTAKES[name](payment)
            if wrong is not None:
                done[name] = wrong
                left.remove(name)
                break
    return made, done


def _line_off(payment: Payment) -> tuple[Payment, Wrong | None]:
    made, claim = unbalance(payment)
    return made, Wrong(claim=claim) if claim else None


def _claim_off(payment: Payment) -> tuple[Payment, Wrong | None]:
    at = next((n for n, claim in enumerate(payment.claims) if claim.paid > 0 and claim.lines), None)
    if at is None:
        return payment, None
    claim = payment.claims[at]
    more = [*claim.adjustments, Adjustment("CO", "45", _DOLLAR, None, NOWHERE)]
    claims = [*payment.claims[:at], replace(claim, adjustments=more), *payment.claims[at + 1 :]]
    return replace(payment, claims=claims), Wrong(claim=claim.patient_control_number)


def _check_off(payment: Payment) -> tuple[Payment, Wrong | None]:
    if not payment.amount:
        return payment, None
    return replace(payment, amount=payment.amount + _DOLLAR), Wrong(trace=payment.trace_number)


def _provider_off(payment: Payment) -> tuple[Payment, Wrong | None]:
    if not payment.amount or payment.date is None:
        return payment, None
    year_end = date(payment.date.year, 12, 31)
    more = ProviderAdjustment(payment.payee_npi, year_end, "CS", "UNKNOWN", _DOLLAR, NOWHERE)
    return (replace(payment, provider_adjustments=[*payment.provider_adjustments, more]),
            Wrong(trace=payment.trace_number))  # fmt: skip


_MISTAKES: dict[str, Callable[[Payment], tuple[Payment, Wrong | None]]] = {
    "out_of_balance": _line_off, "claim_out_of_balance": _claim_off, "check_not_footing": _check_off,
    "provider_not_footing": _provider_off,
}  # fmt: skip
MISTAKES = tuple(_MISTAKES)


def altered(payment: Payment) -> Payment:
    """The same check, amount and claims, but the payer's number of its first claim is another one."""
    if not payment.claims:
        return payment
    first = payment.claims[0]
    number = f"{first.payer_claim_control_number[:-1]}X"
    return replace(payment, claims=[replace(first, payer_claim_control_number=number), *payment.claims[1:]])


def unbalance(payment: Payment) -> tuple[Payment, str]:
    """The payment with one line's adjustment a dollar too small, and the claim it is in; "" when none can be found."""
    for at, claim in enumerate(payment.claims):
        for number, line in enumerate(claim.lines):
            first = line.adjustments[0] if line.adjustments else None
            if claim.is_reversal or first is None or first.group != "CO" or first.amount <= 1:
                continue
            wrong = replace(first, amount=first.amount - 1)
            lines = [*claim.lines[:number], _with_first(line, wrong), *claim.lines[number + 1 :]]
            claims = [*payment.claims[:at], replace(claim, lines=lines), *payment.claims[at + 1 :]]
            return replace(payment, claims=claims), claim.patient_control_number
    return payment, ""


def _with_first(line: ServicePayment, adjustment: Adjustment) -> ServicePayment:
    return replace(line, adjustments=[adjustment, *line.adjustments[1:]])


def for_a_stranger(payment: Payment, trace: str, day: date) -> Payment:
    """A payment to another practice: one claim of a hundred dollars, paid in full."""
    line = ServicePayment(
        qualifier="HC", procedure="97110", modifiers=("GP",), charge=Decimal("100.00"), paid=Decimal("100.00"),
        units=Decimal(2), service_date=day, line_control_number="STRANGER1-1", origin=NOWHERE,
    )  # fmt: skip
    claim = ClaimPayment(
        patient_control_number="STRANGER1", status_code="1", charge=line.charge, paid=line.paid,
        patient_responsibility=None, filing_indicator="12", payer_claim_control_number="S900000001",
        place_of_service="11", frequency="1", patient_last="STRANGER", patient_first="SAM", member_id="S900000001",
        lines=[line], statement_from=day, statement_to=day, received=day, origin=NOWHERE,
    )  # fmt: skip
    return replace(
        payment, control_number="0001", trace_number=trace, payee="ANOTHER PRACTICE", payee_npi=STRANGER_NPI,
        payee_tax_id=STRANGER_TAX_ID, amount=line.paid, method="ACH", claims=[claim], provider_adjustments=[],
    )  # fmt: skip
