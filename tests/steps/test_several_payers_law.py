"""The law of several payers: first and second answers, crossovers, reversals; any order of files, any of them again."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest

from ptedi.claims.model import Claim, Coverage
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.steps import inbound
from ptedi.steps.night import Night
from ptedi.steps.secondary import Forwarded, bill_next_payers
from ptedi.store import claims, coordination, files, postings, visits
from ptedi.store.coordination import Step
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.remits import ZERO, Payer
from tests.steps.sent import books, post, whole

SECOND = ("bluestone-ppo", "summit-advantage")


class Oracle:
    """Plain sums per account: what all payers paid and wrote off, and what the last one left to the patient."""

    def __init__(self) -> None:
        self.paid: dict[int, Decimal] = defaultdict(lambda: ZERO)
        self.written: dict[int, Decimal] = defaultdict(lambda: ZERO)
        self.patient: dict[int, Decimal] = defaultdict(lambda: ZERO)

    def first(self, account: int, clp: ClaimPayment) -> None:
        self.paid[account] += clp.paid
        self.written[account] += of(clp, remits.WRITTEN)
        self.patient[account] += of(clp, remits.PATIENT)

    def second(self, account: int, clp: ClaimPayment) -> None:
        """A later payer takes over what was left, and leaves its own share."""
        self.first(account, clp)
        self.patient[account] -= clp.charge - of(clp, ("OA-23",))


def of(clp: ClaimPayment, codes: tuple[str, ...]) -> Decimal:
    return sum((a.amount for s in clp.lines for a in s.adjustments if f"{a.group}-{a.reason}" in codes), ZERO)


def after_first(payer: Payer, claim: Claim, prior: ClaimPayment, icn: str) -> ClaimPayment:
    """The second payer's answer: OA-23 restates the first, of the rest some is written off, left or denied."""
    lines = []
    for line, said in zip(claim.lines, prior.lines, strict=True):
        left = sum((a.amount for a in said.adjustments if a.group == "PR"), ZERO)
        codes = payer.random.choice((("CO-45",), ("PR-3",), ("CO-45", "PR-1"), ()))
        lines.append({"OA-23": line.charge - left, **payer.split_charge(left, codes)})
    if payer.random.random() < 0.2:
        lines[0] = {"OA-23": lines[0]["OA-23"], "CO-50": claim.lines[0].charge - lines[0]["OA-23"]}
    return remits.answer(claim, icn, lines, status_code="2")


def insure(night: Night, known: list[KnownClaim]) -> None:
    """Every visit is captured again with a second coverage."""
    with night.store.begin() as conn:
        file_id = max(f.id for f in files.list_files(conn))
        for one in known:
            (row,) = visits.of_claims(conn, [one.claim_id])[one.claim_id]
            payer_id = next(name for name in SECOND if name != one.payer_id)
            second = Coverage(payer_id=payer_id, sequence="S", member_id="W00012345")
            visits.save(conn, replace(row.visit, coverages=(row.visit.coverages[0], second)), file_id)


def billed(night: Night) -> dict[int, Claim]:
    """The claims to second payers by the account of the first."""
    with night.store.read() as conn:
        found = {one.claim_id: one.next_claim_id for one in coordination.in_step(conn, Step.BILLED)}
        coded = claims.load_all(conn, [one for one in found.values() if one is not None])
    return {first: coded[second].claim for first, second in found.items() if second is not None}


def in_files(payer: Payer, start: int, *several: list[ClaimPayment]) -> tuple[list[Payment], list[bytes]]:
    """One check and one file for each list; each check on a day of its own, so that a reversal has its place."""
    checks = [remits.check(f"S{start + n}", DAY - dt.timedelta(days=20 - n), found, originator=f"1{start + n:09d}")
              for n, found in enumerate(several) if found]  # fmt: skip
    contents = [remits.file(start + n, one) for n, one in enumerate(checks)]
    payer.random.shuffle(contents)
    return checks, contents


@pytest.mark.parametrize("seed", range(4))
def test_every_receivable_is_what_plain_sums_say(sent: Night, seed: int) -> None:
    payer, oracle, known = Payer(seed), Oracle(), remits.known_claims(sent)
    insure(sent, known)
    bins: list[list[ClaimPayment]] = [[] for _ in range(5)]
    prior: dict[int, ClaimPayment] = {}
    for n, one in enumerate(known):
        decided = prior[one.claim_id] = payer.decide(one.claim, deny=False)
        oracle.first(one.claim_id, decided)
        if payer.random.random() < 0.3:  # crossed over: the second payer answers under the same number
            decided.status_code, decided.crossover_payer = "19", "ANOTHER PLAN"
            add_second(payer, oracle, one.claim_id, after_first(payer, one.claim, decided, f"X{n}"), bins[1:])
        bins[0].append(decided)
    checks, contents = in_files(payer, 100, *bins)
    post(sent, *contents)
    made = bill_next_payers(sent)
    later = billed(sent)
    assert made.billed == len(later) > 0
    again: list[list[ClaimPayment]] = [[] for _ in range(4)]
    for n, (account, claim) in enumerate(later.items()):
        add_second(payer, oracle, account, after_first(payer, claim, prior[account], f"Y{n}"), again)
    more, answers = in_files(payer, 200, *again)
    post(sent, *answers, *payer.random.sample(contents, 2))
    bill_next_payers(sent)
    check_books(sent, known, oracle, [*checks, *more])
    before = (books(sent), whole(sent))
    post(sent, *payer.random.sample([*contents, *answers], 3))
    assert bill_next_payers(sent) == Forwarded()
    assert (books(sent), whole(sent)) == before
    assert inbound.summary(sent, DAY).closes


def add_second(payer: Payer, oracle: Oracle, account: int, clp: ClaimPayment, bins: list[list[ClaimPayment]]) -> None:
    """A second answer: alone, or taken back and given again."""
    bins[0].append(clp)
    oracle.second(account, clp)
    if payer.random.random() < 0.3:
        bins[1].append(remits.reversed_(clp))
        bins[2].append(replace(clp, payer_claim_control_number=f"{clp.payer_claim_control_number}C"))


def check_books(night: Night, known: list[KnownClaim], oracle: Oracle, checks: list[Payment]) -> None:
    found = books(night)
    for one in known:
        here, key = found[one.claim_id], one.claim_id
        assert here.get(Kind.CLEARING, ZERO) == oracle.paid[key]
        assert here.get(Kind.ADJUSTMENT, ZERO) == oracle.written[key]
        assert here.get(Kind.PATIENT, ZERO) == oracle.patient[key]
        rest = one.claim.charge - oracle.paid[key] - oracle.written[key] - oracle.patient[key]
        assert here.get(Kind.PAYER, ZERO) == rest
        assert sum(here.values()) == 0
    everything = whole(night)
    assert sum(everything.values()) == 0
    assert everything.get(Account.CASH, ZERO) == sum(one.amount for one in checks)
    assert Account.CLEARING not in everything
    assert Account.UNAPPLIED not in everything
    with night.store.read() as conn:
        assert postings.unbalanced(conn) == []
