"""Captured charges as CSV: one row per procedure, the visit's columns repeated on each of its rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from ptedi.findings import Finding, counted
from ptedi.intake import cells
from ptedi.intake.columns import BY_NAME, MAX_CELL, MAX_CODE, MAX_ROWS, REQUIRED, WORDS, is_comment
from ptedi.intake.model import RawFile, RawRow
from ptedi.intake.pages import found


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file as records: the header as written, and (row number, cells) for each row that is not blank."""

    header: tuple[str, ...]
    records: tuple[tuple[int, list[str]], ...]


def read(text: str) -> RawFile:
    """The rows of a CSV text; an error among the findings means that there are none."""
    sheet, findings = records(text)
    if sheet is None:
        return RawFile(findings=tuple(findings))
    names = tuple(_name(cell) for cell in sheet.header)
    findings.extend(_header(names, sheet.header))
    if not findings and not sheet.records:
        findings.append(found("IN001", "The file has a header but no charges."))
    if not findings:
        findings.extend(_cut_off(text, sheet))
    if findings:
        return RawFile(findings=tuple(findings))
    wanted = [(place, name) for place, name in enumerate(names) if name in BY_NAME]
    return RawFile(rows=tuple(_row(number, names, wanted, record) for number, record in sheet.records))


def records(text: str) -> tuple[Sheet | None, list[Finding]]:
    """The header and records of a CSV text, or the finding that says why it cannot be cut into records."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        sheet = _collect(reader)
    except csv.Error as problem:
        return None, [found("IN003", f"Line {reader.line_num} cannot be read as CSV: {problem}.")]
    if sheet is None:
        return None, [found("IN010", f"The file has more than {MAX_ROWS:,} rows.")]
    if not sheet.header:
        return None, [found("IN001", "The file is empty.")]
    return sheet, []


def _collect(reader: Iterator[list[str]]) -> Sheet | None:
    header: tuple[str, ...] = ()
    for record in reader:
        if any(cell.strip() for cell in record):
            header = tuple(record)
            break
    rows: list[tuple[int, list[str]]] = []
    for number, record in enumerate(reader, 1):
        if number > MAX_ROWS:
            return None
        if any(cell.strip() for cell in record):
            rows.append((number, record))
    return Sheet(header, tuple(rows))


def _name(cell: str) -> str:
    return "_".join(cells.undefuse(cells.normal(cell)).casefold().replace("-", " ").split())


def _header(names: tuple[str, ...], written: tuple[str, ...]) -> Iterator[Finding]:
    """What is wrong with the header: unknown, repeated and missing columns."""
    hint = _separator(written)
    for name in dict.fromkeys(names):
        if is_comment(name):
            continue
        if name not in BY_NAME:
            yield _unknown(name)
        elif names.count(name) > 1:
            yield found("IN009", f"The column {name} is in the header {names.count(name)} times.", column=name)
    for name in REQUIRED:
        if name not in names:
            yield found("IN008", f"The column {name} is missing from the header.", column=name, hint=hint)


def _cut_off(text: str, sheet: Sheet) -> Iterator[Finding]:
    """A last line without its end and with too few cells, in a file that does not leave blank cells away elsewhere."""
    width, (number, last) = len(sheet.header), sheet.records[-1]
    whole = text.endswith(("\n", "\r")) or len(last) >= width
    if not whole and all(len(record) >= width for _, record in sheet.records[:-1]):
        yield found("IN015", f"The file ends inside row {number}: {counted(len(last), 'cell')} of {width}.")


def _unknown(name: str) -> Finding:
    if not name:
        return found("IN007", "A column has no name.", hint="Name the column, or remove it.")
    shown = name[:40]
    near = get_close_matches(shown, BY_NAME, n=1, cutoff=0.6)
    message = f"The column {shown!r} is not known" + (f"; the nearest known one is {near[0]}." if near else ".")
    return found("IN007", message, column=shown, value=shown, allowed=tuple(near))


def _separator(written: tuple[str, ...]) -> str | None:
    if len(written) == 1:
        for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in written[0]:
                return f"The cells seem to be separated by {name}; export the file with commas."
    return None


def _row(number: int, names: tuple[str, ...], wanted: list[tuple[int, str]], record: list[str]) -> RawRow:
    width = len(record)
    known = {name: text for place, name in wanted if place < width and (text := _cell(record[place]))}
    findings = list(too_long(number, known))
    if width > len(names) and any(cell.strip() for cell in record[len(names):]):
        findings.append(found("IN012", f"Row {number} has {counted(len(record), 'cell')}, the header has {len(names)}.",
                              row=number))  # fmt: skip
    return RawRow(row=number, row_sha256=cells.fingerprint(known), cells=known, findings=tuple(findings))


@lru_cache(maxsize=4096)  # the rows of a visit, and the visits of a day, say much the same
def _cell(text: str) -> str:
    return cells.normal(cells.undefuse(text.strip()))


_LIMITS = {name: column.limit if column.kind in WORDS else MAX_CODE for name, column in BY_NAME.items()}


def too_long(number: int, known: dict[str, str]) -> Iterator[Finding]:
    """Findings for the texts that do not fit their columns; one beyond any reason is cut before anyone prints it."""
    for name, text in [*known.items()]:
        limit = _LIMITS[name]
        if len(text) > limit:
            yield found("IN011", f"The cell {name} has {len(text)} characters, at most {limit} fit.", row=number,
                        column=name, value=text[:limit])  # fmt: skip
        if len(text) > MAX_CELL:
            known[name] = text[:MAX_CELL]
