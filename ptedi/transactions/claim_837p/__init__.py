"""The 837P (005010X222A1): claims to bytes and back.

`write` puts a batch into a file, `read` and `read_batches` take claims out of any 837P, `normalise` gives a claim
exactly as the wire can carry it.  The law: reading what was written gives the normal claims again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from ptedi.claims.model import Claim
from ptedi.findings import Finding
from ptedi.transactions.claim_837p.normal import Normaliser, normalise
from ptedi.transactions.claim_837p.reader import ClaimReader
from ptedi.transactions.claim_837p.writer import GUIDE, write
from ptedi.x12.interchange import Transaction
from ptedi.x12.reader import Segment
from ptedi.x12.reader import read as segments
from ptedi.x12.stream import Blocks

__all__ = [
    "GUIDE", "ClaimPlace", "Normaliser", "ReadSet", "claim_places", "claim_positions", "normalise", "read",
    "read_batches", "write",
]  # fmt: skip
_AFTER_A_SET = frozenset({"ST", "SE", "GE", "GS", "IEA", "ISA"})
_CLAIM_ENDS = _AFTER_A_SET | {"HL", "CLM"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSet:
    """One 837 transaction set with its claims; `findings` holds what could not be made sense of.

    `charges` are the claims' CLM02 as stated; a claim's own `charge` is the sum of its lines.
    """

    control_number: str
    guide: str
    batch_reference: str
    claims: tuple[Claim, ...]
    charges: tuple[Decimal, ...]
    findings: tuple[Finding, ...]


def read(transaction: Transaction) -> list[Claim]:
    """The claims of a transaction set, in file order; never raises, whatever the set holds."""
    reader = ClaimReader()
    for segment in transaction.segments:
        reader.feed(segment)
    return reader.finish()


def read_batches(source: bytes | BinaryIO) -> list[ReadSet]:
    """Every 837 transaction set of a file with its claims; no segment is held longer than its claim needs it.

    Raises:
        UnreadableFile: the file holds no X12 at all.
    """
    found: list[ReadSet] = []
    reader, start = None, None
    for segment in segments(source, lenient=True):
        name = segment.id
        if reader is not None and start is not None and name in _AFTER_A_SET:
            found.append(_set(start, reader))
            reader = None
        if name == "ST" and segment.get(1) == "837":
            reader, start = ClaimReader(), segment
        elif reader is not None:
            reader.feed(segment)
    if reader is not None and start is not None:
        found.append(_set(start, reader))
    return found


def _set(start: Segment, reader: ClaimReader) -> ReadSet:
    claims = reader.finish()
    return ReadSet(
        control_number=start.get(2),
        guide=start.get(3),
        batch_reference=reader.batch_reference,
        claims=tuple(claims),
        charges=tuple(reader.charges),
        findings=tuple(reader.findings),
    )


def claim_positions(data: bytes) -> dict[str, tuple[int, int]]:
    """First and last segment, counted from ST as a 999 counts, of each claim by its CLM01.

    A claim's stretch begins at the HL of its subscriber (or dependent) when that stands before this claim alone, and
    otherwise at its CLM; it ends before the next claim or subscriber.
    """
    return {number: (place.first, place.last) for number, place in claim_places(data).items()}


@dataclass(frozen=True, slots=True)
class ClaimPlace:
    """A claim's stretch in a file.

    Attributes:
        set_control_number: ST02.
        first, last: its segments, counted from ST as a 999 counts.
        before: how many segments of the file stand before that ST.
    """

    set_control_number: str
    first: int
    last: int
    before: int


def claim_places(data: bytes) -> dict[str, ClaimPlace]:
    """Where each claim stands, by its CLM01; see `claim_positions`."""
    places: dict[str, ClaimPlace] = {}
    start, number, position, here = 0, "", 0, ("", 0)
    for block in Blocks(data, [], lenient=True):
        for index, text in enumerate(block.texts, block.first):
            name = text.partition("*")[0]
            if not (1 < len(name) < 4 and name.isalnum()):
                continue  # no segment
            before, position = position, 1 if name == "ST" else position and position + 1
            if name in _CLAIM_ENDS:
                if number:
                    places[number] = ClaimPlace(here[0], start, before, here[1])
                if name == "ST":
                    here = (text.split("*", 3)[2] if text.count("*") > 1 else "", index - 1)
                start, number = _begun(name, text.split("*", 4), start if number == "" else 0, position)
                position = position if name in ("HL", "CLM", "ST") else 0
    if number:
        places[number] = ClaimPlace(here[0], start, position, here[1])
    return places


def _begun(name: str, elements: list[str], waiting: int, position: int) -> tuple[int, str]:
    """Where the claim that a segment begins (CLM), or may begin (HL), starts, and its CLM01.

    `waiting` is the place of a subscriber before it that no claim followed yet.
    """
    if name == "CLM":
        return waiting or position, elements[1] if len(elements) > 1 else ""
    level = elements[3] if name == "HL" and len(elements) > 3 else ""
    if waiting and level == "23":
        return waiting, ""
    return position if level in ("22", "23") else 0, ""
