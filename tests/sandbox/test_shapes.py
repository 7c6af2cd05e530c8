"""Splits, bundles and claim-level copays keep every balance and every unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.remittances import balance
from ptedi.remittances.model import ClaimPayment
from ptedi.sandbox.oracle import Fate
from ptedi.sandbox.payers import payer_of
from ptedi.sandbox.refusals import Decision, decide
from ptedi.sandbox.scenario import SHAPES, Scenario
from ptedi.sandbox.shapes import bundle_lines, copay_at_claim_level, shape, split_line
from tests.sandbox import night
from tests.sandbox.conftest import Box
from tests.sandbox.test_adjudication import alone, line, medicare, settle


@settings(max_examples=150, deadline=None)
@given(
    number=st.integers(1, 10**6), payer=st.integers(0, 5),
    change=st.sampled_from([split_line, bundle_lines, copay_at_claim_level]),
)  # fmt: skip
def test_a_shape_changes_neither_balance_nor_money(number: int, payer: int, change):
    claim = night.claim(number, payer=payer)
    plain = settle(claim, decide(claim, payer_of(claim), 1, night.DAY))
    shaped = change(plain)
    assert balance.check(alone(shaped)) == []
    assert (shaped.charge, shaped.paid) == (plain.charge, plain.paid)
    assert {x.line_control_number for x in shaped.lines} == {x.line_control_number for x in plain.lines}


def test_a_split_keeps_the_units_and_the_line_number():
    one = settle(medicare(line(1, "97110", "124.00", 3)), Decision(refused={}))
    first, second = split_line(one).lines
    assert (first.units, second.units) == (1, 2)
    assert first.line_control_number == second.line_control_number == "T1"
    assert first.remarks == second.remarks == ["N123"]
    assert first.charge + second.charge == Decimal("124.00")


def test_a_bundle_keeps_the_code_that_was_submitted():
    two = settle(medicare(line(1, "97530", "72.00"), line(2, "97112", "66.00")), Decision(refused={}))
    into, gone = bundle_lines(two).lines
    assert (gone.procedure, gone.submitted_procedure, gone.paid, gone.units, gone.units_submitted) == (
        "97530", "97112", Decimal("0.00"), 0, 1,
    )  # fmt: skip
    assert any(a.reason == "94" and a.amount < 0 for a in into.adjustments)


def test_a_plain_scenario_shapes_nothing():
    plain: ClaimPayment = settle(night.claim(1))
    assert shape(plain, 1, Scenario()) is plain


@pytest.mark.parametrize("scenario", [SHAPES, Scenario(correction_apart=True)])
def test_nights_of_shapes_add_up_and_are_corrected_apart(box: Box, scenario: Scenario):
    box.put("1.837", night.file(night.claims(80), 1))
    first = box.run(scenario=scenario)
    box.put("2.837", night.file(night.claims(80, first=81), 2))
    second = box.run(days=1, scenario=scenario)
    assert [f for p in box.payments() for f in [*p.findings, *balance.check(p)]] == []
    assert first.balances
    assert second.balances
    assert second.reversals == 2
    for payment in box.payments():
        assert not ({c.is_reversal for c in payment.claims} >= {True}) or not any(
            c.original_reference for c in payment.claims
        )
    assert second.count(Fate.VOIDED) == 0
