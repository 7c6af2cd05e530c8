"""`cash`: what the claims that wait for their first 835 should bring, and in which week, by each payer's own past.

The method (METHOD, printed with the report) uses nothing but counts and sums, so that anybody can check it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pandas as pd

from ptedi.reports.practice import rows
from ptedi.reports.practice.facts import Facts, Window, day_of
from ptedi.reports.practice.kpis import CLEARING
from ptedi.reports.practice.lines import shared, spread
from ptedi.reports.practice.report import Body, Picture, Shape, Show, Shown, View, dimension_columns, totals
from ptedi.submissions.status import State

PAST, WEEKS = timedelta(days=180), 6
OVERDUE, LATER = "overdue", "later"
COLUMNS = (OVERDUE, *(f"week {n}" for n in range(1, WEEKS + 1)), LATER)
_GONE = tuple(s.value for s in (State.REJECTED, State.SUPERSEDED, State.WRITTEN_OFF, State.REWORKED))
_ALL, AS_LATER = "", ", after another payer"
Lags: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
NO_LAGS: Lags = np.array([], dtype="int64")
METHOD = (
    "Share: of each payer's claims first adjudicated in the 180 days up to the last day, dollars paid by that first "
    "835 / dollars charged.",
    "Lag: of the same claims, the days from sending to adjudication, as they were spread.",
    "A claim that was sent and not adjudicated by the last day brings charge x share.  Its weeks follow the lags that "
    "are longer than it has waited, each as likely as it was; one that has waited longer than any is overdue.",
    "A payer without such a past takes share and lags of all payers together.",
    "What a payer pays after another one is a past of its own, of such claims only; without one nothing is expected.",
    "A correction of a claim that was paid in part brings only what is more than that: the payer takes the rest back.",
    "Cents are dealt out so that the weeks sum to the whole (largest remainder).",
)


BY_CODE = (
    "By code, what a claim should bring is spread over its lines by their charge, to the cent; a claim counts with "
    "each code that it carries."
)
READS = {
    "lines": ("claim_id", "line", "procedure", "charge_cents"),
    "claims": ("claim_id", "claim", "visit_id", "service_date", "charge_cents", "state", "sent_at", "sent_event",
               "remitted_at", "later_payer", "payer"),
    "claim_payments": ("claim_payment_id", "claim_id", "state", "status_code", "charge_cents", "paid_cents"),
}  # fmt: skip


def build(facts: Facts, by: Sequence[str]) -> Body:
    """The report."""
    split, past = tuple(by) or ("payer",), history(facts)
    waiting = expected(facts, past)
    frame = _dealt(by_line(facts, waiting) if "code" in by else waiting, past, split)
    columns = (
        *dimension_columns(split), Shown("claims", "Claims", Show.COUNT), Shown("charge", "Charge", Show.MONEY, True),
        Shown("total", "Expected", Show.MONEY),
        *(Shown(c, word, Show.MONEY) for c, word in zip(COLUMNS, labels(facts.window.last), strict=True)),
    )  # fmt: skip
    title = f"Expected payments by {', '.join(split)} and week after {facts.window.last}"
    total = totals(frame, ("total", *COLUMNS), claims=len(waiting))
    view = View(key="weeks", title=title, frame=frame, total=total, columns=columns)
    shares = pd.DataFrame([{
        "payer": f"(all payers){name}" if name in (_ALL, AS_LATER) else name, "claims": len(one.lags),
        "charge": one.charge, "paid": one.paid, "median": int(one.lags[(len(one.lags) - 1) // 2]),
    } for name, one in sorted(past.items())], columns=["payer", "claims", "charge", "paid", "median"])  # fmt: skip
    basis = View(key="past", title="The past it stands on", frame=shares, ordered=True, columns=(
        Shown("payer", "Payer"), Shown("claims", "Claims", Show.COUNT), Shown("charge", "Charge", Show.MONEY),
        Shown("paid", "Paid", Show.MONEY), Shown("median", "Median lag, days", Show.COUNT)))  # fmt: skip
    sums = tuple(int(frame[c].sum()) if len(frame) else 0 for c in COLUMNS)
    picture = Picture(title="Expected payments by week", shape=Shape.COLUMNS, labels=labels(facts.window.last),
                      series={"expected": sums})  # fmt: skip
    listed = rows.view(facts, "Claims that wait", waiting, (
        Shown("charge_cents", "Charge", Show.MONEY), Shown("expected", "Expected", Show.MONEY),
        Shown("waited", "Days waited", Show.COUNT))) if facts.detail else None  # fmt: skip
    return Body(views=[view, basis] if len(waiting) else [view], pictures=[picture] if len(waiting) else [],
                rows=listed, method=[*METHOD, *([BY_CODE] if "code" in by else [])])  # fmt: skip


def labels(last: date) -> tuple[str, ...]:
    """The columns as people read them: each week by its days, `Oct 1-7`."""
    starts = [last + timedelta(days=1 + 7 * week) for week in range(WEEKS)]
    weeks = []
    for start in starts:
        end = start + timedelta(days=6)
        until = f"{end.day}" if end.month == start.month else f"{end:%b} {end.day}"
        weeks.append(f"{start:%b} {start.day}-{until}")
    return (OVERDUE, *weeks, f"after {starts[-1] + timedelta(days=6):%b} {(starts[-1] + timedelta(days=6)).day}")


@dataclass(frozen=True, slots=True)
class Past:
    """What a payer did: charge and payment of its first 835s in cents, and the days each claim waited, sorted."""

    charge: int
    paid: int
    lags: Lags


def history(facts: Facts) -> dict[str, Past]:
    """The past of each payer, apart where it paid after another one; of all together under no name; {} without any."""
    window = Window(first=facts.window.last - PAST, last=facts.window.last)
    claims = facts.claims[window.holds(facts.claims["remitted_at"]) & facts.claims["sent_at"].notna()]
    told = facts.claim_payments[(facts.claim_payments["state"] == "posted")
                                & (facts.claim_payments["status_code"] != "25")]  # fmt: skip
    first = told.sort_values("claim_payment_id").drop_duplicates("claim_id")[["claim_id", "charge_cents", "paid_cents"]]
    first = first[first["claim_id"].notna()].astype({"claim_id": "int64"}).rename(columns={"charge_cents": "asked"})
    found = claims.merge(first, on="claim_id")
    found["lag"] = (day_of(found["remitted_at"]) - day_of(found["sent_at"])).dt.days.clip(lower=0).astype("int64")
    past = {str(name): _past(some) for name, some in found.groupby(_role(found))}
    for name, some in ((_ALL, found[~found["later_payer"]]), (AS_LATER, found[found["later_payer"]])):
        past |= {name: _past(some)} if len(some) else {}
    return past


def _role(claims: pd.DataFrame) -> pd.Series:
    """The payer of each claim, told apart where it comes after another one: it pays a small part of the charge."""
    return claims["payer"].where(~claims["later_payer"], claims["payer"] + AS_LATER)


def _of(past: dict[str, Past], role: str) -> Past | None:
    """A payer's past, or that of all payers in its place."""
    return past.get(role) or past.get(AS_LATER if role.endswith(AS_LATER) else _ALL)


