"""What the first payer left: billed to the next one exactly once, with what the first one said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import checks, pipeline
from ptedi.claims.model import Coverage, Visit
from ptedi.ledger.accounts import Account
from ptedi.ledger.coordination import imbalances
from ptedi.ledger.matching import KnownClaim
from ptedi.sandbox import practice
from ptedi.steps import faults
from ptedi.steps.batch import rebuild
from ptedi.steps.hold_back import hold_back, let_go, next_night
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.secondary import Forwarded, bill_next_payers
from ptedi.store import claims, coordination, events, files, findings, payments, postings, visits, work
from ptedi.store.coordination import Step
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from ptedi.transactions import claim_837p
from ptedi.x12 import oracle
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.two_payers import (
    PAID_ON,
    ZERO,
    answered,
    balances,
    billed,
    checked,
    closes,
    first,
    items,
    post,
    profile,
    secondary_answer,
    sent_night,
    share,
    share_of,
    step,
    workspace,
)

__all__ = ["billed", "first", "workspace"]


def test_the_second_payer_is_billed_once_with_what_the_first_said(night: Night, first: KnownClaim,
                                                                   billed: KnownClaim) -> None:  # fmt: skip
    claim = billed.claim
    assert (billed.payer_id, claim.sequence, claim.payer.id) == ("bluestone-ppo", "S", "SYN03")
    assert claim.patient_control_number != first.claim.patient_control_number
    (other,) = claim.other_payers
    assert (other.payer, other.claim_number) == (first.claim.payer, "ICN1")
    assert list(imbalances(claim)) == []
    assert bill_next_payers(night) == Forwarded()
    with night.store.read() as conn:
        assert events.current_states(conn, [billed.claim_id])[billed.claim_id] is State.READY
    assert closes(night)


def test_the_first_payer_is_told_of_the_second_coverage(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    (other,) = first.claim.other_payers
    assert (other.sequence, other.payer.id, other.filing_indicator, other.paid) == ("S", "SYN03", "BL", None)
    assert other.member_id == billed.claim.member_id
    with night.store.read() as conn:
        sent = next(f for f in files.list_files(conn, direction="out"))
        data = files.read_bytes(night.archive, sent)
    (batch,) = claim_837p.read_batches(data)
    assert first.claim.patient_control_number in {c.patient_control_number for c in batch.claims if c.other_payers}
    assert checks.check_file(data).verdict == "accepted"
    assert oracle.validate(data).ok


def test_a_payer_that_does_not_want_to_know_is_not_told(tmp_path: Path) -> None:
    make_workspace(tmp_path / "practice", practice.settings())
    profile(tmp_path / "practice", "medicare-part-b", "names_other_payers = false")
    with sent_night(tmp_path / "practice") as night:
        assert not any(one.claim.other_payers for one in remits.known_claims(night))


def test_medicare_as_the_second_payer_needs_its_reason(workspace: Path, night: Night, first: KnownClaim) -> None:
    """SBR05: without it the claim is held by our own check before it leaves, and let go when the profile says it."""
    profile(workspace, "bluestone-ppo", "secondary_approval = false", 'secondary_type = ""')
    path = workspace / "payers" / "bluestone-ppo.toml"
    path.write_text(path.read_text().replace('filing_indicator = "BL"', 'filing_indicator = "MB"'))
    post(night, 1, checked("T1", answered(first.claim)))
    with open_night(workspace) as again:
        assert bill_next_payers(again).billed == 1
        assert pipeline.build_batches(again, DAY).claims == 0
        with again.store.read() as conn:
            (held,) = claims.by_state(conn, [State.HELD])
            said = findings.of_claims(conn, [held.id])[held.id]
        assert "CS006" in {f.code for f in said if f.severity.stops}
        assert closes(again)


def test_the_receivable_moves_to_the_second_payer(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    left = share(answered(first.claim))
    found = balances(night, first.claim_id)
    assert found[Account.PAYER_SECONDARY] == left
    assert sum((a for k, a in found.items() if k.value.startswith("receivable.patient")), ZERO) == 0
    assert Account.PAYER_PRIMARY not in found
    with night.store.read() as conn:
        assert postings.balances_of_claims(conn, [billed.claim_id]) == {}


def test_it_goes_out_with_the_next_batch_and_reads_back(night: Night, billed: KnownClaim) -> None:
    built = pipeline.build_batches(night, DAY)
    assert built.claims == 1
    (one,) = claim_837p.read_batches(rebuild(night, built.batch_ids[0]))
    assert one.claims == (claim_837p.normalise(billed.claim),)


def test_held_back_it_goes_when_it_is_let_go_or_its_day_has_come(
    night: Night, billed: KnownClaim, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = billed.claim.patient_control_number

    def state() -> State:
        with night.store.read() as conn:
            return events.current_states(conn, [billed.claim_id])[billed.claim_id]

    assert state() is State.READY
    hold_back(night, [number], "anna", "a question")
    bill_next_payers(night)
    assert pipeline.scrub_claims(night, DAY).released == 0
    assert pipeline.build_batches(night, DAY).claims == 0
    assert let_go(night, [number], "anna") == {number: ()}
    assert state() is State.READY
    hold_back(night, [number], "anna", "a question", until=DAY + dt.timedelta(days=3))
    monkeypatch.setenv("PTEDI_NOW", f"{DAY + dt.timedelta(days=3)}T02:00:00+00:00")
    assert pipeline.scrub_claims(night, DAY).released == 1
    assert pipeline.build_batches(night, DAY).claims == 1
    assert next_night(night).held_back == ()


def test_the_second_payers_answer_settles_what_was_left(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    prior = answered(first.claim)
    post(night, 2, checked("T2", secondary_answer(first.claim, billed.claim, prior), originator="1999999997"))
    found = balances(night, first.claim_id)
    assert found[Account.CONTRACTUAL] == 7 * len(first.claim.lines)  # OA-23 is no write-off
    assert Account.PAYER_SECONDARY not in found
    assert found[Account.PATIENT_COPAY] == Decimal("1.00")
    assert sum((a for k, a in found.items() if k.is_receivable), ZERO) == Decimal("1.00")
    with night.store.read() as conn:
        assert events.current_states(conn, [billed.claim_id])[billed.claim_id] is State.PAID
    assert (bill_next_payers(night).asked, items(night)) == (0, [])
    assert closes(night)


def test_rfi_1696_an_answer_without_oa_23_waits_in_unapplied(night: Night, first: KnownClaim,
                                                              billed: KnownClaim) -> None:  # fmt: skip
    bad = secondary_answer(first.claim, billed.claim, answered(first.claim), oa23=False)
    post(night, 2, checked("T2", bad, originator="1999999997"))
    assert balances(night, first.claim_id)[Account.PAYER_SECONDARY] == share(answered(first.claim))
    with night.store.read() as conn:
        (held,) = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert held.sentence.startswith("IF011")
    assert closes(night)


@pytest.mark.parametrize("status", ["1", "2"])
def test_an_answer_that_restates_too_little_waits_for_a_person(night: Night, first: KnownClaim, billed: KnownClaim,
                                                               status: str) -> None:  # fmt: skip
    prior = answered(first.claim)
    good = secondary_answer(first.claim, billed.claim, prior)
    line, restated = good.lines[0], good.lines[0].adjustments[0]
    less = [replace(restated, amount=restated.amount - 3), *remits.cas({"CO-45": Decimal("3.00")})]
    less += line.adjustments[1:]
    bad = replace(good, status_code=status, lines=[replace(line, adjustments=less), *good.lines[1:]])
    before = balances(night, first.claim_id)
    post(night, 2, checked("T2", bad, originator="1999999997"))
    assert balances(night, first.claim_id) == before
    with night.store.read() as conn:
        (held,) = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert held.sentence.startswith("IF016")
    assert "off by 3.00" in held.sentence
    assert closes(night)


def test_an_answer_with_another_status_and_no_oa_23_waits_too(night: Night, first: KnownClaim,
                                                              billed: KnownClaim) -> None:  # fmt: skip
    bad = secondary_answer(first.claim, billed.claim, answered(first.claim), oa23=False)
    post(night, 2, checked("T2", replace(bad, status_code="1"), originator="1999999997"))
    with night.store.read() as conn:
        (held,) = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert held.sentence.startswith("IF011")
    assert closes(night)


def test_a_denial_by_the_second_payer_is_work_on_its_claim(night: Night, first: KnownClaim,
                                                           billed: KnownClaim) -> None:  # fmt: skip
    lines = [{"OA-23": line.charge - share_of(answered(first.claim), n), "CO-16": share_of(answered(first.claim), n)}
             for n, line in enumerate(billed.claim.lines)]  # fmt: skip
    post(night, 2, checked("T2", remits.answer(billed.claim, "SEC1", lines, status_code="2"), originator="1999999997"))
    pipeline.route_denials(night)
    with night.store.read() as conn:
        found = work.list_work(conn, kinds=[WorkKind.DENIAL])
    assert {item.claim_id for item in found} == {billed.claim_id}
    assert sum(item.amount_cents for item in found) == int(share(answered(first.claim)) * 100)
    assert closes(night)


def test_a_first_payer_that_decides_anew_asks_a_person(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    prior = answered(first.claim)
    again = replace(prior, payer_claim_control_number="ICN2", lines=[
        replace(s, paid=s.paid - 1, adjustments=[*s.adjustments, *remits.cas({"PR-1": Decimal("1.00")})])
        for s in prior.lines], paid=prior.paid - len(prior.lines))  # fmt: skip
    post(night, 2, checked("T2", remits.reversed_(prior), again, day=PAID_ON + dt.timedelta(days=9)))
    assert bill_next_payers(night).asked == 1
    (item,) = items(night)
    assert "decided anew" in item.sentence
    assert bill_next_payers(night) == Forwarded()
    assert closes(night)


# --- a coverage captured or changed after the first payer decided ---


def captured_again(night: Night, first: KnownClaim, change: Callable[[Visit], Visit]) -> None:
    """The visit of a claim as a later file captures it."""
    with night.store.begin() as conn:
        (row,) = visits.of_claims(conn, [first.claim_id])[first.claim_id]
        newest = visits.newest(conn, [row.visit_id])[row.visit_id]
        visits.save(conn, change(newest.visit), max(f.id for f in files.list_files(conn)))


def without_second(visit: Visit) -> Visit:
    return replace(visit, coverages=visit.coverages[:1])


def with_second(second: Coverage) -> Callable[[Visit], Visit]:
    return lambda visit: replace(visit, coverages=(visit.coverages[0], second))


def second_of(night: Night, first: KnownClaim) -> Coverage:
    with night.store.read() as conn:
        (row,) = visits.of_claims(conn, [first.claim_id])[first.claim_id]
    return row.visit.coverages[1]


def test_a_second_coverage_that_is_captured_later_is_billed_then(night: Night, first: KnownClaim) -> None:
    second = second_of(night, first)
    captured_again(night, first, without_second)
    post(night, 1, checked("T1", answered(first.claim)))
    assert bill_next_payers(night) == Forwarded(looked=1)
    assert step(night, first.claim_id).step is Step.NONE
    captured_again(night, first, with_second(replace(second, member_id="LATE00001")))
    assert bill_next_payers(night).billed == 1
    assert bill_next_payers(night) == Forwarded()
    with night.store.read() as conn:
        made = claims.load(conn, step(night, first.claim_id).next_claim_id or 0)
        assert events.current_states(conn)[step(night, first.claim_id).next_claim_id or 0] is State.READY
    assert (made.claim.member_id, made.claim.sequence) == ("LATE00001", "S")
    assert closes(night)


@pytest.mark.parametrize("gone", [False, True])
def test_a_second_coverage_that_changes_after_billing_is_asked(night: Night, first: KnownClaim, billed: KnownClaim,
                                                               gone: bool) -> None:  # fmt: skip
    second = second_of(night, first)
    captured_again(night, first, without_second if gone else with_second(replace(second, member_id="OTHER0001")))
    assert bill_next_payers(night).asked == 1
    (item,) = items(night)
    assert billed.claim.patient_control_number in item.sentence
    assert bill_next_payers(night) == Forwarded()
    assert closes(night)


def test_history_of_the_claim_is_left_alone_by_further_nights(night: Night, first: KnownClaim,
                                                              billed: KnownClaim) -> None:  # fmt: skip
    pipeline.nightly(night, DAY)
    with night.store.read() as conn:
        assert claims.load(conn, billed.claim_id).claim == billed.claim
        assert payments.of_claims(conn, [billed.claim_id]) == {}
    assert closes(night)


def test_a_decision_of_a_day_to_come_waits_for_that_day(night: Night, first: KnownClaim,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    post(night, 1, checked("T1", answered(first.claim), day=DAY + dt.timedelta(days=3)))
    assert bill_next_payers(night).billed == 0
    monkeypatch.setenv("PTEDI_NOW", "2026-11-24T02:00:00+00:00")
    assert bill_next_payers(night).billed == 1


class Killed(BaseException):
    """The process is gone; nobody may catch this."""


@pytest.mark.parametrize("name", ["secondary.claim inserted", "secondary.booked", "secondary.piece kept",
                                  "secondary.kept"])  # fmt: skip
def test_cut_off_anywhere_the_second_payer_is_billed_once(workspace: Path, first: KnownClaim, name: str) -> None:
    with open_night(workspace) as night:
        post(night, 1, checked("T1", answered(first.claim)))

    def plug(point: str) -> None:
        if point == name:
            raise Killed

    with open_night(workspace) as night, pytest.raises(Killed), faults.watching(plug):
        bill_next_payers(night)
    with open_night(workspace) as night:
        bill_next_payers(night)
        assert bill_next_payers(night) == Forwarded()
        with night.store.read() as conn:
            assert len(coordination.later(conn)) == 1
        assert balances(night, first.claim_id)[Account.PAYER_SECONDARY] == share(answered(first.claim))
        assert closes(night)
