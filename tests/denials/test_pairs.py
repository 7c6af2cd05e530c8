"""Reason and remark together: each pair that physical therapy meets lands where a biller would put it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ptedi import denials
from ptedi.codes import adjustments
from ptedi.denials import Action, Category, DeadlineBasis, Denial, Prior, table
from ptedi.payers.profile import PayerRules
from ptedi.remittances.outcome import NOT_DENIALS
from ptedi.transactions import remittance_835

DAY = dt.date(2026, 8, 3)
CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus"
ELSEWHERE = frozenset({  # inpatient, pharmacy, dental, vision, newborn, laboratory, institutional bills, bonuses, taxes
    "34", "40", "53", "54", "60", "61", "66", "69", "70", "74", "75", "76", "78", "85", "89", "90", "91", "102", "106",
    "108", "114", "115", "117", "118", "121", "122", "128", "130", "132", "134", "135", "137", "139", "143", "144",
    "153", "154", "157", "158", "159", "160", "161", "169", "187", "188", "194", "195", "199", "201", "202", "203",
    "205", "211", "212", "223", "224", "225", "228", "229", "232", "233", "235", "240", "241", "244", "247", "248",
    "249", "254", "259", "260", "262", "263", "264", "265", "266", "269", "270", "271", "278", "280", "281", "282",
    "283", "289", "290", "291", "292", "295", "297", "298", "300", "301", "304", "305", "A0", "A5", "A6", "A8", "B23",
    "P1", "P20",
})  # fmt: skip


def classify(code: str, *remarks: str, prior: tuple[Prior, ...] = ()) -> Denial:
    group, reason = code.split("-")
    found = denials.classify(group, reason, remarks, on=DAY, prior=prior)
    assert found is not None, code
    return found


def test_every_reason_of_the_list_has_a_row_or_is_not_met_here() -> None:
    known = {one for one in adjustments.reasons() if one not in NOT_DENIALS}
    assert known - set(table.standard()) == ELSEWHERE


@pytest.mark.parametrize(("code", "remarks", "category", "action"), [
    ("CO-4", "N822", Category.MODIFIER, Action.CORRECT_RESUBMIT),
    ("CO-16", "N286", Category.REFERRAL, Action.CORRECT_RESUBMIT),
    ("CO-A1", "N286", Category.REFERRAL, Action.CORRECT_RESUBMIT),
    ("CO-A1", "M76", Category.DIAGNOSIS, Action.CORRECT_RESUBMIT),
    ("CO-A1", "", Category.UNKNOWN, Action.INVESTIGATE),
    ("CO-50", "N115", Category.MEDICAL_NECESSITY, Action.APPEAL),
    ("PR-50", "N115", Category.MEDICAL_NECESSITY, Action.INVESTIGATE),
    ("CO-96", "N20", Category.BUNDLING, Action.CORRECT_RESUBMIT),
    ("CO-96", "N425", Category.NON_COVERED, Action.WRITE_OFF),
    ("PR-96", "N425", Category.NON_COVERED, Action.BILL_PATIENT),
    ("CO-96", "N448", Category.PROCEDURE_CODE, Action.CORRECT_RESUBMIT),
    ("CO-197", "M62", Category.AUTHORIZATION, Action.APPEAL),
    ("OA-18", "N522", Category.DUPLICATE, Action.NOTHING),
    ("CO-131", "", Category.EXPECTED, Action.INVESTIGATE),
    ("CO-190", "", Category.WRONG_PAYER, Action.INVESTIGATE),
    ("CO-55", "", Category.MEDICAL_NECESSITY, Action.APPEAL),
    ("PR-35", "", Category.BENEFIT_LIMIT, Action.BILL_PATIENT),
    ("CO-35", "", Category.BENEFIT_LIMIT, Action.INVESTIGATE),
    ("OA-209", "", Category.COORDINATION, Action.BILL_NEXT_PAYER),
    ("CO-P14", "", Category.BUNDLING, Action.CORRECT_RESUBMIT),
])  # fmt: skip
def test_a_pair_lands_where_a_biller_puts_it(code: str, remarks: str, category: Category, action: Action) -> None:
    found = classify(code, *remarks.split())
    assert (found.category, found.action) == (category, action)


@pytest.mark.parametrize(("prior", "chance", "fault"), [
    ((), 15, "billing"), ((Prior.SENT,), 30, "clearinghouse"), ((Prior.ACCEPTED,), 70, "payer"),
    ((Prior.SENT, Prior.ACCEPTED), 70, "payer"), ((Prior.AGAIN,), 30, "payer"),
])  # fmt: skip
def test_late_without_an_appeal_is_a_reopening(prior: tuple[Prior, ...], chance: int, fault: str) -> None:
    found = classify("CO-29", "N211", prior=prior)
    assert (found.category, found.action, found.chance, found.fault) == (
        Category.TIMELY_FILING, Action.ASK_REOPENING, chance, fault)  # fmt: skip
    assert "N211" in found.cited and "appeal" not in found.how.lower()
    assert classify("CO-29", "MA01", prior=prior).action is Action.APPEAL
    rules = PayerRules(appeal_days=120, corrected_claim_days=365)
    limit = denials.deadline(found, rules, service_date=DAY, remit_date=DAY)
    assert limit.day == DAY + dt.timedelta(days=365)


@pytest.mark.parametrize("mark", ["N211", "N83", "MA28"])
def test_no_denial_is_appealed_that_may_not_be(mark: str) -> None:
    for reason, rows in table.standard().items():
        for group in ("CO", "PR", "OA", "PI"):
            found = denials.classify(group, reason, [mark], on=DAY)
            assert found is None or found.action is not Action.APPEAL, (group, reason, rows)
    found = classify("CO-50", mark)
    assert (found.action, found.deadline) == (Action.ASK_REOPENING, DeadlineBasis.REOPENING)
    assert found.chance == classify("CO-50").chance // 2 and found.cited.startswith(mark)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not here")
def test_no_real_remittance_is_a_riddle() -> None:
    unknown = set()
    for path in sorted(CORPUS.rglob("*")):
        if not path.is_file() or path.stat().st_size > 1_000_000 or b"CLP" not in (data := path.read_bytes()):
            continue
        if b"BPR" not in data:
            continue
        for payment in remittance_835.read(data):
            for clp in payment.claims:
                for told, marks in ((clp.adjustments, clp.remarks), *((line.adjustments, [*line.remarks, *clp.remarks])
                                                                      for line in clp.lines)):  # fmt: skip
                    found = [(a, denials.classify(a.group, a.reason, marks, on=DAY)) for a in told]
                    unknown |= {a.reason for a, one in found if one is not None and one.category is Category.UNKNOWN}
    assert unknown <= {"A7"}  # out of use since 2015
