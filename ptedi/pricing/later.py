"""A line that another payer decided before: what the later one owes of what was left.

A contract says by which rule (`after_others`); one that says nothing is not guessed at.  What the later payer leaves to
the patient (its deductible, its copay) is taken as it states it, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from ptedi.money import ZERO, round_cents, usd
from ptedi.pricing.compare import Comparison, Verdict, no_contract, own_coinsurance, tolerance
from ptedi.pricing.contract import HUNDRED, AfterOthers, Terms
from ptedi.pricing.fee import NoFee
from ptedi.pricing.paid import PaidLine
from ptedi.pricing.price import Allowed, Cuts, allow, settle
from ptedi.pricing.ways import Cause
from ptedi.remittances.balance import AFTER_ALLOWED
from ptedi.remittances.outcome import refuses

_OWN_SHARE = frozenset({"1", "2", "3", "66"})


class Said(Protocol):
    """An adjustment, of an 835 or of a 2430."""

    @property
    def group(self) -> str:
        """CAS01."""

    @property
    def reason(self) -> str:
        """CARC."""

    @property
    def amount(self) -> Decimal:
        """Dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What the payers before made of a line.

    Attributes:
        paid: what they paid, all together.
        allowed: what the first of them allowed: its payment and what it left to the patient.
        share: what the last of them left to the patient as deductible, coinsurance and copay.
        denied: what they refused, so that nothing was left to share.
    """

    paid: Decimal
    allowed: Decimal
    share: Decimal
    denied: Decimal = ZERO


def left(charge: Decimal, decisions: Sequence[tuple[Decimal, Sequence[Said]]]) -> Left:
    """What is left of a charge after the decisions of the payers before, the first one first: payment, adjustments."""
    first, last = decisions[0][1], decisions[-1][1]
    priced = sum((a.amount for a in first if a.group != "PR" and a.reason not in AFTER_ALLOWED), ZERO)
    share = sum((a.amount for a in last if a.group == "PR" and a.reason in _OWN_SHARE), ZERO)
    denied = sum((a.amount for a in last if refuses(a.group, a.reason) and a.reason not in AFTER_ALLOWED
                  and not (a.group == "PR" and a.reason in _OWN_SHARE)), ZERO)  # fmt: skip
    return Left(paid=sum((paid for paid, _ in decisions), ZERO), allowed=charge - priced, share=share, denied=denied)


def compare_later(lines: Sequence[PaidLine], before: Mapping[str, Left], terms: Terms, day: date) -> list[Comparison]:
    """The lines of a patient's day at a payer who comes after others, in their order.

    Args:
        lines: all lines of the day that this payer decided so.
        before: by the line's key what the payers before made of it; one that is missing was not told line by line.
        terms: what holds on the day.
        day: the date of service.
    """
    allowed = dict(zip((one.line.key for one in lines), allow([one.line for one in lines], terms, day), strict=True))
    return [_judged(one, before.get(one.line.key), allowed[one.line.key], terms) for one in lines]


def _judged(line: PaidLine, before: Left | None, own: Allowed | NoFee, terms: Terms) -> Comparison:
    if line.is_refused:
        return Comparison(line=line, verdict=Verdict.DENIED, sentence="The line was denied.")
    why = _not_told(before, own, terms)
    if why or before is None:
        return Comparison(line=line, verdict=Verdict.NO_RULE, sentence=why)
    limits = list(_limits(line, before, own, terms))
    amount, said = min(limits, key=lambda one: one[0])
    whole = max(ZERO, amount)
    expected = whole - round_cents(whole * terms.sequestration_percent / HUNDRED)
    about = Comparison(line=line, verdict=Verdict.AS_EXPECTED, expected=expected,
                       allowed=None if isinstance(own, NoFee) else own.allowed)  # fmt: skip
    off = line.paid - expected
    if abs(off) <= tolerance(terms, line):
        return about
    if line.refused > 0 and off < 0:
        return replace(about, verdict=Verdict.DENIED, sentence=f"{usd(line.refused)} of the line was denied.")
    return _told(about, off, whole, said, terms)


def _not_told(before: Left | None, own: Allowed | NoFee, terms: Terms) -> str:
    """Why nothing can be expected, "" when something can."""
    if terms.after_others is AfterOthers.NOT_TOLD:
        return f"The contract does not say what is paid after another payer (after_others; {terms.source})."
    if before is None:
        return "What the payer before decided is not told line by line."
    if before.denied:
        return f"The payer before denied {usd(before.denied)} of the line: no rule says what is owed of that."
    if isinstance(own, NoFee) and terms.after_others is not AfterOthers.PATIENT_SHARE:
        return f"No price: {own.reason}."
    return ""


_Limit = tuple[Decimal, str]


def _limits(line: PaidLine, before: Left, own: Allowed | NoFee, terms: Terms) -> Iterator[_Limit]:
    """What is owed at the most, each limit with its words; the lowest holds."""
    kept = line.deductible + line.copay + (line.coinsurance if terms.coinsurance_percent is None else ZERO)
    share = f"the patient's share of {usd(before.share)} that was left"
    if terms.after_others is not AfterOthers.MEDICARE:
        yield before.share - kept, share + (f", less {usd(kept)} that its plan leaves" if kept else "")
    if terms.after_others is AfterOthers.PATIENT_SHARE or isinstance(own, NoFee):
        return
    alone = _alone(line, own.allowed, terms)
    if terms.after_others is AfterOthers.OWN_LESS_PAID:
        yield alone - before.paid, f"{usd(alone)} that it pays alone, less {usd(before.paid)} paid before"
        return
    yield alone, f"{usd(alone)} that it pays alone"
    if terms.after_others is AfterOthers.MEDICARE:
        yield before.allowed - before.paid, f"{usd(before.allowed)} to be accepted, less {usd(before.paid)} paid before"
        higher = max(own.allowed, before.allowed)
        yield higher - before.paid, f"the higher allowed amount of {usd(higher)}, less {usd(before.paid)} paid before"


def _alone(line: PaidLine, allowed: Decimal, terms: Terms) -> Decimal:
    """What the payer would pay were it the only one, before sequestration."""
    deductible = min(line.deductible, allowed)
    share = own_coinsurance(line, allowed, deductible, terms)
    cuts = replace(Cuts.of(terms, line.line.by_assistant), sequestration=ZERO)
    return settle(allowed, deductible, share, line.copay, cuts).paid


def _told(one: Comparison, off: Decimal, whole: Decimal, said: str, terms: Terms) -> Comparison:
    verdict = Verdict.UNDERPAID if off < 0 else Verdict.OVERPAID
    cause = Cause.PRIOR
    if terms.sequestration_percent and abs(one.line.paid - whole) <= terms.tolerance:
        cause, said = Cause.SEQUESTRATION, f"sequestration of {terms.sequestration_percent} % was not taken"
    expected = one.expected or ZERO
    return replace(one, verdict=verdict, cause=cause, sentence=f"Paid {usd(one.line.paid)}, expected {usd(expected)}, "
                   f"{verdict} by {usd(abs(off))}: after the payer before it owes {said}.")  # fmt: skip


def cannot_tell(lines: Iterable[PaidLine], reason: str) -> list[Comparison]:
    """Lines of a later payer without a contract."""
    return [no_contract(one, reason) for one in lines]
