"""The balancing of an 835 in exact cents: line, claim, payment, patient share, interest.

    line      SVC03 = SVC02 - CAS of the line
    claim     CLP04 = CLP03 - every CAS; with lines also CLP03 = sum SVC02 and CLP04 = sum SVC03 - CAS of the claim
    payment   BPR02 = sum CLP04 - sum PLB
    patient   CLP05 = sum of PR adjustments; not sent on a reversal
    interest  sum PLB L6 = - sum AMT*I

All signs as sent, no tolerance, so reversals (every amount negated) need no case of their own.  One defect is said
once: a difference that a line explains is not repeated for its claim, nor one of a claim for its payment.
Source: 005010X221A1, X12 RFI 222, 2123, 2184, 2548; the formulas hold on X12's published examples.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from ptedi.findings import CATALOGUE, Finding, counted
from ptedi.money import ZERO, usd
from ptedi.remittances import pages
from ptedi.remittances.model import Adjustment, ClaimPayment, Origin, Payment, ServicePayment
from ptedi.remittances.outcome import is_denied

__all__ = ["Balancing", "allowed", "check", "claim_allowed", "is_denied", "patient_share", "total"]

# sequestration, withholds, interest: taken after the price was set
AFTER_ALLOWED = frozenset({"253", "104", "105", "85", "225"})


def total(adjustments: Iterable[Adjustment]) -> Decimal:
    """The sum of the adjustments' amounts."""
    return sum((a.amount for a in adjustments), ZERO)


def patient_share(claim: ClaimPayment) -> Decimal:
    """The sum of PR adjustments at both levels."""
    share = ZERO
    for adjustment in claim.adjustments:
        if adjustment.group == "PR":
            share += adjustment.amount
    for line in claim.lines:
        for adjustment in line.adjustments:
            if adjustment.group == "PR":
                share += adjustment.amount
    return share


def allowed(line: ServicePayment) -> Decimal:
    """AMT*B6 as sent, else the charge less what the payer priced away."""
    if line.allowed is not None:
        return line.allowed
    return line.charge - _priced(line.adjustments)


def claim_allowed(claim: ClaimPayment) -> Decimal:
    """What the lines allow, or the charge of a claim without lines, less what the payer priced away at the claim."""
    allowed_lines = sum((allowed(line) for line in claim.lines), ZERO) if claim.lines else claim.charge
    return allowed_lines - _priced(claim.adjustments) if claim.adjustments else allowed_lines


def _priced(adjustments: Iterable[Adjustment]) -> Decimal:
    return sum((a.amount for a in adjustments if a.group != "PR" and a.reason not in AFTER_ALLOWED), ZERO)


def check(payment: Payment) -> list[Finding]:
    """Every imbalance of a payment, its claims first; empty when it balances to the cent."""
    balancing = Balancing(payment)
    for claim in payment.claims:
        balancing.claim(claim)
    return balancing.finish()


class Balancing:
    """The balancing of one payment claim by claim, for payments too large to hold: `claim` for each, then `finish`."""

    __slots__ = ("_interest", "_off", "_paid", "_told")

    def __init__(self, payment: Payment) -> None:
        self._told = _Telling(payment)
        self._paid = self._interest = ZERO
        self._off: list[tuple[Decimal, Decimal]] = []

    def claim(self, claim: ClaimPayment) -> None:
        """Balances one claim and counts it."""
        self._paid += claim.paid
        if claim.interest:
            self._interest += claim.interest
        off = _claim(self._told, claim)
        if off is not None:
            self._off.append(off)

    def balanced(self, paid: Decimal, interest: Decimal) -> None:
        """Counts claims already known to balance by what they are paid and their interest."""
        self._paid += paid
        self._interest += interest

    def finish(self) -> list[Finding]:
        """Balances the payment against its claims; all findings."""
        gap = _payment(self._told, self._paid, self._off)
        _interest(self._told, self._interest, gap)
        return self._told.findings


@dataclass(slots=True)
class _Sums:
    """What the lines of one claim add up to; `off` holds the differences of lines that do not balance."""

    charges: Decimal = ZERO
    paid: Decimal = ZERO
    adjusted: Decimal = ZERO
    own: Decimal = ZERO
    off: list[Decimal] = field(default_factory=list)

    def explain(self, difference: Decimal) -> bool:
        """Whether the lines' own differences explain one of the claim."""
        return bool(self.off) and (difference in self.off or difference == sum(self.off, ZERO))


def _claim(told: _Telling, claim: ClaimPayment) -> tuple[Decimal, Decimal] | None:
    """Tells what is off within a claim; returns by how much its CLP04 may be false, or None when all is well."""
    sums = _Sums()
    share = charges = paid = adjusted = ZERO
    for adjustment in claim.adjustments:
        sums.own += adjustment.amount
        if adjustment.group == "PR":
            share += adjustment.amount
    for number, line in enumerate(claim.lines, 1):
        cas = ZERO
        for adjustment in line.adjustments:
            cas += adjustment.amount
            if adjustment.group == "PR":
                share += adjustment.amount
        charges += line.charge
        paid += line.paid
        adjusted += cas
        if line.charge - cas != line.paid:
            sums.off.append(line.paid - line.charge + cas)
            told.line(claim, line, number, cas)
    whole = claim.paid - claim.charge + sums.own + adjusted
    sums.charges, sums.paid, sums.adjusted = charges, paid, adjusted
    if claim.patient_responsibility != share or claim.status_code == "22":
        _patient(told, claim, sums, share, whole)
    if not whole and not sums.off and (claim.charge == charges or not claim.lines):
        return None
    _sums(told, claim, sums, whole)
    return whole, claim.paid - paid + sums.own


