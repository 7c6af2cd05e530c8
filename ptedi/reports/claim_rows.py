"""Rows of the tables of one payment: what the records of its claims say, side by side with the keys.

A row is the table's cells from `claim_index` on; the columns before it are the same for all rows of a set.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, cast

from ptedi.remittances.model import Adjustment, ClaimPayment, Origin, OtherSegment, ServicePayment
from ptedi.reports import columns as c
from ptedi.reports import kept
from ptedi.reports.kept_rows import KeptRows, Row


def _reads(table: c.Table) -> list[c.Read]:
    return [column.read for column in table.columns if column.read is not None]


_CLAIM, _LINE, _ADJUSTMENT, _SEGMENT = map(_reads, (c.CLAIMS, c.LINES, c.ADJUSTMENTS, c.SEGMENTS))


class Rows:
    """The rows of one set that are not yet handed out.

    Attributes:
        starts: segment index of each claim of the set, to know to which claim a finding belongs.
    """

    def __init__(self) -> None:
        self.starts = array("q")
        self.claims, self.lines, self.adjustments = list[Row](), list[Row](), list[Row]()
        self.remarks, self.segments = list[Row](), list[Row]()
        self._begun = (0, 0, 0, 0)
        self._kept = KeptRows()

    def begin(self) -> None:
        """What is added below a claim from here on may be taken back."""
        self._begun = len(self.lines), len(self.adjustments), len(self.remarks), len(self.segments)

    def undo(self) -> int:
        """Takes back what was added since `begin`; returns 0."""
        lines, adjustments, remarks, segments = self._begun
        del self.lines[lines:], self.adjustments[adjustments:], self.remarks[remarks:], self.segments[segments:]
        return 0

    def drain(self) -> list[tuple[c.Table, list[Row]]]:
        """Hands out the rows by table, those of kept segments sorted into their tables, and forgets them."""
        names = {cast(int, row[0]): cast(str, row[1]) for row in self.claims} if self.segments else {}
        made, left = self._kept.sort(self.segments, names)
        tables = [
            (c.CLAIMS, self.claims), (c.LINES, self.lines), (c.ADJUSTMENTS, self.adjustments),
            (c.REMARKS, self.remarks), *((table, made.get(table.name, [])) for table in kept.TABLES),
            (c.SEGMENTS, left),
        ]  # fmt: skip
        self.claims, self.lines, self.adjustments, self.remarks, self.segments = [], [], [], [], []
        return tables

    def add(self, claims: list[ClaimPayment], others: list[OtherSegment]) -> None:
        """Adds the rows of claims, and of the segments kept; each belongs to one of the claims, or to the payment."""
        owners: dict[Origin, tuple[int, int]] = {}
        for claim in claims:
            self.starts.append(claim.origin.segment_index)
            self._claim(claim, owners)
        for other in others:
            key, line = owners.get(other.of, (0, 0))
            self.segments.append((key, line, *_cells(_SEGMENT, other), *other.origin))

    def _claim(self, claim: ClaimPayment, owners: dict[Origin, tuple[int, int]]) -> None:
        key, name = len(self.starts), claim.patient_control_number
        owners[claim.origin] = (key, 0)
        self.claims.append((key, *_cells(_CLAIM, claim), *claim.origin))
        self._adjustments(claim.adjustments, key, 0, name)
        self._remarks(claim, key, 0, name)
        for number, line in enumerate(claim.lines, 1):
            owners[line.origin] = (key, number)
            self.lines.append((key, number, name, *_cells(_LINE, line), *line.origin))
            self._adjustments(line.adjustments, key, number, name)
            self._remarks(line, key, number, name)

    def _adjustments(self, adjustments: Iterable[Adjustment], key: int, line: int, name: str) -> None:
        self.adjustments += [(key, line, name, *_cells(_ADJUSTMENT, one), *one.origin) for one in adjustments]

    def _remarks(self, record: ClaimPayment | ServicePayment, key: int, line: int, name: str) -> None:
        self.remarks += [(key, line, name, code, *record.origin) for code in record.remarks]


def _cells(reads: list[c.Read], record: Any) -> list[object]:
    return [read(record) for read in reads]
