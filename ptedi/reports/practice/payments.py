"""`payments`: what remittances of the window brought, by payer and by month: paid, patient's, adjusted, denied."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ptedi.ledger.accounts import Account
from ptedi.reports.practice import rows
from ptedi.reports.practice.facts import Facts
from ptedi.reports.practice.kpis import CLEARING, CONTRACTUAL, DENIED, PATIENT
from ptedi.reports.practice.lines import with_codes
from ptedi.reports.practice.report import Body, Picture, Shape, Show, Shown, View, dimension_columns, top, totals

_PARTS = {
    **dict.fromkeys([CLEARING], "paid"), **dict.fromkeys(CONTRACTUAL, "contractual"),
    **dict.fromkeys([Account.OTHER_ADJUSTMENT.value, Account.WRITE_OFF.value], "other"),
    **dict.fromkeys(PATIENT, "patient"), DENIED: "denied",
}  # fmt: skip
PARTS = ("paid", "patient", "contractual", "other", "denied")


READS = {"claims": ("claim_id", "payer"), "lines": ("claim_id", "line", "procedure")}


def build(facts: Facts, by: Sequence[str]) -> Body:
    """The report."""
    found, split = posted(facts, by), tuple(by) or ("payer",)
    views = [_summed("split", f"Remittances by {', '.join(split)}", found, split),
             _summed("months", "Remittances by month of the books", found, ("month",))]  # fmt: skip
    first = views[0].frame
    labels, values = top(first.assign(label=first[list(split)].agg(" / ".join, axis=1)) if len(first) else
                         first.assign(label=""), "label", "paid")  # fmt: skip
    picture = Picture(title=f"Paid by {', '.join(split)}", shape=Shape.BARS, labels=labels, series={"paid": values},
                      opens=tuple(split))  # fmt: skip
    listed = rows.view(facts, "Rows of the payments", found, (
        Shown("part", "Part"), Shown("line", "Line", Show.COUNT), Shown("effective_date", "Books", Show.DAY),
        Shown("cents", "Amount", Show.MONEY))) if facts.detail else None  # fmt: skip
    return Body(views=views, pictures=[picture] if values else [], rows=listed, method=[
        "What 835s (and paper EOBs entered by hand) posted to claims on the days of the books in the window; reversals "
        "and what a person took back count against.",
        "The payer is the one who answered; a claim that two payers answered counts with each.",
        "Money that waits in unapplied and provider-level amounts (PLB) stand on no claim and are not in it.",
    ])  # fmt: skip


def posted(facts: Facts, by: Sequence[str] = ()) -> pd.DataFrame:
    """Postings of the window that came from remittances, each with the part it belongs to and its dimensions."""
    found = facts.with_answering_payer(facts.remitted(tuple(_PARTS), lines="code" in by))
    found = with_codes(facts, found) if "code" in by else found
    return found.assign(part=found["account"].map(_PARTS), month=_months(found["effective_date"]))


def _months(days: pd.Series) -> pd.Series:
    """The month of each day as a word; years have few days, and days many postings."""
    places, different = pd.factorize(days)
    names = pd.DatetimeIndex(different).strftime("%Y-%m")
    return pd.Series(names.take(places), index=days.index, dtype="str")


def _summed(key: str, title: str, found: pd.DataFrame, by: tuple[str, ...]) -> View:
    sums = found.groupby([*by, "part"])["cents"].sum().unstack("part", fill_value=0)
    sums = sums.reindex(columns=list(PARTS), fill_value=0).astype("int64")
    counts = found.groupby(list(by))["claim_id"].nunique()
    frame = sums.assign(claims=counts).reset_index()
    frame = frame.sort_values(list(by) if by == ("month",) else "paid", ascending=by == ("month",), kind="stable")
    total = totals(frame, PARTS, claims=found["claim_id"].nunique())
    return View(key=key, title=title, frame=frame, total=total, columns=(
        *dimension_columns(by), Shown("claims", "Claims", Show.COUNT), Shown("paid", "Paid", Show.MONEY),
        Shown("patient", "Patient's share", Show.MONEY), Shown("contractual", "Contractual", Show.MONEY),
        Shown("other", "Other adjustments", Show.MONEY), Shown("denied", "Denied", Show.MONEY)))  # fmt: skip
