"""What people ask about prices: a claim's price step by step beside what was paid, and what payers underpaid."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.claims.model import ServiceLine
from ptedi.money import ZERO, from_cents
from ptedi.pricing.contract import Contract, Terms
from ptedi.pricing.fee import NoFee
from ptedi.pricing.price import Price, price
from ptedi.pricing.telling import Figure, steps
from ptedi.steps import price as comparing
from ptedi.steps.night import Night
from ptedi.store import claims, prices
from ptedi.store.prices import KeptPrice, LinePrice, Underpayment


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStory:
    """One line of a claim: its price step by step (or why there is none) and what holds of its comparison."""

    line: int
    procedure: str
    modifiers: tuple[str, ...]
    units: int
    charge: Decimal
    service_date: date
    figures: tuple[Figure, ...] = ()
    reason: str = ""
    compared: LinePrice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStory:
    """A claim's lines, the contracts that price them, and every comparison ever made."""

    number: str
    payer_id: str
    contracts: tuple[str, ...]
    lines: tuple[LineStory, ...]
    history: tuple[KeptPrice, ...]


def price_story(night: Night, number: str) -> PriceStory | None:
    """The price of a claim, with the deductible and copay that its payer states; None when there is no such claim."""
    night.use_tables()
    agreed = comparing.contracts_of(night)
    with night.store.read() as conn:
        row = claims.by_control_number(conn, number)
        if row is None:
            return None
        found = prices.of_claims(conn, [row.id])[row.id]
        held = {one.line: one for one in sorted(found, key=lambda one: one.payer_id == row.payer_id)}  # the own last
        ids = comparing.of_the_same_days(night, conn, [row.id])
        coded = claims.load_all(conn, ids)
        history = prices.history(conn, row.id)
    by_day: dict[date, list[tuple[int, ServiceLine]]] = defaultdict(list)
    for claim_id in sorted(ids):
        for line in coded[claim_id].claim.lines:
            by_day[line.service_date].append((claim_id, line))
    told: list[LineStory] = []
    used: list[str] = []
    for day, lines in sorted(by_day.items()):
        if any(claim_id == row.id for claim_id, _ in lines):
            terms = agreed.find(row.payer_id, day)
            used += [f"{terms[0].id} {terms[0].version}"] if terms else []
            told += _day(day, lines, row.id, terms, held)
    return PriceStory(number=number, payer_id=row.payer_id, contracts=tuple(dict.fromkeys(used)), lines=tuple(told),
                      history=tuple(history))  # fmt: skip


def _day(day: date, lines: list[tuple[int, ServiceLine]], claim_id: int, found: tuple[Contract, Terms] | None,
         held: dict[int, LinePrice]) -> list[LineStory]:  # fmt: skip
    priced: list[Price | NoFee] = [NoFee(reason="no contract of this payer covers the day") for _ in lines]
    if found is not None:
        owed = sum((from_cents(held[line.number].deductible_cents) for one, line in lines
                    if one == claim_id and line.number in held), ZERO)  # fmt: skip
        priced = price([comparing.billed(one, line) for one, line in lines], found[1], day, deductible=owed)
    return [
        LineStory(
            line=line.number, procedure=line.procedure, modifiers=line.modifiers, units=line.units, charge=line.charge,
            service_date=day, compared=held.get(line.number),
            figures=tuple(steps(one, found[1])) if isinstance(one, Price) and found else (),
            reason=one.reason if isinstance(one, NoFee) else "",
        )
        for (owner, line), one in zip(lines, priced, strict=True) if owner == claim_id
    ]  # fmt: skip


def underpayments(
    night: Night, *, payer: str | None = None, since: date | None = None, until: date | None = None
) -> list[Underpayment]:
    """Underpaid lines by payer, code and step, the most missing first."""
    with night.store.read() as conn:
        return prices.underpayments(conn, since=since, until=until, payer_id=payer)


def verdicts(night: Night) -> dict[str, tuple[int, int]]:
    """Lines and cents of difference by verdict."""
    with night.store.read() as conn:
        return prices.totals(conn)
