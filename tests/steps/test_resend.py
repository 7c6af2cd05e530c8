"""A file that was refused whole goes again claim by claim, under new numbers, once."""

from __future__ import annotations

import pytest

from ptedi.errors import ConfigurationError
from ptedi.steps import inbound
from ptedi.steps.audit import verify_audit
from ptedi.steps.census import count
from ptedi.steps.code import code_visits
from ptedi.steps.inbound import summary
from ptedi.steps.night import Night
from ptedi.steps.outbound import build_batches, deliver_batches
from ptedi.steps.resend import resend
from ptedi.steps.scrub import scrub_claims
from ptedi.store import batches, claims, events, work
from ptedi.store.batches import BatchRow
from ptedi.store.work import WorkKind
from ptedi.submissions.acknowledgements import SegmentError
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.outgoing import meanwhile
from tests.steps.sent import post
from tests.steps.test_acknowledge import PLACE, apply, batch, claim_answer, group, members, number_of, said, status, ta1

__all__ = ["batch"]
WHY = "ids corrected with the partner"


def rejections(night: Night) -> list[str]:
    with night.store.read() as conn:
        return [one.key for one in work.list_work(conn, kinds=[WorkKind.REJECTION])]


def states_of(night: Night, batch_id: int) -> list[State]:
    with night.store.read() as conn:
        ids = [one.claim_id for one in batches.claims_of(conn, batch_id)]
        found = events.current_states(conn, ids)
        return [found[one] for one in ids]


def goes_out(night: Night) -> BatchRow:
    """The next night's file."""
    code_visits(night, DAY)
    scrub_claims(night, DAY)
    [batch_id] = build_batches(night, DAY).batch_ids
    assert deliver_batches(night).sent == (batch_id,)
    with night.store.read() as conn:
        return batches.get(conn, batch_id)


def test_a_refused_file_goes_again_whole(night: Night, batch: BatchRow) -> None:
    apply(night, ta1(batch, "R", "006"))
    [key] = rejections(night)
    looked = resend(night, batch.id, "lee", WHY, look_only=True)
    assert (len(looked.again), rejections(night)) == (batch.claim_count, [key])
    done = resend(night, batch.id, "lee", WHY)
    assert (len(done.again), done.named, done.stopped) == (batch.claim_count, (), ())
    assert (done.charge_cents, rejections(night)) == (batch.charge_cents, [])
    assert set(states_of(night, batch.id)) == {State.SUPERSEDED}
    new = goes_out(night)
    assert (new.claim_count, new.charge_cents) == (batch.claim_count, batch.charge_cents)
    assert new.interchange_control_number == batch.interchange_control_number + 1
    with night.store.read() as conn:
        sent = claims.load_all(conn, [one.claim_id for one in batches.claims_of(conn, new.id)])
    assert {one.claim.frequency for one in sent.values()} == {"1"}
    assert {one.claim.patient_control_number for one in sent.values()} == {number for _, number in done.again}
    assert summary(night, DAY).closes and count(night).closes and not verify_audit(night).misfits
    with pytest.raises(ConfigurationError, match="is rejected"):
        resend(night, batch.id, "lee", WHY)


def test_a_refused_file_that_is_paid_all_the_same_is_told(night: Night, batch: BatchRow) -> None:
    """Its claims are with the payer twice: a person must know before the second ones are decided."""
    old = remits.known_claims(night)[0]
    apply(night, ta1(batch, "R", "006"))
    resend(night, batch.id, "lee", WHY)
    goes_out(night)
    answer = remits.answer(old.claim, "ICN1", [{"CO-45": line.charge / 2} for line in old.claim.lines])
    post(night, remits.file(1, remits.check("T1", DAY, [answer])))
    inbound.route_denials(night)
    with night.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.CREDIT])
    assert (item.claim_id, item.amount_cents) == (old.claim_id, int(old.claim.charge * 100))
    assert summary(night, DAY).closes


