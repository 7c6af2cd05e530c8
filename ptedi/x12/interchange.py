"""Interchanges, groups and transaction sets of a file, tolerant of missing headers and trailers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ptedi.errors import UnreadableFile
from ptedi.findings import Finding
from ptedi.x12.delimiters import Delimiters
from ptedi.x12.reader import HeaderSegment, Segment, read


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeHeader:
    """ISA, Interchange Control Header; blanks that only pad are gone."""

    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    date: str
    time: str
    control_number: int | None
    usage: str
    acknowledgement_requested: bool
    delimiters: Delimiters
    segment: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHeader:
    """GS, Functional Group Header."""

    functional_id: str
    sender: str
    receiver: str
    date: str
    time: str
    control_number: int | None
    guide: str
    segment: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One transaction set with ST and SE (SE may be missing), or a lone TA1 with set_id TA1.

    Attributes:
        guide: ST03, or GS08 where ST03 is absent.
    """

    set_id: str
    guide: str
    control_number: str
    interchange: InterchangeHeader
    group: GroupHeader
    segments: list[Segment]


def number(text: str) -> int | None:
    """A control number as an integer, or None when it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def interchange_header(segment: Segment, delimiters: Delimiters) -> InterchangeHeader:
    """The header an ISA segment holds."""
    at = segment.get
    return InterchangeHeader(
        sender_qualifier=at(5).strip(), sender_id=at(6).strip(), receiver_qualifier=at(7).strip(),
        receiver_id=at(8).strip(), date=at(9), time=at(10), control_number=number(at(13)), usage=at(15),
        acknowledgement_requested=at(14) == "1", delimiters=delimiters, segment=segment,
    )  # fmt: skip


def group_header(segment: Segment) -> GroupHeader:
    """The header a GS segment holds."""
    at = segment.get
    return GroupHeader(
        functional_id=at(1), sender=at(2).strip(), receiver=at(3).strip(), date=at(4), time=at(5),
        control_number=number(at(6)), guide=at(8), segment=segment,
    )  # fmt: skip


def transactions(
    source: bytes | BinaryIO, findings: list[Finding] | None = None, *, lenient: bool = False
) -> Iterator[Transaction]:
    """Yields each transaction set as it closes, holding one in memory at a time.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    none = Segment([""])
    interchange, group = interchange_header(none, Delimiters()), group_header(none)
    current: Transaction | None = None
    for segment in read(source, findings, lenient=lenient):
        name = segment.id
        if current is not None and name in ("ST", "GS", "GE", "ISA", "IEA"):
            yield current
            current = None
        if name == "ISA":
            interchange, group = interchange_header(segment, delimiters_of(segment)), group_header(none)
        elif name == "GS":
            group = group_header(segment)
        elif name == "ST":
            current = _open(segment, interchange, group)
        elif current is not None:
            current.segments.append(segment)
            if name == "SE":
                yield current
                current = None
        elif name == "TA1":
            yield Transaction(set_id="TA1", guide="", control_number=segment.get(1), interchange=interchange,
                              group=group, segments=[segment])  # fmt: skip
    if current is not None:
        yield current


def cut_off(source: bytes) -> bool:
    """Whether a transaction set of a file has no SE, or its last bytes are a TA1 without an end.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    open_set, end = False, b"~"
    for segment in read(source, lenient=True):
        if isinstance(segment, HeaderSegment):
            end = segment.delimiters.segment.encode("latin-1")
        if segment.id in ("ST", "GS", "GE", "ISA", "IEA") and open_set:
            return True
        open_set = segment.id == "ST" or (open_set and segment.id != "SE")
        if segment.id == "TA1" and source.find(end, segment.offset) < 0:
            return True
    return open_set


def ends_early(source: bytes) -> bool:
    """Whether a file stops between two transaction sets: each has its SE, and the interchange is not closed by IEA.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    tail = source.rstrip(b" \t\r\n\0\x1a")[-_TAIL:]
    return b"ISA" in source and b"IEA" not in tail and not cut_off(source)


_TAIL = 200  # bytes: IEA, and what some senders write behind it


def _open(segment: Segment, interchange: InterchangeHeader, group: GroupHeader) -> Transaction:
    return Transaction(
        set_id=segment.get(1), guide=segment.get(3) or group.guide, control_number=segment.get(2),
        interchange=interchange, group=group, segments=[segment],
    )  # fmt: skip


def delimiters_of(segment: Segment) -> Delimiters:
    """The sender's delimiters, where an ISA segment carries them; canonical otherwise."""
    return segment.delimiters if isinstance(segment, HeaderSegment) else Delimiters()


_KINDS = {
    ("837", "X222"): "837P", ("837", "X223"): "837I", ("837", "X224"): "837D", ("837", "X098"): "837P",
    ("837", "X096"): "837I", ("837", "X097"): "837D", ("277", "X214"): "277CA", ("277", "X364"): "277CA",
}  # fmt: skip


def kind(set_id: str, guide: str) -> str:
    """The kind of a transaction set in everyday words: 837P, 835, 277CA."""
    return next((name for (set_, part), name in _KINDS.items() if set_ == set_id and part in guide), set_id)


def identify(source: bytes) -> set[str]:
    """The kinds of transaction in a file, by its content alone; empty when it is not X12."""
    kinds: set[str] = set()
    guide = ""
    try:
        for segment in read(source, lenient=True):
            match segment.id:
                case "GS":
                    guide = segment.get(8)
                case "ST":
                    kinds.add(kind(segment.get(1), segment.get(3) or guide))
                case "TA1" if not segment.position:
                    kinds.add("TA1")
    except UnreadableFile:
        return set()
    return kinds
