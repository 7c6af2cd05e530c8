"""A claim to the second payer that was rejected before adjudication is made anew, and asks for the same money once."""

from __future__ import annotations

from ptedi.ledger.matching import KnownClaim
from ptedi.steps.night import Night
from ptedi.steps.outbound import build_batches, deliver_batches
from ptedi.steps.patient_bill import bill_next
from ptedi.steps.resend import resend
from ptedi.store import batches, claims, coordination, events, work
from ptedi.store.work import WorkKind
from ptedi.submissions.status import Event, State
from tests.steps.conftest import DAY
from tests.steps.test_acknowledge import apply, ta1
from tests.steps.two_payers import balances, billed, closes, first, workspace

__all__ = ["billed", "first", "workspace"]


def refuse(night: Night, claim_id: int) -> None:
    with night.store.begin() as conn:
        events.append(conn, claim_id, Event.BATCHED, "test", "batch 9")
        events.append(conn, claim_id, Event.CLEARINGHOUSE_REJECTED, "test", "277CA")


def test_a_rejected_claim_to_the_second_payer_is_made_anew(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    before = balances(night, first.claim_id)
    refuse(night, billed.claim_id)
    number = bill_next(night, first.claim.patient_control_number, "lee")
    assert number != billed.claim.patient_control_number
    with night.store.read() as conn:
        row = claims.by_control_number(conn, number)
        assert row is not None
        found = events.current_states(conn, [billed.claim_id, row.id])
        assert coordination.before(conn, [row.id]) == {row.id: first.claim_id}
        again = claims.load(conn, row.id).claim
        assert work.list_work(conn, kinds=[WorkKind.COORDINATION]) == []
    assert found == {billed.claim_id: State.SUPERSEDED, row.id: State.READY}
    assert [one.adjudications for one in again.lines] == [one.adjudications for one in billed.claim.lines]
    assert (again.other_payers, again.charge) == (billed.claim.other_payers, billed.claim.charge)
    assert balances(night, first.claim_id) == before
    assert closes(night)
    assert bill_next(night, first.claim.patient_control_number, "lee") == number
    refuse(night, row.id)
    assert bill_next(night, first.claim.patient_control_number, "lee") not in (number, "")
    assert balances(night, first.claim_id) == before
    assert closes(night)


def test_a_refused_file_of_claims_to_second_payers_goes_again(night: Night, first: KnownClaim,
                                                              billed: KnownClaim) -> None:  # fmt: skip
    before = balances(night, first.claim_id)
    [batch_id] = build_batches(night, DAY).batch_ids
    deliver_batches(night)
    with night.store.read() as conn:
        row = batches.get(conn, batch_id)
    apply(night, ta1(row, "R", "006"))
    done = resend(night, batch_id, "lee", "ids corrected")
    assert [old for old, _ in done.again] == [billed.claim.patient_control_number]
    assert build_batches(night, DAY).claims == 1
    assert balances(night, first.claim_id) == before
    assert closes(night)
