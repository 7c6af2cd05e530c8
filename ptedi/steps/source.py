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
from ptedi.x12 import excerpt
from ptedi.x12.excerpt import Excerpt

AROUND = 12
"""Segments or rows shown before and after the place."""
_NAMED = 4_000_000  # bytes up to which the guide's names are looked up: it reads the whole file
_LOOKS = 6  # claims that are cut out of a larger one, those next to the place first
_LINE = 4_000  # characters of a line of captured charges
_TEXT = 20_000  # characters of a file that is neither X12 nor a table


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A row of a captured table: its number (1 is the first data row) and its filled cells by column."""

    number: int
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """A line of a file that holds rows of its own: its number, its text, the row that begins on it (0: none)."""

    number: int
    text: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """A place of a file in its surroundings.

    Attributes:
        place: the segment (from 1) or row asked for; `found` whether the file has it.
        count: how many segments or rows the file has.
        segments, rows, lines, text: what stands there: X12, a table, captured charges as XML, HL7 or FHIR, or anything
            else (cut off after 20,000 characters).
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
    lines: tuple[SourceLine, ...] = ()
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
    for look in (_of_x12, _of_table, _of_rows):
        found = look(file, data, place, around)
        if found is not None:
            return found
    return _of_text(file, data, place)


def whole_file(night: Night, file_id: int) -> tuple[str, bytes] | None:
    """The name and the bytes of an archived file as they came or went; None when there is no such file.

    Raises:
        ContractViolation: the archived copy is not what was archived.
    """
    with night.store.read() as conn:
        file = files.find_id(conn, file_id)
    return None if file is None else (file.original_name, files.read_bytes(night.archive, file))


def _page(file: StoredFile, place: int, count: int, *, found: bool, segments: Sequence[RawSegment] = (),
          rows: Sequence[SourceRow] = (), lines: Sequence[SourceLine] = (), text: str = "") -> SourcePage:  # fmt: skip
    return SourcePage(
        file_id=file.id, file=file.original_name, kind=file.kind, direction=file.direction, sha256=file.sha256,
        size=file.size, received_at=file.received_at, place=place, found=found, count=count, segments=tuple(segments),
        rows=tuple(rows), lines=tuple(lines), text=text,
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
    """With the guide's words; in a very large file those of the claims that stand there, each cut out of it."""
    if len(data) <= _NAMED or not some:
        return words_of(whole, some, on)
    here, told = [whole.segments[i] for i in some], dict[int, RawSegment]()
    shown, asked = {one.index for one in here}, here[len(here) // 2].index
    looks = 0
    for one in sorted(here, key=lambda one: abs(one.index - asked)):
        if one.index in told or looks == _LOOKS:
            continue
        looks += 1
        part = excerpt.around(data, one.offset, one.index)
        if part is not None:
            places = [place for place, named in enumerate(part.segments) if named.index in shown]
            told |= {named.index: named for named in words_of(part, places, on)}
    return tuple(told.get(one.index) or RawSegment(index=one.index, offset=one.offset, text=str(one), loop="", name="",
                                                   values=()) for one in here)  # fmt: skip


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


def _of_rows(file: StoredFile, data: bytes, place: int, around: int) -> SourcePage | None:
    """The lines around a row of captured charges that are no table."""
    told = intake.written(data, file.original_name) if file.kind == "charges" else None
    if told is None or not told.rows:
        return None
    row_on = {line: row for row, line in sorted(told.rows.items(), reverse=True)}
    middle = told.rows.get(place, 1)
    row_on |= {middle: place} if place in told.rows else {}
    first, last = max(middle - around, 1), min(middle + around, len(told.lines))
    lines = [SourceLine(number=number, text=told.lines[number - 1][:_LINE], row=row_on.get(number, 0))
             for number in range(first, last + 1)]  # fmt: skip
    return _page(file, place, max(told.rows), found=place in told.rows, lines=lines)


def _of_text(file: StoredFile, data: bytes, place: int) -> SourcePage:
    text = data[:_TEXT].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return _page(file, place, text.count("\n") + 1, found=False, text=text)
