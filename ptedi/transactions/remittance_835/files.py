"""Payments out of the bytes of a file, one by one or, however large they are, in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import BinaryIO, NamedTuple

from ptedi.findings import Finding
from ptedi.remittances.model import ClaimPayment, OtherSegment, Payment
from ptedi.transactions.remittance_835.reader import RemittanceReader
from ptedi.x12.stream import Block, Blocks


def read(source: bytes | BinaryIO, findings: list[Finding] | None = None) -> Iterator[Payment]:
    """Yields each payment of a file as its set ends; other sets are passed over.

    Args:
        source: bytes or an open binary file.
        findings: problems of the file's bytes (not of a payment) are appended here.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    reader = RemittanceReader(keep=True)
    for block in Blocks(source, [] if findings is None else findings, lenient=True):
        yield from _feed(reader, block)
    yield from reader.finish()


class Part(NamedTuple):
    """A piece of a payment of any size: the claims that are complete, and what was kept and found so far.

    `last` tells the end of the payment; its `claims`, `findings` and `others` are then those of this piece only.
    """

    payment: Payment
    claims: list[ClaimPayment]
    others: list[OtherSegment]
    findings: list[Finding]
    last: bool


def parts(source: bytes | BinaryIO, findings: list[Finding] | None = None) -> Iterator[Part]:
    """Yields payments in pieces, so that one giant set needs no more memory than many small ones.

    Args:
        source: bytes or an open binary file.
        findings: problems of the file's bytes (not of a payment) are appended here.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    reader = RemittanceReader(keep=True)
    for block in Blocks(source, [] if findings is None else findings, lenient=True):
        for payment in _feed(reader, block):
            yield _part(payment, None)
        if reader.payment is not None and len(reader.payment.claims) > 1:
            yield _part(reader.payment, reader.payment.claims[-1])
    for payment in reader.finish():
        yield _part(payment, None)


def _feed(reader: RemittanceReader, block: Block) -> list[Payment]:
    """Feeds a block to a reader; the payments that ended in it."""
    handler_of, other = reader.handlers.get, reader.other
    for reader.index, text, reader.offset in zip(count(block.first), block.texts, block.offsets, strict=False):
        elements = text.split("*")
        handler_of(elements[0], other)(elements)
    ready, reader.ready = reader.ready, []
    return ready


def _part(payment: Payment, open_claim: ClaimPayment | None) -> Part:
    """Takes out of a payment what is complete."""
    claims, others, findings = payment.claims, payment.others, payment.findings
    payment.claims, payment.others, payment.findings = [], [], []
    if open_claim is not None:
        payment.claims.append(claims.pop())
        first = open_claim.origin.segment_index
        payment.others = [one for one in others if one.origin.segment_index >= first]
        others = others[: len(others) - len(payment.others)]
    return Part(payment, claims, others, findings, open_claim is None)
