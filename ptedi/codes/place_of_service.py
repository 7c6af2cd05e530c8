"""Place of service: the two digits of CLM05-1 and SV105 (CMS list, the places where therapy happens)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ptedi.codes import table
from ptedi.codes._pattern import Shape

_shape = Shape(r"[0-9]{2}", lengths=range(2, 3))
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of service."""

    code: str
    label: str
    facility: bool
    telehealth: bool
    effective_from: date
    effective_to: date


@table.remembered
def _places() -> dict[str, tuple[Place, ...]]:
    return table.index("place_of_service", "code", lambda row: Place(
        code=row["code"], label=row["label"], facility=row["facility"] == "Y", telehealth=row["telehealth"] == "Y",
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"])))


def find(code: str, on: date) -> Place | None:
    """The place with this code on a day, or None."""
    return table.on(_places().get(code, ()), on)
