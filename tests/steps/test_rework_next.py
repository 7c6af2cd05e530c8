"""Refused claims whose patients have another payer: who is asked, in what order, and for what."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ptedi import pipeline
from ptedi.claims.rework import read_settings
from ptedi.errors import ConfigurationError
from ptedi.ledger.matching import KnownClaim
from ptedi.steps import patient_bill, rework
from ptedi.steps.night import Night
from ptedi.steps.secondary import bill_next_payers
from ptedi.store import events
from ptedi.store.coordination import Step
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.two_payers import answered, billed, checked, closes, first, items, post, step, workspace

__all__ = ["billed", "first", "workspace"]


def refused(night: Night, one: KnownClaim) -> str:
    """The first payer could not process the claim."""
    lines = [{"CO-16": line.charge} for line in one.claim.lines]
    post(night, 1, checked("T1", remits.answer(one.claim, "ICN1", lines, remarks=["MA130"])))
    bill_next_payers(night)
    return one.claim.patient_control_number


def test_a_corrected_claim_takes_the_question_of_its_next_payer_with_it(night: Night, first: KnownClaim) -> None:
    number = refused(night, first)
    assert step(night, first.claim_id).step is Step.ASKED and len(items(night)) == 1
    made = rework.draft(night, number, read_settings(["note=SEEN AGAIN"]), "pat")
    assert made.frequency == "1"
    rework.approve(night, made.id, "kim")
    assert step(night, first.claim_id).step is Step.NONE and items(night) == []
    assert bill_next_payers(night).looked == 0 and items(night) == [] and closes(night)


def test_after_the_next_payer_was_billed_nothing_is_corrected_or_asked_of_the_patient(
    night: Night, billed: KnownClaim, first: KnownClaim
) -> None:  # fmt: skip
    number, later = first.claim.patient_control_number, billed.claim.patient_control_number
    with night.store.begin() as conn:
        assert events.current_states(conn, [first.claim_id])[first.claim_id] is State.PAID
    for act in (lambda: rework.draft(night, number, [], "pat"), lambda: rework.draft(night, later, [], "pat"),
                lambda: patient_bill.bill_patient(night, number, "pat")):  # fmt: skip
        with pytest.raises(ConfigurationError):
            act()
    assert patient_bill.bill_next(night, number, "pat") == later  # billed already: the same claim again


def test_the_next_payer_is_billed_by_hand_once_and_the_patient_waits(night: Night, first: KnownClaim) -> None:
    post(night, 1, checked("T1", answered(first.claim)))
    number = first.claim.patient_control_number
    with pytest.raises(ConfigurationError, match="before the patient"):
        patient_bill.bill_patient(night, number, "pat")
    made = patient_bill.bill_next(night, number, "pat")
    assert patient_bill.bill_next(night, number, "kim") == made
    assert step(night, first.claim_id).step is Step.BILLED and items(night) == [] and closes(night)
    built = pipeline.build_batches(night, first.service_date).claims
    assert built == 1


def test_the_patient_pays_what_the_last_payer_leaves(night: Night, billed: KnownClaim, first: KnownClaim) -> None:
    rest = sum((a.amount for line in billed.claim.lines for one in line.adjudications for a in one.adjustments
                if a.group == "PR"), Decimal("0.00"))  # fmt: skip
    pipeline.build_batches(night, first.service_date)
    lines = []
    for line in billed.claim.lines:
        left = sum((a.amount for one in line.adjudications for a in one.adjustments if a.group == "PR"), Decimal(0))
        lines.append({"OA-23": line.charge - left, "PR-3": left})
    post(night, 2, checked("T2", remits.answer(billed.claim, "ICN2", lines, status_code="2")))
    bill_next_payers(night)
    done = patient_bill.bill_patient(night, billed.claim.patient_control_number, "pat")
    assert done.total_cents == int(rest * 100) and done.moved_cents == 0
    assert closes(night)
