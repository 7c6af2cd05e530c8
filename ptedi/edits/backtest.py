"""What an edit would have done: replayed over claims whose outcome is known.

An edit earns its place by denials it would have stopped; it costs paid claims that it would have held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ptedi.claims.model import CodedClaim, Practice, Visit
from ptedi.edits.history import History
from ptedi.edits.registry import EDITS
from ptedi.edits.runner import scrub
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
class Backtest:
    """The result of a replay.

    Attributes:
        code: the edit.
        claims: claims looked at; found: claims in which the edit finds something.
        stopped: denied claims it would have stopped; stopped_amount: what was denied on them, on the lines it names.
        missed: denied claims it says nothing of.
        held_paid: claims it would have held although nothing on them was denied; held_amount: what they were paid.
        reasons: denial reasons of the stopped claims and how often.
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
    claims = found = stopped = missed = held = 0
    amount, held_amount = ZERO, ZERO
    reasons: dict[str, int] = {}
    for one in past:
        profile = profiles.get(one.coded.payer_id)
        if profile is None:
            continue
        claims += 1
        hits = scrub(one.coded, one.visit, practice, profile, one.history, only=(edit.code,))
        denials = one.denied
        if not hits:
            missed += bool(denials)
            continue
        found += 1
        lines = {hit.line for hit in hits}
        if denials:
            stopped += 1
            named = [d for d in denials if None in lines or d.line in lines or d.line == 0]
            amount += sum((d.amount for d in named), ZERO)
            for reason in {f"{d.group}-{d.reason}" for d in denials}:
                reasons[reason] = reasons.get(reason, 0) + 1
        elif one.paid > 0:
            held += 1
            held_amount += one.paid
    ranked = tuple(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])))
    return Backtest(code=code, claims=claims, found=found, stopped=stopped, stopped_amount=amount, missed=missed,
                    held_paid=held, held_amount=held_amount, reasons=ranked)
