"""The price of a visit's lines, in the order of the Medicare manual, each step rounded to the cent on its line.

    fee                    listed, or (work + practice + malpractice) x conversion factor
    multiple procedures    of all therapy units of the day the one with the most practice expense whole
    allowed                never more than was billed, where the contract says so
    deductible, coinsurance, copay
    assistant              a percent of what the payer has left to pay (CQ, CO)
    sequestration          a percent of the rest

Source: Medicare Claims Processing Manual ch.5 10.7 and 20.1; 42 USC 1395m(k)(7), 1395m(v).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ptedi.money import ZERO, cents, from_cents, round_cents
from ptedi.pricing.contract import HUNDRED, Per, Terms
from ptedi.pricing.fee import Fee, NoFee, fee, twice_reduced

ASSISTANT = frozenset({"CQ", "CO"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """A line to be priced; `key` tells it from the other lines of the day."""

    key: str
    procedure: str
    modifiers: tuple[str, ...] = ()
    units: int
    charge: Decimal

    @property
    def by_assistant(self) -> bool:
        """Whether an assistant furnished it."""
        return bool(ASSISTANT.intersection(self.modifiers))


class Reduction(StrEnum):
    """How multiple procedures are reduced: as they should be, or in one of the ways that payers get wrong."""

    DEAREST_WHOLE = "dearest unit whole"
    NONE = "no unit reduced"
    EVERY = "every unit reduced"
    ONE_OF_EACH = "one unit of each line whole"
    TWICE = "reduced twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a contract allows for a line.

    Attributes:
        fee: dollars of its units without reduction.
        reduction: what multiple procedures take.
        allowed: what is left, never more than was billed where the contract says so.
        whole_units: how many of its units are paid whole.
        unit: the fee it stands on, None where a visit is paid as one.
    """

    key: str
    fee: Decimal
    reduction: Decimal
    allowed: Decimal
    whole_units: int
    unit: Fee | None = None


def allow(lines: Sequence[Billed], terms: Terms, day: date, how: Reduction = Reduction.DEAREST_WHOLE,
          ) -> list[Allowed | NoFee]:  # fmt: skip
    """What is allowed for each line of a patient's day, in their order; a line without a price says why.

    Lines of all claims of the day belong here, whatever the discipline: their units are ranked together.
    """
    units = _paid_units(lines, terms, day)
    fees = [fee(terms, day, line.procedure, line.modifiers, line.charge) for line in lines]
    first = _dearest(fees, units)
    found: list[Allowed | NoFee] = []
    for place, (line, unit, count) in enumerate(zip(lines, fees, units, strict=True)):
        whole = _whole_units(unit, count, place == first, how)
        found.append(unit if isinstance(unit, NoFee) else _line(line, unit, count, whole, terms, how))
    return _by_visit(lines, found, terms) if terms.by_visit else found


def _dearest(fees: Sequence[Fee | NoFee], units: Sequence[int]) -> int | None:
    """The line with the unit that is paid whole: most practice expense, then highest fee, then first."""
    ranked = [(unit.practice, unit.whole, -place) for place, unit in enumerate(fees)
              if isinstance(unit, Fee) and unit.practice is not None and units[place]]  # fmt: skip
    return -max(ranked)[2] if ranked else None


def _whole_units(unit: Fee | NoFee, count: int, is_first: bool, how: Reduction) -> int:
    if isinstance(unit, NoFee) or unit.practice is None or how is Reduction.NONE:
        return count
    if how is Reduction.ONE_OF_EACH:
        return min(count, 1)
    return 1 if is_first and how is not Reduction.EVERY else 0


def _line(line: Billed, unit: Fee, count: int, whole: int, terms: Terms, how: Reduction) -> Allowed:
    times = 1 if unit.per is Per.LINE and count else count
    whole = min(whole, times)
    reduced = twice_reduced(unit) if how is Reduction.TWICE else unit.reduced
    full = unit.whole * times
    allowed = unit.whole * whole + reduced * (times - whole)
    if terms.lesser_of:
        allowed = min(allowed, line.charge)
    return Allowed(key=line.key, fee=full, reduction=(unit.whole - reduced) * (times - whole), allowed=allowed,
                   whole_units=whole, unit=unit)  # fmt: skip


def _paid_units(lines: Sequence[Billed], terms: Terms, day: date) -> list[int]:
    """The units that are priced: all, or the dearest up to the contract's limit for a visit."""
    units = [line.units for line in lines]
    if not terms.units_per_day or sum(units) <= terms.units_per_day:
        return units
    fees = [fee(terms, day, line.procedure, line.modifiers, line.charge) for line in lines]
    order = sorted(range(len(lines)), key=lambda n: (-_worth(fees[n]), n))
    left = terms.units_per_day
    for place in order:
        units[place] = min(units[place], left)
        left -= units[place]
    return units


