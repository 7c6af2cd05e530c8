"""Segments into bytes: one place refuses delimiters in data, trims trailing separators and counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time

from ptedi.x12.delimiters import CANONICAL, Delimiters

_IN_DATA = re.compile(r"[*:^~\r\n]")
_IN_JOINED = re.compile(r"[*~\r\n]")
DEFAULT = Delimiters()
NO_REFERENCE = ("835", "997")  # sets whose ST03 is not sent


class Joined(str):
    """An element of several components or repetitions, joined by `composite` or `repetitions`."""

    __slots__ = ()


def composite(*parts: str) -> str:
    """Joins components, `HC:97110:GP`; trailing empty ones are left off.

    Raises:
        ValueError: a part holds a delimiter.
    """
    for part in parts:
        if _IN_DATA.search(part):
            raise ValueError("a component holds a delimiter")
    return Joined(":".join(parts).rstrip(":"))


def repetitions(*values: str) -> str:
    """Joins repetitions of an element with `^`.

    Raises:
        ValueError: a value holds a delimiter.
    """
    for value in values:
        if (_IN_JOINED if isinstance(value, Joined) else _IN_DATA).search(value):
            raise ValueError("a repetition holds a delimiter")
    return Joined("^".join(values))


def segment(*elements: str) -> str:
    """Joins an identifier and its elements, `REF*6R*123`; trailing empty elements are left off.

    Elements with components come from `composite`, so that a `:` in plain data is refused too.

    Raises:
        ValueError: an element holds a delimiter.
    """
    text = "*".join(elements)
    if text.count("*") != len(elements) - 1 or _LINES_OR_END(text):
        raise ValueError(f"an element of {elements[0]} holds a delimiter")
    if ":" in text or "^" in text:
        for element in elements:
            if not isinstance(element, Joined) and (":" in element or "^" in element):
                raise ValueError(f"an element of {elements[0]} holds a delimiter")
    return text.rstrip("*")


_LINES_OR_END = re.compile(r"[~\r\n]").search


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What ISA and GS say.

    Example: ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261121*2217*^*00501*000000001*1*T*:~
    and GS*HC*SENDER*RECEIVER*20261121*2217*1*X*005010X222A1~
    """

    sender_id: str
    receiver_id: str
    control_number: int
    created: date
    at: time
    functional_id: str = ""
    guide: str = ""
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    group_sender: str = ""
    group_receiver: str = ""
    group_control_number: int = 1
    usage: str = "T"
    acknowledgement_requested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionSet:
    """The segments between ST and SE; the writer adds and counts those two.

    A text may hold several segments, joined by `~`.
    """

    set_id: str
    control_number: str
    segments: Iterable[str]


def interchange(
    envelope: Envelope,
    sets: Iterable[TransactionSet] = (),
    *,
    outside: Iterable[str] = (),
    delimiters: Delimiters = DEFAULT,
    newline: str = "",
) -> bytes:
    """An interchange with one functional group; `outside` holds TA1 segments, which stand before the group.

    Raises:
        ValueError: data hold a chosen delimiter, or an ISA value does not fit its width.
    """
    return b"".join(chunks(envelope, sets, outside=outside, delimiters=delimiters, newline=newline))


def chunks(
    envelope: Envelope,
    sets: Iterable[TransactionSet] = (),
    *,
    outside: Iterable[str] = (),
    delimiters: Delimiters = DEFAULT,
    newline: str = "",
) -> Iterator[bytes]:
    """The same interchange piece by piece, for files larger than memory."""
    foreign = set(delimiters.as_bytes().decode("latin-1")) - set(CANONICAL.decode())
    refuse = re.compile("[" + re.escape("".join(foreign)) + "]").search if foreign else None
    batch: list[str] = []
    for text in _texts(envelope, sets, outside):
        if refuse and refuse(text):
            raise ValueError("data hold a chosen delimiter")
        batch += text.split("~") if newline else (text,)
        if len(batch) >= 4096:
            yield render(batch, delimiters, newline)
            batch.clear()
    yield render(batch, delimiters, newline)


def render(texts: Iterable[str], delimiters: Delimiters = DEFAULT, newline: str = "") -> bytes:
    """Canonical texts as bytes with the delimiters chosen: the inverse of the reader's swap."""
    table, end = delimiters.unswap(), newline.encode("ascii")
    if not end:
        return "".join([text + "~" for text in texts]).encode("latin-1").translate(table)
    mark = delimiters.segment.encode("latin-1") + end
    return b"".join([text.encode("latin-1").translate(table) + mark for text in texts])


def _texts(envelope: Envelope, sets: Iterable[TransactionSet], outside: Iterable[str]) -> Iterator[str]:
    groups = 0
    yield isa(envelope)
    yield from outside
    for counted, one in enumerate(sets, 1):
        if not groups:
            groups = 1
            yield gs(envelope)
        number = 2
        yield segment("ST", one.set_id, one.control_number, envelope.guide if one.set_id not in ("835", "997") else "")
        for text in one.segments:
            number += 1 + text.count("~")  # ST and SE are counted too
            yield text
        yield segment("SE", str(number), one.control_number)
        last = counted
    if groups:
        yield segment("GE", str(last), str(envelope.group_control_number))
    yield segment("IEA", str(groups), f"{envelope.control_number:09d}")


def isa(envelope: Envelope) -> str:
    """The interchange header in its fixed width.

    Raises:
        ValueError: a value is longer than its place.
    """
    fields = (
        ("00", 2), ("", 10), ("00", 2), ("", 10),
        (envelope.sender_qualifier, 2), (envelope.sender_id, 15),
        (envelope.receiver_qualifier, 2), (envelope.receiver_id, 15),
        (f"{envelope.created:%y%m%d}", 6), (f"{envelope.at:%H%M}", 4), ("", 0), ("00501", 5),
        (f"{envelope.control_number:09d}", 9), ("01"[envelope.acknowledgement_requested], 1), (envelope.usage, 1),
    )  # fmt: skip
    for number, (value, width) in enumerate(fields, 1):
        if len(value) > width or _IN_DATA.search(value):
            raise ValueError(f"ISA{number:02d} does not fit its place")
    padded = [value.ljust(width) for value, width in fields]
    padded[10] = "^"
    return "*".join(["ISA", *padded, ":"])


def gs(envelope: Envelope) -> str:
    """The functional group header."""
    return segment(
        "GS", envelope.functional_id, envelope.group_sender or envelope.sender_id,
        envelope.group_receiver or envelope.receiver_id, f"{envelope.created:%Y%m%d}", f"{envelope.at:%H%M}",
        str(envelope.group_control_number), "X", envelope.guide,
    )  # fmt: skip
