"""Second looks: a payer reverses a claim of an earlier day and corrects it, once up and once down per earlier day.

Down: a line is found to be part of another one; the money is taken back later (PLB WO, opened now with the old claim
number, closed by a payment of a later day).  Up: what was refused is paid after all, within the same check; a claim
that was paid in part comes first.

A replacement (frequency 7) or void (8) that the practice sent is answered by the same two claim payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ptedi.money import ZERO
from ptedi.remittances.model import ClaimPayment, ServicePayment
from ptedi.sandbox import chance
from ptedi.sandbox.adjudication import adjudicate
from ptedi.sandbox.memory import Memory, Remembered
from ptedi.sandbox.payers import claim_number, payer_of
from ptedi.sandbox.refusals import BUNDLED, Decision, Refusal
from ptedi.sandbox.remittance import reversal


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A claim taken back and paid anew; `deferred` is what the payer will take back later."""

    before: Remembered
    after: Remembered
    deferred: Decimal = ZERO

    @property
    def claims(self) -> list[ClaimPayment]:
        """The reversal and then the correction."""
        return [reversal(self.before.payment), self.after.payment]


def corrections(memory: Memory, seed: int, day: date, *, this_day_too: bool) -> Iterator[Correction]:
    """Second looks at every earlier day not looked at yet, remembered as they are made."""
    days = memory.days_before(day) + ([day.isoformat()] if this_day_too else [])
    for earlier in days:
        items = memory.unreviewed(earlier)
        memory.close_day(earlier)
        for choose in (_down, _up):
            change = choose(items, seed)
            if change is None:
                continue
            item, decision = change
            items.remove(item)
            yield _correct(item, decision, memory, seed, day)


def _down(items: list[Remembered], seed: int) -> tuple[Remembered, Decision] | None:
    fit = [i for i in items if len(_paid(i)) > 1]
    if not fit:
        return None
    item = min(fit, key=lambda i: _draw(seed, "down", i))
    return item, Decision(refused={**_refused(item), _paid(item)[-1]: BUNDLED})


def _up(items: list[Remembered], seed: int) -> tuple[Remembered, Decision] | None:
    fit = [i for i in items if _refused(i)]
    if not fit:
        return None
    return min(fit, key=lambda i: (not i.payment.paid, _draw(seed, "up", i))), Decision(refused={})


def _draw(seed: int, purpose: str, item: Remembered) -> tuple[int, str]:
    key = item.claim.patient_control_number
    return chance.number(seed, f"review {purpose}", key, 1 << 64), key


def _results(item: Remembered) -> Iterator[tuple[int, ServicePayment]]:
    """Each line of the payment with the number of the claim's line that it answers."""
    numbers = {line.control_number: line.number for line in item.claim.lines}
    return ((numbers[line.line_control_number], line) for line in item.payment.lines)


def _paid(item: Remembered) -> list[int]:
    return list(dict.fromkeys(number for number, line in _results(item) if line.paid > 0))


def _refused(item: Remembered) -> dict[int, Refusal]:
    """What the first decision refused: a refused line was never priced."""
    found: dict[int, Refusal] = {}
    for number, result in _results(item):
        if result.allowed is None and result.adjustments:
            first = result.adjustments[0]
            found[number] = Refusal(first.group, first.reason, tuple(result.remarks))
    return found


def _correct(item: Remembered, decision: Decision, memory: Memory, seed: int, day: date) -> Correction:
    payer = payer_of(item.claim)
    number = claim_number(payer, item.claim.patient_control_number, f"{day:%y%j}", seed, 1000)
    old = item.payment
    payment = adjudicate(item.claim, payer, number, decision, seed, old.received or day)
    payment.original_reference = old.payer_claim_control_number
    after = replace(item, payment=payment)
    memory.remember(after, day, reviewed=True)
    return Correction(before=item, after=after, deferred=max(old.paid - payment.paid, ZERO))
