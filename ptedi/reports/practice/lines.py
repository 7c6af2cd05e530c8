"""Money by procedure: postings on a line take the line's code; what stands on the claim as a whole says so."""

from __future__ import annotations

import pandas as pd

from ptedi.reports.practice.facts import Facts

WHOLE_CLAIM = "(claim as a whole)"


def with_codes(facts: Facts, money: pd.DataFrame) -> pd.DataFrame:
    """Postings with `code`, the procedure of their line as last coded."""
    codes = facts.lines[["claim_id", "line", "procedure"]].rename(columns={"procedure": "code"})
    found = money.assign(line=money["line"].astype("Int64")).merge(
        codes.astype({"line": "Int64"}), on=["claim_id", "line"], how="left")  # fmt: skip
    return found.assign(code=found["code"].fillna(WHOLE_CLAIM))
