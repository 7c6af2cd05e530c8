"""A whole night through the sandbox: answers, exactness, repetition, order."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from ptedi import checks
from ptedi.remittances import balance
from ptedi.sandbox import clearinghouse, oracle
from ptedi.sandbox.oracle import Fate, SandboxReport
from ptedi.sandbox.scenario import Scenario
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1, claim_acknowledgement_277ca
from ptedi.x12 import oracle as pyx12
from tests.sandbox import night
from tests.sandbox.conftest import Box

Night = tuple[Box, SandboxReport]


def test_every_file_is_answered_and_every_claim_has_one_fate(full_night: Night):
    box, report = full_night
    assert (report.files, report.claims_received, len(report.results)) == (2, 400, 400)
    assert (len(box.left("TA1")), len(box.left("999"))) == (2, 2)
    assert 5 < report.claims_rejected < 40
    assert report.count(*Fate) == 400


def test_pyx12_accepts_every_answer(full_night: Night):
    for name, data in night.tree(full_night[0].out).items():
        if not name.endswith(".csv"):
            assert pyx12.validate(data).errors == (), name


def test_acknowledgements_tell_the_fates(full_night: Night):
    box, report = full_night
    assert {t.code for data in box.left("TA1") for t in acknowledgement_ta1.read(data)} == {"A"}
    assert {(g.code, g.accepted) for data in box.left("999") for g in acknowledgement_999.read(data)} == {("A", 1)}
    sets = [s for data in box.left("277CA") for s in claim_acknowledgement_277ca.read(data)]
    assert {s.batch_reference for s in sets} == {"B00000001", "B00000002"}
    first = [c for s in sets if not s.from_payer for c in s.claims]
    second = [c for s in sets if s.from_payer for c in s.claims]
    assert len(first) == 400
    assert sum(c.rejected for c in first) == report.count(Fate.CLEARINGHOUSE_REJECTED) > 0
    assert sum(c.rejected for c in second) == report.count(Fate.PAYER_REJECTED) > 0
    taken = [c for c in second if not c.rejected]
    assert all(c.payer_claim_control_number and c.clearinghouse_trace for c in taken)
    assert {c.payer_claim_control_number for c in taken} == {c.payer_claim_control_number for c in box.claims()}


def test_what_is_read_back_balances_and_equals_the_report(full_night: Night):
    box, report = full_night
    payments = box.payments()
    assert [f for p in payments for f in [*p.findings, *balance.check(p)]] == []
    assert report.balances
    assert report.check_total == sum(p.amount for p in payments)
    assert report.paid == sum(c.paid for c in box.claims())
    assert report.charge == sum(c.charge for c in box.claims())
    shares = [c.patient_responsibility or Decimal(0) for c in box.claims()]
    assert report.patient_responsibility == sum(shares)
    for claim in box.claims():
        assert report.results[claim.patient_control_number].paid == claim.paid


def test_a_night_holds_every_adjustment_a_biller_must_know(full_night: Night):
    box, report = full_night
    assert set(report.adjustments) >= {
        "CO-45", "CO-59", "CO-253", "CO-237", "CO-P12", "PR-1", "PR-2", "PR-3", "CO-16", "CO-50", "CO-97", "CO-197",
        "CO-29", "PR-96",
    }  # fmt: skip
    assert report.interest > 0
    assert report.recouped > 0
    assert report.count(Fate.PATIENT) > 0
    assert {p.method for p in box.payments()} == {"ACH", "CHK", "NON"}
    bundled = [c for c in box.claims() if any(a.reason == "97" for line in c.lines for a in line.adjustments)]
    assert any(c.paid for c in bundled)
    remarks = {r for c in box.claims() for line in c.lines for r in line.remarks}
    assert remarks >= {"N20", "N115", "N211", "N851"}
    assert "MA130" in {r for c in box.claims() for r in c.remarks}


def test_line_control_numbers_and_claim_numbers_come_back(full_night: Night):
    sent = {c.patient_control_number: c for c in night.claims(400)}
    for claim in full_night[0].claims():
        assert [line.line_control_number for line in claim.lines] == [
            line.control_number for line in sent[claim.patient_control_number].lines
        ]


def test_the_bank_lists_what_was_paid(full_night: Night):
    box, report = full_night
    rows = list(csv.DictReader(io.StringIO(box.left(".csv")[0].decode())))
    assert set(rows[0]) == {"date", "trace_number", "originator_id", "amount", "description"}
    assert sum(Decimal(r["amount"]) for r in rows) == report.check_total
    assert {r["trace_number"] for r in rows} == {c.trace_number for c in report.checks if c.amount}
    assert len({c.trace_number for c in report.checks}) == len(report.checks)


def test_no_patient_in_a_file_name(full_night: Night):
    assert not any("PINE" in name or "S0001" in name for name in night.tree(full_night[0].out))


def test_same_input_same_bytes_whatever_the_names_and_the_order(full_night: Night, tmp_path):
    other = Box(tmp_path)
    other.put("y.837", night.file(night.claims(200), 1))
    other.put("x.837", night.file(night.claims(200, first=201), 2))
    assert other.run() == full_night[1]
    assert night.tree(other.out) == night.tree(full_night[0].out)


def test_a_claim_meets_the_same_fate_in_any_file_of_any_run(box: Box, tmp_path):
    quiet = Scenario(ensure_from=10**6, corrections=False)
    box.put("all.837", night.file(night.claims(60), 1))
    together = box.run(scenario=quiet)
    apart = Box(tmp_path / "apart")
    results = {}
    for number, first in enumerate((41, 1, 21), 1):
        apart.put(f"{number}.837", night.file(night.claims(20, first=first), number))
        results |= apart.run(scenario=quiet).results
    assert results == together.results


def test_another_seed_is_another_night(full_night: Night, tmp_path):
    other = Box(tmp_path, seed=8)
    other.put("a.837", night.file(night.claims(200), 1))
    report = other.run()
    assert report.results != {k: full_night[1].results[k] for k in report.results}


def test_a_second_run_leaves_nothing(box: Box):
    box.put("a.837", night.file(night.claims(30)))
    box.run()
    before = night.tree(box.out)
    assert box.run() == SandboxReport()
    assert night.tree(box.out) == before


def test_a_killed_run_is_repeated_byte_for_byte(box: Box, monkeypatch: pytest.MonkeyPatch, tmp_path):
    whole = Box(tmp_path / "whole")
    for one in (box, whole):
        one.put("a.837", night.file(night.claims(30)))
    whole.run()

    def killed(self: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(clearinghouse._Run, "_list_deposits", killed)
        with pytest.raises(KeyboardInterrupt):
            box.run()
    assert 0 < len(night.tree(box.out)) < len(night.tree(whole.out))
    box.run()
    assert night.tree(box.out) == night.tree(whole.out)


def test_the_same_interchange_twice_is_refused_as_a_duplicate(box: Box):
    data = night.file(night.claims(5))
    box.put("a.837", data)
    first = box.run()
    box.put("b.837", data)
    second = box.run()
    assert second.interchanges_rejected == 1
    assert [(t.code, t.note) for f in box.left("TA1") for t in acknowledgement_ta1.read(f)] == [
        ("A", "000"),
        ("R", "025"),
    ]
    assert second.checks == ()
    assert oracle.history(box.state).results == first.results


def test_the_same_claim_in_another_file_is_refused_by_the_clearinghouse(box: Box):
    box.put("a.837", night.file(night.claims(10), 1))
    taken = box.run()
    box.put("b.837", night.file(night.claims(10), 2))
    box.run()
    last = claim_acknowledgement_277ca.read(box.left("277CA")[-1])[0]
    refused = [c for c in last.claims if c.statuses[0].codes[0].status == "54"]
    assert len(refused) == 10 - taken.claims_rejected


def test_the_history_adds_up(box: Box):
    for number in range(3):
        box.put(f"{number}.837", night.file(night.claims(12, first=1 + 12 * number), number + 1))
        box.run(days=number)
    total = oracle.history(box.state)
    assert total.claims_received == 36
    assert total.balances
    assert total.check_total == sum(p.amount for p in box.payments())
    assert total.paid == sum(c.paid for c in box.claims())
    assert set(total.as_json()) >= {"fates", "recouped", "check_total", "patient_responsibility"}


def test_ptedis_own_check_accepts_every_answer(full_night: Night):
    for name, data in night.tree(full_night[0].out).items():
        if not name.endswith(".csv"):
            report = checks.check_file(data)
            assert (report.verdict, [f.code for f in report.findings]) == ("accepted", []), name
