"""The fee of one unit under some terms: listed, by Medicare's relative values, or by what was charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.codes import locality, table, therapy
from ptedi.money import ZERO, round_cents
from ptedi.pricing.contract import HUNDRED, Basis, Per, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What one unit (or one line) of a code is paid.

    Attributes:
        whole: dollars of a unit without reduction.
        reduced: dollars of a unit whose practice expense is paid by half, the same as `whole` without MPPR.
        practice: what units are ranked by for MPPR, None for a code that is always paid whole.
        per: whether the amount is for a unit or a line.
        text: how it came about, in words; source: where it was read.
    """

    whole: Decimal
    reduced: Decimal
    practice: Decimal | None
    per: Per
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFee:
    """Why a code has no price under some terms."""

    reason: str


def fee(terms: Terms, day: date, procedure: str, modifiers: Sequence[str], charge: Decimal) -> Fee | NoFee:
    """The fee of a code on a date of service; `charge` is what the line was billed at."""
    listed = _listed(terms, procedure, tuple(modifiers))
    if listed is not None:
        return _capped(terms, procedure, listed)
    if terms.basis is Basis.MEDICARE:
        found = _medicare(terms, day, procedure)
    elif terms.basis is Basis.CHARGES:
        amount = round_cents(charge * terms.percent / HUNDRED)
        found = Fee(whole=amount, reduced=amount, practice=None, per=Per.LINE, source=terms.source,
                    text=f"{terms.percent} % of {charge} billed")  # fmt: skip
    else:
        found = NoFee(reason=f"the contract has no price for {procedure}")
    return found if isinstance(found, NoFee) else _capped(terms, procedure, found)


@table.remembered
def _listed(terms: Terms, procedure: str, modifiers: tuple[str, ...]) -> Fee | None:
    rates = terms.rates
    rate = next((rates[key] for key in (f"{procedure}-{m}" for m in modifiers) if key in rates), rates.get(procedure))
    if rate is None:
        return None
    practice = rate.practice if terms.mppr else None
    return Fee(whole=rate.amount, reduced=_halved(rate.amount, practice), practice=practice, per=rate.per,
               text=f"listed {rate.amount}" + (f", practice expense {practice} of it" if practice else ""),
               source=terms.source)  # fmt: skip


def _halved(whole: Decimal, practice: Decimal | None) -> Decimal:
    return whole if practice is None else round_cents(whole - practice * therapy.MPPR_SHARE)


def _capped(terms: Terms, procedure: str, found: Fee) -> Fee:
    cap = terms.caps.get(procedure)
    if cap is None or found.whole <= cap:
        return found
    return Fee(whole=cap, reduced=min(found.reduced, cap), practice=found.practice, per=found.per,
               text=f"{found.text}, at most {cap}", source=found.source)  # fmt: skip


@table.remembered
def _medicare(terms: Terms, day: date, procedure: str) -> Fee | NoFee:
    """(work x GPCI + practice x GPCI + malpractice x GPCI) x conversion factor, to the cent."""
    weights, factor = therapy.weights(procedure, day), therapy.conversion_factor(terms.program, day)
    place = locality.find(terms.locality, day)
    if weights is None or not (weights.work or weights.practice or weights.malpractice):
        return NoFee(reason=f"the fee schedule has no relative values for {procedure}")
    if weights.year != day.year:
        return NoFee(reason=f"the relative values of {day.year} are not loaded (`ptedi codes load`)")
    if factor is None:
        return NoFee(reason=f"no conversion factor {terms.program} is known for {day}")
    if place is None:
        return NoFee(reason=f"the indices of locality {terms.locality} are not loaded (`ptedi codes load`)")
    other = weights.work * place.work + weights.malpractice * place.malpractice
    practice = weights.practice * place.practice
    scale = factor[0] * terms.percent / HUNDRED
    whole = round_cents((other + practice) * scale)
    reduced = round_cents((other + practice * therapy.MPPR_SHARE) * scale)
    is_reduced = terms.mppr and weights.reduced
    share = "" if terms.percent == HUNDRED else f" x {terms.percent} %"
    return Fee(
        whole=whole, reduced=reduced if is_reduced else whole, practice=practice if is_reduced else None, per=Per.UNIT,
        text=f"({weights.work} x {place.work} + {weights.practice} x {place.practice} + {weights.malpractice} x "
             f"{place.malpractice}) x {factor[0]}{share}",
        source=f"{weights.source}; {factor[1]}; GPCI {place.locality}",
    )  # fmt: skip


def twice_reduced(found: Fee) -> Decimal:
    """A unit whose practice expense was halved two times, a mistake that payers make."""
    return max(ZERO, found.reduced - round_cents((found.whole - found.reduced) / 2))
