"""The ledger against an oracle of plain sums: any remittances, any order of files, any of them again."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest

from ptedi.ledger.accounts import Account, Kind
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.steps import inbound
from ptedi.steps.night import Night
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.remits import ZERO, Expected, Payer
from tests.steps.sent import books, open_work, post, states, whole

D = Decimal


def adjudicate(night: Night, seed: int) -> tuple[list[Payment], Expected]:
    """A world of decisions about every claim: paid, denied, split, reversed, corrected, with PLB and interest."""
    payer, expected = Payer(seed), Expected()
    bins: list[list[ClaimPayment]] = [[] for _ in range(5)]
    for one in remits.known_claims(night):
        fate = payer.random.choice(("paid", "denied", "parts", "corrected", "reversed", "denied then paid", "silent"))
        claim = one.claim
        words: list[tuple[int, ClaimPayment]]  # (earliest check, claim payment)
        if fate == "silent":
            words = []
        elif fate == "parts":
            words = [(0, part) for part in payer.parts(claim)]
        else:
            first = payer.decide(claim, deny=fate in ("denied", "denied then paid"))
            words = [(0, first)]
            if fate in ("corrected", "reversed", "denied then paid"):
                words.append((2, remits.reversed_(first)))
            if fate in ("corrected", "denied then paid"):
                words.append((3, payer.decide(claim, deny=False)))
        for earliest, clp in words:
            at = payer.random.randint(earliest, {0: 1, 2: 2}.get(earliest, 4))
            bins[at].append(clp)
            expected.add(one.claim_id, clp)
        expected.state[one.claim_id] = _state(fate, words, one.claim.charge)
    checks = []
    for number, claims in enumerate(bins):
        payer.random.shuffle(claims)
        plb = [("WO", f"ICN{number:06d}", D(payer.random.randint(-500, 500) or 1).scaleb(-2))]
        plb += [("72", "REFUND", D("12.34")), ("CS", "X", D("-12.34"))] if payer.random.random() < 0.3 else []
        checks.append(remits.check(f"T{seed}-{number}", DAY + dt.timedelta(days=10 + number), claims, plb))
    return checks, expected


def _state(fate: str, words: list[tuple[int, ClaimPayment]], charge: Decimal) -> State:
    if fate == "silent":
        return State.SENT
    if fate == "reversed":
        return State.REVERSED
    if fate == "denied":
        paid = sum((clp.paid for _, clp in words), ZERO)
        return State.PARTLY_PAID if paid else State.DENIED
    return State.PAID


def check_books(night: Night, checks: list[Payment], expected: Expected) -> None:
    found = books(night)
    for one in remits.known_claims(night, State.SENT) + [k for s in State for k in remits.known_claims(night, s)]:
        here, key = found[one.claim_id], one.claim_id
        assert here.get(Kind.CLEARING, ZERO) == expected.paid[key]
        assert here.get(Kind.ADJUSTMENT, ZERO) == expected.written[key]
        assert here.get(Kind.PATIENT, ZERO) == expected.patient[key]
        rest = one.claim.charge - expected.paid[key] - expected.written[key] - expected.patient[key]
        assert here.get(Kind.PAYER, ZERO) == rest
        assert sum(here.values()) == 0
    everything = whole(night)  # and every entry sums to zero
    assert everything.get(Account.CASH, ZERO) == sum(p.amount for p in checks)
    assert Account.CLEARING not in everything
    assert Account.UNAPPLIED not in everything


@pytest.mark.parametrize("seed", range(6))
def test_any_remittances_in_any_order_and_again(sent: Night, seed: int) -> None:
    checks, expected = adjudicate(sent, seed)
    dice = random.Random(seed)
    contents = [remits.file(n, p) for n, p in enumerate(checks[:3], 1)] + [remits.file(9, *checks[3:])]
    contents.append(remits.file(77, *checks[:2]))  # the same checks in another file
    dice.shuffle(contents)
    post(sent, *contents)
    check_books(sent, checks, expected)
    assert {k: v for k, v in states(sent).items() if k in expected.state} == expected.state
    before = (books(sent), whole(sent), states(sent), open_work(sent))
    post(sent, *dice.sample(contents, 3))
    inbound.route_denials(sent)
    assert (books(sent), whole(sent), states(sent), open_work(sent)) == before
    summary = inbound.summary(sent, DAY)
    assert summary.closes
    held = sum((amount for amount in expected.held.values() if amount), ZERO)
    assert sum((f.amount for f in summary.denied.values()), ZERO) == held
    assert summary.by_state.get(State.REVERSED, inbound.Figure()).count == len(open_work(sent, WorkKind.REVERSAL))
