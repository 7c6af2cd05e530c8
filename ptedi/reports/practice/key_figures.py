"""`kpis`: the key figures, each with its formula, its parts, and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pandas as pd

from ptedi.money import from_cents, usd
from ptedi.reports.practice import rows
from ptedi.reports.practice.catalogue import BY_KEY, Kpi, Sum, Unit
from ptedi.reports.practice.facts import Facts
from ptedi.reports.practice.kpis import ABOUT, READS, Measure, measures, named, number
from ptedi.reports.practice.report import Body, Picture, Shape, Show, Shown, View, dimension_columns

__all__ = ["READS", "build", "figure"]

_ABREAST = 7  # groups whose figures stand side by side
_EMPTY, _NOTHING = "no rows in these days", "nothing to divide by"
BY_CODE = (
    "By code, amounts are those of the lines with that code (allowances that are only estimated for a whole claim are "
    "spread over its lines by their amount); counts and lags are of claims or visits that carry the code, so one with "
    "two codes counts with both and the codes add up to more than the whole."
)
_COLUMNS = (
    Shown("key", "Key", machines=True), Shown("name", "Key figure"), Shown("figure", "Value"),
    Shown("parts", "Made of"), Shown("target", "Usual target"), Shown("value", "Number", Show.NUMBER, machines=True),
    Shown("unit", "Unit", machines=True), Shown("numerator", "Numerator", Show.NUMBER, machines=True),
    Shown("denominator", "Denominator", Show.NUMBER, machines=True), Shown("rows", "Rows", Show.COUNT, machines=True),
    Shown("formula", "Formula", machines=True),
)  # fmt: skip


def figure(kpi: Kpi, value: Decimal | None) -> str:
    """A key figure as people read it."""
    if value is None:
        return _EMPTY
    match kpi.unit:
        case Unit.RATE:
            return f"{value * 100:.1f} %"
        case Unit.CENTS:
            return usd(from_cents(int(value)))
        case _:
            return f"{value} {kpi.unit}"


def build(facts: Facts, by: Sequence[str], which: str = "") -> Body:
    """The report; with `which` also the rows of that key figure."""
    found = measures(facts, about=by)
    views = [_whole(found)]
    if by:
        views += _split(found, by)
    chosen = next((one for one in found if one.kpi.key == which), None)
    of_row = [name for name in ABOUT if name not in by]
    listed = rows.view(facts, f"Rows of {chosen.kpi.name.lower()}", named(facts, chosen.rows, of_row),
                       _values(chosen.kpi)) if chosen else None  # fmt: skip
    method = [BY_CODE] if "code" in by else []
    method += [f"{m.kpi.name}: {m.kpi.formula} ({m.kpi.counts}; {m.kpi.source})." for m in found]
    missing = [kpi for kpi in BY_KEY.values() if kpi.key not in {m.kpi.key for m in found}]
    method += [f"{kpi.name}: nothing to tell it from yet." for kpi in missing]
    return Body(views=views, pictures=_pictures(found), method=[*method, "Days are UTC.  Targets are ours."],
                rows=listed)  # fmt: skip


def _values(kpi: Kpi) -> tuple[Shown, ...]:
    show = Show.MONEY if kpi.money else Show.COUNT
    seconds = " (seconds)" if kpi.by is Sum.MEDIAN else ""
    return Shown("numerator", f"Numerator{seconds}", show), Shown("denominator", "Denominator", show)


def _part(kpi: Kpi, value: int) -> str:
    return usd(from_cents(value)) if kpi.money else f"{value:,}"


def _whole(found: Sequence[Measure]) -> View:
    table = pd.DataFrame([_cells(m.kpi, m.rows, m.times) for m in found])
    return View(key="kpis", title="Key figures", frame=table, columns=_COLUMNS)


def _cells(kpi: Kpi, found: pd.DataFrame, times: int) -> dict[str, object]:
    value = number(kpi, found, times)
    above, below = int(found["numerator"].sum()), int(found["denominator"].sum())
    parts = {
        Sum.RATIO: f"{_part(kpi, above)} / {_part(kpi, below)}" + (f" x {times} days" if times > 1 else ""),
        Sum.MEDIAN: f"{len(found):,} {'visits' if kpi.key == 'charge_lag' else 'claims'}",
        Sum.TOTAL: f"{len(found):,} lines",
    }[kpi.by]
    money = kpi.money
    return {
        "key": kpi.key, "name": kpi.name,
        "figure": _NOTHING if value is None and len(found) else figure(kpi, value),
        "parts": "" if value is None else parts,
        "target": kpi.target, "value": _machine(kpi, value), "unit": "dollars" if kpi.unit is Unit.CENTS else kpi.unit,
        "numerator": from_cents(above) if money else Decimal(above),
        "denominator": from_cents(below) if money else Decimal(below), "rows": len(found), "formula": kpi.formula,
    }  # fmt: skip


def _machine(kpi: Kpi, value: Decimal | None) -> Decimal | None:
    return from_cents(int(value)) if value is not None and kpi.unit is Unit.CENTS else value


def _split(found: Sequence[Measure], by: Sequence[str]) -> list[View]:
    """Every key figure of every group; for people side by side where they have room."""
    table = [
        dict(zip(by, _labels(key), strict=True)) | _cells(one.kpi, part, one.times)
        for one in found if not one.rows.empty
        for key, part in one.rows[[*by, "numerator", "denominator"]].groupby(list(by), sort=True)
    ]  # fmt: skip
    columns = [c for c in _COLUMNS if c.name not in ("target", "formula")]
    frame = pd.DataFrame(table, columns=None if table else [*by, *(c.name for c in columns)])
    long = View(key="split", title=f"Key figures by {', '.join(by)}", frame=frame, ordered=True,
                columns=(*columns[:2], *dimension_columns(by), *columns[2:]))  # fmt: skip
    if len(by) > 1 or not table or frame[by[0]].nunique() > _ABREAST:
        return [long]
    wide = frame.pivot_table(index="name", columns=by[0], values="figure", aggfunc="first", sort=False).fillna("")
    groups = sorted(map(str, wide.columns))
    abreast = tuple(Shown(group, group, value_of=by[0]) for group in groups)
    side = View(key="abreast", title=f"Key figures by {by[0]}", frame=wide.reset_index(),
                columns=(Shown("name", "Key figure"), *abreast))  # fmt: skip
    return [side, replace(long, machines=True)]


def _labels(key: object) -> list[str]:
    return [str(k) or "(none)" for k in (key if isinstance(key, tuple) else (key,))]


def _pictures(found: Sequence[Measure]) -> list[Picture]:
    """The rates that should be high, and those that should be low: beside each other they would mislead."""
    sides = (("Rates that should be high", False), ("Rates that should be low", True))
    return [picture for title, low in sides for picture in _rates(title, [
        m for m in found if m.kpi.unit is Unit.RATE and m.kpi.target.startswith("under") is low])]  # fmt: skip


def _rates(title: str, found: Sequence[Measure]) -> list[Picture]:
    told = {m.kpi.name: int(m.value * 10_000) for m in found if m.value is not None}
    if not any(told.values()):
        return []
    return [Picture(title=title, shape=Shape.BARS, labels=tuple(told), series={"rate": tuple(told.values())},
                    show=Show.RATE)]  # fmt: skip
