"""Remittances without money under one trace number are told apart by their claims; money is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.steps import inbound
from ptedi.steps import remits as decisions_of
from ptedi.steps.night import Night
from ptedi.store import payments
from ptedi.store.payments import PaymentState
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import books, post, states, whole

D = Decimal
TRACE = "NOPAY"


def denied(one: KnownClaim, icn: str, code: str = "CO-50") -> ClaimPayment:
    return remits.answer(one.claim, icn, [{code: line.charge} for line in one.claim.lines], status_code="4")


def nothing(*several: ClaimPayment, **more: object) -> Payment:
    return remits.check(TRACE, DAY, several, **more)  # type: ignore[arg-type]


def said(night: Night) -> list[str]:
    with night.store.read() as conn:
        return [row.state.value for row in payments.list_payments(conn)]


def files(*several: Payment) -> list[bytes]:
    return [remits.file(number, one) for number, one in enumerate(several, 1)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_each_is_posted_once_in_any_order(sent: Night, order: Sequence[int]) -> None:
    several = [nothing(denied(one, f"A{n}")) for n, one in enumerate(remits.known_claims(sent)[:3])]
    data = files(*several)
    post(sent, *(data[n] for n in order))
    assert said(sent) == ["posted"] * 3
    before = books(sent), states(sent), whole(sent)
    again = [remits.file(50 + n, one) for n, one in enumerate(several)]
    post(sent, *again)
    assert said(sent)[3:] == ["duplicate"] * 3
    assert (books(sent), states(sent), whole(sent)) == before
    assert inbound.summary(sent, DAY).closes
    with sent.store.read() as conn:
        assert len({row.payment_key for row in payments.list_payments(conn)}) == 3


def test_an_altered_copy_of_either_is_a_conflict(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    altered = [nothing(denied(one, "A1", "CO-16")), nothing(denied(two, "A2", "CO-16"))]
    both = nothing(denied(one, "A1"), denied(two, "A2"))
    post(sent, *files(nothing(denied(one, "A1")), nothing(denied(two, "A2")), *altered, both))
    assert said(sent) == ["posted", "posted", "conflicting", "conflicting", "conflicting"]


def test_the_payers_number_alone_makes_a_copy(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    post(sent, *files(nothing(denied(one, "A1")), nothing(denied(two, "A1"))))
    assert said(sent) == ["posted", "conflicting"]


def test_one_that_waits_is_not_replaced_by_another(sent: Night) -> None:
    """It does not foot: the other one under its number is no sound copy of it."""
    one, two, *_ = remits.known_claims(sent)
    bad = nothing(denied(one, "A1"))
    bad.claims[0].paid = D("1.00")
    post(sent, *files(bad, nothing(denied(two, "A2"))))
    assert said(sent) == ["quarantined", "posted"]
    post(sent, remits.file(9, nothing(denied(one, "A1"))))
    assert said(sent) == ["duplicate", "posted", "posted"]  # its own sound copy replaces it


def test_money_under_one_trace_is_one_check(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    paid = [remits.answer(k.claim, icn, [{"CO-45": line.charge} for line in k.claim.lines])
            for k, icn in ((one, "A1"), (two, "A2"))]  # fmt: skip
    for answer in paid:
        first = answer.lines[0]
        answer.lines[0] = replace(first, paid=D(5), adjustments=remits.cas({"CO-45": first.charge - 5}))
        answer.paid = D(5)
    post(sent, *files(*(remits.check("T1", DAY, [answer]) for answer in paid)))
    assert said(sent) == ["posted", "conflicting"]


def test_provider_level_amounts_are_money(sent: Night) -> None:
    """Taken and given the same, carried forward: without claims, or with the same amount, it is the same check."""
    one, two, *_ = remits.known_claims(sent)
    plb = [("WO", "X1", D("5.00")), ("FB", "X2", D("-5.00"))]
    post(sent, *files(remits.check(TRACE, DAY, [denied(one, "A1")], plb),
                      remits.check(TRACE, DAY, [denied(two, "A2")], plb),
                      remits.check(TRACE, DAY, [], [("WO", "Y", D("1.00")), ("FB", "Z", D("-1.00"))])))  # fmt: skip
    assert said(sent) == ["posted", "conflicting", "conflicting"]


def test_each_can_be_taken_out_and_posted_again(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    post(sent, *files(nothing(denied(one, "A1")), nothing(denied(two, "A2"))))
    before = books(sent)
    decisions_of.unpost(sent, "2", "ana", "look")
    decisions_of.repost(sent, "2", "ana", "it was right")
    assert books(sent) == before
    assert said(sent) == [PaymentState.POSTED.value] * 2
