"""Which claims a key figure counts: each once, by the step of its life that falls into the window.

A correction is no claim of its own where the one it replaces was counted already: HFMA's clean claim rate (MAP CL-1) is
of claims that come into the scrubber to be billed, its initial denials (Claim Integrity Task Force, 2020) are the first
answers.  A claim to a later payer is one of its own.
"""

from __future__ import annotations

import pandas as pd

from ptedi.reports.practice.facts import Facts

PLACE = ("file_id", "segment_index", "byte_offset")
COLUMNS = ("claim_id", "line", "code", "payer", "event", "numerator", "denominator", *PLACE)


def one_each(claims: pd.DataFrame, numerator: pd.Series, event: str) -> pd.DataFrame:
    """One row a claim, its evidence an event of its history where those were read."""
    made = pd.DataFrame({"claim_id": claims["claim_id"], "numerator": numerator.astype("int64"), "denominator": 1})
    return with_columns(made.assign(event=claims[event]) if event in claims else made)


def with_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with those columns that a figure's rows have."""
    return rows[[name for name in COLUMNS if name in rows]].reset_index(drop=True)


def first_of(facts: Facts, claims: pd.DataFrame, step: str) -> pd.DataFrame:
    """Without the claims that took the place, at once or in the end, of one that had come to a step (`sent_at`)."""
    told = facts.claims.loc[facts.claims[step].notna(), "claim_id"]
    heirs = facts.heirs(told[told.isin(facts.replaced["claim_id"])])
    return claims[~claims["claim_id"].isin(heirs.loc[heirs["heir"] != heirs["claim_id"], "heir"])]


def sent(facts: Facts) -> pd.DataFrame:
    """Claims first sent in the window."""
    return facts.claims[facts.window.holds(facts.claims["sent_at"])]


def remitted(facts: Facts) -> pd.DataFrame:
    """Claims first adjudicated in the window."""
    return facts.claims[facts.window.holds(facts.claims["remitted_at"])]


def initial(facts: Facts) -> pd.DataFrame:
    """Claims adjudicated in the window, but no correction of an adjudicated one: the answer to it is no initial one."""
    return first_of(facts, remitted(facts), "remitted_at")


def first_remits(facts: Facts) -> pd.DataFrame:
    """The first claim payment in the books of each claim adjudicated in the window, but not of corrections.

    A price told beforehand is none.
    """
    found = facts.claim_payments
    posted = found[(found["state"] == "posted") & (found["status_code"] != "25") & (found["charge_cents"] >= 0)
                   & found["claim_id"].notna()]  # fmt: skip
    posted = posted[posted["claim_id"].isin(initial(facts)["claim_id"])]
    return posted.sort_values("claim_payment_id").drop_duplicates("claim_id")
