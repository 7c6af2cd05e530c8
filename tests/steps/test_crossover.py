"""When we do not bill the next payer: the first one forwarded the claim itself, nothing is left, a person is asked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.config import data_folder
from ptedi.ledger.accounts import Account
from ptedi.ledger.matching import KnownClaim
from ptedi.steps.night import Night, open_night
from ptedi.steps.secondary import Forwarded, bill_next_payers
from ptedi.store import claims, events
from ptedi.store.coordination import Step
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.two_payers import (
    answered,
    balances,
    billed,
    checked,
    closes,
    first,
    items,
    post,
    secondary_answer,
    step,
    workspace,
)

__all__ = ["billed", "first", "workspace"]


def test_a_forwarded_claim_is_not_billed_by_us_and_has_a_clock(night: Night, first: KnownClaim,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    post(night, 1, checked("T1", answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")))
    assert bill_next_payers(night) == Forwarded(looked=1, crossed=1)
    assert step(night, first.claim_id).step is Step.CROSSED
    assert items(night) == []
    monkeypatch.setenv("PTEDI_NOW", "2027-01-02T02:00:00+00:00")
    bill_next_payers(night)
    (item,) = items(night)
    assert item.category == "no 835 after crossover"
    bill_next_payers(night)
    assert len(items(night)) == 1


def test_the_next_payers_answer_stops_the_clock(night: Night, first: KnownClaim,
                                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    prior = answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")
    post(night, 1, checked("T1", prior))
    bill_next_payers(night)
    monkeypatch.setenv("PTEDI_NOW", "2027-01-02T02:00:00+00:00")
    bill_next_payers(night)
    post(night, 2, checked("T2", secondary_answer(first.claim, first.claim, prior), originator="1999999997"))
    bill_next_payers(night)
    assert (step(night, first.claim_id).step, items(night)) == (Step.ANSWERED, [])
    assert closes(night)


@pytest.mark.parametrize("backwards", [False, True])
def test_an_answer_after_a_crossover_that_restates_too_little_is_asked(night: Night, first: KnownClaim,
                                                                       backwards: bool) -> None:  # fmt: skip
    prior = answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")
    good = secondary_answer(first.claim, first.claim, prior)
    line, restated = good.lines[0], good.lines[0].adjustments[0]
    less = [replace(restated, amount=restated.amount - 3), *remits.cas({"CO-45": Decimal("3.00")})]
    bad = replace(good, lines=[replace(line, adjustments=[*less, *line.adjustments[1:]]), *good.lines[1:]])
    checks = [checked("T1", prior), checked("T2", bad, originator="1999999997")]
    for number, one in enumerate(reversed(checks) if backwards else checks):
        post(night, number, one)
        bill_next_payers(night)
    (item,) = items(night)
    assert item.sentence.startswith("IF016")
    assert (item.amount_cents, step(night, first.claim_id).step) == (300, Step.ANSWERED)
    assert bill_next_payers(night) == Forwarded()
    assert closes(night)


def test_the_answers_may_come_in_the_other_order(night: Night, first: KnownClaim) -> None:
    prior = answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")
    post(night, 1, checked("T2", secondary_answer(first.claim, first.claim, prior), originator="1999999997"))
    bill_next_payers(night)
    post(night, 2, checked("T1", prior))
    assert bill_next_payers(night).billed == 0
    assert step(night, first.claim_id).step is Step.ANSWERED


def test_a_late_crossover_can_be_billed_by_a_person(night: Night, first: KnownClaim,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    post(night, 1, checked("T1", answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")))
    bill_next_payers(night)
    monkeypatch.setenv("PTEDI_NOW", "2027-01-02T02:00:00+00:00")
    bill_next_payers(night)
    (item,) = items(night)
    number = pipeline.release_draft(night, item.id, "ANNA").claim
    assert pipeline.release_draft(night, item.id, "ANNA").claim == number
    assert items(night) == []
    with night.store.read() as conn:
        assert claims.get(conn, step(night, first.claim_id).next_claim_id or 0).patient_control_number == number


def test_clp02_23_was_forwarded_and_moves_no_money(night: Night, first: KnownClaim) -> None:
    claim = first.claim
    lines = [{"OA-B11": line.charge} for line in claim.lines]
    post(night, 1, checked("T1", remits.answer(claim, "ICN1", lines, status_code="23", crossover_payer="ANOTHER PLAN")))
    bill_next_payers(night)
    assert step(night, first.claim_id).step is Step.CROSSED
    assert balances(night, first.claim_id)[Account.PAYER_PRIMARY] == claim.charge


def test_clp02_25_is_no_result(night: Night, first: KnownClaim) -> None:
    claim = first.claim
    lines = [{"OA-101": line.charge} for line in claim.lines]
    post(night, 1, checked("T1", remits.answer(claim, "ICN1", lines, status_code="25")))
    assert bill_next_payers(night) == Forwarded()
    assert balances(night, first.claim_id)[Account.PAYER_PRIMARY] == claim.charge


def test_clp02_4_is_a_denial_and_asks_before_the_next_payer(night: Night, first: KnownClaim) -> None:
    claim = first.claim
    lines = [{"CO-31": line.charge} for line in claim.lines]
    post(night, 1, checked("T1", remits.answer(claim, "ICN1", lines, status_code="4")))
    assert bill_next_payers(night).asked == 1
    with night.store.read() as conn:
        assert events.current_states(conn, [first.claim_id])[first.claim_id] is State.DENIED


def test_nothing_left_is_nothing_to_bill(night: Night, first: KnownClaim) -> None:
    lines = [{"CO-45": Decimal("7.00")} for _ in first.claim.lines]
    post(night, 1, checked("T1", remits.answer(first.claim, "ICN1", lines)))
    assert (bill_next_payers(night).billed, items(night)) == (0, [])


def test_what_belongs_to_no_line_is_asked_and_not_billed(night: Night, first: KnownClaim) -> None:
    prior = answered(first.claim)
    stranger = [replace(s, line_control_number="", procedure="99213") if not n else s
                for n, s in enumerate(prior.lines)]  # fmt: skip
    post(night, 1, checked("T1", replace(prior, lines=stranger)))
    assert bill_next_payers(night).asked == 1
    (item,) = items(night)
    with pytest.raises(Exception, match="makes no claim"):
        pipeline.release_draft(night, item.id, "ANNA")


def test_a_profile_can_ask_for_approval(workspace: Path, night: Night, first: KnownClaim) -> None:
    text = (data_folder("schemas") / "payers" / "bluestone-ppo.toml").read_text()
    (workspace / "payers").mkdir(exist_ok=True)
    (workspace / "payers" / "bluestone-ppo.toml").write_text(
        text + '\n[[differs]]\nfrom = 2020-01-01\nsource = "our own"\nsecondary_approval = true\n'
    )
    with open_night(workspace) as careful:
        post(careful, 1, checked("T1", answered(first.claim)))
        assert bill_next_payers(careful) == Forwarded(looked=1, asked=1)
        (item,) = items(careful)
        pipeline.release_draft(careful, item.id, "ANNA")
        assert step(careful, first.claim_id).step is Step.BILLED
        assert (items(careful), bill_next_payers(careful).billed) == ([], 0)
