"""Segments out of bytes, streaming, in canonical spelling whatever delimiters the sender chose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from ptedi.findings import Finding
from ptedi.x12 import rules
from ptedi.x12.delimiters import Delimiters
from ptedi.x12.stream import Blocks


class Segment:
    """One segment: its elements and its place.

    Delimiters appear as `* : ^ ~` whatever the sender chose; a data character that is one of those four stands for the
    sender's delimiter it changed places with.

    Attributes:
        elements: `elements[0]` is the identifier, `elements[1]` the first element.
        index: place in the file, from 1.
        position: place in the transaction set, ST being 1; 0 outside of sets.
        offset: byte in the file where it starts, from 0.
    """

    __slots__ = ("elements", "index", "offset", "position")

    def __init__(self, elements: list[str], index: int = 0, position: int = 0, offset: int = 0) -> None:
        self.elements, self.index, self.position, self.offset = elements, index, position, offset

    @property
    def id(self) -> str:
        """The segment identifier, such as NM1."""
        return self.elements[0]

    def get(self, number: int) -> str:
        """Element `number` (NM103 is 3), or "" when the sender left it out."""
        return self.elements[number] if number < len(self.elements) else ""

    def __str__(self) -> str:
        return "*".join(self.elements)

    def __repr__(self) -> str:
        return f"<Segment {self.id} {self.index}>"


class HeaderSegment(Segment):
    """An ISA segment, which also says which delimiters the sender chose."""

    __slots__ = ("delimiters",)

    def __init__(self, elements: list[str], index: int, offset: int, delimiters: Delimiters) -> None:
        super().__init__(elements, index, 0, offset)
        self.delimiters = delimiters


def read(
    source: bytes | BinaryIO, findings: list[Finding] | None = None, *, lenient: bool = False
) -> Iterator[Segment]:
    """Yields every segment of one or several interchanges in constant memory.

    Args:
        source: bytes or an open binary file.
        findings: problems of the bytes (junk, cut-off end, bad ISA) are appended here.
        lenient: recoverable problems become warnings.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    found: list[Finding] = [] if findings is None else findings
    position = 0
    for block in Blocks(source, found, lenient=lenient):
        for index, (text, offset) in enumerate(zip(block.texts, block.offsets, strict=False), block.first):
            elements = text.split("*")
            name = elements[0]
            if not (1 < len(name) < 4 and name.isalnum()):
                found.append(rules.finding(
                    rules.JUNK, "This is no segment.", byte_offset=offset, segment_index=index))  # fmt: skip
                continue
            if name == "ST":
                position = 1
            elif position:
                position = 0 if name in ("GE", "GS", "IEA", "ISA") else position + 1
            if name == "ISA":
                yield HeaderSegment(elements, index, offset, block.delimiters)
            else:
                yield Segment(elements, index, position, offset)
            if name == "SE":
                position = 0
