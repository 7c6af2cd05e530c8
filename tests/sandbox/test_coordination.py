"""Several payers of one claim: the supplement's answer restates the first one's to the cent, whoever asked it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.claims.model import Claim, Coverage, PayerName
from ptedi.ledger.coordination import NextPayer, next_claim
from ptedi.ledger.standing import Adjudication
from ptedi.remittances import balance
from ptedi.remittances.model import ClaimPayment
from ptedi.sandbox.crossover import SUPPLEMENT
from ptedi.sandbox.payers import payer_of
from ptedi.sandbox.refusals import Decision, decide
from ptedi.sandbox.scenario import PAYERS, Scenario
from ptedi.sandbox.shapes import bundle_lines, copay_at_claim_level, split_line, unbundle_line
from tests.sandbox import night
from tests.sandbox.conftest import Box
from tests.sandbox.test_adjudication import alone, settle

ZERO = Decimal("0.00")


def prior(clp: ClaimPayment) -> Decimal:
    found = [*clp.adjustments, *(a for line in clp.lines for a in line.adjustments)]
    return sum((a.amount for a in found if (a.group, a.reason) == ("OA", "23")), ZERO)


def share(clp: ClaimPayment) -> Decimal:
    found = [*clp.adjustments, *(a for line in clp.lines for a in line.adjustments)]
    return sum((a.amount for a in found if a.group == "PR"), ZERO)


def second(claim: Claim, first: ClaimPayment) -> Claim:
    coverage = Coverage(payer_id="second", sequence="S", member_id="SUP1")
    to = NextPayer(coverage=coverage, payer=PayerName(name="SECOND", id="SEC01"), filing_indicator="CI",
                   member_id="SUP1", patient=claim.subscriber)  # fmt: skip
    made = next_claim(claim, [Adjudication(id=1, paid_on=night.DAY, clp=first)], to, "PT000000009X")
    assert made.claim is not None, made.problems
    return made.claim


@settings(max_examples=80, deadline=None)
@given(
    number=st.integers(1, 10**6), payer=st.integers(0, 3),
    change=st.sampled_from([lambda c: c, split_line, bundle_lines, unbundle_line, copay_at_claim_level]),
)  # fmt: skip
def test_every_shape_of_a_first_answer_makes_a_claim_that_the_second_payer_answers(number: int, payer: int, change):
    claim = night.claim(number, payer=payer)
    first = change(settle(claim, decide(claim, payer_of(claim), 1, night.DAY)))
    later = settle(second(claim, first), Decision(refused={}))
    assert balance.check(alone(later)) == []
    assert later.status_code == "2"
    assert prior(later) == claim.charge - share(first)  # what the first payer paid and adjusted
    assert later.paid + share(later) == share(first)


def test_a_forwarded_claim_is_answered_by_the_supplement_once_and_later(box: Box):
    box.put("1.837", night.file(night.claims(60), 1))
    first = box.run(scenario=PAYERS)
    sent_on = {c.patient_control_number: c for c in box.claims() if c.status_code == "19"}
    assert sent_on
    assert {c.crossover_payer for c in sent_on.values()} == {SUPPLEMENT.name}
    second_run = box.run(days=3, scenario=Scenario(corrections=False))
    answers = {c.patient_control_number: c for c in box.claims() if c.status_code == "2"}
    assert set(answers) == set(sent_on)
    assert all(prior(a) == a.charge - share(sent_on[key]) for key, a in answers.items())
    assert [f for p in box.payments() for f in [*p.findings, *balance.check(p)]] == []
    assert first.balances
    assert second_run.balances
    assert box.run(days=4, scenario=Scenario(corrections=False)).checks == ()


def test_prices_told_beforehand_and_all_kinds_of_provider_amounts_are_in_the_payments(box: Box):
    box.put("1.837", night.file(night.claims(60), 1))
    report = box.run(scenario=PAYERS)
    assert [c for c in box.claims() if c.status_code == "25" and not c.paid]
    assert {"CS", "AH", "LE", "72", "WO"} <= {p.reason for one in box.payments() for p in one.provider_adjustments}
    assert any(line.charge == 0 and line.submitted_procedure for c in box.claims() for line in c.lines)
    assert report.balances
