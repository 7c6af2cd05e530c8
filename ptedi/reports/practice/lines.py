"""Money by procedure, where what stands on the claim as a whole says so; exact shares of money."""

from __future__ import annotations

import pandas as pd

from ptedi.reports.practice.facts import Facts

WHOLE_CLAIM = "(claim as a whole)"
NO_CODE = "(not coded)"


def with_codes(facts: Facts, money: pd.DataFrame) -> pd.DataFrame:
    """Postings with `code`, the procedure of their line as last coded."""
    codes = facts.bare_lines[["claim_id", "line", "procedure"]].rename(columns={"procedure": "code"})
    found = money.assign(line=money["line"].astype("Int64")).merge(
        codes.astype({"line": "Int64"}), on=["claim_id", "line"], how="left")  # fmt: skip
    return found.assign(code=found["code"].fillna(WHOLE_CLAIM))


def carried(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of claims (or of visits) once for each code that they carry; one without a code has none yet."""
    lines = facts.bare_lines[["claim_id", "procedure"]].drop_duplicates().rename(columns={"procedure": "code"})
    key = "claim_id"
    if key not in rows:
        key = "visit_id"
        lines = facts.with_claims(lines, [key])[[key, "code"]].drop_duplicates()
    found = rows.merge(lines, on=key, how="left")
    return found.assign(code=found["code"].fillna(NO_CODE))


def spread(amounts: pd.Series, weights: pd.DataFrame) -> pd.DataFrame:
    """Each claim's cents over its lines by their weight: `claim_id`, `line`, `cents`; the parts sum to the whole.

    Args:
        amounts: cents by claim.
        weights: `claim_id`, `line` and `cents`, one row or more a line.
    """
    lines = weights.assign(line=weights["line"].astype("Int64")).groupby(["claim_id", "line"], dropna=False)
    parts = lines["cents"].sum().reset_index()
    parts = parts[parts["claim_id"].isin(amounts.index)]
    by_claim = parts.groupby("claim_id")["cents"]
    whole, upto = by_claim.transform("sum"), by_claim.cumsum()
    parts, upto, whole = parts[whole != 0], upto[whole != 0], whole[whole != 0]
    amount = parts["claim_id"].map(amounts).astype("int64")
    reached = (2 * upto * amount + whole) // (2 * whole)
    before = reached.groupby(parts["claim_id"]).shift(fill_value=0)
    return parts.assign(cents=reached - before)


def shared(cents: pd.Series, part: int, whole: int) -> pd.Series:
    """Of each amount the share part / whole in cents, half up; nothing of nothing."""
    if whole <= 0 or cents.empty:
        return pd.Series(0, index=cents.index, dtype="int64")
    if 2 * int(cents.abs().max()) * abs(part) + whole > 2**62:  # beyond machine integers: Python's are exact
        return pd.Series([(2 * int(c) * part + whole) // (2 * whole) for c in cents], index=cents.index, dtype="int64")
    return (2 * cents * part + whole) // (2 * whole)
