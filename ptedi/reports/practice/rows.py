"""The rows behind a figure, down to the segment and byte they came from."""

from __future__ import annotations

import pandas as pd

from ptedi.reports.practice.facts import Facts
from ptedi.reports.practice.report import Show, Shown, View

_PLACE = (
    Shown("what", "Evidence"), Shown("file", "File"), Shown("segment_index", "Segment", Show.COUNT),
    Shown("byte_offset", "Byte", Show.COUNT), Shown("source_row", "Row", Show.COUNT),
)  # fmt: skip
_ABOUT = (
    Shown("claim", "Claim"), Shown("visit_id", "Visit"), Shown("payer", "Payer"),
    Shown("clinic", "Clinic", machines=True), Shown("therapist", "Therapist", machines=True),
    Shown("service_date", "Service", Show.DAY),
)  # fmt: skip


def view(facts: Facts, title: str, rows: pd.DataFrame, values: tuple[Shown, ...]) -> View:
    """Rows with their claim and their evidence.

    Args:
        facts: the practice.
        title: what they are the rows of.
        rows: with `claim_id` (or a visit's own columns), and `event` or a place.
        values: the columns of their figures.
    """
    found = placed(facts, rows)
    if "claim" not in found:
        about = facts.claims[["claim_id", *(c.name for c in _ABOUT if c.name not in found and c.name != "claim_id")]]
        found = found.merge(about, on="claim_id", how="left")
    return View(key="rows", title=title, columns=(*_ABOUT, *values, *_PLACE), frame=found)


def placed(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with file, segment and byte; what no file told (a verdict of ours) shows the captured charge rows."""
    found = rows.reset_index(drop=True).copy()
    for name in ("segment_index", "byte_offset", "file_id", "source_row"):
        found[name] = found[name].astype("Int64") if name in found else pd.Series(pd.NA, found.index, dtype="Int64")
    found["what"] = "posting" if "posting_id" in found else ""
    if "event" in found and found["event"].notna().any():
        found = _of_events(facts, found)
    if "claim_id" in found:
        found = _of_charges(facts, found)
    names = facts.files.set_index("file_id")["file"]
    return found.assign(file=found["file_id"].map(names).fillna(""))


def _of_events(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    told = facts.events.rename(columns={"event": "told"})
    told = told[["claim_id", "sequence", "told", "file_id", "segment_index", "byte_offset"]]
    rows = rows.merge(told, left_on=["claim_id", "event"], right_on=["claim_id", "sequence"], how="left",
                      suffixes=("", "_told"))  # fmt: skip
    for name in ("file_id", "segment_index", "byte_offset"):
        rows[name] = rows[name].fillna(rows[f"{name}_told"])
    return rows.assign(what=rows["told"].fillna(rows["what"]))


def _of_charges(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    captured = facts.visits[["visit_id", "file_id", "source_row"]]
    source = facts.claims[["claim_id", "visit_id"]].merge(captured, on="visit_id", how="left")
    source = source.set_index("claim_id")
    bare = rows["file_id"].isna()
    claims = rows["claim_id"]
    return rows.assign(
        what=rows["what"].where(~bare | (rows["what"] != ""), "captured charges"),
        source_row=rows["source_row"].where(~bare, claims.map(source["source_row"])).astype("Int64"),
        file_id=rows["file_id"].where(~bare, claims.map(source["file_id"])).astype("Int64"),
    )  # fmt: skip
