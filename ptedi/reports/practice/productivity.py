"""`productivity`: visits, units, minutes, charges and payments of the service dates in the window, by therapist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from ptedi.codes import procedures
from ptedi.reports.practice import rows
from ptedi.reports.practice.catalogue import ratio
from ptedi.reports.practice.facts import Facts
from ptedi.reports.practice.kpis import CLEARING
from ptedi.reports.practice.lines import WHOLE_CLAIM
from ptedi.reports.practice.report import (
    Body,
    Picture,
    Shape,
    Show,
    Shown,
    View,
    dimension_columns,
    ratios,
    top,
    totals,
)
from ptedi.submissions.status import State

_WHOLE = 0  # instead of a line's number: what stands on the claim as a whole
READS = {
    "claims": ("claim_id", "visit_id", "state", "later_payer", "service_date", "therapist"),
    "lines": ("claim_id", "line", "procedure", "units", "minutes", "charge_cents", "service_date"),
}


def build(facts: Facts, by: Sequence[str]) -> Body:
    """The report."""
    found, split = done(facts), tuple(by) or ("therapist",)
    view = _summed(found, split)
    frame = view.frame
    label = frame[list(split)].agg(" / ".join, axis=1) if len(frame) else pd.Series(dtype="str")
    labels, values = top(frame.assign(label=label), "label", "visits")
    picture = Picture(title=f"Visits by {', '.join(split)}", shape=Shape.BARS, labels=labels,
                      series={"visits": values}, show=Show.COUNT, opens=tuple(split))  # fmt: skip
    listed = rows.view(facts, "Lines", found, (
        Shown("line", "Line", Show.COUNT), Shown("code", "Code"), Shown("units", "Units", Show.COUNT),
        Shown("minutes", "Minutes", Show.COUNT), Shown("charge_cents", "Charge", Show.MONEY),
        Shown("paid", "Paid", Show.MONEY))) if facts.detail else None  # fmt: skip
    return Body(views=[view], pictures=[picture] if values else [], rows=listed, method=[
        "Lines of claims with service dates in the window, without those that a correction superseded and without the "
        "copies for later payers.  Paid is all that payers paid for those days as known now, also on claims that a "
        "correction superseded and what no line was named for, less what they took back.",
        "Units a visit and minutes a unit count timed codes only: CMS expects about 15 minutes a unit.",
    ])  # fmt: skip


def done(facts: Facts) -> pd.DataFrame:
    """The lines of the window with what was paid on each; money without a line of its own has a row without work."""
    lines = facts.bare_lines[facts.window.holds(facts.bare_lines["service_date"])]
    found = facts.with_claims(lines, ("visit_id", "state", "later_payer", *facts.dimensions)).rename(
        columns={"procedure": "code"})  # fmt: skip
    money = facts.by_line([CLEARING])
    found = pd.concat([found[~found["later_payer"]], _of_whole_claims(facts, money)], ignore_index=True)
    gone = (found["state"] == State.SUPERSEDED.value) | (found["line"] == _WHOLE)
    codes = {code: _is_timed(code, facts.window.last) for code in found["code"].unique()}
    timed = found["code"].map(codes).astype("bool")
    found = found.assign(paid=_paid(money, found), work=(~gone).astype("int64"))
    found = found.assign(**{name: found[name].where(~gone, 0) for name in ("units", "minutes", "charge_cents")})
    found = found.assign(timed_units=found["units"].where(timed, 0), timed_minutes=found["minutes"].where(timed, 0))
    return found[~gone | (found["paid"] != 0)].reset_index(drop=True)


def _of_whole_claims(facts: Facts, money: pd.DataFrame) -> pd.DataFrame:
    """A row, without work, for each claim of the window on which something was paid that no line is named for."""
    claims = facts.claims[facts.window.holds(facts.claims["service_date"])]
    claims = claims[claims["claim_id"].isin(money[money["line"].isna()]["claim_id"])]
    kept = claims[["claim_id", "visit_id", "state", "later_payer", "service_date", *facts.dimensions]]
    return kept.assign(line=_WHOLE, code=WHOLE_CLAIM, units=0, minutes=0, charge_cents=0)


def _paid(money: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """What payers paid on each line, in cents."""
    known = pd.Series(money["cents"].to_numpy(), index=_key(money.assign(line=money["line"].fillna(_WHOLE))))
    return known.reindex(_key(lines)).fillna(0).astype("int64").set_axis(lines.index)


def _key(lines: pd.DataFrame) -> pd.Index[int]:
    """One number for claim and line: a claim has at most 50 lines."""
    found: pd.Index[int] = pd.Index(lines["claim_id"].to_numpy("int64") * 1_000_000 + lines["line"].to_numpy("int64"))
    return found


def _is_timed(code: str, on: date) -> bool:
    known = procedures.find(code, on)
    return known is not None and known.basis is procedures.Basis.TIMED


def _summed(found: pd.DataFrame, by: tuple[str, ...]) -> View:
    visits, days = pd.factorize(found["visit_id"])[0], pd.factorize(found["service_date"])[0]
    numbers = pd.Series(visits * (int(days.max(initial=0)) + 1) + days, index=found.index)
    day = found.assign(day=numbers.where(found["work"] == 1))
    frame = day.groupby(list(by), as_index=False).agg(
        visits=("day", "nunique"), lines=("work", "sum"), units=("units", "sum"), timed_units=("timed_units", "sum"),
        minutes=("timed_minutes", "sum"), charge=("charge_cents", "sum"), paid=("paid", "sum"))  # fmt: skip
    frame = frame.assign(
        per_visit=ratios(frame["timed_units"], frame["visits"], "0.01"),
        per_unit=ratios(frame["minutes"], frame["timed_units"], "0.1"),
    ).sort_values("visits", ascending=False, kind="stable")
    sums = totals(frame, ("lines", "units", "timed_units", "minutes", "charge", "paid"),
                  visits=int(day["day"].nunique()))  # fmt: skip
    total = sums | {"per_visit": ratio(sums["timed_units"], sums["visits"], "0.01"),
                    "per_unit": ratio(sums["minutes"], sums["timed_units"], "0.1")}  # fmt: skip
    return View(key="work", title=f"Work by {', '.join(by)}", frame=frame, total=total, columns=(
        *dimension_columns(by), Shown("visits", "Visits", Show.COUNT), Shown("lines", "Lines", Show.COUNT),
        Shown("units", "Units", Show.COUNT), Shown("timed_units", "Timed units", Show.COUNT),
        Shown("minutes", "Timed minutes", Show.COUNT), Shown("per_visit", "Timed units a visit", Show.NUMBER),
        Shown("per_unit", "Minutes a unit", Show.NUMBER), Shown("charge", "Charge", Show.MONEY),
        Shown("paid", "Paid", Show.MONEY)))  # fmt: skip
