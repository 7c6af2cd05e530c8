"""What a payer left out: a part of a claim that no answer speaks of, a reversal of something else, a line of nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import inbound
from ptedi.steps import remits as decisions_of
from ptedi.steps.night import Night
from ptedi.store import payments, postings, work
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import books, post, states, whole

D = Decimal


def largest(night: Night) -> KnownClaim:
    return max(remits.known_claims(night), key=lambda k: len(k.claim.lines))


def half(one: KnownClaim, icn: str = "A1") -> ClaimPayment:
    return remits.answer(one.claim, icn, [{"CO-45": line.charge / 2} for line in one.claim.lines])


def items(night: Night, kind: WorkKind) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[kind])


def test_lines_that_no_answer_speaks_of_are_asked_until_they_come(sent: Night) -> None:
    one = largest(sent)
    lines = half(one).lines
    first, rest = (remits.whole(one.claim, icn, some) for icn, some in (("A1", lines[:2]), ("A2", lines[2:])))
    post(sent, remits.file(1, remits.check("T1", DAY, [first])))
    [item] = items(sent, WorkKind.UNANSWERED)
    assert (item.claim_id, item.amount_cents) == (one.claim_id, int(rest.charge * 100))
    assert all(f"line {line.number} ({line.procedure})" in item.sentence for line in one.claim.lines[2:])
    assert "line 1 " not in item.sentence
    assert inbound.summary(sent, DAY).closes
    before = (books(sent), [item.id])
    inbound.route_denials(sent)
    assert (books(sent), [i.id for i in items(sent, WorkKind.UNANSWERED)]) == before
    post(sent, remits.file(2, remits.check("T2", DAY + dt.timedelta(days=7), [rest])))
    assert items(sent, WorkKind.UNANSWERED) == []
    assert (states(sent)[one.claim_id], books(sent)[one.claim_id].get(Kind.PAYER)) == (State.PAID, None)


def test_what_is_denied_or_the_patients_is_answered(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    denied = remits.answer(one.claim, "A1", [{"CO-50": line.charge} for line in one.claim.lines])
    share = remits.answer(two.claim, "B1", [{"PR-1": line.charge} for line in two.claim.lines])
    post(sent, remits.file(1, remits.check("T1", DAY, [denied, share])))
    assert items(sent, WorkKind.UNANSWERED) == []
    assert len(items(sent, WorkKind.DENIAL)) == len(one.claim.lines)


def test_a_reversal_of_other_figures_than_the_books_is_asked(sent: Night) -> None:
    """X12 RFI 1147: a reversal takes back what was posted; this one takes back the half of it."""
    one = largest(sent)
    paid = half(one)
    back = remits.reversed_(paid)
    for line in back.lines:
        line.paid, line.adjustments[0].amount = line.paid / 2, line.adjustments[0].amount * 3 / 2
    back.paid = sum((line.paid for line in back.lines), D(0))
    post(sent, remits.file(1, remits.check("T1", DAY, [paid])), remits.file(2, remits.check("T2", DAY, [back])))
    [item] = items(sent, WorkKind.REVERSAL)
    assert item.claim_id == one.claim_id
    assert books(sent)[one.claim_id][Kind.CLEARING] == paid.paid + back.paid
    assert inbound.summary(sent, DAY).closes


def test_a_line_of_no_line_is_told_and_the_claim_stands(sent: Night) -> None:
    one = largest(sent)
    strange = half(one)
    strange.lines[0] = replace(strange.lines[0], procedure="99999", line_control_number="")
    post(sent, remits.file(1, remits.check("T1", DAY, [strange])))
    [item] = items(sent, WorkKind.UNMATCHED)
    assert (item.claim_id, item.amount_cents) == (one.claim_id, int(strange.lines[0].paid * 100))
    assert "99999" in item.sentence
    assert books(sent)[one.claim_id] == {
        Kind.BILLED: -one.claim.charge, Kind.CLEARING: strange.paid, Kind.ADJUSTMENT: one.claim.charge - strange.paid}
    with sent.store.read() as conn:
        [row] = payments.claims_of(conn, 1)
        entries = [e for e, *_ in postings.live_entries(conn, claim_payment_id=row.id)]
    cleared = {p.line: p.amount for e in entries for p in e.postings if p.account is Account.CLEARING}
    assert cleared[None] == strange.lines[0].paid  # by no guess to a line
    decisions_of.unpost(sent, "1.1", "ana", "look again")
    assert [i.key for i in items(sent, WorkKind.UNMATCHED)] == []
    decisions_of.repost(sent, "1.1", "ana", "it is so")
    assert [i.id for i in items(sent, WorkKind.UNMATCHED)] == [item.id]
    decisions_of.unpost(sent, "1", "ana", "the whole check")
    assert items(sent, WorkKind.UNMATCHED) == []
    assert Account.CASH not in whole(sent)


def test_two_lines_that_fit_equally_well_are_not_guessed(sent: Night) -> None:
    """Alike but for what the payer left out: each could be the other, so neither is posted to a line."""
    one = next(k for k in remits.known_claims(sent) if len(k.claim.lines) == 2)
    answer = half(one)
    answer.lines = [replace(s, procedure=one.claim.lines[0].procedure, submitted_procedure="", line_control_number="",
                            modifiers=()) for s in answer.lines]  # fmt: skip
    post(sent, remits.file(1, remits.check("T1", DAY, [answer])))
    [item] = items(sent, WorkKind.UNMATCHED)
    assert item.claim_id == one.claim_id
    assert books(sent)[one.claim_id][Kind.CLEARING] == answer.paid
