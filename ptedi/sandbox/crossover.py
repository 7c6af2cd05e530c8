"""Several payers of one claim: crossovers to a supplement, prices told beforehand, careless later payers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ptedi.money import ZERO
from ptedi.remittances.model import Adjustment, ClaimPayment, ServicePayment
from ptedi.sandbox import chance
from ptedi.sandbox.adjudication import NOWHERE, Shares
from ptedi.sandbox.memory import Remembered
from ptedi.sandbox.payers import Payer, Plan
from ptedi.sandbox.scenario import Scenario

if TYPE_CHECKING:
    from ptedi.sandbox.payer_desk import Accepted

SUPPLEMENT = Payer(id="SYNSUP", name="LAKES SUPPLEMENT PLAN", plan=Plan.COMMERCIAL, filing_indicator="12",
                   tax_id="988100001", percent=100, claim_prefix="SUP")  # fmt: skip
"""Whom Medicare forwards claims to."""


def crosses(item: Accepted, seed: int, scenario: Scenario) -> bool:
    """Whether a claim is forwarded: a seeded share of primary Medicare claims."""
    if item.payer.plan is not Plan.MEDICARE or item.claim.sequence != "P":
        return False
    return chance.permille(seed, "crossover", item.claim.patient_control_number) < scenario.crossovers


def left_to_patient(item: Remembered) -> Shares:
    """What the first payer left to the patient, as the forwarded claim tells its next payer."""
    numbers = {line.control_number: line.number for line in item.claim.lines}
    found: Shares = {None: _share(item.payment.adjustments)}
    for line in item.payment.lines:
        number = numbers[line.line_control_number]
        found[number] = found.get(number, ZERO) + _share(line.adjustments)
    return found


def _share(found: list[Adjustment]) -> Decimal:
    return sum((a.amount for a in found if a.group == "PR"), ZERO)


def predetermination(payment: ClaimPayment) -> ClaimPayment:
    """CLP02 25: the same services with a price, and nothing paid (CARC 101)."""
    lines = [
        replace(line, paid=ZERO, adjustments=[Adjustment("OA", "101", line.charge, None, NOWHERE)] if line.charge
                else [], remarks=[])
        for line in payment.lines
    ]  # fmt: skip
    return replace(
        payment, status_code="25", paid=ZERO, patient_responsibility=None, crossover_payer="", interest=ZERO,
        adjustments=[], lines=lines, payer_claim_control_number=f"PD{payment.payer_claim_control_number}"[:30],
        original_reference="", remarks=[],
    )  # fmt: skip


def careless(payment: ClaimPayment, seed: int, scenario: Scenario) -> ClaimPayment:
    """A later payer's payment that tells what was decided before as its own reduction (X12 RFI 1696), a share."""
    draw = chance.permille(seed, "without prior payer", payment.patient_control_number)
    if payment.status_code not in ("2", "3") or draw >= scenario.without_prior_payer:
        return payment
    return replace(payment, adjustments=_as_reduction(payment.adjustments),
                   lines=[_line_as_reduction(line) for line in payment.lines])  # fmt: skip


def _line_as_reduction(line: ServicePayment) -> ServicePayment:
    return replace(line, adjustments=_as_reduction(line.adjustments))


def _as_reduction(found: list[Adjustment]) -> list[Adjustment]:
    return [replace(a, group="CO", reason="45") if (a.group, a.reason) == ("OA", "23") else a for a in found]