def test_who_is_named_at_fault_stays(night: Night, batch: BatchRow) -> None:
    guilty = members(night, batch)[0]
    error = SegmentError(segment="NM1", position=guilty.first_segment + 1, code="8", **PLACE)
    apply(night, group(batch, "R", error))
    done = resend(night, batch.id, "lee", WHY)
    assert done.named == (number_of(night, guilty.claim_id),)
    assert len(done.again) == batch.claim_count - 1
    assert states_of(night, batch.id).count(State.REJECTED) == 1
    assert [key.split(":")[0] for key in rejections(night)] == ["rejection"]
    assert resend(night, batch.id, "lee", WHY).again == ()


def test_only_what_is_rejected_goes(night: Night, batch: BatchRow) -> None:
    """One claim was refused by the clearinghouse, the others are with the payer."""
    with pytest.raises(ConfigurationError, match="is rejected"):
        resend(night, batch.id, "lee", WHY)
    one = members(night, batch)[0].claim_id
    apply(night, group(batch, "A"), claim_answer(batch, "AY", said(night, one, status("A7", "33", "IL"))))
    assert resend(night, batch.id, "lee", WHY).again == ()
    with pytest.raises(ConfigurationError, match="no batch 99"):
        resend(night, 99, "lee", WHY)


def test_a_file_that_came_before_is_asked_about_first(night: Night, batch: BatchRow) -> None:
    apply(night, ta1(batch, "R", "025"))
    with pytest.raises(ConfigurationError, match="had the file"):
        resend(night, batch.id, "lee", WHY)
    assert set(states_of(night, batch.id)) == {State.REJECTED}
    assert len(resend(night, batch.id, "lee", WHY, not_taken=True).again) == batch.claim_count


def test_what_another_answer_takes_in_meanwhile_does_not_go_again(
    night: Night, batch: BatchRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(night, ta1(batch, "R", "006"))
    monkeypatch.setattr("ptedi.steps.resend._PIECE", 3)
    every = [said(night, one.claim_id, status("A2")) for one in members(night, batch)]
    with meanwhile("resend.piece kept", lambda: apply(night, claim_answer(batch, "PR", *every))):
        done = resend(night, batch.id, "lee", WHY)
    assert (len(done.again), len(done.stopped)) == (3, batch.claim_count - 3)
    assert states_of(night, batch.id).count(State.REJECTED) == batch.claim_count - 3
    assert rejections(night) != []
    with pytest.raises(ConfigurationError, match="went on"):
        resend(night, batch.id, "lee", WHY)


@pytest.mark.parametrize("where", ["resend.piece", "resend.piece kept"])
def test_cut_off_and_run_again(
    night: Night, batch: BatchRow, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:  # fmt: skip
    apply(night, ta1(batch, "R", "006"))
    monkeypatch.setattr("ptedi.steps.resend._PIECE", 3)

    def die(name: str) -> None:
        if name == where:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ptedi.steps.resend.point", die)
        with pytest.raises(KeyboardInterrupt):
            resend(night, batch.id, "lee", WHY)
    resend(night, batch.id, "lee", WHY)
    assert rejections(night) == []
    assert goes_out(night).charge_cents == batch.charge_cents
    assert summary(night, DAY).closes and count(night).closes


def test_the_question_about_a_whole_file_closes_with_its_last_claim(night: Night, batch: BatchRow) -> None:
    """A payer adjudicates claims of a file that was refused (it was read again over there): nothing waits any more."""
    apply(night, ta1(batch, "R", "006"))
    known = remits.known_claims(night, State.REJECTED)
    paid = [remits.answer(one.claim, f"I{n}", [{} for _ in one.claim.lines]) for n, one in enumerate(known)]
    post(night, remits.file(1, remits.check("T1", DAY, paid[1:])))
    assert [key.split(":")[0] for key in rejections(night)] == ["batch"]
    post(night, remits.file(2, remits.check("T2", DAY, paid[:1])))
    assert rejections(night) == []
