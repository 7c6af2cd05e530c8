"""What an edit would have done: replayed over claims whose outcome is known.

An edit earns its place by denials it would have stopped; it costs paid claims that it would have held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.claims.model import CodedClaim, Practice, Visit
from ptedi.edits.history import History
from ptedi.edits.registry import EDITS
from ptedi.edits.runner import scrub
from ptedi.findings import Finding
from ptedi.money import ZERO
from ptedi.payers.profile import PayerProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """An adjustment that refused a line (`remittances.outcome.is_denying`); line 0 for the whole claim."""

    line: int
    group: str
    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A billed claim with what the payer made of it: what it paid and what it refused, if anything."""

    coded: CodedClaim
    visit: Visit
    history: History
    paid: Decimal
    denied: tuple[Denied, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A past claim in which the edit finds something.

    Attributes:
        claim: CLM01; service_date, payer_id: of the claim.
        amount: what was denied on the lines it names, or what was paid for the claim it would have held.
        reasons: the denials, as `CO-97`; none on a paid claim.
        says: what the edit says of it.
    """

    claim: str
    service_date: date
    payer_id: str
    amount: Decimal
    reasons: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """The result of a replay.

    Attributes:
        code: the edit.
        claims: claims looked at; found: claims in which the edit finds something.
        stopped: denied claims it would have stopped; stopped_amount: what was denied on them, on the lines it names.
        missed: denied claims it says nothing of.
        held_paid: claims it would have held although nothing on them was denied; held_amount: what they were paid.
        reasons: denial reasons of the stopped claims and how often.
        stopped_claims, held_claims: those claims themselves, dearest first.
    """

    code: str
    claims: int
    found: int
    stopped: int
    stopped_amount: Decimal
    missed: int
    held_paid: int
    held_amount: Decimal
    reasons: tuple[tuple[str, int], ...]
    stopped_claims: tuple[Hit, ...] = ()
    held_claims: tuple[Hit, ...] = ()

    @property
    def precision(self) -> float | None:
        """Share of its findings on claims that were denied; None when it found nothing."""
        return self.stopped / self.found if self.found else None


def replay(code: str, past: Iterable[Outcome], practice: Practice, profiles: Mapping[str, PayerProfile]) -> Backtest:
    """Runs one edit, even a retired one, over past claims.

    Raises:
        KeyError: there is no such edit.
    """
    edit = EDITS[code]
    claims = missed = found = 0
    stopped: list[Hit] = []
    held: list[Hit] = []
    for one in past:
        profile = profiles.get(one.coded.payer_id)
        if profile is None:
            continue
        claims += 1
        hits = scrub(one.coded, one.visit, practice, profile, one.history, only=(edit.code,))
        found += bool(hits)
        if one.denied:
            stopped += [_hit(one, hits, _denied_on(one, hits))] if hits else []
            missed += not hits
        elif hits and one.paid > 0:
            held.append(_hit(one, hits, one.paid))
    return Backtest(
        code=code, claims=claims, found=found, stopped=len(stopped), stopped_amount=_sum(stopped), missed=missed,
        held_paid=len(held), held_amount=_sum(held), reasons=_ranked(stopped), stopped_claims=_dearest(stopped),
        held_claims=_dearest(held),
    )  # fmt: skip


def _hit(one: Outcome, hits: Sequence[Finding], amount: Decimal) -> Hit:
    return Hit(claim=one.coded.claim.patient_control_number, service_date=one.coded.service_date,
               payer_id=one.coded.payer_id, amount=amount, says=hits[0].message,
               reasons=tuple(sorted({f"{d.group}-{d.reason}" for d in one.denied})))  # fmt: skip


def _denied_on(one: Outcome, hits: Sequence[Finding]) -> Decimal:
    """What was denied on the lines that the edit names, or on the whole claim."""
    lines = {hit.line for hit in hits}
    return sum((d.amount for d in one.denied if None in lines or d.line in lines or d.line == 0), ZERO)


def _sum(several: Iterable[Hit]) -> Decimal:
    return sum((hit.amount for hit in several), ZERO)


def _dearest(several: Iterable[Hit]) -> tuple[Hit, ...]:
    return tuple(sorted(several, key=lambda hit: (-hit.amount, hit.claim)))


def _ranked(stopped: Iterable[Hit]) -> tuple[tuple[str, int], ...]:
    counts = Counter(reason for hit in stopped for reason in hit.reasons)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