def _worth(unit: Fee | NoFee) -> Decimal:
    return ZERO if isinstance(unit, NoFee) else unit.whole


def _by_visit(lines: Sequence[Billed], found: list[Allowed | NoFee], terms: Terms) -> list[Allowed | NoFee]:
    """Lines of a visit that is paid as one share its price by what was charged."""
    inside = [n for n, line in enumerate(lines) if terms.per_visit is not None
              and line.procedure not in terms.per_visit_except]  # fmt: skip
    if terms.per_visit is not None and inside:
        charged = sum((lines[n].charge for n in inside), ZERO)
        total = min(terms.per_visit, charged) if terms.lesser_of else terms.per_visit
        for n, part in zip(inside, _shared(total, [lines[n].charge for n in inside]), strict=True):
            found[n] = Allowed(key=lines[n].key, fee=part, reduction=ZERO, allowed=part, whole_units=lines[n].units)
    priced = [(n, one) for n, one in enumerate(found) if isinstance(one, Allowed)]
    total = sum((one.allowed for _, one in priced), ZERO)
    if terms.per_visit_most is not None and total > terms.per_visit_most:
        parts = _shared(terms.per_visit_most, [one.allowed for _, one in priced])
        for (n, one), part in zip(priced, parts, strict=True):
            found[n] = replace(one, allowed=part)
    return found


def _shared(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """A total in parts by weight, to the cent; the cents that are left go to the largest remainders."""
    weights = weights if any(weights) else [HUNDRED] * len(weights)
    whole = sum(weights, ZERO)
    exact = [total * one / whole * 100 for one in weights]
    parts = [int(one) for one in exact]
    nearest = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in nearest[: cents(total) - sum(parts)]:
        parts[n] += 1
    return [from_cents(one) for one in parts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What becomes of an allowed amount: the patient's part, what is cut, what the payer pays."""

    deductible: Decimal
    coinsurance: Decimal
    copay: Decimal
    assistant: Decimal
    sequestration: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """The percents that are paid of the payer's part: to assistants, and taken at the end."""

    assistant: Decimal
    sequestration: Decimal
    of_allowed: bool = False

    @classmethod
    def of(cls, terms: Terms, by_assistant: bool) -> Cuts:
        """Those of a contract for a line."""
        return cls(assistant=HUNDRED - terms.assistant_percent if by_assistant else ZERO,
                   sequestration=terms.sequestration_percent)  # fmt: skip


def settle(allowed: Decimal, deductible: Decimal, coinsurance: Decimal, copay: Decimal, cuts: Cuts) -> Paid:
    """What is paid of an allowed amount after the patient's part in dollars.

    No part is more than what is left: a deductible of 50 takes 36.62 of a line of 36.62.
    """
    deductible = min(deductible, allowed)
    coinsurance = min(coinsurance, allowed - deductible)
    copay = min(copay, allowed - deductible - coinsurance)
    left = allowed - deductible - coinsurance - copay
    assistant = min(left, round_cents((allowed if cuts.of_allowed else left) * cuts.assistant / HUNDRED))
    sequestration = round_cents((left - assistant) * cuts.sequestration / HUNDRED)
    return Paid(deductible=deductible, coinsurance=coinsurance, copay=copay, assistant=assistant,
                sequestration=sequestration, paid=left - assistant - sequestration)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One line with its price."""

    line: Billed
    allowed: Allowed
    paid: Paid


def price(lines: Sequence[Billed], terms: Terms, day: date, *, deductible: Decimal = ZERO, copay: Decimal = ZERO,
          ) -> list[Price | NoFee]:  # fmt: skip
    """The price of a patient's day before it is billed.

    Args:
        lines: everything done that day.
        terms: what the payer agreed to.
        day: the date of service.
        deductible: dollars the patient still owes this year, taken from the lines in their order.
        copay: dollars the patient owes for the visit, taken alike.
    """
    found: list[Price | NoFee] = []
    for line, one in zip(lines, allow(lines, terms, day), strict=True):
        if isinstance(one, NoFee):
            found.append(one)
            continue
        rate = terms.coinsurance_percent or ZERO
        share = round_cents((one.allowed - min(deductible, one.allowed)) * rate / HUNDRED)
        paid = settle(one.allowed, deductible, share, copay, Cuts.of(terms, line.by_assistant))
        deductible, copay = deductible - paid.deductible, copay - paid.copay
        found.append(Price(line=line, allowed=one, paid=paid))
    return found
