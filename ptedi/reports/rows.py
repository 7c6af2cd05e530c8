"""Files into rows: a generator of batches, each a few columns of one table, in bounded memory.

The 835 reader makes its records piece by piece (`remittance_835.parts`); here they are laid side by side, column by
column, and forgotten.  Whatever is wrong becomes a row of `findings`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from ptedi.errors import UnreadableFile
from ptedi.findings import Finding, Severity
from ptedi.ledger.fingerprint import payment_key
from ptedi.remittances.balance import Balancing
from ptedi.remittances.model import Origin, Payment
from ptedi.reports import columns as c
from ptedi.reports.claim_rows import Rows
from ptedi.reports.plain_rows import PlainRows, Texts
from ptedi.reports.sources import sha256
from ptedi.transactions import pages
from ptedi.transactions.remittance_835 import Part, parts
from ptedi.x12.block import Block

Advance = Callable[[int], None]
_ROWS = 500  # lines, kept segments and findings of a set, collected before they are handed out
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
        self.set: _Set | None = None
        self.texts = Texts()

    def batches(self) -> Iterator[Batch]:
        findings: list[Finding] = []
        try:
            yield from self._read(findings)
        except OSError as problem:
            self.walk.unreadable += 1
            told = f"The file cannot be opened: {problem.strerror or 'no reason given'}."
            findings.append(pages.finding(pages.NOT_OPENED, told))
        except UnreadableFile as problem:
            self.walk.unreadable += 1
            findings.append(pages.finding(pages.UNREADABLE, f"{str(problem)[:1].upper()}{str(problem)[1:]}."))
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
            at = 0
            for part in parts(file, findings, self.taken):
                yield from self.open_set(part.payment).take(part)
                self.set = None if part.last else self.set
                self.advance(file.tell() - at)
                at = file.tell()
            self.advance(file.tell() - at)

    def taken(self, payment: Payment, block: Block, at: int) -> int:
        """Takes ordinary claims without records (see `remittance_835.Taken`)."""
        return self.open_set(payment).plain.take(block, at)

    def open_set(self, payment: Payment) -> _Set:
        """The set being read, begun with its first piece or claim."""
        if self.set is None:
            self.sets += 1
            self.set = _Set(self, payment)
        return self.set

    def keys(self, of: str, number: int) -> list[Sequence[object]]:
        """The columns that are the same for all rows of a set; `of` is its payment key, "" for the file itself."""
        return [[self.sha256] * number, [self.sets if of else 0] * number, [of] * number, [self.source] * number]

    def rows(
        self, table: c.Table, records: Sequence[Any], *keys: Sequence[object], places: Sequence[Origin], of: str = "",
        given: Sequence[Sequence[object]] = (),
    ) -> Batch:  # fmt: skip
        """Lays records side by side: the keys, then what each column reads of a record or is given, then the places."""
        made = [*self.keys(of, len(records)), *keys]
        values = iter(given)
        for column in table.columns[len(made) : -2]:
            made.append(list(map(column.read, records)) if column.read else next(values))
        indexes, offsets = zip(*places, strict=True) if places else ((), ())
        return Batch(table, [*made, indexes, offsets])


class _Set:
    """One transaction set on its way into rows, in pieces."""

    def __init__(self, file: _File, payment: Payment) -> None:
        self.file, self.payment, self.balancing = file, payment, Balancing(payment)
        self.rows, self.found = Rows(), list[Finding]()
        self.plain = PlainRows(self.rows, self.balancing, file.texts)
        self.lost = False

    @cached_property
    def key(self) -> str:
        """Of the payment, as it is known when the first rows are handed out."""
        return payment_key(self.payment, f"{self.file.sha256}:{self.file.sets}")

    def take(self, part: Part) -> Iterator[Batch]:
        """Takes a piece; yields the rows collected when they are many, and all at the end."""
        for claim in part.claims:
            self.balancing.claim(claim)
        if part.claims or part.others:
            self.rows.add(part.claims, part.others)
        self.found += part.findings
        if part.last:
            if self.payment.provider_adjustments:
                yield self._rows(c.PROVIDER_ADJUSTMENTS, self.payment.provider_adjustments)
            self.found += [*self.balancing.finish(), *self._repeated()]
        if part.last or len(self.rows.lines) + len(self.rows.segments) + len(self.found) >= _ROWS:
            yield from self._collected()
        if part.last:
            yield self._payment()

    def _collected(self) -> Iterator[Batch]:
        for table, rows in self.rows.drain():
            if rows:
                yield Batch(table, [*self.file.keys(self.key, len(rows)), *zip(*rows, strict=True)])
        if self.found:
            yield self._findings(self.found)
            self.found = []

    def _rows(self, table: c.Table, records: Sequence[Any], *keys: Sequence[object]) -> Batch:
        return self.file.rows(table, records, *keys, places=list(map(_origin, records)), of=self.key)

    def _findings(self, findings: list[Finding]) -> Batch:
        self.lost = self.lost or any(f.severity is Severity.ERROR for f in findings)
        claims = [bisect_right(self.rows.starts, f.segment_index or 0) if f.claim is not None else 0 for f in findings]
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
                              given=[[len(self.rows.starts)], [not self.lost], [repeated]])  # fmt: skip


def _place(finding: Finding) -> Origin:
    return Origin(finding.segment_index or 0, finding.byte_offset or 0)
