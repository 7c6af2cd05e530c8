"""The policy's default is to hold; what stands of a claim does not depend on the order of files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from ptedi.errors import ConfigurationError
from ptedi.ledger import fingerprint
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.equation import claims_equation
from ptedi.ledger.policy import Action, read, standard
from ptedi.ledger.standing import Adjudication, original_of, standing
from ptedi.remittances.model import Origin
from tests.ledger.records import DAY, clp, payment, svc

HEAD = "group,reason,payer,action,account,why,effective_from,effective_to,source\n"


def test_the_shipped_policy() -> None:
    policy = standard()
    assert policy.treat("CO", "45", "any", DAY).account is Account.CONTRACTUAL
    assert policy.treat("CO", "253", "any", DAY).account is Account.SEQUESTRATION
    assert policy.treat("CO", "253", "any", dt.date(2013, 3, 31)).action is Action.HOLD
    assert policy.treat("PR", "1", "any", DAY).account is Account.PATIENT_DEDUCTIBLE
    for group in ("CO", "PR", "OA", "PI", "CR", ""):
        for reason in ("97", "96", "50", "999", ""):
            assert policy.treat(group, reason, "any", DAY).action is Action.HOLD


def test_a_payers_row_wins_on_its_days(tmp_path: Path) -> None:
    path = tmp_path / "policy.csv"
    path.write_text(HEAD + "CO,45,*,post,adjustment.contractual,,2000-01-01,,x\n"
                           "CO,45,plan,hold,,,2026-01-01,2026-12-31,x\n")  # fmt: skip
    policy = read(path)
    assert policy.treat("CO", "45", "plan", DAY).action is Action.HOLD
    assert policy.treat("CO", "45", "plan", dt.date(2027, 1, 1)).action is Action.POST
    assert policy.treat("CO", "45", "other", DAY).action is Action.POST


@pytest.mark.parametrize("row", [
    "CO,*,*,post,adjustment.contractual,,2000-01-01,,x", "PR,96,*,patient,adjustment.write-off,,2000-01-01,,x",
    "CO,50,*,post,receivable.patient.other,,2000-01-01,,x", "CO,45,*,guess,,,2000-01-01,,x",
    "CO,45,*,post,adjustment.contractual,,someday,,x",
])  # fmt: skip
def test_a_policy_that_would_lose_money_is_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "policy.csv"
    path.write_text(HEAD + row + "\n")
    with pytest.raises(ConfigurationError):
        read(path)


def story() -> list[Adjudication]:
    first = clp(svc("120", "50", "CO-45 70"), icn="A")
    back = clp(svc("-120", "-50", "CO-45 -70"), icn="A", status="22")
    better = clp(svc("120", "60", "CO-45 60"), icn="B")
    later = DAY + dt.timedelta(days=10)
    return [Adjudication(id=0, paid_on=DAY, clp=first), Adjudication(id=1, paid_on=later, clp=back),
            Adjudication(id=2, paid_on=later, clp=better)]  # fmt: skip


def test_the_order_of_arrival_does_not_matter() -> None:
    for order in permutations(story()):
        arrived = [Adjudication(id=n, paid_on=a.paid_on, clp=a.clp) for n, a in enumerate(order)]
        now = standing(arrived, D(120))
        assert [a.clp.payer_claim_control_number for a in now.valid] == ["B"]
        assert [a.clp.payer_claim_control_number for a in now.cancelled] == ["A"]
        assert not now.reversed
        assert not now.unpaired


def test_half_pairs_are_told() -> None:
    first, back, _ = story()
    assert standing([first, back], D(120)).reversed
    assert standing([back], D(120)).unpaired == (back,)
    assert original_of(back.clp, [first]) == first
    assert original_of(back.clp, [first, back]) is None


def test_a_second_answer_replaces_the_first_and_parts_stay() -> None:
    denied = Adjudication(id=1, paid_on=DAY, clp=clp(svc("120", "0", "CO-16 120")))
    paid = Adjudication(id=2, paid_on=DAY + dt.timedelta(days=9), clp=clp(svc("120", "50", "CO-45 70"), icn="B"))
    assert standing([denied, paid], D(120)).valid == (paid,)
    parts = [Adjudication(id=n, paid_on=DAY, clp=clp(svc("60", "60"), icn=str(n))) for n in (1, 2)]
    assert len(standing(parts, D(120)).valid) == 2


def test_the_key_of_a_check_and_its_content() -> None:
    one, same = payment(clp(svc("120", "50", "CO-45 70"))), payment(clp(svc("120", "50", "CO-45 70")))
    same.control_number, same.origin = "0777", Origin(900, 70_000)  # another set of another file
    other = payment(clp(svc("120", "50", "CO-59 70")))
    digests = [fingerprint.content_sha256(p) for p in (one, same, other)]
    assert digests[0] == digests[1] != digests[2]
    keys = {fingerprint.payment_key(p, d) for p, d in zip((one, same, other), digests, strict=True)}
    assert len(keys) == 1
    untraced = [payment(p.claims[0], trace="") for p in (one, other)]
    assert len({fingerprint.payment_key(p, fingerprint.content_sha256(p)) for p in untraced}) == 2


@pytest.mark.parametrize("other", [
    {"trace": "T2"}, {"originator": "1999999997"}, {"date": DAY}, {"amount": D("50.01")}, {"credit_debit": "D"},
    {"payee_npi": "1999900024"}, {"payee_tax_id": "999999998"}, {"payee": "ANOTHER"},
], ids=lambda one: next(iter(one)))  # fmt: skip
def test_a_check_is_named_by_trace_originator_date_amount_and_payee(other: dict[str, Any]) -> None:
    same = clp(svc("120", "50", "CO-45 70"))
    both = payment(same), payment(same, **other)
    one, two = (fingerprint.payment_key(p, fingerprint.content_sha256(p)) for p in both)
    assert one != two
    again = payment(clp(svc("120", "50", "CO-59 70")), **other)
    assert fingerprint.payment_key(again, fingerprint.content_sha256(again)) == two  # whatever it says of its claims


def test_the_equation_shows_what_is_missing() -> None:
    balances = {Account.CHARGES: D("-120"), Account.CLEARING: D("50"), Account.CONTRACTUAL: D("70")}
    assert claims_equation(balances, billed=D(120), paid=D(50)).unexplained == 0
    off = claims_equation(balances, billed=D(120), paid=D("49.99"))
    assert off.unexplained == D("0.01") == off.disagreement
    assert {account.kind for account in Account} == set(Kind)
