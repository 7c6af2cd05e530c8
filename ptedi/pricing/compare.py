"""Each paid line against its price: as expected, underpaid, overpaid, and which step of the price differs.

The patient's deductible and copay are taken as the payer states them (nobody else knows the plan); coinsurance follows
the contract, or the payer's own rate where the contract leaves it to the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ptedi.money import ZERO, round_cents, usd
from ptedi.pricing import ways
from ptedi.pricing.contract import HUNDRED, Contract, Terms
from ptedi.pricing.fee import NoFee
from ptedi.pricing.paid import PaidLine
from ptedi.pricing.price import Allowed, Paid, allow, settle
from ptedi.pricing.ways import Cause, Way

_HALF_CENT = Decimal("0.005")


class Verdict(StrEnum):
    """What a comparison came to."""

    AS_EXPECTED = "paid as expected"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    NO_CONTRACT = "no contract known"
    NO_RULE = "no rule after another"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One line compared.

    Attributes:
        line: what was billed and decided.
        verdict: `denied` when it was refused and is not what the contract pays: the denial's item has it.
        cause: the step that differs, None when nothing does or nothing can be compared.
        allowed, expected: what the contract allows and pays, None without a price.
        sentence: why, in words and figures.
    """

    line: PaidLine
    verdict: Verdict
    cause: Cause | None = None
    allowed: Decimal | None = None
    expected: Decimal | None = None
    sentence: str = ""

    @property
    def difference(self) -> Decimal:
        """Paid less expected: negative was underpaid."""
        return ZERO if self.expected is None else self.line.paid - self.expected


def compare(lines: Sequence[PaidLine], contract: Contract, terms: Terms, day: date,
            deductible_left: Decimal | None = None) -> list[Comparison]:  # fmt: skip
    """The lines of a patient's day at one payer, in their order.

    Args:
        lines: all lines of the day that the payer decided, of whatever claim and discipline.
        contract: its other terms explain a payment by the wrong year's.
        terms: what holds on the day.
        day: the date of service.
        deductible_left: what the patient can still owe as deductible this year; None leaves it unchecked.
    """
    case = _Day(contract=contract, terms=terms, day=day, left=deductible_left,
                ranked=tuple(one for one in lines if not one.is_refused))  # fmt: skip
    expected = case.expected(ways.AS_AGREED)
    found = [case.judge(one, expected.get(one.line.key)) for one in lines]
    if terms.by_visit:
        found = _as_one(found, terms)
    off = [one for one in found if one.cause is Cause.OTHER]
    if not off:
        return found
    causes = case.explain([one.line for one in off], expected)
    return [_told(one, causes[one.line.line.key]) if one.cause is Cause.OTHER else one for one in found]


def no_contract(line: PaidLine, reason: str) -> Comparison:
    """A line that nothing is known to price."""
    return Comparison(line=line, verdict=Verdict.DENIED if line.is_refused else Verdict.NO_CONTRACT, sentence=reason)


def _as_one(found: list[Comparison], terms: Terms) -> list[Comparison]:
    """A visit paid as one is judged as one: how a payer spreads it over the lines is no difference.

    What is off stands on the first line that was priced.
    """
    priced = [n for n, one in enumerate(found) if one.expected is not None]
    off = sum((found[n].difference for n in priced), ZERO)
    slack = sum((tolerance(terms, found[n].line) for n in priced), ZERO)
    for n in priced:
        one = replace(found[n], verdict=Verdict.AS_EXPECTED, cause=None, sentence="", expected=found[n].line.paid)
        if n == priced[0] and abs(off) > slack:
            verdict = Verdict.UNDERPAID if off < 0 else Verdict.OVERPAID
            one = replace(one, verdict=verdict, cause=Cause.OTHER, expected=one.line.paid - off)
        found[n] = one
    return found


