"""Where a figure comes from: a place of an archived file, with what stands around it and words beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ptedi import intake
from ptedi.errors import PtediError
from ptedi.steps.evidence import RawSegment, words_of
from ptedi.steps.night import Night
from ptedi.store import files
from ptedi.store.files import StoredFile
from ptedi.x12.excerpt import Excerpt

AROUND = 12
"""Segments or rows shown before and after the place."""
_NAMED = 4_000_000  # bytes up to which the guide's names are looked up: it reads the whole file
_TEXT = 20_000  # characters of a file that is neither X12 nor a table


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A row of a captured table: its number (1 is the first data row) and its filled cells by column."""

    number: int
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """A place of a file in its surroundings.

    Attributes:
        place: the segment (from 1) or row asked for; `found` whether the file has it.
        count: how many segments or rows the file has.
        segments, rows, text: what stands there: X12, a table, or anything else (cut off after 20,000 characters).
    """

    file_id: int
    file: str
    kind: str
    direction: str
    sha256: str
    size: int
    received_at: datetime
    place: int
    found: bool
    count: int
    segments: tuple[RawSegment, ...] = ()
    rows: tuple[SourceRow, ...] = ()
    text: str = ""


def source(night: Night, file_id: int, place: int = 1, *, around: int = AROUND) -> SourcePage | None:
    """The surroundings of a segment or row of a file; None when there is no such file.

    Raises:
        ContractViolation: the archived copy is not what was archived.
    """
    with night.store.read() as conn:
        file = files.find_id(conn, file_id)
    if file is None:
        return None
    data = files.read_bytes(night.archive, file)
    return _of_x12(file, data, place, around) or _of_table(file, data, place, around) or _of_text(file, data, place)


def whole_file(night: Night, file_id: int) -> tuple[str, bytes] | None:
    """The name and the bytes of an archived file as they came or went; None when there is no such file.

    Raises:
        ContractViolation: the archived copy is not what was archived.
    """
    with night.store.read() as conn:
        file = files.find_id(conn, file_id)
    return None if file is None else (file.original_name, files.read_bytes(night.archive, file))


def _page(file: StoredFile, place: int, count: int, *, found: bool, segments: Sequence[RawSegment] = (),
          rows: Sequence[SourceRow] = (), text: str = "") -> SourcePage:  # fmt: skip
    return SourcePage(
        file_id=file.id, file=file.original_name, kind=file.kind, direction=file.direction, sha256=file.sha256,
        size=file.size, received_at=file.received_at, place=place, found=found, count=count, segments=tuple(segments),
        rows=tuple(rows), text=text,
    )  # fmt: skip


def _of_x12(file: StoredFile, data: bytes, place: int, around: int) -> SourcePage | None:
    if not data.lstrip()[:3].upper() == b"ISA":
        return None
    try:
        whole = Excerpt(data)
    except PtediError:
        return None
    at, segments = whole.place(place), whole.segments
    middle = at or 0
    some = range(max(middle - around, 0), min(middle + around + 1, len(segments)))
    return _page(file, place, len(segments), found=at is not None,
                 segments=_named(data, whole, some, file.received_at.date()))  # fmt: skip


def _named(data: bytes, whole: Excerpt, some: range, on: date) -> tuple[RawSegment, ...]:
    """With the guide's words; of a very large file without them."""
    if len(data) <= _NAMED:
        return words_of(whole, some, on)
    return tuple(RawSegment(index=one.index, offset=one.offset, text=str(one), loop="", name="", values=())
                 for one in (whole.segments[i] for i in some))  # fmt: skip


def _of_table(file: StoredFile, data: bytes, place: int, around: int) -> SourcePage | None:
    sheet = intake.table_of(data, file.original_name)
    if sheet is None:
        return None
    at = next((i for i, (number, _) in enumerate(sheet.records) if number == place), None)
    middle = at or 0
    some = sheet.records[max(middle - around, 0):middle + around + 1]
    rows = [SourceRow(number=number, cells=tuple((name.strip(), cell.strip()) for name, cell in
                                                 zip(sheet.header, cells, strict=False) if cell.strip()))
            for number, cells in some]  # fmt: skip
    return _page(file, place, len(sheet.records), found=at is not None, rows=rows)


def _of_text(file: StoredFile, data: bytes, place: int) -> SourcePage:
    text = data[:_TEXT].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return _page(file, place, text.count("\n") + 1, found=False, text=text)
