"""Files into rows: a generator of batches, each a few columns of one table, in bounded memory.

The 835 reader makes its records piece by piece (`remittance_835.parts`); here they are laid side by side, column by
column, and forgotten.  Whatever is wrong becomes a row of `findings`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

from ptedi.errors import UnreadableFile
from ptedi.findings import Finding, Severity
from ptedi.ledger.fingerprint import payment_key
from ptedi.remittances.balance import Balancing
from ptedi.remittances.model import ClaimPayment, Origin, OtherSegment, Payment
from ptedi.reports import columns as c
from ptedi.reports.sources import sha256
from ptedi.transactions import pages
from ptedi.transactions.remittance_835 import Part, parts

Advance = Callable[[int], None]
_origin = attrgetter("origin")


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table, column by column in the order of the table."""

    table: c.Table
    columns: list[Sequence[object]]

    def __len__(self) -> int:
        return len(self.columns[0])


@dataclass(slots=True)
class Reading:
    """What a walk over files remembers: the content and the payments it has met, and how many files it could not read.

    Attributes:
        files: source of each content met, by its hash.
        payments: source of each payment met, by its key.
        unreadable: how many files could not be read at all.
    """

    files: dict[str, str] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)
    unreadable: int = 0


def batches(files: Iterable[Path], reading: Reading | None = None, advance: Advance | None = None) -> Iterator[Batch]:
    """Yields the rows of files, batch by batch; never raises for what a file holds.

    Args:
        files: the files in order.
        reading: what is remembered on the way, for a caller who wants to know.
        advance: told how many bytes were read since it was last told.
    """
    walk = reading or Reading()
    for path in files:
        yield from _File(walk, path, advance or (lambda _: None)).batches()


class _File:
    """One file on its way into rows."""

    def __init__(self, walk: Reading, path: Path, advance: Advance) -> None:
        self.walk, self.path, self.advance = walk, path, advance
        self.source, self.sha256, self.sets = str(path), "", 0

    def batches(self) -> Iterator[Batch]:
        findings: list[Finding] = []
        try:
            yield from self._read(findings)
        except OSError as problem:
            self.walk.unreadable += 1
            told = f"The file cannot be opened: {problem.strerror or 'no reason given'}."
            findings.append(pages.finding(pages.NOT_OPENED, told))
        except UnreadableFile:
            self.walk.unreadable += 1
            findings.append(pages.finding(pages.UNREADABLE, "The file holds no X12 interchange."))
        else:
            if not self.sets and not findings:
                findings.append(pages.finding(pages.NO_REMITTANCE, "The file holds no 835."))
        if findings:
            yield self.rows(c.FINDINGS, findings, [0] * len(findings), [f.line or 0 for f in findings],
                            places=list(map(_place, findings)))  # fmt: skip

    def _read(self, findings: list[Finding]) -> Iterator[Batch]:
        self.sha256 = sha256(self.path)
        known = self.walk.files.setdefault(self.sha256, self.source)
        if known is not self.source:
            findings.append(pages.finding(pages.SAME_FILE, f"The file's content is that of {known}; it is left out."))
            self.advance(self.path.stat().st_size)
            return
        with self.path.open("rb") as file:
            rows, at = None, 0
            for part in parts(file, findings):
                if rows is None:
                    self.sets += 1
                    rows = _Set(self, part.payment)
                yield from rows.take(part)
                rows = None if part.last else rows
                self.advance(file.tell() - at)
                at = file.tell()
            self.advance(file.tell() - at)

    def rows(
        self, table: c.Table, records: Sequence[Any], *keys: Sequence[object], places: Sequence[Origin], of: str = "",
        given: Sequence[Sequence[object]] = (),
    ) -> Batch:  # fmt: skip
        """Lays records side by side: the keys, then what each column reads of a record or is given, then the places."""
        number = len(records)
        made: list[Sequence[object]] = [
            [self.sha256] * number, [self.sets if of else 0] * number, [of] * number, [self.source] * number, *keys,
        ]  # fmt: skip
        values = iter(given)
        for column in table.columns[len(made) : -2]:
            made.append(list(map(column.read, records)) if column.read else next(values))
        indexes, offsets = zip(*places, strict=True) if places else ((), ())
        return Batch(table, [*made, indexes, offsets])


