"""Key figures from their rows: each number is made of the rows that it lists and of nothing else.

A row has `numerator` and `denominator` (claims: 0 or 1; money: cents; lags: seconds) and the evidence it stands on: the
event of the claim, or the place of the posting in its file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

from ptedi.ledger.accounts import Account, Kind
from ptedi.pricing.compare import NOT_COMPARED
from ptedi.reports.practice.catalogue import BY_KEY, KPIS, PLACES, Kpi, Sum, Unit, ratio
from ptedi.reports.practice.counted import (
    PLACE,
    first_of,
    first_remits,
    initial,
    one_each,
    remitted,
    sent,
    with_columns,
)
from ptedi.reports.practice.facts import DIMENSIONS, Facts, day_of
from ptedi.reports.practice.lines import carried, shared, spread, with_codes

RECEIVABLE = tuple(a.value for a in Account if a.is_receivable)
CONTRACTUAL = (Account.CONTRACTUAL.value, Account.SEQUESTRATION.value, Account.MPPR.value)
CHARGES, CLEARING, DENIED = Account.CHARGES.value, Account.CLEARING.value, Account.DENIED.value
PATIENT = tuple(a.value for a in Account if a.kind is Kind.PATIENT)
ABOUT = ("claim", "visit_id", "service_date", *DIMENSIONS)
_SECONDS = {Unit.DAYS: 86_400, Unit.HOURS: 3_600}


READS = {
    "claims": ("claim_id", "payer", "service_date", "captured_at", "scrubbed_at", "sent_at", "file_answered_at",
               "claim_answered_at", "remitted_at", "clean", "accepted", "paid_at_once"),
    "visits": ("service_date", "captured_at"),
    "lines": ("claim_id", "line", "procedure", "charge_cents"),
    "balances": ("claim_id", "cents", "ever"),
    "claim_payments": ("claim_payment_id", "claim_id", "state", "status_code", "charge_cents", "book_date",
                       "posted_at"),
    "variances": ("claim_id", "line", "code", "payer", "verdict", "expected_cents", "variance_cents", "paid_on"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A key figure and its rows.

    Attributes:
        kpi: which.
        rows: claim, dimensions, numerator, denominator, evidence.
        times: what the numerator counts times (the days of the window, for days in A/R).
    """

    kpi: Kpi
    rows: pd.DataFrame
    times: int = 1

    @property
    def numerator(self) -> int:
        """The sum above the line."""
        return int(self.rows["numerator"].sum())

    @property
    def denominator(self) -> int:
        """The sum below the line."""
        return int(self.rows["denominator"].sum())

    @property
    def value(self) -> Decimal | None:
        """The number: a rate as a share of 1, days and hours with one decimal, cents; None without rows."""
        return number(self.kpi, self.rows, self.times)


def number(kpi: Kpi, rows: pd.DataFrame, times: int = 1) -> Decimal | None:
    """The number that rows make."""
    if rows.empty:
        return None
    places = PLACES[kpi.unit]
    if kpi.by is Sum.TOTAL:
        return Decimal(int(rows["numerator"].sum()))
    if kpi.by is Sum.RATIO:
        return ratio(int(rows["numerator"].sum()), int(rows["denominator"].sum()), places, times)
    low, high = (len(rows) - 1) // 2, len(rows) // 2
    ordered = np.partition(rows["numerator"].to_numpy("int64"), (low, high))
    middle = int(ordered[low]) + int(ordered[high])
    return (Decimal(middle) / (2 * _SECONDS[kpi.unit])).quantize(Decimal(places), rounding=ROUND_HALF_UP)


def measures(facts: Facts, keys: Sequence[str] = (), about: Sequence[str] = ABOUT) -> list[Measure]:
    """The key figures of a window, all or those named; one that cannot be told yet is left out.

    Args:
        facts: the practice.
        keys: which; all without.
        about: what of its claim each row says besides.
    """
    wanted = [BY_KEY[key] for key in keys] or list(KPIS)
    found = [(kpi, _ROWS[kpi.key](facts)) for kpi in wanted]
    if facts.by_code:
        found = [(kpi, rows if rows is None else coded(facts, rows)) for kpi, rows in found]
    return [Measure(kpi=kpi, rows=named(facts, rows, about), times=facts.window.days if kpi.key == "days_in_ar" else 1)
            for kpi, rows in found if rows is not None]  # fmt: skip


