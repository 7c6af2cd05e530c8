"""Medicare's yearly therapy amounts: the KX threshold, the review threshold, a line's estimated fee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.codes import table
from ptedi.money import round_cents

MPPR_SHARE = Decimal("0.5")   # 42 USC 1395m(k)(7): practice expense of every further unit is paid by half


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The amounts of one calendar year for PT and SLP together, or for OT."""

    disciplines: str
    kx: Decimal
    review: Decimal
    source: str
    effective_from: date
    effective_to: date


@table.remembered
def _thresholds() -> dict[str, tuple[Threshold, ...]]:
    return table.index("therapy_thresholds", "disciplines", lambda row: Threshold(
        disciplines=row["disciplines"], kx=Decimal(row["kx"]), review=Decimal(row["review"]), source=row["source"],
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"])))


def threshold(discipline: str, on: date) -> Threshold | None:
    """The threshold that a discipline (PT, SLP or OT) counts against on a day, or None for a year not loaded."""
    return table.on(_thresholds()["OT" if discipline == "OT" else "PT+SLP"], on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Relative value units of a code outside a facility; `reduced` when MPPR applies to it (indicator 5).

    `year` is the calendar year whose fee schedule they were published for: a fee of another year is an estimate.
    """

    work: Decimal
    practice: Decimal
    malpractice: Decimal
    reduced: bool
    year: int
    source: str
    effective_from: date
    effective_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Factor:
    value: Decimal
    source: str
    effective_from: date
    effective_to: date


@table.remembered
def _weights() -> dict[str, tuple[Weights, ...]]:
    return table.index("rvu", "code", lambda row: Weights(
        work=Decimal(row["work"]), practice=Decimal(row["practice"]), malpractice=Decimal(row["malpractice"]),
        reduced=row["mppr"] == "Y", year=_year(row), source=row["source"],
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"])))


def _year(row: dict[str, str]) -> int:
    """The year of a row: what its `verified` says ("2024 only"), else that of its first day."""
    only = row["verified"].removesuffix(" only")
    return int(only) if only.isdecimal() else table.since(row["effective_from"]).year


def weights(code: str, on: date) -> Weights | None:
    """The relative values of a code on a day, or None; they price that day only when `year` is the day's year."""
    return table.on(_weights().get(code, ()), on)


def conversion_factor(program: str, on: date) -> tuple[Decimal, str] | None:
    """Dollars per relative value unit of a program (MPFS, MPFS-QP) on a day with their source, or None."""
    found = table.on(_factors().get(program, ()), on)
    return (found.value, found.source) if found else None


@table.remembered
def _factors() -> dict[str, tuple[_Factor, ...]]:
    return table.index("conversion_factors", "program", lambda row: _Factor(
        value=Decimal(row["factor"]), source=row["source"], effective_from=table.since(row["effective_from"]),
        effective_to=table.until(row["effective_to"])))


@table.remembered
def reducible(code: str, on: date) -> Decimal | None:
    """Practice-expense RVU of a code whose further units of the day are reduced; None for a code always paid whole."""
    weights = table.on(_weights().get(code, ()), on)
    return weights.practice if weights is not None and weights.reduced else None


@table.remembered
def estimate(code: str, on: date, reduced: bool = False) -> Decimal | None:
    """The national fee of one unit, with `reduced` as a further unit of the day; None when the tables have none.

    A service without relative values is priced by the contractor and has none.
    An estimate, good enough to see the KX threshold coming: no locality, and the relative values of the newest year
    loaded stand for later years.  What was really allowed comes with the remittance.
    """
    weights = table.on(_weights().get(code, ()), on)
    factor = table.on(_factors()["MPFS"], on) or _factors()["MPFS"][0]
    if weights is None:
        return None
    practice = weights.practice * (MPPR_SHARE if reduced else 1)
    total = weights.work + practice + weights.malpractice
    return round_cents(total * factor.value) if total else None