def _past(rows: pd.DataFrame) -> Past:
    return Past(int(rows["asked"].sum()), int(rows["paid_cents"].sum()), np.sort(rows["lag"].to_numpy()))


def expected(facts: Facts, past: dict[str, Past]) -> pd.DataFrame:
    """Claims that were sent and not adjudicated by the last day of the window, with what each should bring."""
    end = pd.Timestamp(facts.window.last)
    sent, told = day_of(facts.claims["sent_at"]), day_of(facts.claims["remitted_at"])
    open_ = (sent <= end) & ~(told <= end) & ~facts.claims["state"].isin(_GONE)
    found = facts.claims[open_][["claim_id", "claim", "visit_id", "service_date", "charge_cents", *facts.dimensions]]
    found["role"] = _role(facts.claims[open_])
    waited = (end - sent[open_]).dt.days.astype("int64")
    brings = pd.Series(0, index=found.index, dtype="int64")
    for role, charges in found.groupby("role")["charge_cents"]:
        one = _of(past, str(role))
        if one is not None:
            brings[charges.index] = shared(charges, one.paid, one.charge)
    brings = (brings - paid_before(facts, found["claim_id"])).clip(lower=0)
    return found.assign(waited=waited, expected=brings, event=facts.claims["sent_event"][open_])


