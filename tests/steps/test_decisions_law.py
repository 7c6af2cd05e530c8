"""The law of decisions: whatever a payer sends in any order, whatever a person decides, every cent stays where it is.

After any release, match, park, unpost, repost and repetition: each entry sums to zero, the equations close, and the
receivables are what plain sums over the claim payments that stand now say.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Kind
from ptedi.remittances.model import Payment
from ptedi.steps import inbound
from ptedi.steps import remits as decide
from ptedi.steps.corrected import standing_rows
from ptedi.steps.night import Night
from ptedi.steps.remit_views import STOPPED, WAITING, list_remits
from ptedi.store import decisions, payments
from ptedi.store.payments import PaymentState
from tests.steps import remits
from tests.steps import sent as world
from tests.steps.conftest import DAY
from tests.steps.remits import ZERO, Expected, Payer
from tests.steps.sent import books, post, whole

D = Decimal


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.make(tmp_path_factory.mktemp("template") / "practice", visits=8)


@pytest.fixture
def sent(template: Path, tmp_path: Path) -> Iterator[Night]:
    with world.copy(template, tmp_path / "practice") as night:
        yield night


def adjudicate(night: Night, seed: int) -> list[Payment]:
    """Checks with paid, denied, reversed and corrected claims, strangers, claims and checks that are off."""
    payer, checks = Payer(seed), list[Payment]()
    bins: list[list[object]] = [[], [], []]
    for one in remits.known_claims(night):
        first = payer.decide(one.claim, deny=payer.random.random() < 0.2)
        fate = payer.random.choice(("plain", "plain", "off", "stranger", "corrected"))
        if fate == "off":
            first.lines[0].adjustments.extend(remits.cas({"CO-45": D("0.03")}))
        if fate == "stranger":
            first.patient_control_number, first.member_id = f"LEGACY-{one.claim_id}", ""
            for line in first.lines:
                line.line_control_number = ""
        bins[payer.random.randrange(2)].append(first)
        if fate == "corrected":
            bins[2] += [remits.reversed_(first), payer.decide(one.claim, deny=False)]
    for number, claims in enumerate(bins):
        plb = [("WO", f"ICN{number}", D(payer.random.randint(-900, 900)).scaleb(-2) or D("1.00"))]
        one_check = remits.check(f"T{number}", DAY + dt.timedelta(days=number), claims, plb)  # type: ignore[arg-type]
        if number == 1 and payer.random.random() < 0.5:
            one_check.amount += D("0.01")
        checks.append(one_check)
    return checks


def decide_at_random(night: Night, dice: random.Random) -> None:
    """Anything a person may ask, wise or not; what cannot be is refused and changes nothing."""
    with night.store.read() as conn:
        checks = payments.list_payments(conn)
        refs = [str(p.id) for p in checks]
        refs += [f"{p.id}.{n}" for p in checks for n, _ in enumerate(standing_rows(conn, p.id), 1)]
    numbers = [k.claim.patient_control_number for k in remits.known_claims(night, remits.State.SENT)] or ["PT1"]
    ref, before = dice.choice(refs), (books(night), whole(night))
    verb = dice.choice(("release", "release", "match", "park", "unpost", "repost", "repost", "repost"))
    try:
        if verb == "match":
            done = decide.match(night, ref, dice.choice(numbers), "ana", "by chance", sure=True)
        elif verb == "release":
            done = decide.release(night, ref, "ana", "by chance", claim=dice.choice(["", *numbers]),
                                  sure=True)  # fmt: skip
        else:
            done = getattr(decide, verb)(night, ref, "ana", "by chance")
    except ConfigurationError:
        assert (books(night), whole(night)) == before
        return
    after = books(night), whole(night)
    assert done.changed or after == before
    if verb in ("unpost", "repost", "park"):
        again = getattr(decide, verb)(night, ref, "ana", "again")
        assert not again.changed and (books(night), whole(night)) == after


def oracle(night: Night) -> tuple[Expected, Decimal]:
    """Plain sums over the claim payments that stand on a claim now, and the money that waits."""
    expected, waiting = Expected(), ZERO
    with night.store.read() as conn:
        for check in payments.list_payments(conn, states=[PaymentState.POSTED]):
            for row in standing_rows(conn, check.id):
                if row.state is PaymentState.POSTED and row.claim_id is not None:
                    expected.add(row.claim_id, row.clp)
                else:
                    waiting += row.clp.paid
    return expected, waiting


def agree(night: Night) -> None:
    expected, waiting = oracle(night)
    found = books(night)
    for one in (claim for claim in found if found[claim]):
        now = found[one]
        billed = -now.get(Kind.BILLED, ZERO)
        assert now.get(Kind.CLEARING, ZERO) == expected.paid[one]
        assert now.get(Kind.ADJUSTMENT, ZERO) == expected.written[one]
        assert now.get(Kind.PATIENT, ZERO) == expected.patient[one]
        assert now.get(Kind.PAYER, ZERO) == billed - expected.paid[one] - expected.written[one] - expected.patient[one]
    suspense = -sum((v for a, v in whole(night).items() if a.value == "unapplied.suspense"), ZERO)
    assert -sum((v for a, v in whole(night).items() if a.kind is Kind.UNAPPLIED), ZERO) == waiting + suspense
    assert inbound.summary(night, DAY).closes
    with night.store.read() as conn:
        assert decisions.broken(conn) == []
    lists_agree(night)


def lists_agree(night: Night) -> None:
    """What is listed is what the list of everything says, narrowed by hand."""
    rows = list_remits(night, everything=True)
    checks = {row.ref: row.state for row in rows if row.what == "check"}
    waiting = [row for row in rows if (
        row.state in STOPPED if row.what == "check"
        else row.state in WAITING and checks[row.ref.partition(".")[0]] == PaymentState.POSTED)]  # fmt: skip
    assert list_remits(night) == waiting
    for state in PaymentState:
        assert list_remits(night, states=(state,)) == [row for row in rows if row.state == state]


@pytest.mark.parametrize("seed", range(6))
def test_every_cent_stays_explained_whatever_is_decided(sent: Night, seed: int) -> None:
    dice = random.Random(seed)
    files = [remits.file(n, check) for n, check in enumerate(adjudicate(sent, seed), 1)]
    arriving = [*files, *dice.sample(files, dice.randint(0, 2))]
    dice.shuffle(arriving)
    for data in arriving:
        post(sent, data)
        decide_at_random(sent, dice)
    agree(sent)
    for _ in range(20):
        decide_at_random(sent, dice)
    inbound.route_denials(sent)
    agree(sent)


@pytest.mark.parametrize("seed", range(2))
def test_everything_unposted_and_posted_again_is_as_if_nothing_had_been(sent: Night, seed: int) -> None:
    files = [remits.file(n, check) for n, check in enumerate(adjudicate(sent, seed + 50), 1)]
    empty = books(sent)
    post(sent, *files)
    before = books(sent), whole(sent)
    with sent.store.read() as conn:
        posted = [str(p.id) for p in payments.list_payments(conn, states=[PaymentState.POSTED])]
    for ref in reversed(posted):
        decide.unpost(sent, ref, "ana", "all of it")
    assert books(sent) == empty
    for ref in posted:
        decide.repost(sent, ref, "ana", "all of it")
    inbound.route_denials(sent)
    assert (books(sent), whole(sent)) == before
