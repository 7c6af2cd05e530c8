"""Careless payers, on request: each nastiness is there, named in the report, and in no sum."""

from __future__ import annotations

from ptedi.remittances import balance
from ptedi.sandbox import mischief
from ptedi.sandbox.oracle import SandboxReport
from ptedi.sandbox.scenario import NASTY, PLAIN, Scenario
from ptedi.transactions import remittance_835
from tests.sandbox import night
from tests.sandbox.conftest import Box


def night_of(box: Box, scenario: Scenario) -> SandboxReport:
    box.put("a.837", night.file(night.claims(120)))
    return box.run(scenario=scenario)


def test_nothing_is_broken_unless_asked_for(box: Box):
    report = night_of(box, PLAIN)
    assert (report.broken, report.unbalanced) == ((), ())


def test_one_claim_is_out_of_balance_by_a_dollar(box: Box):
    report = night_of(box, Scenario(out_of_balance=True))
    findings = [f for p in box.payments() for f in balance.check(p)]
    assert {f.claim for f in findings} == set(report.unbalanced)
    assert len(findings) == 1
    assert report.balances


def test_a_duplicate_and_a_cut_file(box: Box):
    report = night_of(box, Scenario(duplicate_835=True, truncated_835=True))
    tree = night.tree(box.out)
    again, cut = (b.name for b in report.broken)
    assert tree[again] == tree[again.replace("_again", "")]
    assert tree[cut.replace("_cut", "")].startswith(tree[cut])
    assert len(tree[cut]) < len(tree[again])


def test_a_payment_to_another_practice(box: Box):
    report = night_of(box, Scenario(foreign_payee=True))
    payment = next(iter(remittance_835.read(night.tree(box.out)[report.broken[0].name])))
    assert payment.payee_npi == mischief.STRANGER_NPI
    assert balance.check(payment) == []
    assert payment.trace_number not in {c.trace_number for c in report.checks}


def test_a_claim_of_nobody(box: Box):
    report = night_of(box, Scenario(foreign_claim=True))
    ours = {c.patient_control_number for c in night.claims(120)}
    assert len([key for key in report.results if key not in ours]) == 1
    assert report.balances


def test_mangled_identities(box: Box):
    shares = Scenario(without_line_numbers=300, without_modifiers=300, shortened_claim_numbers=300)
    box.put("a.837", night.file([night.claim(n, prefix="LONGPREF") for n in range(1, 121)]))
    report = box.run(scenario=shares)
    lines = [line for c in box.claims() for line in c.lines]
    assert 0 < sum(not line.line_control_number for line in lines) < len(lines)
    assert 0 < sum(not line.modifiers for line in lines) < len(lines)
    assert {len(c.patient_control_number) for c in box.claims()} == {17, 20}
    assert {len(key) for key in report.results} == {20}


def test_everything_at_once_still_adds_up(box: Box):
    report = night_of(box, NASTY)
    assert report.balances
    assert report.reversals == 2
    assert len(report.broken) == 3
