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
from ptedi.x12.interchange import Transaction, transactions

__all__ = ["GUIDE", "Normaliser", "ReadSet", "claim_positions", "normalise", "read", "read_batches", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSet:
    """One 837 transaction set with its claims; `findings` holds what could not be made sense of.

    `charges` are the claims' CLM02 as stated; a claim's own `charge` is the sum of its lines.
    """

    transaction: Transaction
    batch_reference: str
    claims: tuple[Claim, ...]
    charges: tuple[Decimal, ...]
    findings: tuple[Finding, ...]


def read(transaction: Transaction) -> list[Claim]:
    """The claims of a transaction set, in file order; never raises, whatever the set holds."""
    return list(_read(transaction).claims)


def read_batches(source: bytes | BinaryIO) -> list[ReadSet]:
    """Every 837 transaction set of a file with its claims.

    Raises:
        UnreadableFile: the file holds no X12 at all.
    """
    return [_read(one) for one in transactions(source, lenient=True) if one.set_id == "837"]


def _read(transaction: Transaction) -> ReadSet:
    reader = ClaimReader()
    for segment in transaction.segments:
        reader.feed(segment)
    claims = reader.finish()
    return ReadSet(
        transaction=transaction,
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
    places: dict[str, tuple[int, int]] = {}
    for one in transactions(data, lenient=True):
        start, number = 0, ""
        for segment in one.segments:
            name = segment.id
            if name in ("HL", "SE"):
                if number or not start or segment.get(3) != "23":
                    start = segment.position if segment.get(3) in ("22", "23") else 0
                number = ""
            elif name == "CLM":
                start = segment.position if number or not start else start
                number = segment.get(1)
            if number:
                places[number] = (start, segment.position)
    return places
