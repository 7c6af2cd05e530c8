"""NCCI procedure-to-procedure pairs: which second code is not paid beside a first one on the same day.

The repository ships the pairs between PT codes (`schemas/codes/ncci_ptp.csv`); the quarterly table of CMS takes the
place of those whose first code it has (`ptedi codes load`).  A pair deleted on the day it began (indicator 9) never
applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ptedi.codes import table
from ptedi.codes.pair_index import PairIndex

INDEX = "ncci_ptp.idx"
SOURCE = "CMS NCCI practitioner PTP edits, as loaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Column 2 is not paid beside column 1; with indicator `1` a distinct-service modifier lifts it, with `0` nothing.

    `reason` is our own word for CMS's rationale, `source` the file the row came from.
    """

    column1: str
    column2: str
    indicator: str
    reason: str
    source: str
    effective_from: date
    effective_to: date


@table.remembered
def _pairs() -> dict[str, tuple[Pair, ...]]:
    return table.index("ncci_ptp", lambda row: row["column1"] + row["column2"], _row)


def _row(row: dict[str, str]) -> Pair:
    return Pair(
        column1=row["column1"], column2=row["column2"], indicator=row["indicator"], reason=row["reason"],
        source=row["source"], effective_from=table.since(row["effective_from"]),
        effective_to=table.until(row["effective_to"]),
    )  # fmt: skip


@table.remembered
def _index() -> PairIndex | None:
    path = table.installed(INDEX)
    return PairIndex(path) if path is not None else None


@table.remembered
def _spans(column1: str, column2: str) -> tuple[Pair, ...]:
    """All versions of a pair, newest first: out of the official table where it speaks for the first code."""
    index = _index()
    if index is None or not index.speaks_for(column1):
        return _pairs().get(column1 + column2, ())
    return tuple(reversed([
        Pair(column1=column1, column2=column2, indicator=indicator, reason="NCCI edit", source=SOURCE,
             effective_from=first, effective_to=last)
        for indicator, first, last in index.entries(column1, column2) if indicator != "9"
    ]))  # fmt: skip


def pair(column1: str, column2: str, on: date) -> Pair | None:
    """The pair in effect on a day, or None; the order of the columns matters."""
    versions = _spans(column1, column2)
    return table.on(versions, on) if versions else None