def _sums(told: _Telling, claim: ClaimPayment, sums: _Sums, whole: Decimal) -> None:
    """Tells the one difference between a claim and its lines that the lines themselves do not explain."""
    charge_off = claim.charge - sums.charges
    paid_off = claim.paid - sums.paid + sums.own
    if not claim.lines or (paid_off == whole and not charge_off and not sums.off):
        cas = sums.own + sums.adjusted
        text = f"paid {usd(claim.paid)} is not charge {usd(claim.charge)} less all adjustments {usd(cas)}"
        told.claim(pages.CLAIM, claim, "CLP04", text, claim.paid, claim.charge - cas)
    elif charge_off and not sums.explain(charge_off):
        lines = counted(len(claim.lines), "line")
        text = f"charge {usd(claim.charge)} is not the sum {usd(sums.charges)} of its {lines}"
        told.claim(pages.CLAIM_CHARGE, claim, "CLP03", text, claim.charge, sums.charges)
    elif paid_off and not sums.explain(-paid_off):
        text = f"paid {usd(claim.paid)} is not its lines' {usd(sums.paid)} less claim adjustments {usd(sums.own)}"
        told.claim(pages.CLAIM_PAID, claim, "CLP04", text, claim.paid, sums.paid - sums.own)


def _patient(told: _Telling, claim: ClaimPayment, sums: _Sums, share: Decimal, whole: Decimal) -> None:
    """Tells a CLP05 that is not the share of the patient, or that a reversal should not send."""
    stated = claim.patient_responsibility
    if claim.status_code == "22":
        if stated is not None:
            text = f"a reversal states patient responsibility {usd(stated)}"
            told.claim(pages.PATIENT, claim, "CLP05", text, stated, ZERO)
        return
    missing = share - (stated or ZERO)
    if missing and missing != whole and not sums.explain(missing):  # else a PR adjustment is what unbalances the claim
        text = f"patient responsibility {usd(stated or ZERO)} is not the sum {usd(share)} of PR adjustments"
        told.claim(pages.PATIENT, claim, "CLP05", text, stated or ZERO, share)


def _payment(told: _Telling, paid: Decimal, claims: list[tuple[Decimal, Decimal]]) -> Decimal:
    """Tells by how much the payment is not its claims, unless they explain it; returns the difference told."""
    payment = told.payment
    provider = sum((p.amount for p in payment.provider_adjustments), ZERO)
    stated = -payment.amount if payment.credit_debit == "D" else payment.amount
    gap = paid - provider - stated
    if not gap or any(gap in c for c in claims):
        return ZERO
    if claims and gap in (sum((c[0] for c in claims), ZERO), sum((c[1] for c in claims), ZERO)):
        return ZERO
    text = f"payment {usd(stated)} is not claims {usd(paid)} less provider adjustments {usd(provider)}"
    told.add(pages.PAYMENT, payment.origin, "BPR02", text, (stated, paid - provider))
    return gap


def _interest(told: _Telling, claims: Decimal, gap: Decimal) -> None:
    """Tells interest that PLB and claims state differently, unless it is what unbalances the payment."""
    owed = [p for p in told.payment.provider_adjustments if p.reason == "L6"]
    provider = sum((p.amount for p in owed), ZERO)
    if provider != -claims and abs(provider + claims) != abs(gap):
        origin = owed[0].origin if owed else told.payment.origin
        text = f"interest L6 {usd(provider)} is not minus the claims' interest {usd(claims)}"
        told.add(pages.INTEREST, origin, "PLB04", text, (provider, -claims))


@dataclass(slots=True)
class _Telling:
    """Where the findings of one payment are written down."""

    payment: Payment
    findings: list[Finding] = field(default_factory=list)

    def line(self, claim: ClaimPayment, line: ServicePayment, number: int, cas: Decimal) -> None:
        wanted = line.charge - cas
        text = f"paid {usd(line.paid)} is not charge {usd(line.charge)} less adjustments {usd(cas)}"
        who = f"claim {claim.patient_control_number} line {number} ({line.procedure}): {text}"
        self.add(pages.LINE, line.origin, "SVC03", who, (line.paid, wanted), claim, number)

    def claim(self, code: str, claim: ClaimPayment, element: str, text: str, found: Decimal, wanted: Decimal) -> None:
        who = f"claim {claim.patient_control_number}: {text}"
        self.add(code, claim.origin, element, who, (found, wanted), claim)

    def add(
        self,
        code: str,
        origin: Origin,
        element: str,
        text: str,
        amounts: tuple[Decimal, Decimal],
        claim: ClaimPayment | None = None,
        line: int | None = None,
    ) -> None:
        rule = CATALOGUE[code]
        found, wanted = amounts
        self.findings.append(
            Finding(
                code=code,
                severity=rule.severity,
                snip=rule.snip,
                message=f"{text[0].upper()}{text[1:]}{f'; off by {usd(found - wanted)}' if found != wanted else ''}.",
                segment_position=origin.segment_index - self.payment.origin.segment_index + 1,
                segment_index=origin.segment_index,
                byte_offset=origin.byte_offset,
                segment=element[:3],
                element=element,
                loop={"SVC": "2110", "CLP": "2100"}.get(element[:3]),
                claim=claim.patient_control_number if claim else None,
                line=line,
                value=f"{found:.2f}",
                allowed=(f"{wanted:.2f}",),
                hint=rule.instead or None,
            )
        )
