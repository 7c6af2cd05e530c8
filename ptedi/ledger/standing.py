"""What stands of all that payers ever said of a claim: reversals cancel their originals, whichever came first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ptedi.ledger.posting import mirrors
from ptedi.money import ZERO
from ptedi.remittances.model import ClaimPayment

NOTICES = frozenset({"23", "25"})
"""CLP02 of what decides nothing and moves no money: forwarded unprocessed, pricing only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjudication:
    """One claim payment with the day of its check; `id` is the store's.

    `assigned`: our line number by the place of a line of it (from 1), where a person said which it is.
    """

    id: int
    paid_on: date
    clp: ClaimPayment
    assigned: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The result of a claim.

    Attributes:
        valid: adjudications that hold now, oldest check first.
        cancelled: originals that a reversal took back.
        unpaired: reversals of something that is not posted.
        reversed: something was taken back and nothing has come in its place.
    """

    valid: tuple[Adjudication, ...]
    cancelled: tuple[Adjudication, ...]
    unpaired: tuple[Adjudication, ...]

    @property
    def reversed(self) -> bool:
        """Whether the claim waits for the correction of a reversal."""
        return not self.valid and bool(self.cancelled or self.unpaired)


def standing(
    adjudications: Sequence[Adjudication], charge: Decimal, *, all_results: bool = False, notices: bool = False
) -> Standing:  # fmt: skip
    """What holds of a claim with this charge, the same in whatever order the files came.

    With `all_results` older results that newer ones replace are among the valid too.  What only informs replaces
    nothing that was decided and is not among them, but with `notices`.
    """
    ordered = sorted(adjudications, key=lambda a: (a.paid_on, a.clp.payer_claim_control_number, a.id))
    results = [a for a in ordered if not a.clp.is_reversal]
    cancelled, unpaired = [], []
    for reversal in (a for a in ordered if a.clp.is_reversal):
        original = _original(reversal, results)
        if original is None:
            unpaired.append(reversal)
        else:
            results.remove(original)
            cancelled.append(original)
    results = [a for a in results if notices or a.clp.status_code not in NOTICES]
    valid = tuple(results) if all_results else _newest(results, charge)
    return Standing(valid=valid, cancelled=tuple(cancelled), unpaired=tuple(unpaired))


def original_of(reversal: ClaimPayment, before: Sequence[Adjudication]) -> Adjudication | None:
    """The posted result that a reversal takes back and no earlier reversal has taken back, or None."""
    open_results = standing([*before], ZERO, all_results=True, notices=True).valid
    return _original(Adjudication(id=0, paid_on=date.min, clp=reversal), open_results)


def _original(reversal: Adjudication, results: Sequence[Adjudication]) -> Adjudication | None:
    """The result that a reversal takes back: same figures, the payer's same number first, the oldest first."""
    fitting = [a for a in results if mirrors(a.clp, reversal.clp)]
    number = reversal.clp.payer_claim_control_number
    return next((a for a in fitting if a.clp.payer_claim_control_number == number), next(iter(fitting), None))


def _newest(results: Sequence[Adjudication], charge: Decimal) -> tuple[Adjudication, ...]:
    """The newest results that together do not exceed the charge: a second answer replaces the first, parts stay."""
    kept: list[Adjudication] = []
    covered = ZERO
    for one in reversed(results):
        if kept and covered + one.clp.charge > charge:
            continue
        kept.append(one)
        covered += one.clp.charge
    return tuple(reversed(kept))
