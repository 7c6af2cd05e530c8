"""The rows of schemas/codes/denials.csv: reason, group, remark, payer -> category, cause, action, chance."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ptedi.config import data_folder
from ptedi.denials.model import Action, Category, Confidence, DeadlineBasis, Denial, Reworkable
from ptedi.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; `*` means any, an empty remark means none is needed."""

    reason: str
    group: str
    remark: str
    payer: str
    denial: Denial
    effective_from: date
    effective_to: date | None

    def fits(self, group: str, remarks: frozenset[str], payer: str, on: date) -> bool:
        """Whether the row (of this reason) speaks of such a denial on a date of service."""
        return (
            self.group in ("*", group) and self.payer in ("*", payer) and (not self.remark or self.remark in remarks)
            and self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
        )  # fmt: skip

    @property
    def rank(self) -> tuple[bool, bool, bool, date]:
        """The payer's own row first, then a remark code before a reason code, then a named group, then the newest."""
        return self.payer != "*", bool(self.remark), self.group != "*", self.effective_from


Rows = dict[str, tuple[Row, ...]]


def read(path: Path) -> Rows:
    """The rows of a file by reason.

    Raises:
        ConfigurationError: a row is malformed.
    """
    found: dict[str, list[Row]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.DictReader(file), start=2):
            found.setdefault(cells["reason"], []).append(_row(cells, number))
    return {reason: tuple(rows) for reason, rows in found.items()}


def _row(cells: dict[str, str], number: int) -> Row:
    try:
        return Row(
            reason=cells["reason"], group=cells["group"], remark=cells["remark"], payer=cells["payer"],
            denial=_denial(cells), effective_from=date.fromisoformat(cells["effective_from"]),
            effective_to=date.fromisoformat(cells["effective_to"]) if cells["effective_to"] else None,
        )  # fmt: skip
    except (KeyError, ValueError) as problem:
        raise ConfigurationError(f"denials.csv row {number}: {problem}") from None


def _denial(cells: dict[str, str]) -> Denial:
    chance = int(cells["chance"])
    if not 0 <= chance <= 100:
        raise ValueError("chance is a percentage")
    return Denial(
        category=Category(cells["category"]), cause=cells["cause"], reworkable=Reworkable(cells["reworkable"]),
        action=Action(cells["action"]), how=cells["how"], deadline=DeadlineBasis(cells["deadline"]), chance=chance,
        confidence=Confidence.HIGH if cells["remark"] else Confidence.MEDIUM, source=cells["source"],
    )  # fmt: skip


@cache
def standard() -> Rows:
    """The table that comes with ptedi."""
    return read(data_folder("schemas") / "codes" / "denials.csv")
