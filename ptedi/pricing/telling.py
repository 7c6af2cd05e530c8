"""A price step by step: each step with its figure, how it came about, and where that was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ptedi.findings import counted
from ptedi.money import ZERO
from ptedi.pricing.contract import HUNDRED, Per, Terms
from ptedi.pricing.price import Price

_MANUAL = "Medicare Claims Processing Manual ch.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One step: its name, dollars (what is taken is negative), how, and the source."""

    step: str
    amount: Decimal
    how: str
    source: str


def steps(one: Price, terms: Terms) -> list[Figure]:
    """The steps of a line's price in their order; those that take nothing are left out."""
    found = [*_allowed(one, terms), *_paid(one, terms)]
    return [figure for figure in found if figure.amount or figure.step in ("fee", "allowed", "paid")]


def _allowed(one: Price, terms: Terms) -> Iterator[Figure]:
    priced, unit = one.allowed, one.allowed.unit
    if unit is None:
        yield Figure(step="fee", amount=priced.fee, how="its part of a visit that is paid as one", source=terms.source)
    else:
        times = counted(one.line.units, "unit") if unit.per is Per.UNIT else "a line"
        yield Figure(step="fee", amount=priced.fee, how=f"{times} at {unit.whole}: {unit.text}", source=unit.source)
    whole = f"{'the dearest' if priced.whole_units else 'a dearer'} unit of the day is paid whole"
    yield Figure(step="multiple procedures", amount=-priced.reduction,
                 how=f"half of the practice expense of the other units; {whole}", source=f"{_MANUAL} 10.7")  # fmt: skip
    yield Figure(step="not more than agreed or billed", amount=priced.allowed - priced.fee + priced.reduction,
                 how=f"billed {one.line.charge}", source=terms.source)  # fmt: skip
    yield Figure(step="allowed", amount=priced.allowed, how="what the payer and the patient owe together",
                 source=terms.source)  # fmt: skip


def _paid(one: Price, terms: Terms) -> Iterator[Figure]:
    paid, source = one.paid, terms.source
    yield Figure(step="deductible", amount=-paid.deductible, how="what the patient still owes this year", source=source)
    rate = terms.coinsurance_percent or ZERO
    yield Figure(step="coinsurance", amount=-paid.coinsurance, how=f"{rate} % of what is left", source=source)
    yield Figure(step="copay", amount=-paid.copay, how="for the visit", source=source)
    yield Figure(step="assistant", amount=-paid.assistant, source=f"{_MANUAL} 20.1",
                 how=f"{HUNDRED - terms.assistant_percent} % of what the payer has left to pay")  # fmt: skip
    yield Figure(step="sequestration", amount=-paid.sequestration, source=source,
                 how=f"{terms.sequestration_percent} % of the rest")  # fmt: skip
    yield Figure(step="paid", amount=paid.paid, how="what the payer should pay", source=source)
