"""NCCI procedure-to-procedure pairs: which second code is not paid beside a first one on the same day.

The repository ships the pairs between PT codes (`schemas/codes/ncci_ptp.csv`); the whole quarterly file of CMS can
be loaded beside them (`ptedi codes load`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from ptedi.codes import table


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


@cache
def _pairs() -> dict[str, tuple[Pair, ...]]:
    return table.index("ncci_ptp", lambda row: row["column1"] + row["column2"], _row)


def _row(row: dict[str, str]) -> Pair:
    return Pair(
        column1=row["column1"], column2=row["column2"], indicator=row["indicator"], reason=row["reason"],
        source=row["source"], effective_from=table.since(row["effective_from"]),
        effective_to=table.until(row["effective_to"]),
    )  # fmt: skip


def pair(column1: str, column2: str, on: date) -> Pair | None:
    """The pair in effect on a day, or None; the order of the columns matters."""
    versions = _pairs().get(column1 + column2)
    return table.on(versions, on) if versions else None
