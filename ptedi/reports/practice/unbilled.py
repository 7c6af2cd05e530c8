"""`unbilled`: visits and claims of the window that have not left, and why: held, ready, batched, without a claim."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ptedi.reports.practice import rows
from ptedi.reports.practice.facts import Facts
from ptedi.reports.practice.report import Body, Picture, Shape, Show, Shown, View, dimension_columns, top
from ptedi.submissions.status import State

NOT_LEFT = tuple(s.value for s in (State.CAPTURED, State.HELD, State.READY, State.BATCHED, State.REWORKED))
NO_CLAIM = "visit without a claim"
_COLUMNS = ["state", "visit_id", "service_date", "charge_cents"]
READS = {"claims": ("claim_id", "claim", *_COLUMNS),
         "visits": ("visit_id", "service_date", "on_a_claim", "file_id")}  # fmt: skip


def build(facts: Facts, by: Sequence[str]) -> Body:
    """The report."""
    found = waiting(facts)
    views = [_summed("states", "Not billed, by state", found, ("state",))]
    views += [_summed("split", f"Not billed, by {', '.join(by)}", found, ("state", *by))] if by else []
    labels, values = top(views[0].frame, "state", "cents")
    picture = Picture(title="Charges not billed, by state", shape=Shape.BARS, labels=labels, series={"charge": values},
                      opens=("state",))  # fmt: skip
    listed = rows.view(facts, "Visits and claims not billed", found, (
        Shown("state", "State"), Shown("cents", "Charge", Show.MONEY), Shown("days", "Days", Show.COUNT),
    )) if facts.detail else None  # fmt: skip
    return Body(views=views, pictures=[picture] if len(found) else [], rows=listed, method=[
        "Claims with service dates in the window that no delivery carried away as known now, and captured visits that "
        "became no claim (those have no charge yet).  Days run from the date of service to the end of the window.",
    ])  # fmt: skip


def waiting(facts: Facts) -> pd.DataFrame:
    """Claims and visits that have not left."""
    claims = facts.claims[facts.claims["state"].isin(NOT_LEFT)]
    visits = facts.visits[~facts.visits["on_a_claim"]].assign(state=NO_CLAIM, charge_cents=0, claim="")
    columns = [*_COLUMNS, *facts.dimensions]
    kept = visits[[*columns, "claim", *(name for name in ("file_id", "source_row") if name in visits)]]
    found = pd.concat([claims[["claim_id", "claim", *columns]], kept], ignore_index=True)
    found = found[facts.window.holds(found["service_date"])]
    age = (pd.Timestamp(facts.window.last) - found["service_date"]).dt.days
    return found.assign(cents=found["charge_cents"], days=age, claim_id=found["claim_id"].astype("Int64"))


def _summed(key: str, title: str, found: pd.DataFrame, by: tuple[str, ...]) -> View:
    frame = found.groupby(list(by), as_index=False).agg(
        count=("visit_id", "size"), cents=("cents", "sum"), oldest=("days", "max"))  # fmt: skip
    return View(key=key, title=title, frame=frame.sort_values("cents", ascending=False, kind="stable"), columns=(
        *dimension_columns(by), Shown("count", "Claims or visits", Show.COUNT), Shown("cents", "Charge", Show.MONEY),
        Shown("oldest", "Oldest, days", Show.COUNT)))  # fmt: skip
