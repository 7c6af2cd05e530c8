"""The rows of denials.csv: reason, group, remark, payer, procedure, history -> category, cause, action, chance.

The table that comes with ptedi is `schemas/codes/denials.csv`.  A practice writes its own rows (the same columns) into
`denials.csv` of its workspace: they come before the shipped ones.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ptedi.config import data_folder
from ptedi.denials.model import Action, Category, Confidence, DeadlineBasis, Denial, Fault, Prior, Reworkable
from ptedi.edits import EDITS
from ptedi.errors import ConfigurationError

OWN = "denials.csv"
"""The practice's own rows, in its workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; `*` means any; an empty remark, procedure or history means none is needed."""

    reason: str
    group: str
    remark: str
    payer: str
    procedure: str
    history: Prior | None
    denial: Denial
    effective_from: date
    effective_to: date | None
    own: bool = False

    def fits(
        self, group: str, remarks: frozenset[str], payer: str, on: date, procedure: str, prior: frozenset[Prior]
    ) -> bool:  # fmt: skip
        """Whether the row (of this reason) speaks of such a denial on a date of service."""
        return (
            self.group in ("*", group) and self.payer in ("*", payer) and (not self.remark or self.remark in remarks)
            and (not self.procedure or self.procedure == procedure) and (self.history is None or self.history in prior)
            and self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
        )  # fmt: skip

    @property
    def rank(self) -> tuple[bool, bool, int, bool, bool, bool, date]:
        """The payer's own row first, then the practice's, then what went before, a remark, a procedure, the newest.

        Of two things that went before, the one that proves more counts.
        """
        before = 0 if self.history is None else 1 + _WEIGHT.index(self.history)
        return (self.payer != "*", self.own, before, bool(self.remark), bool(self.procedure), self.group != "*",
                self.effective_from)  # fmt: skip

    @property
    def cited(self) -> str:
        """What of the row had to hold, and which row it is."""
        also = filter(None, (self.remark, self.procedure, self.history and self.history.value,
                             "" if self.payer == "*" else f"payer {self.payer}"))  # fmt: skip
        code = f"{'' if self.group == '*' else self.group + '-'}{self.reason}"
        whose = "the practice's" if self.own else "the shipped"
        return f"{' + '.join((code, *also))}: row of {whose} {OWN} from {self.effective_from}; {self.denial.source}"


_WEIGHT = (Prior.SENT, Prior.AGAIN, Prior.ACCEPTED, Prior.PAID)
Rows = dict[str, tuple[Row, ...]]


def read(path: Path, *, own: bool = False) -> Rows:
    """The rows of a file by reason.

    Raises:
        ConfigurationError: the file cannot be read, or a row is malformed.
    """
    found: dict[str, list[Row]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, cells in enumerate(csv.DictReader(file), start=2):
                found.setdefault(cells.get("reason") or "", []).append(_row(cells, number, own))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ConfigurationError(f"{path.name} cannot be read: {type(problem).__name__}") from None
    return {reason: tuple(rows) for reason, rows in found.items()}


def _row(cells: dict[str, str], number: int, own: bool) -> Row:
    with reading(OWN, number):
        return Row(
            reason=cells["reason"], group=cells["group"], remark=cells["remark"], payer=cells["payer"],
            procedure=cells["procedure"], history=Prior(cells["history"]) if cells["history"] else None,
            denial=_denial(cells), effective_from=date.fromisoformat(cells["effective_from"]),
            effective_to=date.fromisoformat(cells["effective_to"]) if cells["effective_to"] else None, own=own,
        )  # fmt: skip


@contextmanager
def reading(name: str, number: int) -> Iterator[None]:
    """Says of which row of a practice's own table a fault is.

    Raises:
        ConfigurationError: a column is missing, or a value is none that is known.
    """
    try:
        yield
    except KeyError as problem:
        raise ConfigurationError(f"{name} row {number}: there is no column {problem}",
                                 hint=f"the columns are those of schemas/codes/{name}") from None
    except (TypeError, ValueError) as problem:
        raise ConfigurationError(f"{name} row {number}: {problem}") from None


def _denial(cells: dict[str, str]) -> Denial:
    chance, edits = int(cells["chance"]), tuple(cells["edits"].split())
    if not 0 <= chance <= 100:
        raise ValueError("chance is a percentage")
    if unknown := [code for code in edits if code not in EDITS]:
        raise ValueError(f"there is no edit {' '.join(unknown)}")
    return Denial(
        category=Category(cells["category"]), cause=cells["cause"], reworkable=Reworkable(cells["reworkable"]),
        action=Action(cells["action"]), how=cells["how"], deadline=DeadlineBasis(cells["deadline"]), chance=chance,
        confidence=Confidence.HIGH if cells["remark"] or cells["history"] else Confidence.MEDIUM,
        fault=Fault(cells["fault"]), edits=edits, source=cells["source"],
    )  # fmt: skip


@cache
def standard() -> Rows:
    """The table that comes with ptedi."""
    return read(data_folder("schemas") / "codes" / "denials.csv")


def of_workspace(root: Path) -> Rows:
    """The shipped table with the practice's own rows before it.

    Raises:
        ConfigurationError: the practice's file cannot be read, or a row of it is malformed.
    """
    path = root / OWN
    if not path.exists():
        return standard()
    own, shipped = read(path, own=True), standard()
    return {reason: (*own.get(reason, ()), *shipped.get(reason, ())) for reason in {*own, *shipped}}
