"""`unbilled`: visits and claims of the window that have not left, and why: held, ready, batched, without a claim."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ptedi.reports.practice import rows
from ptedi.reports.practice.facts import Facts
from ptedi.reports.practice.lines import NO_CODE
from ptedi.reports.practice.report import Body, Picture, Shape, Show, Shown, View, dimension_columns, top, totals
from ptedi.submissions.status import State

NOT_LEFT = tuple(s.value for s in (State.CAPTURED, State.HELD, State.READY, State.BATCHED, State.REWORKED))
NO_CLAIM = "visit without a claim"
TO_LATER = "to a later payer"
_COLUMNS = ["state", "visit_id", "service_date", "charge_cents"]
READS = {"claims": ("claim_id", "claim", "later_payer", *_COLUMNS),
         "lines": ("claim_id", "line", "procedure", "charge_cents"),
         "visits": ("visit_id", "service_date", "on_a_claim", "file_id")}  # fmt: skip


def build(facts: Facts, by: Sequence[str]) -> Body:
    """The report."""
    found = waiting(facts)
    views = [_summed("states", "Not billed, by state", found, ("state",))]
    coded = with_lines(facts, found) if "code" in by else found
    views += [_summed("split", f"Not billed, by {', '.join(by)}", coded, ("state", *by))] if by else []
    labels, values = top(views[0].frame, "state", "cents")
    picture = Picture(title="Charges not billed, by state", shape=Shape.BARS, labels=labels, series={"charge": values},
                      opens=("state",))  # fmt: skip
    listed = rows.view(facts, "Visits and claims not billed", found, (
        Shown("state", "State"), Shown("cents", "Charge", Show.MONEY), Shown("days", "Days", Show.COUNT),
    )) if facts.detail else None  # fmt: skip
    return Body(views=views, pictures=[picture] if values else [], rows=listed, method=[
        "Claims with service dates in the window that no delivery carried away as known now, and captured visits that "
        "became no claim (those have no charge yet).  Days run from the date of service to the end of the window.",
        "A claim to a later payer is counted without its charge, which the claim to the first payer billed already.",
    ])  # fmt: skip


def waiting(facts: Facts) -> pd.DataFrame:
    """Claims and visits that have not left."""
    claims = facts.claims[facts.claims["state"].isin(NOT_LEFT)]
    claims = claims.assign(
        state=claims["state"].where(~claims["later_payer"], claims["state"] + ", " + TO_LATER),
        charge_cents=claims["charge_cents"].where(~claims["later_payer"], 0))  # fmt: skip
    visits = facts.visits[~facts.visits["on_a_claim"]].assign(state=NO_CLAIM, charge_cents=0, claim="")
    columns = [*_COLUMNS, *facts.dimensions]
    kept = visits[[*columns, "claim", *(name for name in ("file_id", "source_row") if name in visits)]]
    found = pd.concat([claims[["claim_id", "claim", *columns]], kept], ignore_index=True)
    found = found[facts.window.holds(found["service_date"])]
    age = (pd.Timestamp(facts.window.last) - found["service_date"]).dt.days
    return found.assign(cents=found["charge_cents"], days=age, claim_id=found["claim_id"].astype("Int64"))


def with_lines(facts: Facts, found: pd.DataFrame) -> pd.DataFrame:
    """The same line by line, each with its code and charge; a visit without a claim has none yet."""
    lines = facts.bare_lines[["claim_id", "procedure", "charge_cents"]].astype({"claim_id": "Int64"})
    lines = lines.rename(columns={"procedure": "code", "charge_cents": "of_line"})
    coded = found.merge(lines, on="claim_id", how="left")
    copy = coded["state"].str.endswith(TO_LATER)
    return coded.assign(code=coded["code"].fillna(NO_CODE),
                        cents=coded["of_line"].where(~copy, 0).fillna(coded["cents"]).astype("int64"))


def _summed(key: str, title: str, found: pd.DataFrame, by: tuple[str, ...]) -> View:
    frame = found.assign(one=found["visit_id"] + " " + found["claim"]).groupby(list(by), as_index=False).agg(
        count=("one", "nunique"), cents=("cents", "sum"), oldest=("days", "max"))  # fmt: skip
    total = totals(frame, ("cents",), count=(found["visit_id"] + " " + found["claim"]).nunique())
    total |= {"oldest": int(found["days"].max())} if len(found) else {}
    frame = frame.sort_values("cents", ascending=False, kind="stable")
    return View(key=key, title=title, frame=frame, total=total, columns=(
        *dimension_columns(by), Shown("count", "Claims or visits", Show.COUNT), Shown("cents", "Charge", Show.MONEY),
        Shown("oldest", "Oldest, days", Show.COUNT)))  # fmt: skip
