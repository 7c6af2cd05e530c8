"""The rank of a work item: amount x chance x urgency, said in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ptedi.findings import counted
from ptedi.money import usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """The rank (higher first) and how it was computed."""

    value: int
    sentence: str


URGENCY = ((7, Decimal(3)), (30, Decimal(2)), (60, Decimal("1.5")))
"""Days left -> factor; the first row that holds."""
TOO_LATE = Decimal("0.1")


def urgency(days_left: int | None) -> Decimal:
    """3 in the last week, 2 in the last month, 1.5 in the last two, else 1; 0.1 when it is too late."""
    if days_left is None:
        return Decimal(1)
    if days_left < 0:
        return TOO_LATE
    return next((factor for days, factor in URGENCY if days_left <= days), Decimal(1))


def priority(amount: Decimal, chance: int, days_left: int | None) -> Priority:
    """The rank of an amount at stake with a chance in percent and so many days left."""
    factor = urgency(days_left)
    value = int((abs(amount) * chance / 100 * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    when = "no known deadline" if days_left is None else f"{counted(days_left, 'day')} left"
    when = "past its deadline" if days_left is not None and days_left < 0 else when
    sentence = f"{usd(abs(amount))} at stake x {chance} % chance x {factor} urgency ({when}) = {value}"
    return Priority(value=value, sentence=sentence)
