"""What a reader of captured charges gives back: the visits it accepts and a verdict on every row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ptedi.claims.model import Practice, Visit
from ptedi.findings import Finding


@dataclass(frozen=True, slots=True)
class Around:
    """What a charge file is read against."""

    practice: Practice
    payer_ids: frozenset[str]
    today: date
    file_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One captured procedure before anything is understood: canonical column name to normalised text.

    `cells` holds only what is filled in; `findings` is what was wrong with the shape of the row itself.
    """

    row: int
    row_sha256: str
    cells: dict[str, str]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """A charge file cut into rows; with an error among `findings` there are no rows."""

    rows: tuple[RawRow, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowVerdict:
    """The verdict on one row, from 1 for the first data row.

    A row that is refused says why in `findings`: what is wrong with it (IN0xx), or which row of its visit it waits
    for (IN072).
    """

    row: int
    row_sha256: str
    visit_id: str
    accepted: bool
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFile:
    """A read charge file.

    Attributes:
        kind: `csv` or `xml`, by content.
        name: the file's name as given.
        sha256: of the file's bytes.
        visits: the visits without a stopping finding, in the order of their first row.
        rows: a verdict for every data row, in file order.
        findings: what concerns the whole file; an error here means that nothing of it was taken.
    """

    kind: str
    name: str
    sha256: str
    visits: tuple[Visit, ...] = ()
    rows: tuple[RowVerdict, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the file as a whole could not be taken (it belongs in quarantine)."""
        return any(finding.severity.stops for finding in self.findings)

    @property
    def waiting(self) -> tuple[RowVerdict, ...]:
        """The rows that belong in a reject file."""
        return tuple(verdict for verdict in self.rows if not verdict.accepted)