_Expected = tuple[Allowed, Paid] | NoFee


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """A patient's day at a payer."""

    contract: Contract
    terms: Terms
    day: date
    left: Decimal | None
    ranked: tuple[PaidLine, ...]
    known: dict[object, dict[str, Allowed | NoFee]] = field(default_factory=dict)

    def allowed(self, way: Way) -> dict[str, Allowed | NoFee]:
        """What is allowed for each line that is not refused if its price were reckoned this way."""
        key = (way.terms, way.day, way.reduction, way.units)
        if key not in self.known:
            billed = [way.billed(one.line) for one in self.ranked]
            found = allow(billed, way.terms or self.terms, way.day or self.day, way.reduction)
            self.known[key] = {one.key: priced for one, priced in zip(billed, found, strict=True)}
        return self.known[key]

    def expected(self, way: Way) -> dict[str, _Expected]:
        """What each line that is not refused should be paid if its price were reckoned this way."""
        terms, allowed, left = way.terms or self.terms, self.allowed(way), self.left
        found: dict[str, _Expected] = {}
        for one in self.ranked:
            priced = allowed[one.line.key]
            if isinstance(priced, NoFee):
                found[one.line.key] = priced
                continue
            deductible = one.deductible if left is None or way.stated_deductible else min(one.deductible, left)
            left = None if left is None else max(ZERO, left - deductible)
            share = one.coinsurance
            if not way.stated_coinsurance:
                share = own_coinsurance(one, priced.allowed, deductible, terms)
            cuts = way.cuts(terms, by_assistant=one.line.by_assistant)
            found[one.line.key] = priced, settle(priced.allowed, deductible, share, one.copay, cuts)
        return found

    def judge(self, line: PaidLine, expected: _Expected | None) -> Comparison:
        """The verdict on a line, its cause still to be sought."""
        if expected is None:
            return Comparison(line=line, verdict=Verdict.DENIED, sentence="The line was denied.")
        if isinstance(expected, NoFee):
            return no_contract(line, f"No price: {expected.reason}.")
        priced, paid = expected
        off = line.paid - paid.paid
        about = Comparison(line=line, verdict=Verdict.AS_EXPECTED, allowed=priced.allowed, expected=paid.paid)
        if abs(off) <= tolerance(self.terms, line):
            return about
        if line.refused > 0 and off < 0:
            text = f"{usd(line.refused)} of the line was denied."
            return replace(about, verdict=Verdict.DENIED, sentence=text)
        return replace(about, verdict=Verdict.UNDERPAID if off < 0 else Verdict.OVERPAID, cause=Cause.OTHER)

    def explain(self, off: Sequence[PaidLine], base: dict[str, _Expected]) -> dict[str, tuple[Cause, str]]:
        """For each line that differs the first way of reckoning that gives what was paid."""
        found: dict[str, tuple[Cause, str]] = {}
        for way in ways.all_ways(self.contract, self.terms, self.day, off):
            wanted = [one for one in off if one.line.key not in found and self._may_be(way, one)]
            expected = self.expected(way) if wanted else {}
            for one in wanted:
                if self._fits(one, expected[one.line.key], base[one.line.key]):
                    found[one.line.key] = way.cause, way.text
        return {one.line.key: found.get(one.line.key) or self._rate(one, base[one.line.key]) for one in off}

    def _may_be(self, way: Way, line: PaidLine) -> bool:
        """Whether a way is worth reckoning; two at once only when they allow what the payer says it allowed.

        An assistant's line says too little: which reason takes the reduction differs from payer to payer.
        """
        if way.cause is not Cause.SEVERAL or line.line.by_assistant:
            return way.concerns(line.line)
        priced = self.allowed(way)[line.line.key]
        return isinstance(priced, Allowed) and abs(line.allowed - priced.allowed) <= tolerance(self.terms, line)

    def _fits(self, line: PaidLine, expected: _Expected, base: _Expected) -> bool:
        if isinstance(expected, NoFee) or isinstance(base, NoFee):
            return False
        slack = tolerance(self.terms, line)
        return abs(line.paid - expected[1].paid) <= slack < abs(expected[1].paid - base[1].paid)

    def _rate(self, line: PaidLine, base: _Expected) -> tuple[Cause, str]:
        """Nothing explains it: the price itself, when the payer allowed another amount, else something after it."""
        allowed = ZERO if isinstance(base, NoFee) else base[0].allowed
        if abs(line.allowed - allowed) > tolerance(self.terms, line):
            return Cause.RATE, f"the payer allowed {usd(line.allowed)}, the contract {usd(allowed)}"
        return Cause.OTHER, "the payer allowed what the contract says and took something after it"


NOT_COMPARED = frozenset({Verdict.NO_CONTRACT, Verdict.NO_RULE})
"""Paid, but nothing tells what should have been paid."""


def own_coinsurance(line: PaidLine, allowed: Decimal, deductible: Decimal, terms: Terms) -> Decimal:
    """The contract's share of the patient; where plans differ, the share that the payer took of what it allowed."""
    base = allowed - min(deductible, allowed)
    if terms.coinsurance_percent is not None:
        return round_cents(base * terms.coinsurance_percent / HUNDRED)
    of = line.allowed - line.deductible
    if not line.coinsurance or of <= 0 or of == base:
        return line.coinsurance
    return round_cents(base * line.coinsurance / of)


def tolerance(terms: Terms, line: PaidLine) -> Decimal:
    """Dollars of rounding: the contract's for the line, and half a cent for each further unit."""
    return terms.tolerance + _HALF_CENT * max(line.line.units - 1, 0)


def _told(one: Comparison, why: tuple[Cause, str]) -> Comparison:
    cause, text = why
    expected = one.expected or ZERO
    off = f"{one.verdict} by {usd(abs(one.difference))}"
    return replace(one, cause=cause, sentence=f"Paid {usd(one.line.paid)}, expected {usd(expected)}, {off}: {text}.")