class _Set:
    """One transaction set on its way into rows, in pieces."""

    def __init__(self, file: _File, payment: Payment) -> None:
        self.file, self.payment, self.balancing = file, payment, Balancing(payment)
        self.key = payment_key(payment, f"{file.sha256}:{file.sets}")
        self.starts = array("q")  # segment index of each claim: to which claim a finding belongs
        self.lost = False

    def take(self, part: Part) -> Iterator[Batch]:
        """Yields the rows of a piece."""
        first = len(self.starts) + 1
        self.starts.extend([claim.origin.segment_index for claim in part.claims])
        for claim in part.claims:
            self.balancing.claim(claim)
        if part.claims:
            yield from self._claims(part.claims, first)
        if part.others:
            yield self._others(part.others, part.claims, first)
        found = part.findings
        if part.last:
            if self.payment.provider_adjustments:
                yield self._rows(c.PROVIDER_ADJUSTMENTS, self.payment.provider_adjustments)
            found = [*found, *self.balancing.finish(), *self._repeated()]
        if found:
            yield self._findings(found)
        if part.last:
            yield self._payment()

    def _rows(self, table: c.Table, records: Sequence[Any], *keys: Sequence[object]) -> Batch:
        return self.file.rows(table, records, *keys, places=list(map(_origin, records)), of=self.key)

    def _claims(self, claims: list[ClaimPayment], first: int) -> Iterator[Batch]:
        lines, adjustments, remarks = _Below(), _Below(), _Below()
        for number, claim in enumerate(claims, first):
            name = claim.patient_control_number
            if claim.adjustments:
                adjustments.add(claim.adjustments, number, 0, name)
            if claim.remarks:
                remarks.add([(code, claim.origin) for code in claim.remarks], number, 0, name)
            lines.records += claim.lines
            count = len(claim.lines)
            lines.claims += [number] * count
            lines.lines += range(1, count + 1)
            lines.names += [name] * count
            for order, line in enumerate(claim.lines, 1):
                if line.adjustments:
                    adjustments.add(line.adjustments, number, order, name)
                if line.remarks:
                    remarks.add([(code, line.origin) for code in line.remarks], number, order, name)
        yield self._rows(c.CLAIMS, claims, range(first, first + len(claims)))
        if lines.records:
            yield self._rows(c.LINES, lines.records, lines.claims, lines.lines, lines.names)
        if adjustments.records:
            yield self._rows(
                c.ADJUSTMENTS, adjustments.records, adjustments.claims, adjustments.lines, adjustments.names
            )
        if remarks.records:
            codes, places = zip(*remarks.records, strict=True)
            yield self.file.rows(c.REMARKS, codes, remarks.claims, remarks.lines, remarks.names, places=places,
                                 of=self.key, given=[codes])  # fmt: skip

    def _others(self, others: list[OtherSegment], claims: list[ClaimPayment], first: int) -> Batch:
        """The kept segments; each belongs to a claim or line of this piece, or to the payment."""
        owners: dict[Origin, tuple[int, int]] = {}
        for number, claim in enumerate(claims, first):
            owners[claim.origin] = (number, 0)
            for order, line in enumerate(claim.lines, 1):
                owners[line.origin] = (number, order)
        keys = [owners.get(other.of, (0, 0)) for other in others]
        return self._rows(c.SEGMENTS, others, [key[0] for key in keys], [key[1] for key in keys])

    def _findings(self, findings: list[Finding]) -> Batch:
        self.lost = self.lost or any(f.severity is Severity.ERROR for f in findings)
        claims = [bisect_right(self.starts, f.segment_index or 0) if f.claim is not None else 0 for f in findings]
        return self.file.rows(c.FINDINGS, findings, claims, [f.line or 0 for f in findings],
                              places=list(map(_place, findings)), of=self.key)  # fmt: skip

    def _repeated(self) -> list[Finding]:
        """Notes a payment that was met before, in this file or another."""
        known = self.file.walk.payments.get(self.key)
        if known is None:
            return []
        told = f"The payment {self.payment.trace_number} was read before, in {known}."
        origin = self.payment.origin
        return [pages.finding(pages.SAME_PAYMENT, told, segment="ST", segment_index=origin.segment_index,
                              byte_offset=origin.byte_offset)]  # fmt: skip

    def _payment(self) -> Batch:
        payments = self.file.walk.payments
        repeated = self.key in payments
        payments.setdefault(self.key, self.file.source)
        return self.file.rows(c.PAYMENTS, [self.payment], places=[self.payment.origin], of=self.key,
                              given=[[len(self.starts)], [not self.lost], [repeated]])  # fmt: skip


@dataclass(slots=True)
class _Below:
    """Records below claims, with the keys of each."""

    records: list[Any] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, records: Sequence[Any], claim: int, line: int, name: str) -> None:
        self.records += records
        number = len(records)
        self.claims += [claim] * number
        self.lines += [line] * number
        self.names += [name] * number


def _place(finding: Finding) -> Origin:
    return Origin(finding.segment_index or 0, finding.byte_offset or 0)
