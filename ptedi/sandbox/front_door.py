"""The clearinghouse's front door: interchanges and sets are judged by pyx12 alone, never by ptedi's own rules.

pyx12 tells its errors as `47 DMG: text (8)`: segment of the interchange, then the code that a TA1 (three digits) or a
999 carries for it.  A set with errors is rejected, unless they are all in segments that no payer reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ptedi.errors import UnreadableFile
from ptedi.submissions.acknowledgements import (
    ElementError,
    GroupAcknowledgement,
    SegmentError,
    SetAcknowledgement,
)
from ptedi.transactions.wire import plain
from ptedi.x12 import interchange as x12
from ptedi.x12 import oracle
from ptedi.x12.reader import Segment, read

GUIDE = "005010X222A1"
_ERROR = re.compile(r"(\d+) .*\((\w{1,3})\)", re.DOTALL)
_PLACE = re.compile(r"\(([A-Z][A-Z0-9]{1,2})(\d\d)(?:-(\d\d?))?\)")
_LOOP = re.compile(r"\((\d{4}[A-Z]{0,2})\)")
_UNREAD = frozenset({"PER", "N3", "NTE", "K3"})
_ENVELOPE = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of pyx12: the segment it names (None when there is no such segment), the code, the words."""

    segment: Segment | None
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One interchange that came in: header, sets, what pyx12 found.  `note` is the TA1 note that rejects it, or ""."""

    header: x12.InterchangeHeader
    transactions: tuple[x12.Transaction, ...]
    problems: tuple[Problem, ...]
    note: str

    @property
    def groups(self) -> list[list[x12.Transaction]]:
        """The sets by functional group, in file order."""
        found: dict[int, list[x12.Transaction]] = {}
        for transaction in self.transactions:
            if transaction.set_id != "TA1":
                found.setdefault(transaction.group.segment.index, []).append(transaction)
        return list(found.values())


def arrivals(data: bytes) -> list[Arrival]:
    """Each interchange of a file, judged.

    Raises:
        UnreadableFile: no X12 in it.
    """
    starts = [s.offset for s in read(data, lenient=True) if s.id == "ISA"]
    if not starts:
        raise UnreadableFile("no interchange header")
    return [_arrival(data[start:end]) for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]


def _arrival(data: bytes) -> Arrival:
    segments = {s.index: s for s in read(data, lenient=True)}
    problems = tuple(_problems(oracle.validate(data).errors, segments))
    header = x12.interchange_header(segments[min(segments)], x12.delimiters_of(segments[min(segments)]))
    note = next((p.code for p in problems if len(p.code) == 3 and p.code.isdigit()), "")
    if header.control_number is None:
        note = "018"
    elif not note and not any(s.id == "GS" for s in segments.values()):
        note = "024"
    return Arrival(
        header=header, transactions=tuple(x12.transactions(data, lenient=True)), problems=problems, note=note
    )


def _problems(errors: Iterable[str], segments: Mapping[int, Segment]) -> Iterator[Problem]:
    for text in errors:
        found = _ERROR.search(text)
        if found:
            yield Problem(segments.get(int(found[1])), found[2], text)
        else:  # pyx12 gave up: the control structure is what it could not follow
            yield Problem(None, "022", text)


def acknowledge(group: list[x12.Transaction], problems: Iterable[Problem]) -> GroupAcknowledgement:
    """The 999 of one functional group."""
    header = group[0].group
    problems = tuple(problems)
    notes = tuple(dict.fromkeys(_group_notes(group, problems)))
    sets = tuple(_acknowledge_set(t, problems, refused=bool(notes)) for t in group)
    accepted = sum(s.code in ("A", "E") for s in sets)
    return GroupAcknowledgement(
        sender_id=header.sender, receiver_id=header.receiver, functional_id=plain(header.functional_id),
        group_control_number=header.control_number or 0, guide=plain(header.guide), code=_group_code(sets, accepted),
        included=len(sets), received=len(sets), accepted=accepted, notes=notes, sets=sets,
        segment_index=0, byte_offset=0,
    )  # fmt: skip


def _group_notes(group: list[x12.Transaction], problems: tuple[Problem, ...]) -> Iterator[str]:
    header = group[0].group
    if header.functional_id != "HC":
        yield "1"
    elif header.guide != GUIDE:
        yield "2"
    ends = range(header.segment.index, group[-1].segments[-1].index + 2)
    for problem in problems:
        if problem.segment is not None and problem.segment.id in ("GS", "GE") and problem.segment.index in ends:
            yield problem.code


def _group_code(sets: tuple[SetAcknowledgement, ...], accepted: int) -> str:
    if accepted == len(sets):
        return "E" if any(s.code == "E" for s in sets) else "A"
    return "P" if accepted else "R"


def _acknowledge_set(
    transaction: x12.Transaction, problems: tuple[Problem, ...], *, refused: bool
) -> SetAcknowledgement:
    inside = range(transaction.segments[0].index, transaction.segments[-1].index + 1)
    mine = [p for p in problems if p.segment is not None and p.segment.index in inside]
    errors = tuple(_segment_errors(mine, transaction.segments))
    notes = tuple(dict.fromkeys(p.code for p in mine if p.segment is not None and p.segment.id in ("ST", "SE")))
    if errors:
        notes = (*notes, "5") if "5" not in notes else notes
    harmless = errors and all(e.segment in _UNREAD and e.code == "8" for e in errors) and notes == ("5",)
    code = "R" if refused else "A" if not mine else "E" if harmless else "R"
    return SetAcknowledgement(
        set_id=plain(transaction.set_id), control_number=plain(transaction.control_number),
        guide=plain(transaction.guide), code=code,
        notes=notes, errors=errors, segment_index=0, byte_offset=0,
    )  # fmt: skip


def _segment_errors(problems: list[Problem], segments: list[Segment]) -> Iterator[SegmentError]:
    claims = {s.index: s.get(1) for s in segments if s.id == "CLM"}
    by_segment: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.segment is not None and problem.segment.id not in _ENVELOPE:
            by_segment.setdefault(problem.segment.index, []).append(problem)
    for index, found in sorted(by_segment.items()):
        segment = found[0].segment
        assert segment is not None  # noqa: S101 - only problems with a segment are in the table
        before = [number for at, number in claims.items() if at <= index]
        whole = [p for p in found if not _element(p)]
        elements = tuple(e for p in found if (e := _element(p)))
        loop = next((m[1] for p in whole if (m := _LOOP.search(p.text))), "")
        for code in dict.fromkeys([p.code for p in whole] + (["8"] if elements else [])):
            yield SegmentError(
                segment=segment.id, position=segment.position, loop=loop, code=code,
                claim=before[-1][:35] if before else "", elements=elements if code == "8" else (),
                segment_index=0, byte_offset=0,
            )  # fmt: skip


def _element(problem: Problem) -> ElementError | None:
    place = _PLACE.search(problem.text)
    if place is None or problem.segment is None or place[1] != problem.segment.id:
        return None
    position = str(int(place[2])) + (f":{int(place[3])}" if place[3] else "")
    value = "" if place[3] else problem.segment.get(int(place[2]))
    return ElementError(position=position, code=problem.code, value=value[:99])
