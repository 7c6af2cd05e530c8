"""Rejections classified: what a TA1, 999 or 277CA complains about -> category, cause, what to do, whose fault.

Rejected is not denied: nothing was adjudicated, so there is no appeal and no payer's decision; the claim is corrected
and goes as a new one within the filing limit.  The branches are those of the tree of denials, so that one list shows
both.  The table that comes with ptedi is `schemas/codes/rejections.csv`; a practice writes its own rows (the same
columns) into `rejections.csv` of its workspace, and they come first.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from ptedi.config import data_folder
from ptedi.denials.model import Action, Category, Confidence, DeadlineBasis, Denial, Fault, Reworkable
from ptedi.denials.table import reading
from ptedi.edits import EDITS
from ptedi.errors import ConfigurationError
from ptedi.submissions.acknowledgements import SegmentError, SetAcknowledgement, Status

OWN = "rejections.csv"
_VAGUE = frozenset({"*", "0", "1", "2", "21", "23", "122", "247", "471", "481"})
"""Statuses that say that something is wrong and not what."""
_SURE = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing that an answer complains about.

    Attributes:
        answer: `277CA`, `999` or `TA1`.
        code: status code of a 277CA, segment and element of a 999 (`NM109`), note of a TA1.
        detail: status category of a 277CA (`A7`), loop of a 999 (`2310B`).
        entity: whom a 277CA is about (`82`), error code of a 999.
    """

    answer: str
    code: str
    detail: str = ""
    entity: str = ""

    def __str__(self) -> str:
        """As it is kept with a work item: `A7:562:82`, `999:NM109:2310B:7`, `TA1:006`."""
        if self.answer == "277CA":
            return f"{self.detail}:{self.code}:{self.entity}"
        return ":".join((self.answer, self.code, self.detail, self.entity)).rstrip(":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; `*` means any code or payer, an empty detail or entity that none is needed."""

    answer: str
    code: str
    detail: str
    entity: str
    payer: str
    denial: Denial
    effective_from: date
    effective_to: date | None
    own: bool = False

    def fits(self, one: Complaint, payer: str, on: date) -> bool:
        """Whether the row speaks of such a complaint on a date of service."""
        return (
            self.answer == one.answer and self.code in ("*", one.code, _segment(one)) and self.payer in ("*", payer)
            and self.detail in ("", one.detail) and self.entity in ("", one.entity)
            and self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
        )  # fmt: skip

    def rank(self, one: Complaint) -> tuple[bool, bool, int, bool, bool, date]:
        """The payer's own row first, then the practice's, then the exact code, the party, the category, the newest."""
        exact = 2 if self.code == one.code else int(self.code != "*")
        return (self.payer != "*", self.own, exact, bool(self.entity), bool(self.detail), self.effective_from)

    @property
    def cited(self) -> str:
        """Which row it is, and where it comes from."""
        where = " ".join(filter(None, (self.code, self.detail, self.entity,
                                       "" if self.payer == "*" else f"payer {self.payer}")))  # fmt: skip
        whose = "the practice's" if self.own else "the shipped"
        return f"row {where} of {whose} {OWN} from {self.effective_from}; {self.denial.source}"


Rows = tuple[Row, ...]


def of_status(statuses: Iterable[Status]) -> list[Complaint]:
    """What the refusing statuses of a 277CA complain about."""
    return [Complaint(answer="277CA", code=code.status, detail=code.category, entity=code.entity)
            for one in statuses for code in one.codes]  # fmt: skip


def of_errors(errors: Iterable[SegmentError]) -> list[Complaint]:
    """What the errors of a 999 complain about, element by element where it names them."""
    return [
        Complaint(answer="999", code=error.segment + place, detail=error.loop, entity=code)
        for error in errors
        for place, code in [(_place(e.position), e.code) for e in error.elements] or [("", error.code)]
    ]


def of_set(verdict: SetAcknowledgement) -> list[Complaint]:
    """What a refused set complains about: its errors, else the set itself."""
    return of_errors(verdict.errors) or [Complaint(answer="999", code="ST", entity=note)
                                         for note in verdict.notes or ("",)]  # fmt: skip


def of_text(text: str) -> list[Complaint]:
    """Complaints as they were kept with a work item."""
    found = []
    for word in text.split():
        first, *rest = word.split(":")
        second, third, fourth = (*rest, "", "", "")[:3]
        if first in ("999", "TA1"):
            found.append(Complaint(answer=first, code=second, detail=third, entity=fourth))
        elif rest:
            found.append(Complaint(answer="277CA", code=second, detail=first, entity=third))
    return found


def classify(complaints: Iterable[Complaint], *, payer: str = "", on: date, rows: Rows | None = None) -> Denial:
    """What kind of rejection it is; of several complaints the one that says most decides.

    Args:
        complaints: what the answer names.
        payer: our payer id.
        on: the date of service, which chooses the rows.
        rows: the table; the shipped one when not given.
    """
    best = _UNKNOWN
    for one in complaints:
        fitting = [row for row in (rows or standard()) if row.fits(one, payer, on)]
        row = max(fitting, key=lambda found: found.rank(one), default=None)
        if row is None:
            continue
        found = replace(row.denial, cited=f"{one}: {row.cited}")
        if best is _UNKNOWN or _SURE.index(found.confidence) > _SURE.index(best.confidence):
            best = found
    return best


def read(path: Path, *, own: bool = False) -> Rows:
    """The rows of a file.

    Raises:
        ConfigurationError: the file cannot be read, or a row is malformed.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_row(cells, number, own) for number, cells in enumerate(csv.DictReader(file), start=2))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ConfigurationError(f"{path.name} cannot be read: {type(problem).__name__}") from None


def _row(cells: dict[str, str], number: int, own: bool) -> Row:
    with reading(OWN, number):
        return Row(
            answer=cells["answer"], code=cells["code"], detail=cells["detail"], entity=cells["entity"],
            payer=cells["payer"], denial=_denial(cells), effective_from=date.fromisoformat(cells["effective_from"]),
            effective_to=date.fromisoformat(cells["effective_to"]) if cells["effective_to"] else None, own=own,
        )  # fmt: skip


def _denial(cells: dict[str, str]) -> Denial:
    chance, edits = int(cells["chance"]), tuple(cells["edits"].split())
    if not 0 <= chance <= 100:
        raise ValueError("chance is a percentage")
    if unknown := [code for code in edits if code not in EDITS]:
        raise ValueError(f"there is no edit {' '.join(unknown)}")
    if cells["answer"] not in ("277CA", "999", "TA1"):
        raise ValueError("answer is 277CA, 999 or TA1")
    return Denial(
        category=Category(cells["category"]), cause=cells["cause"], reworkable=Reworkable(cells["reworkable"]),
        action=Action(cells["action"]), how=cells["how"], deadline=DeadlineBasis.FILING, chance=chance,
        confidence=_confidence(cells), fault=Fault(cells["fault"]), edits=edits, as_new_claim=True,
        source=cells["source"],
    )  # fmt: skip


def _confidence(cells: dict[str, str]) -> Confidence:
    if cells["entity"] or (cells["detail"] and cells["answer"] == "999"):
        return Confidence.HIGH
    return Confidence.LOW if cells["code"] in _VAGUE else Confidence.MEDIUM


@cache
def standard() -> Rows:
    """The table that comes with ptedi."""
    return read(data_folder("schemas") / "codes" / OWN)


def of_workspace(root: Path) -> Rows:
    """The shipped table and the practice's own rows.

    Raises:
        ConfigurationError: the practice's file cannot be read, or a row of it is malformed.
    """
    path = root / OWN
    return (*read(path, own=True), *standard()) if path.exists() else standard()


def _place(position: str) -> str:
    """The element's number with two digits: `9` is `09`, `1-2` (a component) is `01`."""
    digits = position.split("-", maxsplit=1)[0].split(":", maxsplit=1)[0]
    return digits.zfill(2) if digits.isdigit() else ""


def _segment(one: Complaint) -> str:
    """The segment that a complaint of a 999 is about, without its element."""
    has_element = one.answer == "999" and len(one.code) > 3 and one.code[-2:].isdigit()
    return one.code[:-2] if has_element else one.code


_UNKNOWN = Denial(
    category=Category.UNKNOWN, cause="The answer does not say why", reworkable=Reworkable.CONDITIONAL,
    action=Action.INVESTIGATE, how="Ask the clearinghouse; add a row to rejections.csv", deadline=DeadlineBasis.FILING,
    chance=60, confidence=Confidence.LOW, as_new_claim=True, source="default", cited="no code named",
)  # fmt: skip
