"""What people call payers, clinics and therapists: tables and pictures say it, rows and files keep the ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

Names = Mapping[str, Mapping[str, str]]
"""By dimension (payer, clinic, therapist): the name of each id."""


class Column(Protocol):
    """What of a column counts here."""

    @property
    def name(self) -> str:
        """Its name, that of the dimension where it holds ids."""


def name(dimension: str, value: str, names: Names) -> str:
    """What an id is called, with what stands behind it (`ID, after another payer`); what has no name stays."""
    head, comma, rest = value.partition(", ")
    return names.get(dimension, {}).get(head, head) + comma + rest


def spoken(dimensions: Sequence[str], label: str, names: Names) -> str:
    """A label of values joined with " / ", each by its name."""
    parts = label.split(" / ")
    if len(parts) != len(dimensions):
        return label
    return " / ".join(name(one, part, names) for one, part in zip(dimensions, parts, strict=True))


def spoken_rows(rows: list[list[Any]], columns: Sequence[Column], names: Names, *, ordered: bool) -> list[list[Any]]:
    """Rows with names in the place of ids; `ordered`: they stand in their order, within what stands before them."""
    at = [n for n, column in enumerate(columns) if column.name in names and all(isinstance(r[n], str) for r in rows)]
    told = [[name(columns[n].name, cell, names) if n in at else cell for n, cell in enumerate(row)] for row in rows]
    if not (at and ordered):
        return told
    found: list[list[Any]] = []
    for _, several in groupby(told, key=lambda row: row[: at[0]]):
        found += sorted(several, key=lambda row: [row[n].casefold() for n in at])
    return found
