"""The ways in which a payer reckons a price wrongly, tried one after the other, then two at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ptedi.codes import locality, table
from ptedi.money import ZERO
from ptedi.pricing.contract import HUNDRED, Basis, Contract, Terms
from ptedi.pricing.paid import PaidLine
from ptedi.pricing.price import Billed, Cuts, Reduction


class Cause(StrEnum):
    """The step of a price that differs."""

    MPPR = "multiple procedures"
    SEQUESTRATION = "sequestration"
    ASSISTANT = "assistant"
    UNITS = "units"
    COINSURANCE = "coinsurance"
    DEDUCTIBLE = "deductible"
    LOCALITY = "locality"
    YEAR = "year"
    RATE = "rate"
    PRIOR = "payer before"
    SEVERAL = "several"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of reckoning: what is done otherwise than agreed.

    Attributes:
        cause, text: the step, and what was done to it in words.
        reduction: multiple procedures.
        terms, day: terms of another year or place, None for those that hold.
        sequestration, assistant: percents taken instead of the agreed ones, None for the agreed.
        of_allowed: the assistant's percent is taken of what is allowed, not of the payer's part.
        stated_coinsurance, stated_deductible: as the payer states it, right or wrong.
        units: line and number of units paid instead.
    """

    cause: Cause
    text: str
    reduction: Reduction = Reduction.DEAREST_WHOLE
    terms: Terms | None = None
    day: date | None = None
    sequestration: Decimal | None = None
    assistant: Decimal | None = None
    of_allowed: bool = False
    stated_coinsurance: bool = False
    stated_deductible: bool = False
    units: tuple[str, int] | None = None

    def billed(self, line: Billed) -> Billed:
        """The line as it is priced this way."""
        if self.units is None or self.units[0] != line.key:
            return line
        return replace(line, units=self.units[1])

    def concerns(self, line: Billed) -> bool:
        """Whether a line can differ this way."""
        return self.units is None or self.units[0] == line.key

    def cuts(self, terms: Terms, *, by_assistant: bool) -> Cuts:
        """What is taken of the payer's part of a line."""
        agreed = Cuts.of(terms, by_assistant)
        return Cuts(assistant=agreed.assistant if self.assistant is None else self.assistant,
                    sequestration=agreed.sequestration if self.sequestration is None else self.sequestration,
                    of_allowed=self.of_allowed)  # fmt: skip


AS_AGREED = Way(cause=Cause.OTHER, text="as agreed")
_REDUCTIONS = (
    Way(cause=Cause.MPPR, text="every unit was reduced, also the dearest of the day", reduction=Reduction.EVERY),
    Way(cause=Cause.MPPR, text="the reduction was taken twice", reduction=Reduction.TWICE),
    Way(cause=Cause.MPPR, text="a unit that is not the dearest of the day was paid whole",
        reduction=Reduction.ONE_OF_EACH),
    Way(cause=Cause.MPPR, text="no unit was reduced", reduction=Reduction.NONE),
)


def all_ways(contract: Contract, terms: Terms, day: date, off: Sequence[PaidLine]) -> Iterator[Way]:
    """Every way worth trying for the lines that differ, the likeliest first."""
    single = [*_of_reduction(terms), *_of_cuts(terms, off), *_of_shares(terms)]
    yield from single
    yield from _of_units(off)
    places = [*_of_years(contract, terms, day), *_of_places(terms, day)]
    yield from places
    for number, one in enumerate(single):
        for two in (*single[number + 1 :], *places):
            if one.cause is not two.cause:
                yield _both(one, two)


def _of_reduction(terms: Terms) -> Iterator[Way]:
    if terms.mppr:
        yield from _REDUCTIONS


def _of_cuts(terms: Terms, off: Sequence[PaidLine]) -> Iterator[Way]:
    agreed = terms.sequestration_percent
    for percent in sorted({ZERO, Decimal(2), 2 * agreed} - {agreed}):
        yield Way(cause=Cause.SEQUESTRATION, sequestration=percent,
                  text=f"sequestration of {percent} % was taken, not {agreed} %")  # fmt: skip
    cut = HUNDRED - terms.assistant_percent
    if any(one.line.by_assistant for one in off) and cut:
        yield Way(cause=Cause.ASSISTANT, assistant=ZERO, text="the assistant's reduction was not taken")
        yield Way(cause=Cause.ASSISTANT, of_allowed=True,
                  text="the assistant's reduction was taken of what is allowed, not of the payer's part")  # fmt: skip
    cut = cut or Decimal(15)
    yield Way(cause=Cause.ASSISTANT, assistant=cut, text=f"an assistant's reduction of {cut} % was taken, none is due")


def _of_shares(terms: Terms) -> Iterator[Way]:
    if terms.deductible is not None:
        yield Way(cause=Cause.DEDUCTIBLE, stated_deductible=True,
                  text=f"more deductible was taken than the {terms.deductible} of a year")  # fmt: skip
    if terms.coinsurance_percent is not None:
        yield Way(cause=Cause.COINSURANCE, stated_coinsurance=True,
                  text=f"coinsurance is not {terms.coinsurance_percent} %")  # fmt: skip


def _of_units(off: Sequence[PaidLine]) -> Iterator[Way]:
    for one in off:
        billed = one.line.units
        for units in (*range(billed - 1, 0, -1), billed + 1):
            yield Way(cause=Cause.UNITS, units=(one.line.key, units), text=f"{units} of {billed} units were paid")


def _of_years(contract: Contract, terms: Terms, day: date) -> Iterator[Way]:
    for other in contract.terms:
        if other is not terms:
            yield Way(cause=Cause.YEAR, terms=other, text=f"the terms from {other.effective_from} were used",
                      day=min(max(day, other.effective_from), other.effective_to))  # fmt: skip
    if terms.basis is Basis.MEDICARE:
        for other_day in (date(day.year, 1, 1), date(day.year, 12, 31), date(day.year - 1, 12, 31)):
            yield Way(cause=Cause.YEAR, day=other_day, text=f"the fee schedule of {other_day} was used")


def _of_places(terms: Terms, day: date) -> Iterator[Way]:
    if terms.basis is Basis.MEDICARE:
        yield from _elsewhere(terms, day)


@table.remembered
def _elsewhere(terms: Terms, day: date) -> tuple[Way, ...]:
    return tuple(
        Way(cause=Cause.LOCALITY, terms=replace(terms, locality=one.locality),
            text=f"the fee of locality {one.locality} ({one.name}) was used")
        for one in locality.all_on(day) if one.locality != terms.locality
    )  # fmt: skip


def _both(one: Way, two: Way) -> Way:
    """Two ways at once."""
    return replace(
        one, cause=Cause.SEVERAL, text=f"{one.text}, and {two.text}", terms=two.terms, day=two.day,
        sequestration=one.sequestration if two.sequestration is None else two.sequestration,
        assistant=one.assistant if two.assistant is None else two.assistant,
        of_allowed=one.of_allowed or two.of_allowed,
        stated_coinsurance=one.stated_coinsurance or two.stated_coinsurance,
        stated_deductible=one.stated_deductible or two.stated_deductible,
    )  # fmt: skip