def coded(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by procedure: amounts by that of their line, claims and visits once for each that they carry."""
    if "code" in rows:
        return rows
    return with_codes(facts, rows) if "line" in rows else carried(facts, rows)


def named(facts: Facts, rows: pd.DataFrame, about: Sequence[str] = ABOUT) -> pd.DataFrame:
    """Rows with columns of their claim; those of visits have their own, and who paid is told already."""
    missing = [name for name in about if name not in rows]
    return facts.with_claims(rows, missing) if "claim_id" in rows and missing else rows


def _clean(facts: Facts) -> pd.DataFrame:
    claims = first_of(facts, facts.claims[facts.window.holds(facts.claims["scrubbed_at"])], "scrubbed_at")
    if facts.detail:
        claims = claims.assign(verdict=claims["held_event"].fillna(claims["scrubbed_event"]))
    return one_each(claims, claims["clean"], "verdict")


def _accepted(facts: Facts) -> pd.DataFrame:
    claims = first_of(facts, sent(facts), "sent_at")
    if facts.detail:
        answer = claims["accepted_event"].where(claims["accepted"], claims["rejected_event"])
        claims = claims.assign(answer=answer.fillna(claims["sent_event"]))
    return one_each(claims, claims["accepted"], "answer")


def _resolved(facts: Facts) -> pd.DataFrame:
    claims = first_of(facts, remitted(facts), "sent_at")
    return one_each(claims, claims["paid_at_once"], "remitted_event")


def _denied(facts: Facts) -> pd.DataFrame:
    claims = initial(facts)
    return one_each(claims, ~claims["paid_at_once"], "remitted_event")


def denials_of_first_remits(facts: Facts, claim_ids: pd.Index[int] | None = None) -> pd.DataFrame:
    """The postings by which the first claim payment of each claim (or of these) denied something.

    `claim_id` is the claim that was answered, `account_id` the one on whose account it stands (they differ for the
    claims to later payers and for corrected claims).
    """
    first = first_remits(facts)
    first = first if claim_ids is None else first[first["claim_id"].isin(claim_ids)]
    held = facts.money([DENIED], lines=True)
    found = held[held["claim_payment_id"].isin(first["claim_payment_id"]) & (held["adjustment_reason"] != "")]
    own = first.set_index("claim_payment_id")["claim_id"]
    return found.assign(account_id=found["claim_id"], claim_id=found["claim_payment_id"].map(own).astype("int64"))


def _denied_amount(facts: Facts) -> pd.DataFrame:
    first = first_remits(facts)
    below = first.assign(numerator=0, denominator=first["charge_cents"])
    if facts.by_code:
        below = _charged_lines(facts, first).assign(numerator=0)
    denied = denials_of_first_remits(facts)
    above = denied.assign(numerator=denied["cents"], denominator=0)
    return with_columns(pd.concat([below, above], ignore_index=True))


def _charged_lines(facts: Facts, remits: pd.DataFrame) -> pd.DataFrame:
    """What each claim payment adjudicated, line by line; what is not that of the lines stands without one."""
    lines = facts.bare_lines[["claim_id", "line", "charge_cents"]].rename(columns={"charge_cents": "denominator"})
    places = remits.astype({"claim_id": "int64"})[["claim_id", *(name for name in PLACE if name in remits)]]
    found = places.merge(lines.astype({"line": "Int64"}), on="claim_id")
    told = found.groupby("claim_id")["denominator"].sum()
    rest = remits["charge_cents"] - remits["claim_id"].astype("int64").map(told).fillna(0).astype("int64")
    off = places[rest != 0].assign(denominator=rest[rest != 0])
    return pd.concat([found, off], ignore_index=True) if len(off) else found


def allowance_shares(facts: Facts) -> dict[str, tuple[int, int]]:
    """By payer: contractual adjustments and charges (cents) of all claims adjudicated up to the end of the window."""
    until = facts.window.last
    claims = facts.claims
    done = claims[_adjudicated(facts)].set_index("claim_id")["payer"]
    cut = _of_claims(facts.money(CONTRACTUAL, until), done.index)
    charged = _of_claims(facts.money([CHARGES], until), done.index)
    less, whole = cut.groupby(cut["claim_id"].map(done))["cents"].sum(), charged.groupby(
        charged["claim_id"].map(done))["cents"].sum()  # fmt: skip
    return {str(payer): (int(less.get(payer, 0)), -int(cents)) for payer, cents in whole.items()}


def _adjudicated(facts: Facts) -> pd.Series:
    days = day_of(facts.claims["remitted_at"])
    booked = facts.claim_payments[facts.claim_payments["state"] == "posted"]
    early = booked[booked["book_date"] <= pd.Timestamp(facts.window.last)]["claim_id"]
    return days.notna() & facts.claims["claim_id"].isin(early.dropna().astype("int64"))


def _of_claims(money: pd.DataFrame, claim_ids: pd.Index | pd.Series) -> pd.DataFrame:
    return money[money["claim_id"].isin(claim_ids)]


def estimated(charges: pd.Series, payers: pd.Series, shares: dict[str, tuple[int, int]]) -> pd.Series:
    """The allowance to expect of charges: their payer's share so far, in cents, half up."""
    found = pd.Series(0, index=charges.index, dtype="int64")
    for payer, some in charges.groupby(payers):
        found[some.index] = shared(some, *shares.get(str(payer), (0, 0)))
    return found


def _days_in_ar(facts: Facts) -> pd.DataFrame:
    until, shares = facts.window.last, allowance_shares(facts)
    open_ = facts.money(RECEIVABLE, until, ever=False)
    above = open_.assign(numerator=open_["cents"], denominator=0)
    charged = _in_window(facts, facts.money([CHARGES], until))
    below = charged.assign(numerator=0, denominator=-charged["cents"])
    cut = _in_window(facts, facts.money(CONTRACTUAL, until))
    less = cut.assign(numerator=0, denominator=-cut["cents"])
    return with_columns(pd.concat([above, below, less, _allowances(facts, open_, charged, shares)], ignore_index=True))


def _allowances(facts: Facts, open_: pd.DataFrame, charged: pd.DataFrame, shares: dict[str, tuple[int, int]]
                ) -> pd.DataFrame:  # fmt: skip
    """One row a claim that no 835 adjudicated: what its receivable and its revenue lack by its payer's share so far."""
    waiting = facts.claims[~_adjudicated(facts)].set_index("claim_id")["payer"]
    owed = _of_claims(open_, waiting.index).groupby("claim_id")["cents"].sum()
    billed = -_of_claims(charged, waiting.index).groupby("claim_id")["cents"].sum()
    ids = owed.index.union(billed.index)
    payers = waiting.reindex(ids)
    lacking = {"numerator": owed, "denominator": billed}
    parts = {name: -estimated(cents.reindex(ids, fill_value=0), payers, shares) for name, cents in lacking.items()}
    made = pd.DataFrame({"claim_id": ids, **{name: part.to_numpy() for name, part in parts.items()}})
    if not facts.by_code:
        return made
    weights = {"numerator": open_, "denominator": charged}
    return pd.concat([
        spread(made.set_index("claim_id")[name], weight).rename(columns={"cents": name}).assign(
            **{other: 0 for other in weights if other != name}) for name, weight in weights.items()])  # fmt: skip


def _in_window(facts: Facts, money: pd.DataFrame) -> pd.DataFrame:
    """Money on claims whose service date is in the window."""
    claims = facts.claims[facts.window.holds(facts.claims["service_date"])]
    return _of_claims(money, claims["claim_id"])


def _aged(facts: Facts) -> pd.DataFrame:
    owed = billed_receivables(facts)
    return with_columns(owed.assign(numerator=owed["cents"].where(owed["age"] > 90, 0), denominator=owed["cents"]))


def billed_receivables(facts: Facts) -> pd.DataFrame:
    """Receivables at the end of the window with the age in days since service; `billed`: the claim was sent by then."""
    owed = facts.money(RECEIVABLE, facts.window.last, ever=False)
    rows = facts.with_claims(owed, ("service_date", "sent_at"))
    end = pd.Timestamp(facts.window.last)
    billed = day_of(rows["sent_at"]) <= end
    return rows[billed].assign(age=(end - rows.loc[billed, "service_date"]).dt.days)


def _collected(facts: Facts, *, net: bool) -> pd.DataFrame:
    paid = _in_window(facts, facts.money([CLEARING]))
    charged = _in_window(facts, facts.money([CHARGES]))
    parts = [paid.assign(numerator=paid["cents"], denominator=0),
             charged.assign(numerator=0, denominator=-charged["cents"])]  # fmt: skip
    if net:
        cut = _in_window(facts, facts.money(CONTRACTUAL))
        parts.append(cut.assign(numerator=0, denominator=-cut["cents"]))
    return with_columns(pd.concat(parts, ignore_index=True))


def _lag(claims: pd.DataFrame, begin: pd.Series, end: pd.Series, event: str) -> pd.DataFrame:
    seconds = (end - begin).dt.total_seconds()
    told = claims[seconds.notna()]
    return one_each(told, seconds[seconds.notna()].astype("int64"), event)


def _file_lag(facts: Facts) -> pd.DataFrame:
    claims = sent(facts)
    return _lag(claims, claims["sent_at"], claims["file_answered_at"], "sent_event")


def _answer_lag(facts: Facts) -> pd.DataFrame:
    claims = sent(facts)
    return _lag(claims, claims["sent_at"], claims["claim_answered_at"], "sent_event")


def _payment_lag(facts: Facts) -> pd.DataFrame:
    claims = remitted(facts)
    return _lag(claims, claims["sent_at"], claims["remitted_at"], "remitted_event")


def _submission_lag(facts: Facts) -> pd.DataFrame:
    claims = sent(facts)
    return _lag(claims, claims["captured_at"], claims["sent_at"], "sent_event")


def _charge_lag(facts: Facts) -> pd.DataFrame:
    visits = facts.visits[facts.window.holds(facts.visits["captured_at"])]
    days = day_of(visits["captured_at"]) - visits["service_date"]
    places = [name for name in ("visit_id", "file_id", "source_row") if name in visits]
    kept = visits[["service_date", *(name for name in DIMENSIONS if name in visits), *places]]
    rows = kept.assign(claim="", numerator=days.dt.total_seconds().astype("int64"), denominator=1)
    return rows.reset_index(drop=True)


def _recovered(facts: Facts) -> pd.DataFrame:
    """One row a denied line that was worked: what the same payer paid on it after a person's first act, at most all.

    A claim to a later payer is paid on the first one's account, so the account counts, not the claim that was answered.
    Of a claim that a corrected one replaced, one row: what both brought since, less what the payer took back, because
    a correction may number its lines anew.
    """
    since = facts.worked.set_index("claim_id")["at"]
    if since.empty:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in ("claim_id", "numerator", "denominator")})
    denied = denials_of_first_remits(facts, since.index)
    kept = ("claim_payment_id", "account_id", *(name for name in PLACE if name in denied))
    denied = denied.assign(line=denied["line"].fillna(0).where(~_is_replaced(facts, denied["account_id"]), 0))
    owed = denied.groupby(["claim_id", "line"], as_index=False).agg(
        cents=("cents", "sum"), **{name: (name, "first") for name in kept})  # fmt: skip
    owed = owed[owed["cents"] > 0]
    owed = owed.assign(since=since.reindex(owed["claim_id"]).set_axis(owed.index),
                       **facts.of_claims(owed["claim_id"], ["payer"]))  # fmt: skip
    pairs = owed.reset_index().merge(_paid_on(facts, owed["account_id"]), on=["account_id", "line", "payer"],
                                     suffixes=("", "_later"))  # fmt: skip
    later = (pairs["claim_payment_id_later"] > pairs["claim_payment_id"]) & (pairs["posted_at"] >= pairs["since"])
    got = pairs[later].groupby("index")["paid"].sum().reindex(owed.index, fill_value=0)
    return with_columns(owed.assign(numerator=got.clip(lower=0).clip(upper=owed["cents"]), denominator=owed["cents"]))


