"""Classification, deadlines and ranks."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi import denials
from ptedi.config import data_folder
from ptedi.denials import Action, Category, Confidence, DeadlineBasis, table
from ptedi.errors import ConfigurationError
from ptedi.payers.profile import PayerRules
from ptedi.remittances.outcome import NOT_DENIALS

DAY, PAID = dt.date(2026, 8, 3), dt.date(2026, 8, 18)
RULES = PayerRules(timely_filing_days=180, appeal_days=60, corrected_claim_days=90)


def classify(code: str, *remarks: str, payer: str = "") -> denials.Denial:
    group, reason = code.split("-")
    found = denials.classify(group, reason, remarks, payer=payer, on=DAY)
    assert found is not None
    return found


@pytest.mark.parametrize("code", ["CO-45", "CO-59", "CO-253", "OA-23", "PR-1", "PR-2", "PR-3", "CO-237", "CO-P12"])
def test_what_prices_or_moves_money_is_no_denial(code: str) -> None:
    assert denials.classify(*code.split("-"), on=DAY) is None


@pytest.mark.parametrize(("code", "remarks", "category", "action"), [
    ("CO-16", (), Category.MISSING_DATA, Action.CORRECT_RESUBMIT),
    ("CO-16", ("N286",), Category.REFERRAL, Action.CORRECT_RESUBMIT),
    ("CO-16", ("MA01", "M53"), Category.UNITS, Action.CORRECT_RESUBMIT),
    ("CO-16", ("MA04",), Category.COORDINATION, Action.BILL_NEXT_PAYER),
    ("CO-4", (), Category.MODIFIER, Action.CORRECT_RESUBMIT),
    ("CO-50", (), Category.MEDICAL_NECESSITY, Action.APPEAL),
    ("CO-97", ("N20",), Category.BUNDLING, Action.CORRECT_RESUBMIT),
    ("CO-197", (), Category.AUTHORIZATION, Action.APPEAL),
    ("CO-29", (), Category.TIMELY_FILING, Action.APPEAL),
    ("OA-18", (), Category.DUPLICATE, Action.INVESTIGATE),
    ("CO-22", (), Category.COORDINATION, Action.BILL_NEXT_PAYER),
    ("CO-109", (), Category.WRONG_PAYER, Action.BILL_NEXT_PAYER),
    ("CO-252", ("N466",), Category.DOCUMENTATION, Action.ATTACH_RECORDS),
    ("PR-227", (), Category.DOCUMENTATION, Action.CONTACT_PATIENT),
    ("PR-96", (), Category.NON_COVERED, Action.BILL_PATIENT),
    ("PR-119", (), Category.BENEFIT_LIMIT, Action.INVESTIGATE),
    ("CO-999", (), Category.UNKNOWN, Action.INVESTIGATE),
])  # fmt: skip
def test_the_tree(code: str, remarks: tuple[str, ...], category: Category, action: Action) -> None:
    found = classify(code, *remarks)
    assert (found.category, found.action) == (category, action)


def test_not_processable_means_a_new_claim() -> None:
    found = classify("CO-50", "MA130")
    assert found.as_new_claim
    assert found.action is Action.CORRECT_RESUBMIT
    assert found.confidence is Confidence.HIGH
    limit = denials.deadline(found, RULES, service_date=DAY, remit_date=PAID)
    assert limit.day == DAY + dt.timedelta(days=180)


def test_nothing_is_billed_to_the_patient_outside_pr() -> None:
    with (data_folder("schemas") / "codes" / "denials.csv").open(newline="") as file:
        reasons = sorted({row["reason"] for row in csv.DictReader(file)})
    assert len(reasons) > 60
    assert not set(reasons) & NOT_DENIALS
    for reason in reasons:
        for group in ("CO", "OA", "PI"):
            assert classify(f"{group}-{reason}").action is not Action.BILL_PATIENT


def test_how_sure() -> None:
    assert classify("CO-16").confidence is Confidence.MEDIUM
    assert classify("CO-16", "N286").confidence is Confidence.HIGH
    assert classify("CO-999").confidence is Confidence.LOW


def test_a_payers_own_row_wins(tmp_path: Path) -> None:
    path = data_folder("schemas") / "codes" / "denials.csv"
    text = path.read_text(encoding="utf-8")
    head = text.splitlines()[0]
    mine = tmp_path / "denials.csv"
    row = "97,*,,plan,,,bundling,Own rule,no,WRITE_OFF,Nothing,none,0,payer,NC102,2000-01-01,,own,yes"
    mine.write_text(f"{text}{row}\n", encoding="utf-8")
    rows = table.read(mine)
    found = denials.classify("CO", "97", payer="plan", on=DAY, rows=rows)
    assert found is not None
    assert found.action is Action.WRITE_OFF
    mine.write_text(f"{head}\n{row.replace('WRITE_OFF', 'SHRUG')}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        table.read(mine)


@pytest.mark.parametrize(("code", "day", "words"), [
    ("CO-16", PAID + dt.timedelta(days=90), "window for corrected claims"),
    ("CO-50", PAID + dt.timedelta(days=60), "appeal window"),
    ("CO-22", DAY + dt.timedelta(days=180), "filing limit"),
    ("CO-234", None, "no deadline"),
])  # fmt: skip
def test_deadlines_say_what_they_are_counted_from(code: str, day: dt.date | None, words: str) -> None:
    limit = denials.deadline(classify(code), RULES, service_date=DAY, remit_date=PAID)
    assert limit.day == day
    assert words in limit.basis


def test_an_unknown_limit_is_no_deadline() -> None:
    for code in ("CO-16", "CO-50", "CO-22"):
        limit = denials.deadline(classify(code), PayerRules(), service_date=DAY, remit_date=PAID)
        assert limit.day is None
        assert "not known" in limit.basis
    assert classify("CO-50").deadline is DeadlineBasis.APPEAL


def test_the_rank_says_how_it_was_computed() -> None:
    rank = denials.priority(D("120.00"), 60, 5)
    assert rank.value == 216
    assert "120.00" in rank.sentence
    assert "60 %" in rank.sentence
    assert denials.priority(D("120.00"), 60, -1).value == 7


@given(st.integers(0, 10_000_000), st.integers(0, 100), st.one_of(st.none(), st.integers(-400, 400)))
def test_more_money_more_chance_less_time_never_rank_lower(cents: int, chance: int, left: int | None) -> None:
    amount = D(cents).scaleb(-2)
    here = denials.priority(amount, chance, left).value
    assert denials.priority(amount + 1, chance, left).value >= here
    assert denials.priority(amount, min(chance + 1, 100), left).value >= here
    if left is not None and left > 0:
        assert denials.priority(amount, chance, left - 1).value >= here
