"""One claim, one payer, one decision -> one claim payment (loop 2100) that balances to the cent.

The order of the Medicare-like price is that of the claims processing manual (chapter 5): fee; multiple-procedure
reduction on the expense of every unit but the dearest; deductible; coinsurance; assistant reduction of the payer's
part; sequestration of what is left.  Each step rounds to the cent on its line and what is paid is the rest, so a line
always balances.  The deductible knows no history: each claim draws its own, so the order of claims does not matter.
The CARC that belongs to RARC N851 was not to be verified; the sandbox uses 237.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from ptedi.claims.model import Claim, ServiceLine
from ptedi.money import CENT, ZERO, round_cents
from ptedi.remittances.model import Adjustment, ClaimPayment, Origin, ServicePayment
from ptedi.sandbox import chance
from ptedi.sandbox.fees import PERCENT, Fee, fee
from ptedi.sandbox.payers import Benefit, Payer, Plan, benefit_of
from ptedi.sandbox.refusals import Decision, Refusal

NOWHERE = Origin(segment_index=0, byte_offset=0)  # not read from a file yet
_HALF = Decimal("0.5")
_COPAY, _COPAYS = Decimal("5.00"), 200  # permille of claims after another payer
_ASSISTANT = frozenset({"CQ", "CO"})
TIMED_OUT = frozenset({"97010", "G0283", "98975", "98977", "98980", "98981", "20560", "20561"})  # no therapy reduction


@dataclass(slots=True)
class _Work:
    """A line on its way through the price: what is left to be paid, and why the rest is not."""

    line: ServiceLine
    left: Decimal
    allowed: Decimal | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def take(self, group: str, reason: str, wanted: Decimal) -> Decimal:
        """Takes up to `wanted` from what is left; returns what was taken."""
        taken = min(round_cents(wanted), self.left)
        if taken > 0:
            self.left -= taken
            self.adjustments.append(Adjustment(group, reason, taken, None, NOWHERE))
        return max(taken, ZERO)


def adjudicate(claim: Claim, payer: Payer, number: str, decision: Decision, seed: int, received: date) -> ClaimPayment:
    """The claim payment for a decision; `number` is the payer's claim number (CLP07)."""
    work = [_Work(line, line.charge) for line in claim.lines]
    shares = left_by_payer_before(claim)
    if shares is not None:
        return after_another(claim, payer, number, decision, shares, seed, received)
    benefit = benefit_of(claim, payer, seed, whole_deductible=decision.whole_deductible)
    _price([w for w in work if w.line.number not in decision.refused], payer, benefit)
    for item in work:
        refusal = decision.refused.get(item.line.number)
        if refusal:
            _refuse(item, refusal)
    return _claim_payment(claim, payer, number, decision, work, received)


Shares: TypeAlias = dict[int | None, Decimal]
"""What the payer before left to the patient, by line number; None for the claim as a whole."""


def left_by_payer_before(claim: Claim) -> Shares | None:
    """What the claim says that the payer before left (PR of 2430 and 2320), None when no payer decided before."""
    decided = [other for other in claim.other_payers if other.paid is not None]
    if not decided:
        return None
    last = decided[-1]
    found: Shares = {None: sum((a.amount for a in last.adjustments if a.group == "PR"), ZERO)}
    for line in claim.lines:
        told = [a for one in line.adjudications if one.payer_id == last.payer.id for a in one.adjustments]
        found[line.number] = sum((a.amount for a in told if a.group == "PR"), ZERO)
    return found


def after_another(
    claim: Claim, payer: Payer, number: str, decision: Decision, shares: Shares, seed: int, received: date
) -> ClaimPayment:
    """The payment of a later payer: OA-23 restates what was paid and adjusted before, the rest is paid.

    A seeded few of its patients owe a copay of five dollars; what was left for the claim as a whole is taken out of
    OA-23 at that level.
    """
    work = [_Work(line, line.charge) for line in claim.lines]
    copay = _COPAY if chance.permille(seed, "copay after another", claim.patient_control_number) < _COPAYS else ZERO
    for item in work:
        item.take("OA", "23", item.line.charge - shares.get(item.line.number, ZERO))
        item.allowed = item.left
        refusal = decision.refused.get(item.line.number)
        if refusal and item.left:
            _refuse(item, refusal)
        copay -= item.take("PR", "3", copay)
    payment = _claim_payment(claim, payer, number, decision, work, received)
    payment.status_code = "3" if claim.sequence == "T" else "2"
    whole = shares.get(None, ZERO)
    if whole:
        payment.adjustments = [Adjustment("OA", "23", -whole, None, NOWHERE)]
        payment.paid += whole
    return payment


