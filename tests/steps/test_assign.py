"""A line of a remittance that fits none or several of ours is given to one by a person: to the cent, once, undone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.matching import BY_HAND, KnownClaim
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import audit, faults, inbound
from ptedi.steps import remits as decisions_of
from ptedi.steps.answers import answers
from ptedi.steps.night import Night
from ptedi.steps.remit_views import remit_story
from ptedi.store import decisions, events, payments, postings, work
from ptedi.store.payments import PaymentState
from ptedi.store.work import WorkKind
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import books, post, states, whole

D = Decimal
WHO, WHY = "ana", "the payer means this one, by telephone"


def half(one: KnownClaim, icn: str = "A1") -> ClaimPayment:
    return remits.answer(one.claim, icn, [{"CO-45": line.charge / 2} for line in one.claim.lines])


def strange(one: KnownClaim) -> ClaimPayment:
    """Its first line is of a procedure that the claim does not have."""
    found = half(one)
    found.lines[0] = replace(found.lines[0], procedure="99999", line_control_number="")
    return found


@pytest.fixture
def one(sent: Night) -> KnownClaim:
    found = max(remits.known_claims(sent), key=lambda k: len(k.claim.lines))
    post(sent, remits.file(1, remits.check("T1", DAY, [strange(found)])))
    return found


def by_line(night: Night, number: int = 1) -> dict[tuple[Account, int | None], Decimal]:
    with night.store.read() as conn:
        found: dict[tuple[Account, int | None], Decimal] = {}
        for entry, *_ in postings.live_entries(conn, claim_payment_id=number):
            for p in entry.postings:
                found[p.account, p.line] = found.get((p.account, p.line), D(0)) + p.amount
    return {key: amount for key, amount in found.items() if amount}


def waits(night: Night) -> list[str]:
    with night.store.read() as conn:
        return [i.key for i in work.list_work(conn, kinds=[WorkKind.UNMATCHED])]


def test_a_line_given_by_a_person_is_posted_there(sent: Night, one: KnownClaim) -> None:
    before, total = by_line(sent), (books(sent), whole(sent), states(sent))
    paid, charge = one.claim.lines[0].charge / 2, one.claim.lines[0].charge
    assert (before[Account.CLEARING, None], (Account.CLEARING, 1) in before) == (paid, False)
    assert waits(sent) == ["lines:1"]
    done = decisions_of.assign(sent, "1.1.1", 1, WHO, WHY)
    assert (done.changed, done.state) == (True, "posted")
    now = by_line(sent)
    assert (now[Account.CLEARING, 1], now[Account.CONTRACTUAL, 1]) == (paid, charge - paid)
    assert not any(line is None for _, line in now)
    assert (books(sent), whole(sent), states(sent)) == total  # the claim's money was right all along
    assert waits(sent) == []
    assert inbound.summary(sent, DAY).closes
    with sent.store.read() as conn:
        [made] = decisions.list_decisions(conn)
        assert (made.action.value, made.actor, made.reason, made.claim_id) == ("assign", WHO, WHY, one.claim_id)
        assert decisions.broken(conn) == []
        last = events.of_claim(conn, one.claim_id)[-1]
        assert (last.actor, WHY in last.detail) == (WHO, True)
        [said] = payments.history(conn, [one.claim_id])[one.claim_id]
        assert said.assigned == {1: 1}
    assert audit.verify_audit(sent).misfits == ()


def test_said_again_it_is_so_already(sent: Night, one: KnownClaim) -> None:
    decisions_of.assign(sent, "1.1.1", 1, WHO, WHY)
    before = by_line(sent), remit_story(sent, "1.1").ledger
    assert not decisions_of.assign(sent, "1.1.1", 1, WHO, WHY).changed
    assert (by_line(sent), remit_story(sent, "1.1").ledger) == before
    inbound.route_denials(sent)
    assert waits(sent) == []


def test_taken_back_it_is_as_it_was(sent: Night, one: KnownClaim) -> None:
    before = by_line(sent)
    decisions_of.assign(sent, "1.1.1", 2, WHO, WHY)
    assert by_line(sent)[Account.CLEARING, 2] == one.claim.lines[0].charge / 2 + one.claim.lines[1].charge / 2
    decisions_of.assign(sent, "1.1.1", 1, WHO, "it was the other one")
    decisions_of.assign(sent, "1.1.1", None, WHO, "nobody knows")
    assert by_line(sent) == before
    assert waits(sent) == ["lines:1"]
    assert not decisions_of.assign(sent, "1.1.1", None, WHO, "nobody knows").changed


def test_unposted_it_is_forgotten_and_asked_again(sent: Night, one: KnownClaim) -> None:
    decisions_of.assign(sent, "1.1.1", 1, WHO, WHY)
    decisions_of.unpost(sent, "1.1", WHO, "another claim")
    with pytest.raises(ConfigurationError, match="unposted"):
        decisions_of.assign(sent, "1.1.1", 1, WHO, WHY)
    decisions_of.repost(sent, "1.1", WHO, "it was right")
    assert (Account.CLEARING, 1) not in by_line(sent)
    assert waits(sent) == ["lines:1"]
    decisions_of.assign(sent, "1.1.1", 1, WHO, WHY)
    decisions_of.unpost(sent, "1", WHO, "the whole check")
    assert Account.CASH not in whole(sent)
    assert Kind.CLEARING not in books(sent)[one.claim_id]


@pytest.mark.parametrize(("ref", "line", "why"), [
    ("1.1.2", 1, "is our line 2"), ("1.1.9", 1, "it has"), ("1.1.0", 1, "it has"), ("1.1", 1, "no line of a claim"),
    ("1.1.x", 1, "no line of a claim"), ("1.7.1", 1, "has 1 claims"), ("9.1.1", 1, "no payment"),
    ("1.1.1", 44, "has no line 44"),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(
    sent: Night, one: KnownClaim, ref: str, line: int, why: str
) -> None:  # fmt: skip
    before = by_line(sent)
    with pytest.raises(ConfigurationError, match=why):
        decisions_of.assign(sent, ref, line, WHO, WHY)
    with pytest.raises(ConfigurationError, match="needs a reason"):
        decisions_of.assign(sent, "1.1.1", 1, WHO, " ")
    assert by_line(sent) == before and waits(sent) == ["lines:1"]


def test_who_dies_in_it_has_done_nothing(sent: Night, one: KnownClaim) -> None:
    before = by_line(sent)

    def die(name: str) -> None:
        raise RuntimeError(name)

    with faults.watching(die), pytest.raises(RuntimeError, match=r"remits\.decided"):
        decisions_of.assign(sent, "1.1.1", 1, WHO, WHY)
    assert by_line(sent) == before and waits(sent) == ["lines:1"]
    assert decisions_of.assign(sent, "1.1.1", 1, WHO, WHY).changed


def test_a_reversal_of_it_follows_to_the_line(sent: Night, one: KnownClaim) -> None:
    """Mirrored before the line was known: both stand on the line then, and the line is open again."""
    post(sent, remits.file(2, remits.check("T2", DAY, [remits.reversed_(strange(one))])))
    assert by_line(sent, 2)[Account.CLEARING, None] == -one.claim.lines[0].charge / 2
    decisions_of.assign(sent, "1.1.1", 1, WHO, WHY)
    now, back = by_line(sent, 1), by_line(sent, 2)
    assert {key: -amount for key, amount in now.items()} == back
    with pytest.raises(ConfigurationError, match="reversal"):
        decisions_of.assign(sent, "2.1.1", 1, WHO, WHY)


def test_what_reads_lines_follows(sent: Night, one: KnownClaim) -> None:
    [answer] = answers(sent, one.claim.patient_control_number)
    assert answer.lines[0].line is None
    decisions_of.assign(sent, "1.1.1", 1, WHO, WHY)
    [answer] = answers(sent, one.claim.patient_control_number)
    assert (answer.lines[0].line, answer.lines[0].by) == (1, BY_HAND)
    story = remit_story(sent, "1.1")
    assert [(p.line, p.by_itself) for p in story.lines][:2] == [(1, False), (2, True)]
    assert [number for number, _ in story.ours] == [line.number for line in one.claim.lines]
    with sent.store.read() as conn:
        assert payments.in_state(conn, PaymentState.POSTED)[0].assigned == {1: 1}
