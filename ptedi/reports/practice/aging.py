"""`aging`: receivables at the end of the window, by age and by who owes them, from service and from billing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ptedi.ledger.accounts import Account
from ptedi.reports.practice import rows
from ptedi.reports.practice.facts import Facts, day_of
from ptedi.reports.practice.kpis import PATIENT, RECEIVABLE
from ptedi.reports.practice.lines import with_codes
from ptedi.reports.practice.report import Body, Picture, Shape, Show, Shown, View, dimension_columns, totals

BUCKETS = ("0-30", "31-60", "61-90", "91-120", "121+")
_ENDS = (30, 60, 90, 120)
NOT_BILLED = "not billed yet"


READS = {"claims": ("claim_id", "service_date", "sent_at", "payer", "next_payer"),
         "lines": ("claim_id", "line", "procedure")}  # fmt: skip


def build(facts: Facts, by: Sequence[str]) -> Body:
    """The report."""
    owed, split = receivables(facts, by), tuple(by) or ("payer",)
    views = [
        _by_bucket("service", "Age from the date of service", owed, "bucket", BUCKETS),
        _by_bucket("billed", "Age from the first sending", owed, "billed_bucket", (*BUCKETS, NOT_BILLED)),
        _split(owed, split),
    ]
    who = {name: tuple(int(owed[(owed["owes"] == name) & (owed["bucket"] == b)]["cents"].sum()) for b in BUCKETS)
           for name in ("payer", "patient")}  # fmt: skip
    picture = Picture(title="Receivables by age, days from the date of service", shape=Shape.COLUMNS,
                      labels=tuple(BUCKETS), series=who, opens=("bucket",))  # fmt: skip
    listed = rows.view(facts, "Rows of the receivables", owed, (
        Shown("owes", "Owed by"), Shown("account", "Account"), Shown("bucket", "Age"),
        Shown("cents", "Amount", Show.MONEY))) if facts.detail else None  # fmt: skip
    return Body(views=views, pictures=[picture] if len(owed) else [], rows=listed, method=[
        "Receivables are the balances of the ledger's receivable accounts of each claim in the books at the end of the "
        "last day, credits included; claims that no 835 adjudicated yet stand at charge.",
        "The payer is that of the claim on whose account the balance stands; what a second payer was asked for is his.",
    ])  # fmt: skip


def receivables(facts: Facts, by: Sequence[str] = ()) -> pd.DataFrame:
    """What is owed on each claim (line, by code): amount, who owes it, its age and bucket from service and billing."""
    end = pd.Timestamp(facts.window.last)
    about = ("service_date", "sent_at", "next_payer", *facts.dimensions)
    money = facts.money(RECEIVABLE, facts.window.last, lines="code" in by, ever=False)
    found = facts.with_claims(with_codes(facts, money) if "code" in by else money, about)
    second = (found["account"] == Account.PAYER_SECONDARY.value) & (found["next_payer"] != "")
    sent = day_of(found["sent_at"])
    billed = (end - sent.where(sent <= end)).dt.days
    return found.drop(columns=["service_date", "next_payer"]).assign(
        payer=found["payer"].where(~second, found["next_payer"]),
        owes=found["account"].isin(PATIENT).map({True: "patient", False: "payer"}),
        bucket=bucket((end - found["service_date"]).dt.days), billed_bucket=bucket(billed),
    )  # fmt: skip


def bucket(days: pd.Series) -> pd.Series:
    """The bucket of ages in days; a claim without one is not billed yet."""
    names = np.array([*BUCKETS, NOT_BILLED])
    places = np.where(days.isna(), len(BUCKETS), np.searchsorted(_ENDS, days.fillna(0)))
    return pd.Series(names[places], index=days.index, dtype="str")


def _by_bucket(key: str, title: str, owed: pd.DataFrame, column: str, buckets: Sequence[str]) -> View:
    sums = owed.groupby([column, "owes"])["cents"].sum()
    table = [
        {"bucket": name, "payer": int(sums.get((name, "payer"), 0)), "patient": int(sums.get((name, "patient"), 0))}
        for name in buckets
    ]
    frame = pd.DataFrame(table)
    frame["total"] = frame["payer"] + frame["patient"]
    whole = totals(frame, ("payer", "patient", "total"))
    return View(key=key, title=title, frame=frame if len(owed) else frame.iloc[:0], total=whole, columns=(
        Shown("bucket", "Days"), Shown("payer", "Payers owe", Show.MONEY), Shown("patient", "Patients owe", Show.MONEY),
        Shown("total", "Total", Show.MONEY)))  # fmt: skip


def _split(owed: pd.DataFrame, by: Sequence[str]) -> View:
    sums = owed.groupby([*by, "bucket"])["cents"].sum().unstack("bucket", fill_value=0).reindex(
        columns=list(BUCKETS), fill_value=0)  # fmt: skip
    frame = sums.astype("int64").assign(total=sums.sum(axis=1)).reset_index()
    return View(key="split", title=f"Age from the date of service by {', '.join(by)}",
                total=totals(frame, (*BUCKETS, "total")),
                frame=frame.sort_values("total", ascending=False, kind="stable"), columns=(
                    *dimension_columns(by), *(Shown(b, b, Show.MONEY) for b in BUCKETS),
                    Shown("total", "Total", Show.MONEY)))  # fmt: skip
