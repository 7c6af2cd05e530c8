"""The acid list, the part that reads remittances: each name is one of docs/acid_tests.md, which names all tests."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi.claims.identity import control_number
from ptedi.ledger.accounts import Account
from ptedi.ledger.matching import match_claim, match_lines
from ptedi.ledger.policy import Action
from ptedi.ledger.policy import read as read_policy
from ptedi.ledger.posting import check_entry, claim_entry, held
from ptedi.remittances import balance
from ptedi.remittances.outcome import is_denied
from ptedi.transactions import remittance_835
from tests.ledger import wire
from tests.ledger.records import DAY, PAID_ON, claim, context, known, line, sums
from tests.ledger.test_matching import Shelf
from tests.ledger.wire import clp, read, svc

ROOT = Path(__file__).resolve().parents[2]
ORDINARY = clp("60", "50", *svc("97110", "60", "50", "CAS*CO*45*10"))


def test_per_in_1000a_is_the_payers_and_disturbs_nothing() -> None:
    body = wire.file("50", *ORDINARY).replace(
        b"PER*BL*EDI*TE*5555550199", b"PER*CX*CLAIMS*TE*5555550188~PER*BL*EDI*TE*5555550199~PER*IC**UR*EXAMPLE.TEST")
    (payment,) = remittance_835.read(body)
    assert (payment.payer, payment.payee_npi, len(payment.claims)) == ("SAMPLE PLAN", "1999900016", 1)


def test_a_remittance_of_provider_adjustments_only_is_money() -> None:
    payment = read("12.5", "PLB*1999900016*20261231*L6:ICN1*-12.5")
    assert payment.claims == []
    found = sums(check_entry(payment, "k", PAID_ON))
    assert found == {Account.CASH: Decimal("12.5"), Account.PROVIDER_INTEREST: Decimal("-12.5")}


def test_a_cas_of_six_triples_with_quantities() -> None:
    cas = "CAS*CO*45*10*1*59*5**253*1.5*2*97*3**50*2*1*16*8.5"
    payment = read("30", *clp("60", "30", *svc("97110", "60", "30", cas)))
    found = payment.claims[0].lines[0].adjustments
    assert [(a.reason, a.amount, a.quantity) for a in found] == [
        ("45", Decimal("10"), Decimal(1)), ("59", Decimal("5"), None), ("253", Decimal("1.5"), Decimal(2)),
        ("97", Decimal("3"), None), ("50", Decimal("2"), Decimal(1)), ("16", Decimal("8.5"), None),
    ]  # fmt: skip
    assert balance.check(payment) == []


def test_two_lq_of_a_line_are_kept_in_order() -> None:
    payment = read("0", *clp("60", "0", *svc("97110", "60", "0", "CAS*CO*16*60", "LQ*HE*M76", "LQ*HE*N286")),
                   method="NON")  # fmt: skip
    assert payment.claims[0].lines[0].remarks == ["M76", "N286"]


def test_lines_without_6r_are_told_by_what_they_say() -> None:
    billed = [line(1, "60"), line(2, "55", "97140")]
    payment = read("115", *clp("115", "115", *svc("97140", "55", "55"), *svc("97110", "60", "60")))
    assert [m.line for m in match_lines(payment.claims[0].lines, billed)] == [2, 1]


@pytest.mark.parametrize("kept", [15, 16, 17])
def test_a_control_number_cut_to_so_many_characters_is_found(kept: int) -> None:
    number = control_number("ABCDEFGH", 12345)
    assert len(number) > 17
    ours = known(claim(line(1, "60"), number=number))
    (cut,) = read("50", *clp("60", "50", *svc("97110", "60", "50", "CAS*CO*45*10"), number=number[:kept])).claims
    assert match_claim(replace(cut, member_id=""), Shelf([ours]), ("ABCDEFGH",)).found == ours


def test_qualifiers_nu_n4_and_er_in_the_middle_of_a_file_lose_no_line() -> None:
    others = [f"SVC*{kind}:{code}*10*10**1~DTM*472*20260803"
              for kind, code in (("NU", "0420"), ("N4", "00000000001"), ("ER", "WC001"))]  # fmt: skip
    payment = read("80", *clp("90", "80", *svc("97110", "60", "50", "CAS*CO*45*10"), *"~".join(others).split("~")))
    assert [one.qualifier for one in payment.claims[0].lines] == ["HC", "NU", "N4", "ER"]
    assert balance.check(payment) == []


@pytest.mark.parametrize("end", [b"~\n", b"~\r\n", b"\n", b"'", b"\x1d"])
def test_newlines_and_other_terminators(end: bytes) -> None:
    data = wire.file("50", *ORDINARY)
    (one,), (two,) = remittance_835.read(data), remittance_835.read(data.replace(b"~", end))
    assert (two.amount, two.claims[0].paid, two.findings) == (one.amount, one.claims[0].paid, [])


def test_two_interchanges_in_a_file() -> None:
    data = wire.file("50", *ORDINARY)
    assert len(list(remittance_835.read(data + b"\r\n" + data))) == 2


@pytest.mark.parametrize("cas", ["CAS*CO*97*60", "CAS*PR*96*60", "CAS*CO*45*60"])
def test_a_denial_at_zero_is_never_written_off_and_pr_96_is_one(cas: str) -> None:
    payment = read("0", *clp("60", "0", *svc("97110", "60", "0", cas)), method="NON")
    found = sums(claim_entry(payment.claims[0], context(1), "k", PAID_ON).entry)
    assert is_denied(payment.claims[0]) is ("*45*" not in cas)  # the books and the tables say alike
    kept = Account.CONTRACTUAL if "*45*" in cas else Account.DENIED
    assert found == {Account.PAYER_PRIMARY: Decimal(-60), kept: Decimal(60)}


def test_capitation_at_zero_is_no_denial_where_the_policy_names_it(tmp_path: Path) -> None:
    own = tmp_path / "policy.csv"
    head = "group,reason,payer,action,account,why,effective_from,effective_to,source\n"
    own.write_text(head + "CO,24,capitated-plan,post,adjustment.contractual,paid per head,2020-01-01,,our contract\n")
    policy = read_policy(own)
    (one,) = read("0", *clp("60", "0", *svc("97110", "60", "0", "CAS*CO*24*60")), method="NON").claims
    assert held(one, "capitated-plan", DAY, policy) == 0
    assert held(one, "another-plan", DAY, policy) == 60  # elsewhere it means that another plan is to be billed
    assert policy.treat("CO", "24", "capitated-plan", DAY).action is Action.POST


# --- the table of the whole list ---


def test_every_test_of_the_table_exists() -> None:
    page = (ROOT / "docs" / "acid_tests.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.(?:py|toml))(?:::(\w+))?`", page)
    assert len(named) > 60
    for path, name in named:
        text = (ROOT / path).read_text()
        assert not name or f"def {name}(" in text, f"{path}::{name}"


def test_the_table_names_every_answer_and_every_situation() -> None:
    page = (ROOT / "docs" / "acid_tests.md").read_text()
    rfi = (227, 498, 791, 1147, 1385, 1423, 1604, 1696, 1981, 2123, 2143, 2163, 2184, 2283, 2535, 2570, 1405)
    assert all(re.search(rf"^\| {number} ", page, re.M) for number in rfi)
