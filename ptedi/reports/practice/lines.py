"""Money by procedure, where what stands on the claim as a whole says so; exact shares of money."""

from __future__ import annotations

import pandas as pd

from ptedi.reports.practice.facts import Facts

WHOLE_CLAIM = "(claim as a whole)"


def with_codes(facts: Facts, money: pd.DataFrame) -> pd.DataFrame:
    """Postings with `code`, the procedure of their line as last coded."""
    codes = facts.bare_lines[["claim_id", "line", "procedure"]].rename(columns={"procedure": "code"})
    found = money.assign(line=money["line"].astype("Int64")).merge(
        codes.astype({"line": "Int64"}), on=["claim_id", "line"], how="left")  # fmt: skip
    return found.assign(code=found["code"].fillna(WHOLE_CLAIM))


def shared(cents: pd.Series, part: int, whole: int) -> pd.Series:
    """Of each amount the share part / whole in cents, half up; nothing of nothing."""
    if whole <= 0 or cents.empty:
        return pd.Series(0, index=cents.index, dtype="int64")
    if 2 * int(cents.abs().max()) * abs(part) + whole > 2**62:  # beyond machine integers: Python's are exact
        return pd.Series([(2 * int(c) * part + whole) // (2 * whole) for c in cents], index=cents.index, dtype="int64")
    return (2 * cents * part + whole) // (2 * whole)
