"""Payments out of the bytes of a file, one by one or, however large they are, in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import BinaryIO, NamedTuple

from ptedi.findings import Finding
from ptedi.remittances.model import ClaimPayment, Origin, OtherSegment, Payment
from ptedi.transactions.remittance_835.reader import RemittanceReader
from ptedi.x12.block import Block, looking_ahead
from ptedi.x12.stream import Blocks


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


Taken = Callable[[Payment, Block, int], int]
"""Asked where a claim begins, all before it having been handed out: how many segments from there the caller takes."""


def parts(
    source: bytes | BinaryIO, findings: list[Finding] | None = None, taken: Taken | None = None
) -> Iterator[Part]:
    """Yields payments in pieces, so that one giant set needs no more memory than many small ones.

    Args:
        source: bytes or an open binary file.
        findings: problems of the file's bytes (not of a payment) are appended here.
        taken: takes whole claims which it understands without the reader; they are in no piece.  What it takes ends
            before a CLP, a PLB or the SE.  A piece is yielded after each block, were it empty.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    reader = RemittanceReader(keep=True)
    for block in looking_ahead(Blocks(source, [] if findings is None else findings, lenient=True)):
        if taken is None:
            for payment in _feed(reader, block):
                yield _part(payment)
        else:
            yield from _feed_rest(reader, block, taken)
        if reader.payment is not None and (taken or len(reader.payment.claims) > 1):
            yield _part(reader.payment, None if reader.claim is None else reader.claim.origin, last=False)
    for payment in reader.finish():
        yield _part(payment)


def _feed_rest(reader: RemittanceReader, block: Block, taken: Taken) -> Iterator[Part]:
    """Feeds what is not taken; a block that is taken whole is never split into segments."""
    at, count, texts = 0, block.count, [block.beginning]
    handler_of, other = reader.handlers.get, reader.other
    while at < count:
        if at:
            texts = block.texts
        text = texts[at]
        if text[:4] == "CLP*" and reader.payment is not None:
            payment = reader.payment
            if payment.claims or payment.others or payment.findings:
                yield _part(payment, last=False)
            if number := taken(payment, block, at):
                reader.claim = reader.line = reader.here = None
                at += number
                continue
        reader.index, reader.offset = block.first + at, block.offset(at)
        elements = text.split("*")
        handler_of(elements[0], other)(elements)
        at += 1
        if reader.ready:
            yield _part(reader.ready.pop())


def _feed(reader: RemittanceReader, block: Block) -> list[Payment]:
    """Feeds a block to a reader; the payments that ended in it."""
    handler_of, other = reader.handlers.get, reader.other
    for reader.index, text, reader.offset in zip(count(block.first), block.texts, block.offsets, strict=False):
        elements = text.split("*")
        handler_of(elements[0], other)(elements)
    ready, reader.ready = reader.ready, []
    return ready


def _part(payment: Payment, held: Origin | None = None, *, last: bool = True) -> Part:
    """Takes out of a payment what is complete: all, or what stands before a claim not yet at its end."""
    claims, others, findings = payment.claims, payment.others, payment.findings
    payment.claims, payment.others, payment.findings = [], [], []
    if held is not None:
        payment.claims.append(claims.pop())
        payment.others = [one for one in others if one.origin.segment_index >= held.segment_index]
        others = others[: len(others) - len(payment.others)]
    return Part(payment, claims, others, findings, last)
