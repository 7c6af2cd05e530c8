"""A draft that is released takes the place of a claim whose patient has another payer."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.steps import decide
from ptedi.steps.night import open_night
from ptedi.steps.secondary import Forwarded, bill_next_payers
from ptedi.store import coordination
from ptedi.store.coordination import Step
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.test_drafts import BILLED, asked, drop, rows, sent, treated
from tests.steps.two_payers import checked, closes, items, post, step

SECOND = {"secondary_payer": "evergreen-commercial", "secondary_member_id": "EV55512345"}


@pytest.mark.parametrize("left", [Decimal(0), Decimal("20.00")])
def test_the_next_payer_is_not_asked_for_what_a_replaced_claim_left(workspace: Path, left: Decimal) -> None:
    """Whether nothing was left for it, or it was billed by a person's word only."""
    sent(workspace, treated(*BILLED, **SECOND))
    with open_night(workspace) as night:
        [first] = remits.known_claims(night)
        shares = [{"PR-2": left / len(first.claim.lines)} for _ in first.claim.lines]
        post(night, 1, checked("T1", remits.answer(first.claim, "ICN1", shares)))
        drop(workspace, treated(("97110", 45), **SECOND))
        pipeline.extract_charges(night)
        if left:  # as it stands between the remittance and a person's answer
            with night.store.begin() as conn:
                coordination.put(conn, coordination.Coordination(claim_id=first.claim_id, step=Step.ASKED, seen=1,
                                                                 payer_id=SECOND["secondary_payer"], sequence="S"))
        else:
            bill_next_payers(night)
            assert step(night, first.claim_id).step is Step.WAITING
        [item] = asked(night)
        decide.release(night, item.id, "pat")
        assert dict((row.id, state) for row, state in rows(night))[first.claim_id] is State.SUPERSEDED
        assert step(night, first.claim_id).step is Step.NONE
        assert bill_next_payers(night) == Forwarded()
        assert items(night) == []
        pipeline.nightly(night, DAY)
        assert step(night, first.claim_id).next_claim_id is None
        assert closes(night)


def test_what_went_to_the_next_payer_already_stays_linked(workspace: Path) -> None:
    sent(workspace, treated(*BILLED, **SECOND))
    with open_night(workspace) as night:
        [first] = remits.known_claims(night)
        post(night, 1, checked("T1", remits.answer(first.claim, "ICN1", [{"PR-2": Decimal("20.00")}])))
        bill_next_payers(night)
        before = step(night, first.claim_id)
        assert (before.step, before.next_claim_id is not None) == (Step.BILLED, True)
        drop(workspace, treated(("97110", 45), **SECOND))
        pipeline.extract_charges(night)
        for item in asked(night):
            decide.release(night, item.id, "pat")
        assert step(night, first.claim_id).next_claim_id == before.next_claim_id
        assert step(night, first.claim_id).step is Step.BILLED
