"""Second looks: reversal and correction, recoupment later, replacements and voids that we asked for."""

from __future__ import annotations

from dataclasses import replace

from ptedi.remittances import balance
from ptedi.sandbox import oracle
from ptedi.sandbox.oracle import Fate
from ptedi.sandbox.scenario import Scenario
from tests.sandbox import night
from tests.sandbox.conftest import Box


def two_nights(box: Box) -> None:
    box.put("1.837", night.file(night.claims(60), 1))
    box.run()
    box.put("2.837", night.file(night.claims(60, first=61), 2))
    box.run(days=1)


def test_the_next_night_corrects_claims_of_the_first(box: Box):
    two_nights(box)
    originals = {c.payer_claim_control_number: c for c in box.claims() if c.status_code == "1"}
    reversals = [c for c in box.claims() if c.is_reversal]
    assert len(reversals) == 2
    for back in reversals:
        before = originals[back.payer_claim_control_number]
        after = next(c for c in box.claims() if c.original_reference == back.payer_claim_control_number)
        assert (back.charge, back.paid) == (-before.charge, -before.paid)
        assert back.patient_responsibility is None
        assert after.patient_control_number == back.patient_control_number == before.patient_control_number
        assert after.payer_claim_control_number != before.payer_claim_control_number
        assert after.paid != before.paid
    for payment in box.payments():
        order = [c.is_reversal for c in payment.claims if c.is_reversal or c.original_reference]
        assert order in ([], [True, False], [True, False, True, False])


def test_an_overpayment_is_deferred_and_taken_on_a_later_night(box: Box):
    two_nights(box)
    opened = [p for x in box.payments() for p in x.provider_adjustments if p.reason == "WO" and p.amount < 0]
    assert len(opened) == 1
    box.put("3.837", night.file(night.claims(60, first=121), 3))
    box.run(days=2)
    closed = [
        p for x in box.payments() for p in x.provider_adjustments
        if p.reference == opened[0].reference and p.amount > 0
    ]  # fmt: skip
    assert [p.amount for p in closed] == [-opened[0].amount]
    assert all(balance.check(p) == [] for p in box.payments())


def test_a_later_day_without_new_claims_still_brings_the_corrections_once(box: Box):
    box.put("1.837", night.file(night.claims(60), 1))
    box.run()
    assert box.run(days=1).reversals == 2
    assert box.run(days=2).reversals == 0
    assert oracle.history(box.state).balances


def test_a_night_without_a_past_can_be_corrected_at_once(box: Box):
    box.put("1.837", night.file(night.claims(60), 1))
    report = box.run(scenario=Scenario(correct_at_once=True))
    assert report.reversals == 2
    assert report.balances
    assert box.run(days=1).reversals == 0


def test_a_replacement_is_a_reversal_and_a_new_result(box: Box):
    claims = [c for c in night.claims(60) if c.filing_indicator == "CI"]
    box.put("1.837", night.file(claims, 1))
    quiet = Scenario(corrections=False)
    box.run(scenario=quiet)
    paid = next(c for c in box.claims() if c.paid)
    original = next(c for c in claims if c.patient_control_number == paid.patient_control_number)
    new = replace(original, frequency="7", original_reference=paid.payer_claim_control_number)
    box.put("2.837", night.file([new], 2))
    report = box.run(days=1, scenario=quiet)
    last = box.payments()[-1].claims
    assert [c.status_code for c in last] == ["22", "1"]
    assert last[1].original_reference == paid.payer_claim_control_number
    assert report.balances
    box.put("3.837", night.file([replace(new, frequency="8")], 3))  # that number belongs to the replaced claim
    assert box.run(days=2, scenario=quiet).checks == ()
    assert b"A7:464" in box.left("277CA")[-1]


def test_a_void_takes_the_money_back_and_is_carried_forward(box: Box):
    claims = [c for c in night.claims(60) if c.filing_indicator == "MC"]
    box.put("1.837", night.file(claims, 1))
    quiet = Scenario(corrections=False)
    box.run(scenario=quiet)
    paid = next(c for c in box.claims() if c.paid)
    original = next(c for c in claims if c.patient_control_number == paid.patient_control_number)
    void = replace(original, frequency="8", original_reference=paid.payer_claim_control_number)
    box.put("2.837", night.file([void], 2))
    report = box.run(days=1, scenario=quiet)
    last = box.payments()[-1]
    assert (last.amount, last.method) == (0, "NON")
    kept = [(p.reason, p.reference, p.amount) for p in last.provider_adjustments]
    assert kept == [("FB", last.trace_number, -paid.paid)]
    assert report.results[paid.patient_control_number].fate is Fate.VOIDED
    later = [night.claim(n, payer=4, seed=2) for n in range(1, 20)]
    box.put("3.837", night.file(later, 3))
    box.run(days=2, scenario=quiet)
    back = [p for p in box.payments()[-2].provider_adjustments if p.reason == "FB"]
    assert [(p.reference, p.amount) for p in back] == [(last.trace_number, paid.paid)]


def test_medicare_takes_no_replacement_claims(box: Box):
    claims = [night.claim(n, payer=0) for n in range(1, 20)]
    box.put("1.837", night.file(claims, 1))
    box.run()
    paid = box.claims()[0]
    original = next(c for c in claims if c.patient_control_number == paid.patient_control_number)
    box.put("2.837", night.file([
        replace(original, frequency="7", original_reference=paid.payer_claim_control_number),
    ], 2))  # fmt: skip
    box.run()
    assert b"A7:535" in box.left("277CA")[-1]
