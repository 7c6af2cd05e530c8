"""Prices, denials and second looks balance to the cent whatever the claim and the seed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.claims.model import Claim, ServiceLine
from ptedi.codes import npi
from ptedi.remittances import balance
from ptedi.remittances.model import ClaimPayment, Payment, ProviderAdjustment, ServicePayment
from ptedi.sandbox import mischief
from ptedi.sandbox.adjudication import NOWHERE, adjudicate
from ptedi.sandbox.fees import fee
from ptedi.sandbox.payers import claim_number, payer_of
from ptedi.sandbox.refusals import BUNDLED, Decision, decide, ensure
from ptedi.sandbox.remittance import reversal
from tests.sandbox import night

PLAIN = Decision(refused={})


def line(number: int, code: str, charge: str, units: int = 1, modifiers: tuple[str, ...] = ("GP",)) -> ServiceLine:
    return ServiceLine(
        number=number, procedure=code, modifiers=modifiers, charge=Decimal(charge), units=units, pointers=(1,),
        service_date=night.DAY, control_number=f"T{number}",
    )  # fmt: skip


def medicare(*lines: ServiceLine, number: int = 1) -> Claim:
    return replace(night.claim(number, payer=0), lines=lines)


def settle(claim: Claim, decision: Decision = PLAIN, seed: int = 1) -> ClaimPayment:
    return adjudicate(claim, payer_of(claim), "ICN1", decision, seed, night.DAY)


def alone(claim: ClaimPayment) -> Payment:
    """A payment of this claim and its interest."""
    interest = [ProviderAdjustment("1777700026", None, "L6", "X", -claim.interest, NOWHERE)] if claim.interest else []
    return Payment(
        control_number="0001", amount=claim.paid + claim.interest, claims=[claim], provider_adjustments=interest,
        origin=NOWHERE,
    )  # fmt: skip


def cas(result: ServicePayment) -> dict[str, str]:
    return {f"{a.group}-{a.reason}": str(a.amount) for a in result.adjustments}


def without_deductible(*lines: ServiceLine) -> Claim:
    """A Medicare claim whose draw owes no deductible."""
    for number in range(1, 50):
        claim = medicare(*lines, number=number)
        if all("PR-1" not in cas(result) for result in settle(claim).lines):
            return claim
    raise AssertionError


def test_medicare_prices_step_by_step():
    lines = (line(1, "97530", "72.00"), line(2, "97110", "124.00", 2), line(3, "97110", "62.00", 1, ("CQ", "GP")))
    first, second, third = settle(without_deductible(*lines)).lines
    # the unit with the highest expense keeps it all: 38.70, coinsurance 7.74, sequestration 2 % of 30.96
    assert cas(first) == {"CO-45": "33.30", "CO-253": "0.62", "PR-2": "7.74"}
    assert (first.allowed, first.paid) == (Decimal("38.70"), Decimal("30.34"))
    # two units at 30.10 less half of 14.20 each
    assert cas(second) == {"CO-45": "63.80", "CO-59": "14.20", "PR-2": "9.20", "CO-253": "0.74"}
    assert second.paid == Decimal("36.06")
    # the assistant's 15 % of 18.40 comes before sequestration and leaves the patient's share alone
    assert cas(third) == {"CO-45": "31.90", "CO-59": "7.10", "PR-2": "4.60", "CO-237": "2.76", "CO-253": "0.31"}
    assert third.remarks == ["N851"]


def test_the_highest_expense_keeps_its_price_wherever_it_stands():
    lines = (line(1, "97110", "62.00"), line(2, "97161", "145.00"))
    first, second = settle(without_deductible(*lines)).lines
    assert "CO-59" in cas(first)
    assert "CO-59" not in cas(second)


def test_whole_deductible_leaves_the_patient_everything():
    result = settle(medicare(line(1, "97110", "62.00")), Decision(refused={}, whole_deductible=True))
    assert result.paid == 0
    assert result.patient_responsibility == Decimal("30.10")
    assert cas(result.lines[0]) == {"CO-45": "31.90", "PR-1": "30.10"}


def test_a_charge_below_the_fee_has_no_contractual_adjustment():
    result = settle(without_deductible(line(1, "97110", "20.00")))
    assert "CO-45" not in cas(result.lines[0])
    assert result.lines[0].allowed == Decimal("20.00")


@pytest.mark.parametrize(
    ("payer", "reasons"),
    [
        (0, {"CO-45", "CO-59", "CO-237", "CO-253", "PR-1", "PR-2"}), (1, {"CO-45", "PR-3"}),
        (2, {"CO-45", "PR-1", "PR-2", "PR-3"}), (3, {"CO-45", "PR-1", "PR-2", "PR-3"}), (4, {"CO-45"}), (5, {"CO-P12"}),
    ],
)  # fmt: skip
def test_each_plan_adjusts_in_its_own_way(payer: int, reasons: set[str]):
    seen = set()
    for number in range(1, 80):
        for result in settle(night.claim(number, payer=payer)).lines:
            seen |= set(cas(result))
    assert seen <= reasons
    assert {"CO-45", "CO-P12"} & seen


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), number=st.integers(1, 10**6), payer=st.integers(0, 5))
def test_every_adjudication_balances_and_so_does_its_reversal(seed: int, number: int, payer: int):
    claim = night.claim(number, seed=seed % 1000, payer=payer)
    decision = decide(claim, payer_of(claim), seed, night.DAY)
    result = settle(claim, decision, seed)
    assert balance.check(alone(result)) == []
    assert result.charge == claim.charge
    assert all(item.paid >= 0 for item in result.lines)
    back = reversal(result)
    assert back.paid == -result.paid
    together = Payment(
        control_number="0001", amount=result.paid - result.paid, claims=[result, back], origin=NOWHERE,
        provider_adjustments=alone(result).provider_adjustments,
    )  # fmt: skip
    together.amount += result.interest
    assert balance.check(together) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*night.PRICES, "99999"]), st.integers(0, 10**9), st.integers(0, 99)), min_size=1
    )
)
def test_any_charge_and_unit_count_balances(drawn: list[tuple[str, int, int]]):
    lines = [line(n, code, str(Decimal(c).scaleb(-2)), units) for n, (code, c, units) in enumerate(drawn, 1)]
    assert balance.check(alone(settle(medicare(*lines)))) == []


def test_a_pair_that_is_bundled_is_paid_once_unless_its_time_was_separate():
    pair = medicare(line(1, "97530", "72.00"), line(2, "97140", "60.00"))
    decision = decide(pair, payer_of(pair), 3, night.DAY)
    assert decision.refused.get(2) == BUNDLED or decision.whole
    apart = medicare(line(1, "97530", "72.00"), line(2, "97140", "60.00", 1, ("59", "GP")))
    assert not decide(apart, payer_of(apart), 3, night.DAY).gives("97")


def test_the_claim_decides_where_it_can():
    claim = night.claim(1, payer=0)
    assert decide(replace(claim, referring=None), payer_of(claim), 1, night.DAY).gives("16")
    assert decide(claim, payer_of(claim), 1, night.DAY + dt.timedelta(days=400)).gives("29")


def test_a_night_of_plain_claims_still_gets_every_denial():
    cases = {c.patient_control_number: (c, payer_of(c)) for c in night.claims(100)}
    decisions = dict.fromkeys(cases, PLAIN)
    ensure(cases, decisions, 1)
    for reason in ("16", "29", "50", "97", "197"):
        assert any(d.gives(reason) for d in decisions.values()), reason
    assert any(d.interest for d in decisions.values())
    assert any(d.whole_deductible for d in decisions.values())


def test_numbers_differ_between_attempts_and_claims():
    payer = payer_of(night.claim(1, payer=3))
    assert claim_number(payer, "A", "26324", 1) != claim_number(payer, "A", "26324", 1, 1)
    assert claim_number(payer, "A", "26324", 1) != claim_number(payer, "B", "26324", 1)
    assert len(claim_number(payer, "A", "26324", 1)) <= 50


def test_identities_pass_their_check_digits():
    assert npi.is_valid(mischief.STRANGER_NPI)
    assert npi.is_valid(night.PRACTICE.npi)


def test_unknown_codes_have_a_price():
    assert fee("99999", Decimal(100)).unit == Decimal("45.00")
    assert fee("97110", Decimal(100), 62).unit == Decimal("18.66")
