"""Whose fault, what went before, what is no denial, which edit stops it: the sandbox's refusals by name, the table."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from ptedi import denials
from ptedi.config import data_folder
from ptedi.denials import Action, Category, Confidence, Denial, Fault, Prior, Reworkable, table
from ptedi.edits import EDITS
from ptedi.errors import ConfigurationError
from ptedi.sandbox import refusals
from ptedi.sandbox.refusals import Refusal

DAY = dt.date(2026, 8, 3)
SHIPPED = data_folder("schemas") / "codes" / "denials.csv"


def classify(code: str, *remarks: str, prior: tuple[Prior, ...] = (), **more: object) -> Denial:
    group, reason = code.split("-")
    found = denials.classify(group, reason, remarks, on=DAY, prior=prior, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


SCENARIOS = {
    "NO_REFERRER": (Category.REFERRAL, Action.CORRECT_RESUBMIT, Fault.FRONT_DESK, "PV105"),
    "BAD_DIAGNOSIS": (Category.DIAGNOSIS, Action.CORRECT_RESUBMIT, Fault.CLINICIAN, "DX109"),
    "NOT_NECESSARY": (Category.MEDICAL_NECESSITY, Action.APPEAL, Fault.CLINICIAN, "PT150"),
    "BUNDLED": (Category.BUNDLING, Action.CORRECT_RESUBMIT, Fault.BILLING, "NC102"),
    "NO_AUTHORIZATION": (Category.AUTHORIZATION, Action.APPEAL, Fault.FRONT_DESK, "AU101"),
    "LATE": (Category.TIMELY_FILING, Action.ASK_REOPENING, Fault.BILLING, "TF101"),
    "NOT_COVERED": (Category.NON_COVERED, Action.BILL_PATIENT, Fault.FRONT_DESK, "PT137"),
    "USED_UP": (Category.BENEFIT_LIMIT, Action.CORRECT_RESUBMIT, Fault.BILLING, "PT115"),
}


def test_every_refusal_of_the_sandbox_is_here() -> None:
    assert {name for name, value in vars(refusals).items() if isinstance(value, Refusal)} == set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_refusal_of_the_sandbox_lands_in_its_category(name: str) -> None:
    refusal: Refusal = getattr(refusals, name)
    category, action, fault, edit = SCENARIOS[name]
    found = classify(f"{refusal.group}-{refusal.reason}", *refusal.remarks, *refusal.claim_remarks)
    assert (found.category, found.action, found.fault) == (category, action, fault)
    assert edit in found.edits
    assert f"{refusal.reason}" in found.cited


def test_the_table_names_only_known_edits_and_a_fault_everywhere() -> None:
    with SHIPPED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 95
    assert not {code for row in rows for code in row["edits"].split()} - set(EDITS)
    assert all(Fault(row["fault"]) is not Fault.UNKNOWN for row in rows)
    keys = [(r["reason"], r["group"], r["remark"], r["payer"], r["procedure"], r["history"], r["effective_from"])
            for r in rows]  # fmt: skip
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("procedure", "code", "expected"), [
    ("97010", "CO-97", True), ("97010", "CO-234", True), ("97010", "CO-96", True),
    ("97010", "CO-50", False), ("97010", "CO-197", False), ("97140", "CO-97", False), ("97010", "PR-96", False),
    ("", "CO-97", False),
])  # fmt: skip
def test_bundled_as_agreed_is_no_denial(procedure: str, code: str, expected: bool) -> None:
    found = classify(code, procedure=procedure, never_paid=("97010", "G0282"))
    assert found.refused is not expected
    if expected:
        assert (found.category, found.action, found.chance) == (Category.EXPECTED, Action.WRITE_OFF, 0)


@pytest.mark.parametrize("code", ["PR-1", "PR-2", "PR-3", "CO-45", "CO-253", "OA-23"])
def test_zero_paid_by_deductible_or_price_is_no_denial(code: str) -> None:
    group, reason = code.split("-")
    assert denials.classify(group, reason, ("MA01",), on=DAY) is None


def test_a_payer_by_the_head_is_a_row_of_the_practice(tmp_path: Path) -> None:
    head = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    row = ("24,CO,,plan,,,no payment expected,Paid by the head,no,WRITE_OFF,Adjust it off,none,0,nobody,,2026-01-01,,"
           "contract of 2026,yes")  # fmt: skip
    (tmp_path / table.OWN).write_text(f"{head}\n{row}\n", encoding="utf-8")
    rows = table.of_workspace(tmp_path)
    mine = classify("CO-24", payer="plan", rows=rows)
    assert not mine.refused
    assert "the practice's" in mine.cited and "contract of 2026" in mine.cited
    assert classify("CO-24", payer="other", rows=rows).category is Category.WRONG_PAYER
    assert classify("CO-24", payer="plan").category is Category.WRONG_PAYER
    assert table.of_workspace(tmp_path / "nowhere") is table.standard()


@pytest.mark.parametrize(("old", "new"), [
    (",nobody,", ",the cat,"), (",none,0,", ",none,101,"), (",,2026-01-01", ",XX999,2026-01-01"),
    ("2026-01-01", "1 January"), ("24,CO", "\udcff24,CO"),
])  # fmt: skip
def test_a_row_that_says_nonsense_is_one_sentence(tmp_path: Path, old: str, new: str) -> None:
    head = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    row = "24,CO,,plan,,,no payment expected,x,no,WRITE_OFF,x,none,0,nobody,,2026-01-01,,x,yes"
    text = f"{head}\n{row.replace(old, new)}\n"
    (tmp_path / table.OWN).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match=r"denials\.csv"):
        table.of_workspace(tmp_path)


def test_a_file_without_its_columns_says_which(tmp_path: Path) -> None:
    (tmp_path / table.OWN).write_text("reason,group\n24,CO\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="remark"):
        table.of_workspace(tmp_path)


def test_a_duplicate_of_a_paid_claim_is_nothing_to_do() -> None:
    assert classify("CO-18").action is Action.INVESTIGATE
    found = classify("CO-18", prior=(Prior.PAID,))
    assert (found.category, found.action, found.chance) == (Category.DUPLICATE, Action.NOTHING, 0)
    assert found.reworkable is Reworkable.NO
    assert Prior.PAID.value in found.cited


@pytest.mark.parametrize(("prior", "fault", "chance"), [
    ((), Fault.BILLING, 40),
    ((Prior.SENT,), Fault.CLEARINGHOUSE, 45),
    ((Prior.AGAIN,), Fault.PAYER, 35),
    ((Prior.SENT, Prior.ACCEPTED), Fault.PAYER, 80),
    ((Prior.AGAIN, Prior.ACCEPTED), Fault.PAYER, 80),
])  # fmt: skip
def test_late_means_something_else_by_what_can_be_proved(prior: tuple[Prior, ...], fault: Fault, chance: int) -> None:
    found = classify("CO-29", prior=prior)
    assert (found.category, found.action) == (Category.TIMELY_FILING, Action.APPEAL)
    assert (found.fault, found.chance) == (fault, chance)
    assert found.confidence is (Confidence.HIGH if prior else Confidence.MEDIUM)


@pytest.mark.parametrize("code", ["CO-16", "CO-4", "CO-11", "PR-96", "CO-151"])
def test_the_same_reason_again_halves_the_chance(code: str) -> None:
    first, again = classify(code), classify(code, prior=(Prior.AGAIN,))
    assert again.chance == first.chance // 2
    assert again.category is first.category
    assert again.cited != first.cited


def test_a_procedure_of_its_own_row(tmp_path: Path) -> None:
    head = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    row = "97,*,,*,97530,,bundling,Ours,yes,APPEAL,x,appeal,90,payer,,2026-01-01,2026-08-02,x,yes"
    for until, hits in (("2026-08-02", False), ("2026-08-03", True)):
        (tmp_path / table.OWN).write_text(f"{head}\n{row.replace('2026-08-02', until)}\n", encoding="utf-8")
        rows = table.of_workspace(tmp_path)
        assert (classify("CO-97", procedure="97530", rows=rows).chance == 90) is hits
        assert classify("CO-97", procedure="97140", rows=rows).chance == 50
