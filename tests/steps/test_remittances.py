"""The ledger against an oracle of plain sums: any remittances, any order of files, any of them again."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

import pytest

from ptedi.claims.model import Claim
from ptedi.ledger.accounts import Account, Kind
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.sandbox.shapes import half_back
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


# --- what balances and is of no use by itself ---

ODD = ("paid", "half reversed", "unanswered", "strange line", "nothing", "silent", "corrected")


def oddly(night: Night, seed: int) -> tuple[list[Payment], Expected, dict[int, str]]:
    """A world of answers that leave things open, some of them without money and all under one trace number."""
    payer, expected, fates = Payer(seed), Expected(), dict[int, str]()
    bins: list[list[ClaimPayment]] = [[] for _ in range(3)]
    nothing: list[ClaimPayment] = []
    for number, one in enumerate(remits.known_claims(night)):
        fate = fates[one.claim_id] = ODD[(number + seed) % len(ODD)]
        words = _odd_words(payer, one.claim, fate)
        for at, clp in enumerate(words):
            (nothing if fate == "nothing" else bins[at]).append(clp)
            expected.add(one.claim_id, clp)
    checks = [remits.check(f"O{seed}-{n}", DAY + dt.timedelta(days=10 + n), claims) for n, claims in enumerate(bins)]
    checks += [remits.check("NOPAY", DAY + dt.timedelta(days=10), [clp]) for clp in nothing]
    return checks, expected, fates


def _odd_words(payer: Payer, claim: Claim, fate: str) -> list[ClaimPayment]:
    if fate == "silent":
        return []
    if fate == "nothing":
        payer.number += 1
        lines = [{"CO-50": line.charge} for line in claim.lines]
        return [remits.answer(claim, f"ICN{payer.number:06d}", lines, status_code="4")]
    first = payer.decide(claim, deny=False)
    if fate == "unanswered" and len(first.lines) > 1:
        return [remits.whole(claim, first.payer_claim_control_number, first.lines[:-1])]
    if fate == "strange line":
        first.lines[0] = replace(first.lines[0], procedure="99999", line_control_number="")
    if fate == "half reversed":
        return [first, half_back(remits.reversed_(first))]
    return [first, remits.reversed_(first), payer.decide(claim, deny=False)] if fate == "corrected" else [first]


@pytest.mark.parametrize("seed", range(3))
def test_odd_answers_in_any_order_and_again(sent: Night, seed: int) -> None:
    checks, expected, fates = oddly(sent, seed)
    dice = random.Random(seed)
    contents = [remits.file(n, p) for n, p in enumerate(checks, 1)] + [remits.file(77, *checks[-2:], checks[0])]
    dice.shuffle(contents)
    post(sent, *contents)
    check_books(sent, checks, expected)
    before = (books(sent), whole(sent), states(sent), open_work(sent))
    post(sent, *dice.sample(contents, 4))
    inbound.route_denials(sent)
    assert (books(sent), whole(sent), states(sent), open_work(sent)) == before
    assert inbound.summary(sent, DAY).closes
    asked = {kind: {item[1] for item in open_work(sent, kind)} for kind in WorkKind}
    of = {fate: {claim for claim, is_ in fates.items() if is_ == fate} for fate in ODD}
    assert open_work(sent, WorkKind.CONFLICT) == []
    assert asked[WorkKind.UNMATCHED] == of["strange line"]
    assert of["half reversed"] <= asked[WorkKind.REVERSAL]
    assert {claim for claim in of["unanswered"] if books(sent)[claim].get(Kind.PAYER, ZERO) > 0} <= (
        asked[WorkKind.UNANSWERED])  # fmt: skip
    assert of["nothing"] <= asked[WorkKind.DENIAL]