def _is_replaced(facts: Facts, accounts: pd.Series) -> pd.Series:
    return accounts.isin(facts.replaced["claim_id"])


def _paid_on(facts: Facts, accounts: pd.Series) -> pd.DataFrame:
    """What was paid on lines of some accounts and of those that replaced them, when we read it, by which payer."""
    heirs = facts.heirs(accounts).rename(columns={"claim_id": "account_id"})
    some = sorted(map(int, heirs["heir"].unique()))
    paid = facts.money_of(some, [CLEARING], ("claim_id", "line", "cents", "claim_payment_id"))
    paid = paid[paid["claim_payment_id"].notna()].astype({"claim_payment_id": "int64"})
    answers = facts.claim_payments[["claim_payment_id", "claim_id", "posted_at"]].dropna(subset="claim_id")
    answers = answers.assign(payer=facts.of_claims(answers["claim_id"], ["payer"])["payer"]).drop(columns="claim_id")
    found = paid.assign(line=paid["line"].fillna(0)).merge(answers, on="claim_payment_id", how="left")
    found = found.rename(columns={"claim_id": "heir", "cents": "paid"}).merge(heirs, on="heir")
    return found.assign(line=found["line"].where(~_is_replaced(facts, found["account_id"]), 0))


def _underpaid(facts: Facts) -> pd.DataFrame | None:
    found = facts.variances
    if found is None:
        return None
    told = ~found["verdict"].isin([one.value for one in NOT_COMPARED])
    inside = found[facts.window.holds(found["paid_on"]) & told]
    return with_columns(inside.assign(numerator=inside["variance_cents"], denominator=inside["expected_cents"]))


_ROWS: dict[str, Callable[[Facts], pd.DataFrame | None]] = {
    "clean_claims": _clean, "first_pass_acceptance": _accepted, "first_pass_resolution": _resolved,
    "denial_rate": _denied, "denial_amount": _denied_amount, "days_in_ar": _days_in_ar, "aged_over_90": _aged,
    "net_collection": lambda facts: _collected(facts, net=True),
    "gross_collection": lambda facts: _collected(facts, net=False), "charge_lag": _charge_lag,
    "submission_lag": _submission_lag, "file_answer_lag": _file_lag, "claim_answer_lag": _answer_lag,
    "payment_lag": _payment_lag, "recovery": _recovered, "underpayment": _underpaid,
}  # fmt: skip
