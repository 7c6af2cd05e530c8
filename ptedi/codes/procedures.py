"""Procedures a PT practice bills: how each is counted, whose therapy it is, what Medicare says of it.

`schemas/codes/procedures.csv`; the labels are our own words, CPT's are licensed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ptedi.codes import table
from ptedi.codes._pattern import Shape

_shape = Shape(r"[0-9]{4}[0-9AFMTU]|[A-V][0-9]{4}", lengths=range(5, 6))
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid


class Basis(StrEnum):
    """How units are counted.

    timed: by minutes; untimed: one a day whatever the minutes; counted: one per captured row (area, extremity);
    period: one per month, week or episode; unlisted: one, with a description.
    """

    TIMED = "timed"
    UNTIMED = "untimed"
    COUNTED = "counted"
    PERIOD = "period"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One procedure in one span of time.

    Attributes:
        code, label: the code and our own short words for it.
        kind: evaluation, reevaluation, assessment, modality (supervised), constant (attended modality), group, remote
            or treatment.
        basis, minutes: how it is counted, and the length of a unit of a timed one (0 otherwise).
        pool: its minutes enter the CMS total of 15-minute codes.
        parent: the code this is an add-on to, "" for none.
        therapy: `always` on the Medicare therapy list, `sometimes` when under a plan of care, `none`.
        discipline: PT, OT or SLP when the code belongs to one, else `any`.
        medicare_status: status of the physician fee schedule (A active, B bundled, I invalid, N not covered, C priced
            by the contractor, R restricted), "" when not listed.
        assistant: `yes`, `no` (clinician only), `state` (state law or payer decides), `supply` (no CQ or CO).
    """

    code: str
    label: str
    kind: str
    basis: Basis
    minutes: int
    pool: bool
    parent: str
    therapy: str
    discipline: str
    medicare_status: str
    assistant: str
    effective_from: date
    effective_to: date

    @property
    def is_therapy(self) -> bool:
        """Whether a discipline modifier belongs on it when a therapist furnished it."""
        return self.therapy != "none"


def _row(row: dict[str, str]) -> Procedure:
    return Procedure(
        code=row["code"], label=row["label"], kind=row["kind"], basis=Basis(row["basis"]),
        minutes=int(row["minutes"] or 0), pool=row["pool"] == "Y", parent=row["parent"], therapy=row["therapy"],
        discipline=row["discipline"], medicare_status=row["medicare_status"], assistant=row["assistant"],
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"]),
    )  # fmt: skip


@table.remembered
def _all() -> dict[str, tuple[Procedure, ...]]:
    """The table, with the therapy class of an installed Medicare list from its first day on."""
    found = table.index("procedures", "code", _row)
    for row in table.rows("therapy_codes") if table.installed("therapy_codes.csv") else ():
        code, since = row["code"], table.since(row["effective_from"])
        known = table.on(found.get(code, ()), since)
        if known is not None and known.therapy != row["therapy"]:
            found[code] = (replace(known, therapy=row["therapy"], effective_from=since), *found[code])
    return found


@table.remembered
def _children() -> dict[str, str]:
    return {versions[0].parent: code for code, versions in _all().items() if versions[0].parent}


@table.remembered
def find(code: str, on: date) -> Procedure | None:
    """The procedure with this code on a day, or None."""
    return table.on(_all().get(code, ()), on)


def listed(on: date) -> tuple[Procedure, ...]:
    """All procedures of a day."""
    return tuple(found for code in _all() if (found := find(code, on)) is not None)


@table.remembered
def _level_two() -> dict[str, tuple[date, date]]:
    if table.installed("hcpcs.csv") is None:
        return {}
    return {row["code"]: (table.since(row["effective_from"]), table.until(row["effective_to"]))
            for row in table.rows("hcpcs")}  # fmt: skip


def in_force(code: str, on: date) -> bool | None:
    """Whether the HCPCS level II file has a code on a day; None for CPT codes, or when no such file is installed."""
    if not code[:1].isalpha() or not _level_two():
        return None
    first, last = _level_two().get(code, (date.max, date.min))
    return first <= on <= last


def known(code: str) -> bool:
    """Whether the code stands in the table at all, on whatever day."""
    return code in _all()


def addon(code: str) -> str:
    """The add-on that continues this base code, "" for none."""
    return _children().get(code, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLimit:
    """Medically unlikely edit: most units a day.  Adjudication 2 is absolute, 3 can be overcome with records."""

    units: int
    adjudication: str
    source: str
    effective_from: date
    effective_to: date


@table.remembered
def _limits() -> dict[str, tuple[UnitLimit, ...]]:
    return table.index("mue", "code", lambda row: UnitLimit(
        units=int(row["units"]), adjudication=row["adjudication"], source=row["source"],
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"])))


def unit_limit(code: str, on: date) -> UnitLimit | None:
    """The MUE of a code on a day, or None."""
    return table.on(_limits().get(code, ()), on)
