"""Several nights of payments for any seed, without the front door: every 835 that is read back balances."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.claims.model import Claim
from ptedi.remittances import balance
from ptedi.remittances.model import Payment
from ptedi.sandbox import answers, oracle
from ptedi.sandbox.memory import Memory, Route, opened
from ptedi.sandbox.payer_desk import Accepted, Desk
from ptedi.sandbox.payers import payer_of
from ptedi.sandbox.scenario import Scenario
from ptedi.transactions import remittance_835
from tests.sandbox import night

ROUTE = Route(
    our_qualifier="ZZ", our_id="HARBORCH", their_qualifier="ZZ", their_id="SUB0001", usage="T"
)  # fmt: skip


def one_night(memory: Memory, claims: list[Claim], seed: int, day: dt.date, scenario: Scenario) -> list[Payment]:
    """The payments of a night as they are read back."""
    desk, taken = Desk(memory, seed, day, scenario), set[str]()
    desk.correct()
    desk.adjudicate(
        Accepted(claim=c, payer=payer_of(c), route=ROUTE, number=desk.new_number(c, payer_of(c), taken)) for c in claims
    )
    found = []
    for number, item in enumerate(desk.pay(), 1):
        made = [payment for _, payment in item.payments]
        back = list(remittance_835.read(answers.remittance(item, made, number, day)))
        assert [(p.amount, p.trace_number) for p in back] == [(p.amount, p.trace_number) for p in made]
        figures = oracle.of_payments((item.payer.id, payment) for payment in made)
        assert figures.balances
        assert figures.paid == sum((c.paid for p in back for c in p.claims), Decimal(0))
        found += back
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9), nights=st.integers(1, 4), count=st.integers(1, 25), foreign=st.booleans())
def test_every_payment_of_every_night_balances(
    tmp_path_factory: pytest.TempPathFactory, seed: int, nights: int, count: int, foreign: bool
):
    scenario = Scenario(ensure_from=20, foreign_claim=foreign)
    path = tmp_path_factory.mktemp("desk") / "state"
    traces: list[str] = []
    kept: dict[str, Decimal] = defaultdict(Decimal)
    for number in range(nights):
        claims = [night.claim(n, seed=seed % 1000) for n in range(1 + number * count, 1 + (number + 1) * count)]
        with opened(path) as memory:
            payments = one_night(memory, claims, seed, night.DAY + dt.timedelta(days=number), scenario)
        for payment in payments:
            assert balance.check(payment) == []
            assert payment.findings == []
            assert payment.amount >= 0
            for item in payment.provider_adjustments:
                if item.reason in ("WO", "FB") and not item.reference.startswith("LTR"):
                    kept[item.reference] += item.amount
        traces += [p.trace_number for p in payments]
    assert len(set(traces)) == len(traces)
    assert all(amount <= 0 for amount in kept.values())  # never more taken back than was deferred


def test_two_practices_of_one_payer_share_a_file_and_no_payment(tmp_path):
    other = replace(night.PRACTICE, npi="1888800012", name="SECOND PRACTICE")
    claims = [night.claim(n, payer=3) for n in range(1, 11)]
    claims[5:] = [replace(c, billing=other) for c in claims[5:]]
    with opened(tmp_path / "state") as memory:
        payments = one_night(memory, claims, 1, night.DAY, Scenario())
    assert {p.payee_npi for p in payments} == {other.npi, night.PRACTICE.npi}
    assert [p.control_number for p in payments] == ["0001", "0002"]
    assert all(len({c.patient_control_number for c in p.claims}) == 5 for p in payments)


def test_numbers_of_a_forgotten_run_are_given_again(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), opened(tmp_path / "state") as memory:
            assert memory.next("trace") == 1
            raise KeyError
