"""Remittances as careless payers send them, made from proper ones; only what the scenario asks for.

What is spoiled here is the copy that is written: the figures of the report stay those of the proper payment.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ptedi.remittances.model import Adjustment, ClaimPayment, Payment, ServicePayment
from ptedi.sandbox import chance
from ptedi.sandbox.adjudication import NOWHERE
from ptedi.sandbox.scenario import Scenario

STRANGER_NPI = "1888800012"
STRANGER_TAX_ID = "981888800"


def spoil(payment: Payment, seed: int, scenario: Scenario) -> Payment:
    """The payment with line numbers, modifiers and claim numbers mangled in the scenario's shares."""
    if not (scenario.without_line_numbers or scenario.without_modifiers or scenario.shortened_claim_numbers):
        return payment
    return replace(payment, claims=[_spoil_claim(claim, seed, scenario) for claim in payment.claims])


def _spoil_claim(claim: ClaimPayment, seed: int, scenario: Scenario) -> ClaimPayment:
    key = claim.patient_control_number
    lines = claim.lines
    if chance.permille(seed, "line numbers", key) < scenario.without_line_numbers:
        lines = [replace(line, line_control_number="") for line in lines]
    if chance.permille(seed, "modifiers", key) < scenario.without_modifiers:
        lines = [replace(line, modifiers=()) for line in lines]
    if chance.permille(seed, "claim numbers", key) < scenario.shortened_claim_numbers:
        key = key[:17] if len(key) > 17 else key[:-3]
    return replace(claim, patient_control_number=key, lines=lines)


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
