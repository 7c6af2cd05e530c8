"""`denials`: what was denied in the window, by reason, the largest first, with the running share (Pareto)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ptedi.codes import adjustments
from ptedi.reports.practice import rows
from ptedi.reports.practice.facts import Facts
from ptedi.reports.practice.kpis import DENIED
from ptedi.reports.practice.lines import with_codes
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

READS = {"claims": ("claim_id",), "lines": ("claim_id", "line", "procedure")}


def build(facts: Facts, by: Sequence[str]) -> Body:
    """The report."""
    found = denied(facts, by)
    views = [_pareto("reasons", "Denied dollars by reason", found, ("reason",))]
    views += [_pareto("split", f"Denied dollars by {', '.join(by)}", found, tuple(by))] if by else []
    labels, values = top(views[0].frame, "reason", "cents", 10)
    picture = Picture(title="Denied dollars by reason", shape=Shape.BARS, labels=labels, series={"denied": values},
                      opens=("reason",))  # fmt: skip
    listed = rows.view(facts, "Rows of the denials", found, (
        Shown("line", "Line", Show.COUNT), Shown("reason", "Reason"), Shown("cents", "Amount", Show.MONEY),
    )) if facts.detail else None  # fmt: skip
    return Body(views=views, pictures=[picture] if values else [], rows=listed, method=[
        "Denied is what an 835 adjusted and the posting policy holds as still owed: what remittances put into the "
        "ledger's account of denied receivables on these days, a reversal counted against.  What persons did about it "
        "since (billed, written off) is not taken off.  The payer is the one who answered.",
        "Claims and lines are those of which something stands denied after the reversals of these days.",
        "The share runs from the largest to the smallest.  Rejected claims (TA1, 999, 277CA) are not denials.",
    ])  # fmt: skip


def denied(facts: Facts, by: Sequence[str] = ()) -> pd.DataFrame:
    """Postings of the window that denied something, with reason and dimensions."""
    held = facts.money([DENIED], lines=True)
    held = held[facts.window.holds(held["effective_date"]) & (held["adjustment_reason"] != "")
                & held["claim_payment_id"].notna()]  # fmt: skip
    found = facts.with_answering_payer(held)
    found = with_codes(facts, found) if "code" in by else found
    return found.assign(reason=found["adjustment_group"] + "-" + found["adjustment_reason"])


def _pareto(key: str, title: str, found: pd.DataFrame, by: tuple[str, ...]) -> View:
    lines = found.assign(line=found["line"].fillna(0)).groupby([*by, "claim_id", "line"], as_index=False)["cents"].sum()
    counted = lines[lines["cents"] > 0].groupby(list(by)).agg(claims=("claim_id", "nunique"), lines=("cents", "size"))
    frame = lines.groupby(list(by))["cents"].sum().to_frame().join(counted).reset_index()
    frame = frame.fillna({"claims": 0, "lines": 0}).astype({"claims": "int64", "lines": "int64"})
    frame = frame.sort_values(["cents", *by], ascending=[False, *(True for _ in by)], kind="stable", ignore_index=True)
    whole, running = int(frame["cents"].sum()), frame["cents"].cumsum()
    frame = frame.assign(share=ratios(frame["cents"], whole), running=ratios(running, whole))
    meaning: tuple[Shown, ...] = ()
    if by == ("reason",):
        frame = frame.assign(meaning=[_label(reason) for reason in frame["reason"]])
        meaning = (Shown("meaning", "In words"),)
    total = totals(frame, ("cents",), claims=lines[lines["cents"] > 0]["claim_id"].nunique(), share=1)
    return View(key=key, title=title, frame=frame, total=total, columns=(
        *dimension_columns(by), *meaning, Shown("claims", "Claims", Show.COUNT), Shown("lines", "Lines", Show.COUNT),
        Shown("cents", "Denied", Show.MONEY), Shown("share", "Share", Show.RATE),
        Shown("running", "Running", Show.RATE)))  # fmt: skip


def _label(reason: str) -> str:
    group, _, code = reason.partition("-")
    return adjustments.label(group, code) or ""