def _refuse(item: _Work, refusal: Refusal) -> None:
    item.take(refusal.group, refusal.reason, item.left)
    item.remarks.extend(refusal.remarks)


def _price(work: list[_Work], payer: Payer, benefit: Benefit) -> None:
    fees = [fee(w.line.procedure, w.line.charge / max(w.line.units, 1), payer.percent) for w in work]
    for item, price in zip(work, fees, strict=True):
        item.take("CO", payer.contractual_reason, item.line.charge - price.unit * item.line.units)
    if payer.plan is Plan.MEDICARE:
        _multiple_procedures(work, fees)
    deductible, copay = benefit.deductible, benefit.copay
    for item in work:
        item.allowed = item.left
        deductible -= item.take("PR", "1", deductible)
        item.take("PR", "2", item.left * benefit.coinsurance * PERCENT)
        copay -= item.take("PR", "3", copay)
        if payer.plan is Plan.MEDICARE:
            _medicare_cuts(item)


def _multiple_procedures(work: list[_Work], fees: list[Fee]) -> None:
    """CO-59: every unit but the one with the highest expense loses half of its expense."""
    therapy = [(w, f) for w, f in zip(work, fees, strict=True) if w.line.procedure not in TIMED_OUT]
    if not therapy:
        return
    first = max(therapy, key=lambda pair: (pair[1].expense, pair[1].unit, -pair[0].line.number))[0]
    for item, price in therapy:
        units = item.line.units - (item is first)
        item.take("CO", "59", price.expense * _HALF * units)


def _medicare_cuts(item: _Work) -> None:
    """15 % of the payer's part where an assistant treated, then 2 % sequestration of the rest."""
    if _ASSISTANT & set(item.line.modifiers) and item.take("CO", "237", item.left * 15 * PERCENT):
        item.remarks.append("N851")
    item.take("CO", "253", item.left * 2 * PERCENT)


def _claim_payment(
    claim: Claim, payer: Payer, number: str, decision: Decision, work: list[_Work], received: date
) -> ClaimPayment:
    person, subscriber = claim.person_treated.name, claim.subscriber.name
    dependent = claim.patient is not None
    paid = sum((w.left for w in work), ZERO)
    start, end = claim.service_dates
    return ClaimPayment(
        patient_control_number=claim.patient_control_number,
        status_code={"P": "1", "S": "2"}.get(claim.sequence, "3"),
        charge=claim.charge,
        paid=paid,
        patient_responsibility=patient_share(work) or None,
        filing_indicator=payer.filing_indicator,
        payer_claim_control_number=number,
        place_of_service=claim.place_of_service,
        frequency=claim.frequency,
        patient_last=person.last,
        patient_first=person.first,
        member_id=claim.member_id,
        subscriber_last=subscriber.last if dependent else "",
        subscriber_first=subscriber.first if dependent else "",
        rendering_npi=claim.rendering.npi,
        statement_from=start,
        statement_to=end,
        received=received,
        interest=_interest(claim, paid) if decision.interest else ZERO,
        remarks=_claim_remarks(payer, decision),
        lines=[_service_payment(item) for item in work],
        origin=NOWHERE,
    )


def patient_share(work: list[_Work]) -> Decimal:
    """The sum of the PR adjustments."""
    return sum((a.amount for w in work for a in w.adjustments if a.group == "PR"), ZERO)


def _interest(claim: Claim, paid: Decimal) -> Decimal:
    """A late payer's interest: 0.4 to 1.3 % of what is paid, at least a cent."""
    if not paid:
        return ZERO
    tenths = 4 + chance.number(0, "interest rate", claim.patient_control_number, 10)
    return max(CENT, round_cents(paid * tenths / 1000))


def _claim_remarks(payer: Payer, decision: Decision) -> list[str]:
    remarks = ["MA01"] if payer.plan is Plan.MEDICARE else []
    if decision.whole and payer.plan is Plan.MEDICARE:
        remarks += next(iter(decision.refused.values())).claim_remarks
    return remarks


def _service_payment(item: _Work) -> ServicePayment:
    line = item.line
    return ServicePayment(
        qualifier="HC",
        procedure=line.procedure,
        modifiers=line.modifiers,
        charge=line.charge,
        paid=item.left,
        units=Decimal(line.units),
        service_date=line.service_date,
        line_control_number=line.control_number,
        allowed=item.allowed,
        adjustments=sorted(item.adjustments, key=lambda a: a.group),  # stable: CO before PR, one CAS for each
        remarks=item.remarks,
        origin=NOWHERE,
    )
