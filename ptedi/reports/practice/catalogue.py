"""The key figures: what each means, which claims it counts, how it is worked out, what is usually aimed at."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Unit(StrEnum):
    """What a key figure is measured in."""

    RATE = "rate"
    DAYS = "days"
    HOURS = "hours"
    CENTS = "cents"


class Sum(StrEnum):
    """How the rows of a key figure become its number."""

    RATIO = "ratio"
    MEDIAN = "median"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A key figure.

    Attributes:
        key: its short name.
        name: its name for people.
        formula: how it is worked out from its rows.
        counts: which rows the days of the report choose.
        unit: what it is measured in.
        by: how its rows become one number.
        money: whether numerator and denominator are cents.
        target: what is usually aimed at; ours, unless the source says otherwise.
        source: whose definition it is.
    """

    key: str
    name: str
    formula: str
    counts: str
    unit: Unit
    by: Sum = Sum.RATIO
    money: bool = False
    target: str = ""
    source: str = "own definition"


KPIS = (
    Kpi(key="clean_claims", name="Clean claim rate", unit=Unit.RATE, target="95 % or more",
        formula="claims that no edit ever held / claims judged by the edits",
        counts="claims first judged in these days, each once: a correction of a judged claim is none of its own",
        source="named as in HFMA MAP CL-1 (claims that come into the scrubber to be billed), our wording"),
    Kpi(key="first_pass_acceptance", name="First-pass acceptance", unit=Unit.RATE, target="98 % or more",
        formula="claims accepted by a 277CA and refused by no TA1, 999 or 277CA on their first journey / claims sent",
        counts="claims first sent in these days, but not corrections of claims that were sent"),
    Kpi(key="first_pass_resolution", name="First-pass resolution", unit=Unit.RATE, target="90 % or more",
        formula="claims of which the first 835 denied nothing / claims adjudicated",
        counts="claims first adjudicated in these days, but not corrections of claims that were sent"),
    Kpi(key="denial_rate", name="Denial rate, claims", unit=Unit.RATE, target="under 5 to 8 %",
        formula="claims denied in whole or part by their first 835 / claims adjudicated",
        counts="claims first adjudicated in these days, but not corrections of adjudicated claims; a later payer's "
               "claim is one of its own",
        source="initial denials as the HFMA Claim Integrity Task Force (2020) tells them from later ones, of claims "
               "adjudicated; named as in HFMA MAP AR-5"),
    Kpi(key="denial_amount", name="Denial rate, dollars", unit=Unit.RATE, money=True, target="under 5 %",
        formula="dollars denied by the first 835 of each claim / charge it adjudicated",
        counts="claims first adjudicated in these days, but not corrections of adjudicated claims",
        source="initial denials in dollars, as the HFMA Claim Integrity Task Force (2020) tells them, line by line"),
    Kpi(key="days_in_ar", name="Net days in A/R", unit=Unit.DAYS, money=True, target="30 to 40 days",
        formula="net receivables / average net revenue a day; of claims that no 835 adjudicated yet both lack the "
                "payer's share of contractual adjustments so far",
        counts="receivables in the books at the end; charges with service dates in these days", source="HFMA MAP"),
    Kpi(key="aged_over_90", name="Aged A/R over 90 days", unit=Unit.RATE, money=True, target="under 15 to 20 %",
        formula="receivables of billed claims older than 90 days / receivables of billed claims, by date of service",
        counts="receivables in the books at the end", source="HFMA MAP AR-1"),
    Kpi(key="net_collection", name="Net collection rate", unit=Unit.RATE, money=True, target="96 % or more",
        formula="payments / (charges - contractual adjustments), as known now",
        counts="claims with service dates in these days", source="industry"),
    Kpi(key="gross_collection", name="Gross collection rate", unit=Unit.RATE, money=True, target="follows payer mix",
        formula="payments / charges, as known now",
        counts="claims with service dates in these days", source="industry"),
    Kpi(key="charge_lag", name="Charge lag, service to capture", unit=Unit.DAYS, by=Sum.MEDIAN, target="2 days or less",
        formula="median days from date of service to capture", counts="visits captured in these days"),
    Kpi(key="submission_lag", name="Charge lag, capture to sending", unit=Unit.DAYS, by=Sum.MEDIAN,
        target="2 days or less", formula="median days from the visit's capture to the first delivery of its claim",
        counts="claims first sent in these days"),
    Kpi(key="file_answer_lag", name="Acknowledgement lag, 999", unit=Unit.HOURS, by=Sum.MEDIAN,
        formula="median hours from sending to the first 999", counts="claims first sent in these days, answered"),
    Kpi(key="claim_answer_lag", name="Acknowledgement lag, 277CA", unit=Unit.HOURS, by=Sum.MEDIAN,
        formula="median hours from sending to the first 277CA", counts="claims first sent in these days, answered"),
    Kpi(key="payment_lag", name="Sending to first 835", unit=Unit.DAYS, by=Sum.MEDIAN,
        formula="median days from sending to the first adjudication", counts="claims first adjudicated in these days"),
    Kpi(key="recovery", name="Recovery rate of worked denials", unit=Unit.RATE, money=True, target="over 60 %",
        formula="denied dollars that the payer paid after a person's first act / denied dollars of claims that a "
                "person worked (took, gave, noted or closed the item; corrected, appealed, billed on or wrote off)",
        counts="claims first adjudicated in these days, denied, and worked, each with what its corrections brought"),
    Kpi(key="underpayment", name="Payment variance", unit=Unit.CENTS, by=Sum.TOTAL, money=True, target="0.00",
        formula="sum of paid - expected over compared lines", counts="lines paid in these days and compared"),
)  # fmt: skip
BY_KEY = {kpi.key: kpi for kpi in KPIS}


def ratio(numerator: int, denominator: int, places: str = "0.0001", times: int = 1) -> Decimal | None:
    """An exact quotient rounded half up once, None without a denominator."""
    if not denominator:
        return None
    return (Decimal(numerator * times) / Decimal(denominator)).quantize(Decimal(places), rounding=ROUND_HALF_UP)


PLACES = {Unit.RATE: "0.0001", Unit.DAYS: "0.1", Unit.HOURS: "0.1", Unit.CENTS: "1"}
