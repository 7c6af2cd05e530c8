"""`underpayments`: paid against expected, by payer, code or step of the price; what no contract told is not guessed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ptedi.pricing.compare import NOT_COMPARED, Verdict
from ptedi.reports.practice import rows
from ptedi.reports.practice.facts import DIMENSIONS, Facts
from ptedi.reports.practice.report import Body, Picture, Shape, Show, Shown, View, dimension_columns, top, totals

READS = {
    "claims": ("claim_id", "payer"),
    "variances": ("claim_id", "line", "payer", "code", "verdict", "step", "expected_cents", "paid_cents",
                  "variance_cents", "paid_on"),
}  # fmt: skip


def build(facts: Facts, by: Sequence[str]) -> Body:
    """The report."""
    paid, split = compared(facts), tuple(by) or ("payer",)
    unknown = paid["verdict"].isin([one.value for one in NOT_COMPARED])
    found = paid[~unknown]
    views = [_summed("split", f"Paid and expected by {', '.join(split)}", found, split),
             _summed("steps", "By the step of the price that differs", found.assign(
                 step=found["step"].where(found["step"] != "", found["verdict"])), ("step",))]  # fmt: skip
    views += [_not_compared(paid[unknown], split)] if unknown.any() else []
    frame = views[0].frame
    label = frame[list(split)].agg(" / ".join, axis=1) if len(frame) else pd.Series(dtype="str")
    labels, values = top(frame.assign(label=label), "label", "under")
    picture = Picture(title=f"Underpaid by {', '.join(split)}", shape=Shape.BARS, labels=labels,
                      series={"underpaid": values}, opens=tuple(split))  # fmt: skip
    listed = rows.view(facts, "Paid lines", paid, (
        Shown("line", "Line", Show.COUNT), Shown("code", "Code"), Shown("verdict", "Verdict"), Shown("step", "Step"),
        Shown("expected_cents", "Expected", Show.MONEY), Shown("paid_cents", "Paid", Show.MONEY),
        Shown("variance_cents", "Paid - expected", Show.MONEY), Shown("why", "Why"),
    )) if facts.detail else None  # fmt: skip
    method = [
        "Paid lines of the window whose price a contract or fee schedule tells; under and over beyond the tolerance "
        "of the comparison only, as 'ptedi price claim' explains line by line.",
        "What a payer paid after another one is compared by what its contract says of that ('after_others'), against "
        "what the one before allowed, paid and left to the patient; a contract that does not say gives no figure.",
        "The payer is the one who paid.  A row's place is the SVC that decided the line.",
    ]
    if facts.variances is None:
        method = ["No line was compared with an expected payment yet."]
    return Body(views=views, pictures=[picture] if any(values) else [], rows=listed, method=method)


def compared(facts: Facts) -> pd.DataFrame:
    """The paid lines of the window with their dimensions."""
    found = facts.variances
    names = [*READS["variances"], "why"]
    if found is None or found.empty:
        texts = (*DIMENSIONS, "code", "verdict", "step", "why")
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in names}).assign(
            **{name: pd.Series(dtype="str") for name in texts})  # fmt: skip
    inside = found[facts.window.holds(found["paid_on"])]
    return facts.with_claims(inside, [name for name in facts.dimensions if name != "payer"])


def _not_compared(found: pd.DataFrame, by: tuple[str, ...]) -> View:
    """What was paid on lines of which nothing tells whether it was enough, and why nothing does."""
    frame = found.groupby([*by, "verdict"], as_index=False).agg(
        lines=("claim_id", "size"), paid=("paid_cents", "sum"))  # fmt: skip
    return View(key="unknown", title=f"Paid, but nothing to compare it with, by {', '.join(by)}",
                frame=frame.sort_values("paid", ascending=False, kind="stable"),
                total=totals(frame, ("lines", "paid")), columns=(
                    *dimension_columns(by), Shown("verdict", "Why"), Shown("lines", "Lines", Show.COUNT),
                    Shown("paid", "Paid", Show.MONEY)))  # fmt: skip


def _summed(key: str, title: str, found: pd.DataFrame, by: tuple[str, ...]) -> View:
    under, over = found["verdict"] == Verdict.UNDERPAID.value, found["verdict"] == Verdict.OVERPAID.value
    parts = found.assign(under=(-found["variance_cents"]).where(under, 0), over=found["variance_cents"].where(over, 0))
    frame = parts.groupby(list(by), as_index=False).agg(
        lines=("claim_id", "size"), expected=("expected_cents", "sum"), paid=("paid_cents", "sum"),
        under=("under", "sum"), over=("over", "sum"))  # fmt: skip
    total = totals(frame, ("lines", "expected", "paid", "under", "over"))
    frame = frame.sort_values("under", ascending=False, kind="stable")
    return View(key=key, title=title, frame=frame, total=total, columns=(
        *dimension_columns(by), Shown("lines", "Lines", Show.COUNT), Shown("expected", "Expected", Show.MONEY),
        Shown("paid", "Paid", Show.MONEY), Shown("under", "Underpaid", Show.MONEY),
        Shown("over", "Overpaid", Show.MONEY)))  # fmt: skip
