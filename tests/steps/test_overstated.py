"""A later payer whose OA-23 is larger than what was paid and adjusted before (IF018): posted and asked, or held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ptedi.ledger.accounts import Account
from ptedi.ledger.matching import KnownClaim
from ptedi.ledger.policy import OVERSTATED, Action, Policy, Rule, Treatment, standard
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import remits as desk
from ptedi.steps.night import Night
from ptedi.steps.release import retry_unmatched
from ptedi.steps.secondary import bill_next_payers
from ptedi.store import payments, references, work
from ptedi.store.references import ReferenceKind
from ptedi.store.work import WorkKind
from tests.steps.two_payers import (
    ZERO,
    answered,
    balances,
    billed,
    checked,
    closes,
    first,
    items,
    post,
    secondary_answer,
    workspace,
)

__all__ = ["billed", "first", "workspace"]


def overstated(good: ClaimPayment) -> ClaimPayment:
    """The same answer with 1.00 more of OA-23, which it takes from the copay that it left."""
    line = good.lines[0]
    more = [replace(a, amount=a.amount + 1) if a.group == "OA" else a for a in line.adjustments if a.group != "PR"]
    return replace(good, patient_responsibility=ZERO, lines=[replace(line, adjustments=more), *good.lines[1:]])


def test_what_is_too_much_stays_owed_and_a_person_is_asked(night: Night, first: KnownClaim,
                                                           billed: KnownClaim) -> None:  # fmt: skip
    bad = overstated(secondary_answer(first.claim, billed.claim, answered(first.claim)))
    post(night, 2, checked("T2", bad, originator="1999999997"))
    assert balances(night, first.claim_id)[Account.PAYER_SECONDARY] == Decimal("1.00")  # nothing is plugged
    with night.store.read() as conn:
        assert work.list_work(conn, kinds=[WorkKind.QUARANTINE]) == []
        (asked,) = work.list_work(conn, kinds=[WorkKind.COORDINATION])
    assert (asked.sentence[:5], asked.amount_cents, asked.claim_id) == ("IF018", 100, billed.claim_id)
    assert "1.00 too much" in asked.sentence
    bill_next_payers(night)
    assert [item.id for item in items(night)] == [asked.id]  # the next look does not close it
    assert closes(night)


@pytest.fixture
def strict(billed: KnownClaim, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy holds what the later payer restates too much of."""
    held = Rule(group="OA", reason=OVERSTATED, payer=billed.payer_id, effective_from=date(2000, 1, 1),
                effective_to=None,
                treatment=Treatment(action=Action.HOLD, account=Account.DENIED, why="ours"))  # fmt: skip
    policy = Policy((*standard().rules, held))
    monkeypatch.setattr("ptedi.steps.remit_claims.standard", lambda: policy)


def test_it_waits_where_the_policy_of_the_payer_says_so(
    night: Night, first: KnownClaim, billed: KnownClaim, strict: None
) -> None:
    before = balances(night, first.claim_id)
    bad = overstated(secondary_answer(first.claim, billed.claim, answered(first.claim)))
    post(night, 2, checked("T2", bad, originator="1999999997"))
    assert balances(night, first.claim_id) == before
    with night.store.read() as conn:
        (held,) = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert held.sentence.startswith("IF018")
    assert items(night) == []
    assert closes(night)


def test_an_answer_after_a_crossover_is_asked_about_too(night: Night, first: KnownClaim) -> None:
    prior = answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")
    post(night, 1, checked("T1", prior))
    post(night, 2, checked("T2", overstated(secondary_answer(first.claim, first.claim, prior)), originator="199999999"))
    bill_next_payers(night)
    (item,) = items(night)
    assert (item.sentence[:5], item.amount_cents) == ("IF018", 100)
    assert closes(night)


def strange(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    """The same answer under numbers that nobody knows."""
    bad = overstated(secondary_answer(first.claim, billed.claim, answered(first.claim)))
    odd = replace(bad, patient_control_number="ZZZ", payer_claim_control_number="NEVERSEEN", member_id="")
    post(night, 2, checked("T2", odd, originator="1999999997"))
    assert items(night) == []


def learnt(night: Night, billed: KnownClaim) -> int:
    """A 277CA tells whose number it is."""
    with night.store.begin() as conn:
        references.note(conn, billed.claim_id, ReferenceKind.PAYER, "NEVERSEEN", 1)
    return retry_unmatched(night)


@pytest.mark.parametrize("by_hand", [False, True])
def test_what_finds_its_claim_later_is_asked_about_too(night: Night, first: KnownClaim, billed: KnownClaim,
                                                       by_hand: bool) -> None:  # fmt: skip
    strange(night, first, billed)
    with night.store.read() as conn:
        ref = f"{payments.list_payments(conn)[-1].id}.1"
    number = billed.claim.patient_control_number
    if by_hand:
        desk.match(night, ref, number, "ann", "it is hers", sure=True)
    else:
        assert learnt(night, billed) == 1
    assert balances(night, first.claim_id)[Account.PAYER_SECONDARY] == Decimal("1.00")
    (asked,) = items(night)
    assert (asked.sentence[:5], asked.amount_cents, asked.claim_id) == ("IF018", 100, billed.claim_id)
    for one in (ref, ref.partition(".")[0]):
        desk.unpost(night, one, "ann", "it is not")
        assert items(night) == []
        if one == ref:
            desk.match(night, one, number, "ann", "it is", sure=True)
        else:
            desk.repost(night, one, "ann", "it is")
            desk.match(night, ref, number, "ann", "it is", sure=True)
        assert [item.sentence[:5] for item in items(night)] == ["IF018"]
    assert closes(night)


def test_what_finds_its_claim_later_waits_where_the_policy_says_so(
    night: Night, first: KnownClaim, billed: KnownClaim, strict: None
) -> None:
    strange(night, first, billed)
    before = balances(night, first.claim_id)
    assert learnt(night, billed) == 0
    assert balances(night, first.claim_id) == before
