"""What a person decides about money: to the cent, by mirrored entries, once, with a reason; nothing is plugged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.matching import KnownClaim
from ptedi.ledger.model import Source
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import faults, inbound
from ptedi.steps import remits as decisions_of
from ptedi.steps.night import Night
from ptedi.steps.remit_views import list_remits
from ptedi.store import closings, decisions, payments, postings, work
from ptedi.store.payments import PaymentState
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import books, post, states, whole

D = Decimal
WHO, WHY = "ana", "the payer says so by telephone"


def half(one: KnownClaim, icn: str = "A1") -> ClaimPayment:
    return remits.answer(one.claim, icn, [{"CO-45": line.charge / 2} for line in one.claim.lines])


def off(one: KnownClaim, icn: str = "A1") -> ClaimPayment:
    found = half(one, icn)
    found.lines[0].adjustments[0].amount -= D("0.07")
    return found


def said(night: Night) -> list[tuple[str, str, str]]:
    with night.store.read() as conn:
        assert decisions.broken(conn) == []
        return [(one.action.value, one.actor, one.reason) for one in decisions.list_decisions(conn)]


def facts(night: Night) -> tuple[object, ...]:
    return books(night), whole(night), states(night)


def test_a_claim_out_of_balance_is_released_with_the_cents_disputed(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    wrong = off(one)
    post(sent, remits.file(1, remits.check("T1", DAY, [half(two, "B1"), wrong])))
    done = decisions_of.release(sent, "1.2", WHO, WHY)
    assert (done.state, done.changed, done.amount_cents) == ("posted", True, int(wrong.paid * 100))
    now = whole(sent)
    assert Account.UNAPPLIED not in now
    assert now[Account.DISPUTED] == D("0.07")
    assert books(sent)[one.claim_id][Kind.CLEARING] == wrong.paid
    assert states(sent)[one.claim_id] is State.PAID
    assert inbound.summary(sent, DAY).closes
    with sent.store.read() as conn:
        [row] = [r for r in payments.claims_of(conn, 1) if r.claim_id == one.claim_id]
        entries = [e for e, *_ in postings.live_entries(conn, claim_payment_id=row.id) if e.claim_id]
        assert [e.source for e in entries] == [Source.MANUAL]
        assert [i for i in work.list_work(conn) if i.key == f"claim payment:{row.id}"] == []
    before = facts(sent)
    assert not decisions_of.release(sent, "1.2", WHO, WHY).changed
    assert facts(sent) == before
    assert said(sent) == [("release", WHO, WHY)]


def test_a_check_that_does_not_foot_is_released_with_its_cents_in_suspense(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    bad = remits.check("T1", DAY, [half(one)])
    bad.amount += D("0.01")
    assert [d.quarantined for d in post(sent, remits.file(1, bad))] == [1]
    decisions_of.release(sent, "1", WHO, WHY)
    now = whole(sent)
    assert (now[Account.CASH], now[Account.SUSPENSE]) == (bad.amount, D("-0.01"))
    assert books(sent)[one.claim_id][Kind.CLEARING] == bad.claims[0].paid
    assert inbound.summary(sent, DAY).closes
    before = facts(sent)
    assert not decisions_of.release(sent, "1", WHO, WHY).changed
    assert facts(sent) == before


def test_a_corrected_copy_releases_the_claim_that_waited(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    wrong, fine = off(one), half(two, "B1")
    bad, good = (remits.check("T1", DAY, [clp, fine], [("WO", "X", D("-3.00"))]) for clp in (wrong, half(one)))
    post(sent, remits.file(1, bad))
    [done] = post(sent, remits.file(2, good))
    assert (done.posted, done.claims, done.conflicting) == (0, 1, 0)
    assert Account.UNAPPLIED not in whole(sent)
    assert whole(sent)[Account.CASH] == good.amount
    assert (books(sent)[one.claim_id][Kind.CLEARING], states(sent)[one.claim_id]) == (half(one).paid, State.PAID)
    assert inbound.summary(sent, DAY).closes
    with sent.store.read() as conn:
        assert [row.state for row in payments.list_payments(conn)] == [PaymentState.POSTED, PaymentState.CORRECTED]
        assert [i.kind for i in work.list_work(conn) if i.category == "remittance"] == []
    assert [row.ref for row in list_remits(sent, states=("posted",))] == ["1", "1.1", "1.2"]  # 1.1 came with check 2
    before = facts(sent)
    assert [d.duplicate for d in post(sent, remits.file(3, good))] == [1]
    assert facts(sent) == before
    decisions_of.unpost(sent, "1", WHO, WHY)
    assert Account.CASH not in whole(sent)
    decisions_of.repost(sent, "1", WHO, WHY)
    assert (books(sent), whole(sent)) == before[:2]


def test_a_copy_that_says_anything_else_differently_is_a_conflict(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    post(sent, remits.file(1, remits.check("T1", DAY, [off(one), half(two, "B1")])))
    before = facts(sent)
    other = remits.check("T1", DAY, [half(one), half(two, "B2")])
    assert [d.conflicting for d in post(sent, remits.file(2, other))] == [1]
    assert facts(sent) == before


def test_a_stranger_is_matched_by_hand_and_known_from_then_on(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    for number, day in ((1, DAY), (2, DAY + dt.timedelta(days=7))):
        strange = half(one, "OLD77")
        strange.patient_control_number, strange.member_id = "LEGACY-0815", ""
        strange = strange if number == 1 else remits.reversed_(strange)
        post(sent, remits.file(number, remits.check(f"T{number}", day, [strange])))
        if number == 1:
            assert whole(sent)[Account.UNAPPLIED] == -strange.paid
            decisions_of.match(sent, "1.1", one.claim.patient_control_number.lower(), WHO, WHY, sure=True)
            assert books(sent)[one.claim_id][Kind.CLEARING] == strange.paid
            assert not decisions_of.match(sent, "1.1", one.claim.patient_control_number, WHO, WHY, sure=True).changed
            with pytest.raises(ConfigurationError):
                decisions_of.match(sent, "1.1", two.claim.patient_control_number, WHO, WHY, sure=True)
    assert Account.UNAPPLIED not in whole(sent)
    assert states(sent)[one.claim_id] is State.REVERSED
    assert books(sent)[one.claim_id] == {Kind.BILLED: -one.claim.charge, Kind.PAYER: one.claim.charge}


@pytest.mark.parametrize("whole_check", [False, True])
def test_a_wrong_match_that_was_taken_out_teaches_nothing(sent: Night, whole_check: bool) -> None:
    one, two, *_ = remits.known_claims(sent)
    strange = half(one, "OLD77")
    strange.patient_control_number, strange.member_id, strange.statement_from = "LEGACY-0815", "", None
    for line in strange.lines:
        line.line_control_number = ""
    post(sent, remits.file(1, remits.check("T1", DAY, [strange])))
    decisions_of.match(sent, "1.1", one.claim.patient_control_number, WHO, WHY, sure=True)
    ref = "1" if whole_check else "1.1"
    decisions_of.unpost(sent, ref, WHO, "wrong claim")
    if whole_check:
        decisions_of.repost(sent, ref, WHO, WHY)
    else:
        with pytest.raises(ConfigurationError):
            decisions_of.repost(sent, ref, WHO, WHY)
    assert Kind.CLEARING not in books(sent)[one.claim_id]
    assert whole(sent)[Account.UNAPPLIED] == -strange.paid
    decisions_of.match(sent, "1.1", two.claim.patient_control_number, WHO, WHY, sure=True)
    assert books(sent)[two.claim_id][Kind.CLEARING] == strange.paid and inbound.summary(sent, DAY).closes


def test_a_claim_of_another_practice_is_parked_and_the_check_still_foots(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    theirs = half(one, "Z9")
    theirs.patient_control_number, theirs.member_id = "SOMEBODY", "NOT1"
    check = remits.check("T1", DAY, [theirs, half(two, "B1")])
    post(sent, remits.file(1, check))
    decisions_of.park(sent, "1.1", WHO, WHY)
    now = whole(sent)
    assert (now[Account.CASH], now[Account.PARKED]) == (check.amount, -theirs.paid)
    assert Account.UNAPPLIED not in now
    assert inbound.summary(sent, DAY).closes
    before = facts(sent)
    inbound.route_denials(sent)
    assert not decisions_of.park(sent, "1.1", WHO, WHY).changed
    assert facts(sent) == before
    with pytest.raises(ConfigurationError):
        decisions_of.park(sent, "1.2", WHO, WHY)
    decisions_of.match(sent, "1.1", one.claim.patient_control_number, WHO, "it is ours after all", sure=True)
    assert Account.PARKED not in whole(sent)


def test_one_claim_is_unposted_and_posted_again_to_the_cent(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    check = remits.check("T1", DAY, [half(one), half(two, "B1")])
    post(sent, remits.file(1, check))
    before = facts(sent)
    decisions_of.unpost(sent, "1.1", WHO, WHY)
    assert whole(sent)[Account.UNAPPLIED] == -half(one).paid
    assert books(sent)[one.claim_id] == {Kind.BILLED: -one.claim.charge, Kind.PAYER: one.claim.charge}
    assert states(sent)[one.claim_id] is State.ACCEPTED_PAYER
    assert inbound.summary(sent, DAY).closes
    between = facts(sent)
    assert not decisions_of.unpost(sent, "1.1", WHO, WHY).changed
    inbound.route_denials(sent)
    assert facts(sent) == between
    decisions_of.repost(sent, "1.1", WHO, WHY)
    assert not decisions_of.repost(sent, "1.1", WHO, WHY).changed
    assert facts(sent) == before
    assert [verb for verb, *_ in said(sent)] == ["unpost", "repost"]


def test_a_claim_unposted_from_the_wrong_claim_is_matched_to_the_right_one(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    post(sent, remits.file(1, remits.check("T1", DAY, [half(one)])))
    decisions_of.unpost(sent, "1.1", WHO, WHY)
    decisions_of.match(sent, "1.1", two.claim.patient_control_number, WHO, WHY, sure=True)
    assert books(sent)[two.claim_id][Kind.CLEARING] == half(one).paid
    assert Kind.CLEARING not in books(sent)[one.claim_id]
    assert inbound.summary(sent, DAY).closes


def test_a_check_is_unposted_whole_twice_is_once_and_comes_back(sent: Night) -> None:
    one, two, three, *_ = remits.known_claims(sent)
    stranger = half(three, "C1")
    stranger.patient_control_number, stranger.member_id = "SOMEBODY", "NOT1"
    check = remits.check("T1", DAY, [half(one), off(two, "B1"), stranger], [("WO", "A9", D("5.00"))])
    empty = facts(sent)
    post(sent, remits.file(1, check))
    before = facts(sent)
    for _ in range(2):
        decisions_of.unpost(sent, "1", WHO, WHY)
        after = whole(sent)
        assert {a: v for a, v in after.items() if a is not Account.PAYER_PRIMARY} == {
            a: v for a, v in empty[1].items() if a is not Account.PAYER_PRIMARY}  # type: ignore[attr-defined]
        assert books(sent) == empty[0]
        assert inbound.route_denials(sent).denials_open == 0
        assert [d.duplicate for d in post(sent, remits.file(1, check))] == [0]
        assert [d.duplicate for d in post(sent, remits.file(7, check))] in ([1], [0])
        assert books(sent) == empty[0]
    assert not decisions_of.unpost(sent, "1", WHO, WHY).changed
    decisions_of.repost(sent, "1", WHO, WHY)
    assert facts(sent) == before
    decisions_of.unpost(sent, "1", WHO, WHY)
    decisions_of.repost(sent, "1", WHO, WHY)
    assert facts(sent) == before
    assert inbound.summary(sent, DAY).closes


def test_a_conflicting_copy_is_posted_when_the_first_is_taken_out(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    post(sent, remits.file(1, remits.check("T1", DAY, [half(one, "A1")])),
         remits.file(2, remits.check("T1", DAY, [half(one, "A2")])))
    with pytest.raises(ConfigurationError):
        decisions_of.release(sent, "2", WHO, WHY)
    decisions_of.unpost(sent, "1", WHO, WHY)
    decisions_of.release(sent, "2", WHO, WHY)
    assert books(sent)[one.claim_id][Kind.CLEARING] == half(one).paid
    with pytest.raises(ConfigurationError):
        decisions_of.repost(sent, "1", WHO, WHY)
    assert inbound.summary(sent, DAY).closes


def test_what_is_cut_off_or_test_data_can_never_be_released(sent: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    data = remits.file(1, remits.check("T1", DAY, [half(remits.known_claims(sent)[0])]))
    post(sent, data[: data.index(b"CAS*")])
    with pytest.raises(ConfigurationError):
        decisions_of.release(sent, "1", WHO, WHY)
    monkeypatch.setattr(type(sent.workspace), "environment", "P")
    post(sent, remits.file(2, remits.check("T2", DAY, [])))
    with pytest.raises(ConfigurationError):
        decisions_of.release(sent, "2", WHO, WHY)
    assert Account.CASH not in whole(sent)


@pytest.mark.parametrize("ref", ["9", "1.2", "1.0", "x", "1.x", "", "99999999999999999999"])
def test_what_does_not_exist_is_said(sent: Night, ref: str) -> None:
    post(sent, remits.file(1, remits.check("T1", DAY, [half(remits.known_claims(sent)[0])])))
    for decide in (decisions_of.release, decisions_of.unpost, decisions_of.repost, decisions_of.park):
        with pytest.raises(ConfigurationError):
            decide(sent, ref, WHO, WHY)
    with pytest.raises(ConfigurationError):
        decisions_of.unpost(sent, "1", WHO, "  ")
    assert said(sent) == []


@pytest.mark.parametrize("verb", ["release", "unpost"])
def test_a_decision_cut_short_leaves_nothing(sent: Night, verb: str) -> None:
    one, two, *_ = remits.known_claims(sent)
    post(sent, remits.file(1, remits.check("T1", DAY, [off(one), half(two, "B1")])))
    before = facts(sent)
    decide: Callable[..., object] = getattr(decisions_of, verb)
    ref = "1.1" if verb == "release" else "1"

    def pull(name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), faults.watching(pull):
        decide(sent, ref, WHO, WHY)
    assert facts(sent) == before and said(sent) == []
    decide(sent, ref, WHO, WHY)
    assert facts(sent) != before and len(said(sent)) == 1


def test_a_decision_about_a_closed_day_stands_in_the_books_of_today(
    sent: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(sent, remits.file(1, remits.check("T1", DAY, [off(remits.known_claims(sent)[0])])))
    with sent.store.begin() as conn:
        closings.add(conn, DAY, WHO, "{}")
    monkeypatch.setenv("PTEDI_NOW", "2026-11-25T02:00:00+00:00")
    decisions_of.release(sent, "1.1", WHO, WHY)
    late = remits.check("T2", DAY, [half(remits.known_claims(sent)[1], "B1")])
    post(sent, remits.file(2, late))
    with sent.store.read() as conn:
        row = payments.claims_of(conn, 1)[0]
        days = [e.effective for e, *_ in postings.live_entries(conn, claim_payment_id=row.id)]
        assert days == [dt.date(2026, 11, 25)]
        assert [p.book_date for p in payments.list_payments(conn)] == [DAY, dt.date(2026, 11, 25)]
