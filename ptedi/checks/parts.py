"""A file cut between its transaction sets, so that several processes may check it: where to cut, how to put together.

Only a file whose envelope is in order is cut (its headers, trailers, counts and numbers agree); one where that is in
doubt, or in whose parts something is found that concerns more than one set, is checked whole.  So the report is the
same in either case.
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ptedi.checks.file import ClaimVerdicts, FileReport, Outcome
from ptedi.findings import Finding
from ptedi.x12.interchange import GroupHeader, InterchangeHeader, group_header, interchange_header
from ptedi.x12.reader import Segment
from ptedi.x12.summary import MOST_FINDINGS, GroupSummary, InterchangeSummary, StructureReport, TransactionSummary

_ISA = 106
_INTERCHANGE = 2
_HEADERS = 2  # ISA and GS stand before the first set of a part


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some sets of one group: bytes `start` to `end` of the file between an ISA, a GS and trailers.

    Attributes:
        opens: 2 begins an interchange, 1 a group, 0 goes on with one.
        sets: how many.
        places: byte offsets in the file of ISA and GS.
    """

    path: Path
    start: int
    end: int
    head: bytes
    tail: bytes
    opens: int
    sets: int
    places: tuple[int, int]


class Window(io.RawIOBase):
    """A part as a file of its own."""

    def __init__(self, part: Part) -> None:
        self.file = part.path.open("rb")
        self.file.seek(part.start)
        self.before, self.left, self.after = part.head, part.end - part.start, part.tail

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes: headers, sets, trailers."""
        if self.before:
            data, self.before = self.before, b""
            return data
        if self.left:
            data = self.file.read(min(size, self.left) if size >= 0 else self.left)
            self.left = self.left - len(data) if data else 0
            if data:
                return data
        data, self.after = self.after, b""
        return data

    def close(self) -> None:
        """Closes the file."""
        self.file.close()
        super().close()


def cut(path: Path, size: int) -> list[Part]:
    """The parts of a file, each of about `size` bytes and of whole sets; none when its envelope is not in order."""
    with path.open("rb") as file:
        if path.stat().st_size < 2 * _ISA:
            return []
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return list(_Cutter(path, data, size).parts())
            except (ValueError, LookupError):
                return []


class _Cutter:
    """Follows the envelope through a file; raises ValueError or LookupError where it is not in order."""

    def __init__(self, path: Path, data: mmap.mmap, size: int) -> None:
        self.path, self.data, self.size = path, data, size
        isa = data[:_ISA]
        if isa[:3] != b"ISA" or isa.count(isa[3:4]) != 16 or not isa.isascii():
            raise ValueError
        self.element, self.end = isa[3:4], isa[105:106]
        after = data[_ISA : _ISA + 2]
        self.mark = self.end + after[: len(after) - len(after.lstrip(b"\r\n"))]

    def _segment(self, at: int, name: bytes) -> tuple[list[bytes], int]:
        """The elements of the segment that must stand here, and where the next one starts."""
        if self.data[at : at + len(name) + 1] != name + self.element:
            raise ValueError
        stop = self.data.find(self.mark, at, at + 1000)
        if stop < 0:
            raise ValueError
        return self.data[at:stop].split(self.element), stop + len(self.mark)

    def parts(self) -> Iterator[Part]:
        at, same, seen = 0, self.data[82:83] + self.data[103:_ISA], set[bytes]()
        while at < len(self.data):
            isa_at, groups = at, list[bytes]()
            if self.data[at + 82 : at + 83] + self.data[at + 103 : at + _ISA] != same:
                raise ValueError
            isa, at = self._segment(at, b"ISA")
            if at - isa_at != _ISA - 1 + len(self.mark) or isa[13] in seen:
                raise ValueError
            seen.add(isa[13])
            while self.data[at : at + 2] == b"GS":
                gs_at = at
                gs, sets_at = self._segment(at, b"GS")
                starts, at = self._sets(sets_at)
                head = self.data[isa_at : isa_at + _ISA - 1] + self.mark + self.data[gs_at:sets_at]
                ge, after = self._segment(at, b"GE")
                if ge != [b"GE", b"%d" % len(starts), gs[6]] or gs[6] in groups:
                    raise ValueError
                yield from self._group(head, [*starts, at], (isa_at, gs_at), isa[13], gs[6], new=not groups)
                groups.append(gs[6])
                at = after
            iea, at = self._segment(at, b"IEA")
            if iea != [b"IEA", b"%d" % len(groups), isa[13]]:
                raise ValueError

    def _sets(self, at: int) -> tuple[list[int], int]:
        """Where the sets of a group start, and where its trailer stands."""
        st, starts = self.mark + b"ST" + self.element, list[int]()
        trailer = self.data.find(self.mark + b"GE" + self.element, at)
        if trailer < 0 or self.data[at : at + 3] != b"ST" + self.element:
            raise ValueError
        trailer += len(self.mark)
        while 0 <= at < trailer:
            starts.append(at)
            found = self.data.find(st, at, trailer)
            at = found + len(self.mark) if found >= 0 else -1
        return starts, trailer

    def _group(
        self, head: bytes, bounds: list[int], places: tuple[int, int], isa: bytes, gs: bytes, *, new: bool
    ) -> Iterator[Part]:
        first, opens = 0, _INTERCHANGE if new else 1
        total = bounds[-1] - bounds[0]
        count = max(1, -(-total // self.size))
        goals = [bounds[0] + total * made // count for made in range(1, count + 1)]
        goal = goals.pop(0)
        for place in range(1, len(bounds)):
            if place < len(bounds) - 1 and bounds[place + 1] - goal <= goal - bounds[place]:
                continue  # with the next set the part ends nearer to where it should
            tail = self.element.join((b"GE", b"%d" % (place - first), gs)) + self.mark
            tail += self.element.join((b"IEA", b"1", isa)) + self.mark
            yield Part(path=self.path, start=bounds[first], end=bounds[place], head=head, tail=tail, opens=opens,
                       sets=place - first, places=places)  # fmt: skip
            first, opens = place, 0
            goals = [later for later in goals if later > bounds[place]]
            goal = goals.pop(0) if goals else bounds[-1]


# --- together ---------------------------------------------------------------------------------------------------------


class Doubt(Exception):
    """The parts do not tell what the whole would; it is checked in one piece."""


def together(parts: list[Part], outcomes: list[Outcome | FileReport]) -> FileReport:
    """The report on the file from those on its parts, which come in order.

    Raises:
        Doubt: something was found that concerns more than one part.
    """
    joined = _Joined()
    for part, outcome in zip(parts, outcomes, strict=True):
        if isinstance(outcome, FileReport) or outcome.dropped:
            raise Doubt
        joined.add(part, outcome)
    return joined.report()


class _Joined:
    def __init__(self) -> None:
        self.structure = StructureReport()
        self.verdicts: list[ClaimVerdicts] = []
        self.once, self.claims, self.controls = set[object](), set[int](), set[str]()
        self.index, self.count = 0, 0
        self.isa = self.gs = (0, 0)
        self.headers: tuple[InterchangeHeader, GroupHeader] | None = None
        self.last: Outcome | None = None

    def add(self, part: Part, outcome: Outcome) -> None:
        """Adds a part behind those before it."""
        sets = outcome.structure.transactions
        if len(sets) != part.sets or not sets:
            raise Doubt
        if part.opens:
            self._open(part, outcome)
        self._check_once(outcome)
        shift, bytes_before = self.index - _HEADERS, part.start - len(part.head)
        end = sets[-1].last_index
        for finding in outcome.structure.findings:
            self.structure.findings.append(self._moved(finding, shift, bytes_before, end))
        for one in sets:
            self.structure.transactions.append(self._set(one, shift))
        for verdict in outcome.verdicts:
            first, last = verdict.first_index + shift, verdict.last_index + shift
            self.verdicts.append(replace(verdict, first_index=first, last_index=last))
        self.index = end + shift
        self.structure.groups[-1].sets += part.sets
        self.last = outcome

    def _open(self, part: Part, outcome: Outcome) -> None:
        """A group, and perhaps an interchange, begins."""
        self._close(interchange=part.opens == _INTERCHANGE)
        isa, gs = part.places
        self.controls = set()
        if part.opens == _INTERCHANGE:
            self.isa = (self.index + 1, isa)
            self.index += 1
        self.gs = (self.index + 1, gs)
        self.index += 1
        first = outcome.structure.transactions[0]
        interchange = interchange_header(_moved(first.interchange.segment, self.isa), first.interchange.delimiters)
        group = group_header(_moved(first.group.segment, self.gs))
        self.headers = interchange, group
        if part.opens == _INTERCHANGE:
            self.structure.interchanges.append(InterchangeSummary(header=interchange, first_index=self.isa[0]))
        self.structure.interchanges[-1].groups += 1
        self.structure.groups.append(GroupSummary(
            header=group, interchange=self.structure.interchanges[-1].header, first_index=self.gs[0]))

    def _close(self, *, interchange: bool) -> None:
        """Ends the group before and perhaps its interchange: GE and IEA are segments too."""
        if not self.structure.groups:
            return
        self.index += 1
        group = self.structure.groups[-1]
        group.last_index, group.declared = self.index, group.sets
        if interchange:
            self.index += 1
            self.structure.interchanges[-1].last_index = self.index

    def _check_once(self, outcome: Outcome) -> None:
        """What must not come twice in a file, or a group, is looked at by the whole check when it does."""
        if self.once & outcome.once:
            raise Doubt
        self.once |= outcome.once
        for one in outcome.structure.transactions:
            if one.control_number in self.controls:
                raise Doubt
            self.controls.add(one.control_number)
        for verdict in outcome.verdicts:
            for claim in verdict.extents.claims:
                if hash(claim) in self.claims:
                    raise Doubt
                self.claims.add(hash(claim))

    def _set(self, one: TransactionSummary, shift: int) -> TransactionSummary:
        assert self.headers is not None  # noqa: S101 - a part opened them
        return replace(one, interchange=self.headers[0], group=self.headers[1], first_index=one.first_index + shift,
                       last_index=one.last_index + shift)  # fmt: skip

    def _moved(self, finding: Finding, shift: int, bytes_before: int, end: int) -> Finding:
        """A finding at its place in the file; one about the envelope is the whole check's."""
        index, offset = finding.segment_index, finding.byte_offset
        if finding.code.startswith("IE") or index is None or offset is None or index > end:
            raise Doubt
        if index <= _HEADERS:
            place = self.isa if index == 1 else self.gs
            return replace(finding, segment_index=place[0], byte_offset=place[1])
        return replace(finding, segment_index=index + shift, byte_offset=offset + bytes_before)

    def report(self) -> FileReport:
        """The whole."""
        self._close(interchange=True)
        findings = self.structure.findings
        if len(findings) >= MOST_FINDINGS or self.last is None:
            raise Doubt
        findings.sort(key=lambda finding: (finding.segment_index or 0, finding.byte_offset or 0))
        return replace(self.last, structure=self.structure, verdicts=self.verdicts).report()


def _moved(segment: Segment, place: tuple[int, int]) -> Segment:
    return Segment(segment.elements, place[0], 0, place[1])
