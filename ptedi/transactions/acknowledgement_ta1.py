"""TA1, Interchange Acknowledgment: TA1*000000001*260805*2130*R*025~."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from ptedi.submissions.acknowledgements import InterchangeAcknowledgement
from ptedi.transactions.answer import AnswerHeader
from ptedi.transactions.wire import plain
from ptedi.x12 import writer as x12
from ptedi.x12.interchange import number, transactions
from ptedi.x12.writer import segment


def read(source: bytes | BinaryIO) -> list[InterchangeAcknowledgement]:
    """Every TA1 of a file; a control number that is none reads as 0, which is nobody's.

    Raises:
        UnreadableFile: the file holds no X12 at all.
    """
    found = []
    for one in transactions(source, lenient=True):
        if one.set_id == "TA1":
            ta1 = one.segments[0]
            found.append(
                InterchangeAcknowledgement(
                    sender_id=one.interchange.sender_id,
                    receiver_id=one.interchange.receiver_id,
                    interchange_control_number=number(ta1.get(1)) or 0,
                    interchange_date=ta1.get(2),
                    interchange_time=ta1.get(3),
                    code=ta1.get(4),
                    note=ta1.get(5),
                    segment_index=ta1.index,
                    byte_offset=ta1.offset,
                )
            )
    return found


def write(header: AnswerHeader, acknowledgements: Iterable[InterchangeAcknowledgement]) -> bytes:
    """An interchange that holds nothing but these TA1 segments."""
    texts = [
        segment(
            "TA1", f"{one.interchange_control_number:09d}", plain(one.interchange_date), plain(one.interchange_time),
            one.code, one.note,
        )
        for one in acknowledgements
    ]  # fmt: skip
    return x12.interchange(header.envelope(), outside=texts, newline=header.newline)
