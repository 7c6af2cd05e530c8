"""The payers of the sandbox, told from the claim alone: how each kind of plan prices and what its patients owe.

| plan | price | patient | beside |
|---|---|---|---|
| Medicare | table, CO-45 | PR-1 now and then, PR-2 20 % | CO-59, CO-237 for CQ/CO lines, CO-253 2 % |
| Medicare Advantage | table, CO-45 | PR-3 per visit | |
| commercial | 108 to 141 % of the table, CO-45 | PR-1, PR-2 or PR-3 by the patient's plan | interest now and then |
| Medicaid | 62 % of the table, CO-45 | nothing | denials in a zero payment of their own |
| workers' compensation | 125 % of the table, CO-P12 | nothing | |
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ptedi.claims.model import Claim
from ptedi.money import ZERO
from ptedi.sandbox import chance


class Plan(StrEnum):
    """The kind of insurance, from SBR09."""

    MEDICARE = "Medicare"
    ADVANTAGE = "Medicare Advantage"
    COMMERCIAL = "commercial"
    MEDICAID = "Medicaid"
    WORKERS_COMPENSATION = "workers' compensation"


_PLANS = {
    "MA": Plan.MEDICARE, "MB": Plan.MEDICARE, "16": Plan.ADVANTAGE, "HM": Plan.ADVANTAGE, "MC": Plan.MEDICAID,
    "WC": Plan.WORKERS_COMPENSATION, "AM": Plan.WORKERS_COMPENSATION, "LM": Plan.WORKERS_COMPENSATION,
}  # fmt: skip
# CLP06 knows fewer indicators than SBR09: commercial (CI) and the Blues (BL) come back as a preferred provider plan.
_CLP06 = frozenset("12 13 14 15 16 17 AM CH DS HM LM MA MB MC OF TV VA WC ZZ".split())
_COMMERCIAL_PERCENT = (108, 114, 121, 127, 133, 141)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays: the identity of 2010BB with a synthetic tax id, and how the plan prices."""

    id: str
    name: str
    plan: Plan
    filing_indicator: str
    tax_id: str
    percent: int
    claim_prefix: str

    @property
    def originator(self) -> str:
        """TRN03 and BPR10: 1 and the tax id."""
        return f"1{self.tax_id}"

    @property
    def contractual_reason(self) -> str:
        """The CARC for charge above the price."""
        return "P12" if self.plan is Plan.WORKERS_COMPENSATION else "45"


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """What the patient owes on this claim: deductible left, share of the rest in percent, fixed copay."""

    deductible: Decimal = ZERO
    coinsurance: int = 0
    copay: Decimal = ZERO


def payer_of(claim: Claim) -> Payer:
    """The payer that a claim names, the same for every claim with this 2010BB NM109 and SBR09."""
    plan = plan_of(claim.filing_indicator)
    filing = claim.filing_indicator
    return Payer(
        id=claim.payer.id,
        name=claim.payer.name,
        plan=plan,
        filing_indicator=filing if filing in _CLP06 else "12",
        tax_id=f"98{chance.digits(0, 'payer tax id', claim.payer.id, 7)}",
        percent=percent_of(claim.payer.id, plan),
        claim_prefix=_prefix(plan),
    )


def plan_of(filing_indicator: str) -> Plan:
    """The kind of insurance that SBR09 names."""
    return _PLANS.get(filing_indicator, Plan.COMMERCIAL)


def percent_of(payer_id: str, plan: Plan) -> int:
    """At how many percent of the fee table a payer pays."""
    if plan is Plan.COMMERCIAL:
        return chance.pick(0, "payer percent", payer_id, _COMMERCIAL_PERCENT)
    return {Plan.MEDICAID: 62, Plan.WORKERS_COMPENSATION: 125}.get(plan, 100)


def _prefix(plan: Plan) -> str:
    return {Plan.MEDICARE: "", Plan.ADVANTAGE: "H", Plan.COMMERCIAL: "E", Plan.MEDICAID: "6"}.get(plan, "WC")


def claim_number(payer: Payer, control_number: str, year_day: str, seed: int, attempt: int = 0) -> str:
    """CLP07, the payer's own number of a claim; `attempt` counts on when a number was taken."""
    key = f"{payer.id}|{control_number}|{attempt}"
    return f"{payer.claim_prefix}{year_day}{chance.digits(seed, 'claim number', key, 9)}"


def benefit_of(claim: Claim, payer: Payer, seed: int, *, whole_deductible: bool = False) -> Benefit:
    """The patient's share under the plan; a seeded few still owe some deductible, a few owe all of it."""
    key = f"{payer.id}|{claim.member_id}"
    left = Decimal(5 * (3 + chance.number(seed, "deductible left", claim.patient_control_number, 12)))
    owes = chance.permille(seed, "deductible", claim.patient_control_number)
    deductible = Decimal(2000) if whole_deductible else left if owes < 60 else ZERO
    if payer.plan is Plan.MEDICARE:
        return Benefit(deductible=deductible, coinsurance=20)
    if payer.plan is Plan.ADVANTAGE:
        return Benefit(copay=chance.pick(seed, "copay", key, (Decimal(20), Decimal(25), Decimal(40))))
    if payer.plan is not Plan.COMMERCIAL:
        return Benefit()
    if chance.permille(seed, "commercial plan", key) < 500:
        copay = chance.pick(seed, "copay", key, (Decimal(15), Decimal(30), Decimal(45)))
        return Benefit(deductible=deductible if whole_deductible else ZERO, copay=copay)
    return Benefit(deductible=deductible, coinsurance=chance.pick(seed, "coinsurance", key, (10, 20, 30)))
