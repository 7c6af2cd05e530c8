"""ICD-10-CM diagnosis: a letter, a digit, a digit or letter, then up to four more; sent without the point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ptedi.codes import table
from ptedi.codes._pattern import Shape

_shape = Shape(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}", lengths=range(3, 8), drop=" .")
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One code of an installed ICD-10-CM order file; headings are not billable."""

    code: str
    billable: bool
    effective_from: date
    effective_to: date


@table.remembered
def _codes() -> dict[str, tuple[Diagnosis, ...]]:
    if table.installed("diagnoses.csv") is None:
        return {}
    return table.index("diagnoses", "code", lambda row: Diagnosis(
        code=row["code"], billable=row["billable"] == "Y", effective_from=table.since(row["effective_from"]),
        effective_to=table.until(row["effective_to"])))


@table.remembered
def _days() -> tuple[date, date] | None:
    spans = [one for versions in _codes().values() for one in versions]
    return (min(s.effective_from for s in spans), max(s.effective_to for s in spans)) if spans else None


def billable(code: str, on: date) -> bool | None:
    """Whether a code may be billed on a day; None when no order file of that day is installed."""
    days = _days()
    if days is None or not days[0] <= on <= days[1]:
        return None
    found = table.on(_codes().get(compact(code), ()), on)
    return found is not None and found.billable
