"""Geographic practice cost indices: by how much a Medicare locality differs from the nation, by date of service.

Shipped is only `national` (one everywhere); the localities come with the official file (`ptedi codes load
GPCI2026.csv`) under the contractor's number and the locality's: `06302-00`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.codes import table

NATIONAL = "national"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locality:
    """The three indices of a locality: work, practice expense, malpractice; factors around one."""

    locality: str
    name: str
    work: Decimal
    practice: Decimal
    malpractice: Decimal
    source: str
    effective_from: date
    effective_to: date


@table.remembered
def _localities() -> dict[str, tuple[Locality, ...]]:
    return table.index("gpci", "locality", lambda row: Locality(
        locality=row["locality"], name=row["name"], work=Decimal(row["work"]), practice=Decimal(row["practice"]),
        malpractice=Decimal(row["malpractice"]), source=row["source"],
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"])))


def find(locality: str, on: date) -> Locality | None:
    """The indices of a locality on a day, or None."""
    return table.on(_localities().get(locality, ()), on)


def all_on(day: date) -> list[Locality]:
    """Every locality known on a day, by id."""
    found = (find(key, day) for key in sorted(_localities()))
    return [one for one in found if one is not None]