def by_line(facts: Facts, waiting: pd.DataFrame) -> pd.DataFrame:
    """Claims that wait once for each code they carry, with that code's part of charge and expected amount."""
    lines = facts.bare_lines[facts.bare_lines["claim_id"].isin(waiting["claim_id"])]
    lines = lines.rename(columns={"charge_cents": "cents", "procedure": "code"})
    parts = spread(waiting.set_index("claim_id")["expected"], lines).rename(columns={"cents": "expected"})
    found = lines.astype({"line": "Int64"}).merge(parts, on=["claim_id", "line"], how="left").fillna({"expected": 0})
    found = found.groupby(["claim_id", "code"], as_index=False)[["cents", "expected"]].sum()
    rest = waiting.drop(columns=["expected", "charge_cents"])
    return rest.merge(found.rename(columns={"cents": "charge_cents"}), on="claim_id").astype({"expected": "int64"})


def paid_before(facts: Facts, claim_ids: pd.Series) -> pd.Series:
    """What stands paid on the claims that these replace, in cents."""
    before = facts.replaced[facts.replaced["heir"].isin(claim_ids)]
    if before.empty:
        return pd.Series(0, index=claim_ids.index, dtype="int64")
    some = sorted(map(int, before["claim_id"]))
    money = facts.money_of(some, [CLEARING], ("claim_id", "cents")).groupby("claim_id")["cents"].sum()
    paid = before.assign(cents=before["claim_id"].map(money).fillna(0)).groupby("heir")["cents"].sum()
    return claim_ids.map(paid).fillna(0).astype("int64")


def _dealt(waiting: pd.DataFrame, past: dict[str, Past], split: tuple[str, ...]) -> pd.DataFrame:
    """Sums by group and week."""
    names = [*split, "role"]
    groups = (
        waiting.groupby([*names, "waited"])
        .agg(claims=("claim_id", "size"), charge=("charge_cents", "sum"), expected=("expected", "sum"))
        .reset_index()
    )
    table = []
    for row in groups.to_dict("records"):
        one = _of(past, str(row["role"]))
        weeks = deal(int(row["expected"]), one.lags if one else NO_LAGS, int(row["waited"]))
        table.append({**{name: row[name] for name in split}, "claims": row["claims"], "charge": row["charge"],
                      **dict(zip(COLUMNS, weeks, strict=True)), "total": sum(weeks)})  # fmt: skip
    columns = [*split, "claims", "charge", *COLUMNS, "total"]
    frame = pd.DataFrame(table, columns=columns).groupby(list(split), as_index=False).sum()
    return frame.sort_values("total", ascending=False, kind="stable")


def deal(cents: int, lags: Lags, waited: int) -> list[int]:
    """Cents over the columns: by the (sorted) lags longer than the days waited already; all overdue without one."""
    ends = [int(place) for place in np.searchsorted(lags, [waited + 7 * week for week in range(WEEKS + 1)], "right")]
    weeks = [0, *(end - start for start, end in pairwise(ends)), len(lags) - ends[-1]]
    whole = sum(weeks)
    if not whole:
        return [cents, *([0] * (WEEKS + 1))]
    exact = [divmod(cents * count, whole) for count in weeks]
    dealt = [quotient for quotient, _ in exact]
    for column in sorted(range(WEEKS + 2), key=lambda c: -exact[c][1])[: cents - sum(dealt)]:
        dealt[column] += 1
    return dealt
