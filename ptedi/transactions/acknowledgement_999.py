"""999, Implementation Acknowledgment (005010X231A1), and its elder brother 997.

Read as tolerantly as they come: CTX segments in any order and place, 997's AK3/AK4/AK5 for IK3/IK4/IK5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ptedi.submissions.acknowledgements import (
    ElementError,
    GroupAcknowledgement,
    SegmentError,
    SetAcknowledgement,
)
from ptedi.transactions.answer import AnswerHeader
from ptedi.transactions.wire import plain
from ptedi.x12 import writer as x12
from ptedi.x12.interchange import Transaction, number, transactions
from ptedi.x12.reader import Segment
from ptedi.x12.writer import composite, segment

GUIDE = "005010X231A1"


def read(source: bytes | BinaryIO) -> list[GroupAcknowledgement]:
    """Every group acknowledged by the 999 and 997 sets of a file.

    Raises:
        UnreadableFile: the file holds no X12 at all.
    """
    found: list[GroupAcknowledgement] = []
    for one in transactions(source, lenient=True):
        if one.set_id in ("999", "997"):
            found += _Reader(one).groups()
    return found


@dataclass(slots=True)
class _Error:
    """IK3 with what follows it."""

    segment: Segment
    context: list[str] = field(default_factory=list)
    elements: list[ElementError] = field(default_factory=list)


@dataclass(slots=True)
class _Set:
    """AK2 to IK5."""

    segment: Segment
    errors: list[_Error] = field(default_factory=list)
    verdict: Segment | None = None


class _Reader:
    """Takes the segments of one 999; a set or a group without its verdict counts as rejected."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.found: list[GroupAcknowledgement] = []
        self.ak1: Segment | None = None
        self.sets: list[_Set] = []
        self.error: _Error | None = None
        self.waiting: list[str] = []

    def groups(self) -> list[GroupAcknowledgement]:
        for one in self.transaction.segments:
            self._take(one)
        self._close(None)
        return self.found

    def _take(self, one: Segment) -> None:
        match one.id:
            case "AK1":
                self._close(None)
                self.ak1 = one
            case "AK2":
                self.sets.append(_Set(one))
                self.error = None
            case "IK3" | "AK3" if self.sets:
                self.error = _Error(one, context=self.waiting)
                self.waiting = []
                self.sets[-1].errors.append(self.error)
            case "CTX":
                (self.error.context if self.error else self.waiting).append("*".join(one.elements[1:]))
            case "IK4" | "AK4" if self.error:
                self.error.elements.append(
                    ElementError(position=one.get(1), reference=one.get(2), code=one.get(3), value=one.get(4))
                )
            case "IK5" | "AK5" if self.sets:
                self.sets[-1].verdict, self.error = one, None
            case "AK9":
                self._close(one)

    def _close(self, ak9: Segment | None) -> None:
        start = self.ak1 or ak9
        if start is None:
            return
        at, to = (self.ak1 or Segment([""])).get, (ak9 or Segment([""])).get
        header = self.transaction.interchange
        self.found.append(
            GroupAcknowledgement(
                sender_id=header.sender_id,
                receiver_id=header.receiver_id,
                functional_id=at(1),
                group_control_number=number(at(2)) or 0,
                guide=at(3),
                code=to(1) or "R",
                included=number(to(2)) or 0,
                received=number(to(3)) or 0,
                accepted=number(to(4)) or 0,
                notes=_codes(ak9, 5),
                sets=tuple(map(_set, self.sets)),
                segment_index=start.index,
                byte_offset=start.offset,
            )
        )
        self.ak1, self.sets, self.error = None, [], None


def _set(one: _Set) -> SetAcknowledgement:
    at, verdict = one.segment.get, one.verdict
    return SetAcknowledgement(
        set_id=at(1), control_number=at(2), guide=at(3), code=(verdict.get(1) if verdict else "") or "R",
        notes=_codes(verdict, 2), errors=tuple(map(_error, one.errors)), segment_index=one.segment.index,
        byte_offset=one.segment.offset,
    )  # fmt: skip


def _error(one: _Error) -> SegmentError:
    at = one.segment.get
    claims = (c.partition("*")[0].partition(":") for c in one.context)
    return SegmentError(
        segment=at(1), position=number(at(2)) or 0, loop=at(3), code=at(4),
        claim=next((value for name, _, value in claims if name == "CLM01"), ""), context=tuple(one.context),
        elements=tuple(one.elements), segment_index=one.segment.index, byte_offset=one.segment.offset,
    )  # fmt: skip


def _codes(one: Segment | None, first: int) -> tuple[str, ...]:
    return tuple(code for code in one.elements[first:] if code) if one else ()


# --- writing ---


def write(header: AnswerHeader, groups: Iterable[GroupAcknowledgement]) -> bytes:
    """An interchange with one 999 per group acknowledged.

    An error that names its claim but carries no context gets the business unit context `CLM01:<claim>`.
    """
    sets = (
        x12.TransactionSet(set_id="999", control_number=f"{n:04d}", segments=_segments(group))
        for n, group in enumerate(groups, 1)
    )
    return x12.interchange(header.envelope("FA", GUIDE), sets, newline=header.newline)


def _segments(group: GroupAcknowledgement) -> Iterator[str]:
    yield segment("AK1", group.functional_id, str(group.group_control_number), group.guide)
    for one in group.sets:
        yield segment("AK2", one.set_id, one.control_number, one.guide)
        for error in one.errors:
            yield from _error_segments(error)
        yield segment("IK5", one.code, *one.notes)
    yield segment(
        "AK9", group.code, str(group.included), str(group.received), str(group.accepted), *group.notes
    )  # fmt: skip


def _error_segments(error: SegmentError) -> Iterator[str]:
    yield segment("IK3", error.segment, str(error.position), error.loop, error.code)
    for context in error.context or ((f"CLM01:{error.claim}",) if error.claim else ()):
        yield segment("CTX", *[composite(*element.split(":")) for element in context.split("*")])
    for element in error.elements:
        position = composite(*element.position.split(":"))
        yield segment("IK4", position, element.reference, element.code, plain(element.value, 99))
