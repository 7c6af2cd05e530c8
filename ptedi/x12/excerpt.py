"""One claim, level or claim payment out of a file of thousands, read as if the whole file had been.

What its segments mean hangs on its envelope, the header of its set and the levels above it; these are cut out with it
and all else is passed over.  A file that is not plain (line ends anywhere, several interchanges, a bad ISA) is read
whole, so that numbers, places and names never differ from those of the whole file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ptedi.x12 import wording
from ptedi.x12.reader import Segment, read
from ptedi.x12.wording import NamedSegment

_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1)
_ISA = 106  # bytes
_OPENS = (b"HL", b"CLP", b"LX", b"AK2", b"AK9", b"SE")  # what ends the header of a set
_CLOSES = (b"SE", b"ST", b"GE", b"IEA")
_LEVEL_ENDS = (b"CLM", b"HL", *_CLOSES)  # the likely one first: nobody looks for the others behind it
_DEEP = 10  # levels
Span = tuple[int, int]
"""The first byte, the byte behind."""


class Excerpt:
    """Segments of a file with their numbers and places in that file, and the guide's words for them.

    Attributes:
        segments: those that were cut out, in the order of the file.
    """

    def __init__(self, data: bytes, pieces: Iterable[tuple[int, int, int]] = ()) -> None:
        """Of whole files no pieces, else the first and last byte and the number of the first segment of each.

        Raises:
            UnreadableFile: there is no X12 in it at all.
        """
        several = list(pieces)
        self._data = b"".join(data[start:end] for start, end, _ in several) if several else data
        self._read = list(read(self._data, lenient=True))
        self.segments = _numbered(self._read, several) if several else self._read

    def place(self, index: int) -> int | None:
        """Where in `segments` the one with this number in the file stands."""
        return next((place for place, one in enumerate(self.segments) if one.index == index), None)

    def named(self, guide: str, places: Iterable[int]) -> list[NamedSegment]:
        """Some of the segments with the words of this guide."""
        several = list(places)
        found = wording.name(self._data, guide, [self._read[place] for place in several])
        own = (self.segments[place] for place in several)
        return [replace(one, index=here.index, offset=here.offset) for one, here in zip(found, own, strict=True)]


def _numbered(several: list[Segment], pieces: list[tuple[int, int, int]]) -> list[Segment]:
    """The segments with the numbers and places of the file they were cut out of."""
    found, at, left = [], 0, iter(pieces)
    start = end = index = 0
    for one in several:
        while one.offset >= at + end - start:
            at += end - start
            start, end, index = next(left)
        found.append(Segment(one.elements, index, one.position, start + one.offset - at))
        index += 1
    return found


def around(data: bytes, offset: int, index: int | None = None) -> Excerpt | None:
    """The claim, level or claim payment that holds the segment at a byte, with what stands above it.

    Args:
        data: the whole file.
        offset: the byte at which a segment starts.
        index: its number in the file, where it is known; when it is not so the file is not plain.

    Returns:
        None when the file has to be read whole.
    """
    plain = _Plain.of(data)
    if plain is None or not plain.begins(offset):
        return None
    pieces = plain.pieces(offset)
    if pieces is None:
        return None
    numbers = plain.numbers([offset, *(start for start, _ in pieces)])
    if (index is not None and numbers[offset] != index) or plain.has_gaps(pieces if index else [(0, len(data))]):
        return None
    return Excerpt(data, [(start, end, numbers[start]) for start, end in pieces])


def find(data: bytes, segment: str, first: str) -> int | None:
    """The byte of the first segment of this name with this first element, in a plain file; None without one."""
    plain = _Plain.of(data)
    if plain is None:
        return None
    found = plain.find([plain.element.join([segment.encode("latin-1"), first.encode("latin-1")])], 0)
    return found if found < len(data) else None


class _Plain:
    """A file of one interchange in which every segment but the ISA starts behind the same few bytes."""

    def __init__(self, data: bytes, gap: bytes) -> None:
        self.data, self.element, self.terminator = data, data[3:4], data[_ISA - 1 : _ISA]
        self.before = self.terminator + gap

    @classmethod
    def of(cls, data: bytes) -> _Plain | None:
        """The file, when it is a plain one."""
        if not _is_header(data, 0) or data[_ISA - 1 : _ISA].isalnum() or data[_ISA - 1 : _ISA] in (b"\r", b"\n", b" "):
            return None
        gap = data[_ISA : _ISA + 2]
        found = cls(data, gap[: len(gap) - len(gap.lstrip(b"\r\n"))])
        return found if found._is_even() and not found._goes_on() else None

    def _is_even(self) -> bool:
        """Whether the same line end stands behind each segment (but perhaps the last), and nowhere else."""
        data, before = self.data, self.before
        ends = [sign for sign in (b"\r", b"\n") if sign in data]
        if len(before) == 1:
            return not ends
        count = data.count(before)
        return data.count(self.terminator) - count in (0, 1) and all(
            data.count(sign) == count * before.count(sign) for sign in ends
        )

    def _goes_on(self) -> bool:
        """Whether another interchange follows."""
        data, found = self.data, 0
        while (found := data.find(b"ISA", found + 1)) >= 0:
            if data.endswith(self.before, 0, found) or _is_header(data, found):
                return True
        return False

    def has_gaps(self, spans: Iterable[Span]) -> bool:
        """Whether empty segments or blanks stand between segments there: what is counted otherwise."""
        odd = [self.before + sign for sign in (self.terminator, b" ", b"\t")]
        return any(self.data.find(one, start, end) >= 0 for start, end in spans for one in odd)

    def begins(self, offset: int) -> bool:
        """Whether a segment starts at this byte."""
        return offset < len(self.data) and self.data.endswith(self.before, 0, offset)

    def find(self, names: Iterable[bytes], start: int, stop: int | None = None) -> int:
        """Where the first segment with one of these beginnings starts at or after a byte; else `stop`, or the end."""
        data, end, width = self.data, len(self.data) if stop is None else stop, len(self.before)
        for name in names:
            found = data.find(self.before + name + self.element, max(start - width, 0), end)
            end = found + width if found >= 0 else end
        return end

    def back(self, names: Iterable[bytes], offset: int, least: int = 0) -> int | None:
        """Where the last segment with one of these beginnings starts at or before a byte; not before `least`."""
        data, width, best = self.data, len(self.before), None
        for name in names:
            word = self.before + name + self.element
            found = data.rfind(word, max(least - width, 0), offset - width + len(word))
            if found >= 0:
                best = least = found + width
        return best

    def value(self, offset: int, number: int) -> bytes:
        """An element of the segment at a byte; nothing when it was left out."""
        elements = self.data[offset : self.data.find(self.terminator, offset)].split(self.element)
        return elements[number] if number < len(elements) else b""

    def behind(self, offset: int) -> int:
        """The byte behind the segment at a byte and its line end."""
        end = self.data.find(self.terminator, offset)
        return len(self.data) if end < 0 else min(end + len(self.before), len(self.data))

    def numbers(self, offsets: Iterable[int]) -> dict[int, int]:
        """The numbers in the file, from 1, of the segments that start at some bytes."""
        found, at, number = {}, 0, 1
        for offset in sorted(set(offsets)):
            number += self.data.count(self.terminator, at, offset)
            found[offset], at = number, offset
        return found

    # --- what is cut out ---

    def pieces(self, offset: int) -> list[Span] | None:
        """The envelope, the header of the set, the levels above and the claim, level or claim payment itself."""
        start = self.back([b"ST"], offset)
        group = None if start is None else self.back([b"GS"], start)
        if start is None or group is None:
            return None
        head = self.find(_OPENS, start)
        body = self._body(self.value(start, 1), offset, head) if offset >= head else None
        own = [(0, self.behind(0)), (group, self.behind(group)), (start, head)]
        return None if body is None else own + body

    def _body(self, kind: bytes, offset: int, head: int) -> list[Span] | None:
        match kind:
            case b"837" | b"277":
                return self._levels(offset, head)
            case b"835":
                return self._payment(offset, head)
            case b"999" | b"997":
                return self._answer(offset, head)
            case _:
                return None

    def _levels(self, offset: int, head: int) -> list[Span] | None:
        """The levels above, this level up to its first claim, and the claim."""
        level = self.back([b"HL"], offset, head)
        if level is None:
            return None
        above = self._above(level, head)
        if above is None:
            return None
        end = self.find(_LEVEL_ENDS, self.behind(level))
        own = [*above, (level, end)]
        if offset >= end:
            claim = self.back([b"CLM"], offset, end)
            if claim is None:
                return None
            end = self.find(_LEVEL_ENDS, self.behind(claim))
            own.append((claim, end))
        return [*own, (end, self.behind(end))]

    def _above(self, level: int, head: int) -> list[Span] | None:
        """The levels around a level, the outermost first, each up to its first claim or level; None when one lacks."""
        found: list[Span] = []
        while parent := self.value(level, 2):
            above = self.back([b"HL" + self.element + parent], level - 1, head)
            if above is None or len(found) == _DEEP:
                return None
            found.insert(0, (above, self.find(_LEVEL_ENDS, self.behind(above))))
            level = above
        return found

    def _payment(self, offset: int, head: int) -> list[Span] | None:
        """The header of its group of claims, and the claim payment."""
        start = self.back([b"CLP"], offset, head)
        if start is None:
            return None
        group = self.back([b"LX"], start, head)
        above = [] if group is None else [(group, self.find([b"CLP"], group))]
        end = self.find([b"CLP", b"LX", b"PLB", *_CLOSES], self.behind(start))
        return [*above, (start, end), (end, self.behind(end))]

    def _answer(self, offset: int, head: int) -> list[Span] | None:
        """The verdict on one set, and the one on the group."""
        start = self.back([b"AK2"], offset, head)
        if start is None:
            return None
        end = self.find([b"AK2", b"AK9", *_CLOSES], self.behind(start))
        last = self.find([b"AK9", *_CLOSES], end)
        return [(start, end), (last, self.find([b"SE", *_CLOSES], self.behind(last)))]


def _is_header(data: bytes, at: int) -> bool:
    """Whether an ISA of the fixed width stands there."""
    parts = data[at + 4 : at + _ISA].split(data[at + 3 : at + 4], 15)
    return data[at : at + 3] == b"ISA" and len(parts) == len(_WIDTHS) + 1 and tuple(map(len, parts)) == (*_WIDTHS, 2)
