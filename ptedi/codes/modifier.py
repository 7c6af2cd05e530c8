"""Modifiers of SV101-3 to SV101-6: two characters with a kind that decides their place on the line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from ptedi.codes import table
from ptedi.codes._pattern import Shape

_shape = Shape(r"[0-9A-Z]{2}", lengths=range(2, 3))
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid

DISCIPLINE = {"PT": "GP", "OT": "GO", "SLP": "GN"}
ASSISTANT = {"PT": "CQ", "OT": "CO"}
DISTINCT = frozenset({"59", "XE", "XP", "XS", "XU"})
ANATOMIC = frozenset({"RT", "LT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """One modifier; `kind` as in schemas/codes/modifiers.csv, the label in our own words."""

    code: str
    kind: str
    label: str
    effective_from: date
    effective_to: date


@table.remembered
def _all() -> dict[str, tuple[Modifier, ...]]:
    return table.index("modifiers", "code", lambda row: Modifier(
        code=row["code"], kind=row["kind"], label=row["label"],
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"])))


def find(code: str, on: date) -> Modifier | None:
    """The modifier with this code on a day, or None."""
    return table.on(_all().get(code, ()), on)


def known(on: date) -> tuple[Modifier, ...]:
    """All modifiers of a day."""
    return tuple(found for code in _all() if (found := find(code, on)) is not None)


@table.remembered
def kind(code: str) -> str:
    """The kind of a modifier, `other` for one we do not know."""
    versions = _all().get(code, ())
    return versions[0].kind if versions else "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two modifiers that contradict each other on one line: why, in our own words, and where that was read."""

    one: str
    two: str
    why: str
    source: str
    effective_from: date
    effective_to: date


@table.remembered
def _conflicts() -> dict[str, tuple[Conflict, ...]]:
    return table.index("modifier_conflicts", lambda row: _both(row["one"], row["two"]), lambda row: Conflict(
        one=row["one"], two=row["two"], why=row["why"], source=row["source"],
        effective_from=table.since(row["effective_from"]), effective_to=table.until(row["effective_to"])))


def _both(one: str, two: str) -> str:
    return "".join(sorted((one, two)))


def conflicts(codes: Iterable[str], on: date) -> Iterator[Conflict]:
    """The contradictions among the modifiers of one line on a day (`schemas/codes/modifier_conflicts.csv`)."""
    for one, two in combinations(dict.fromkeys(codes), 2):
        found = table.on(_conflicts().get(_both(one, two), ()), on)
        if found is not None:
            yield found
