"""Rows of texts out of CSV, tab-separated text, XLSX, or a zip that holds some of them."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lxml import etree

from ptedi.errors import UnreadableFile

LARGEST = 2 * 1024**3
BROKEN = (UnreadableFile, zipfile.BadZipFile, etree.LxmlError, csv.Error, zlib.error, NotImplementedError, RuntimeError,
          EOFError)
"""What a damaged file may raise while its rows are read."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_TEXTS = (".txt", ".csv", ".tsv")
Row = list[str]


def sheets(path: Path) -> Iterator[tuple[str, Iterator[Row]]]:
    """Each sheet of a file with its name; a zip is opened, other members are passed over.

    Raises:
        UnreadableFile: neither text nor XLSX nor a zip of them, or larger than 2 GB when unpacked.
    """
    if path.suffix.lower() in _TEXTS:
        with path.open("rb") as file, _decoded(file) as stream:
            yield path.name, _text(stream)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" in archive.namelist():
                yield path.name, _workbook(archive)
                return
            for member in archive.infolist():
                yield from _member(archive, member)
    except zipfile.BadZipFile:
        raise UnreadableFile(f"{path.name} is neither text nor XLSX nor a zip file") from None


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[tuple[str, Iterator[Row]]]:
    kind = Path(member.filename).suffix.lower()
    if kind not in (*_TEXTS, ".xlsx"):
        return
    if member.file_size > LARGEST:
        raise UnreadableFile(f"{member.filename} unpacks to more than 2 GB")
    with archive.open(member) as file:
        if kind in _TEXTS:
            with _decoded(file) as stream:
                yield member.filename, _text(stream)
        else:
            with zipfile.ZipFile(io.BytesIO(file.read())) as inner:
                yield member.filename, _workbook(inner)


def _decoded(file: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")


def _text(stream: io.TextIOWrapper) -> Iterator[Row]:
    """Rows of a text file; tabs separate when the first filled lines have more tabs than commas."""
    head = [stream.readline() for _ in range(20)]
    tabs = sum(line.count("\t") for line in head) > sum(line.count(",") for line in head)
    lines = _chain(head, stream)
    if tabs:
        return (line.rstrip("\r\n").split("\t") for line in lines)
    if not any("," in line for line in head):
        return ([line.rstrip("\r\n")] for line in lines)
    return csv.reader(lines)


def _chain(head: list[str], rest: Iterator[str]) -> Iterator[str]:
    yield from (line for line in head if line)
    yield from rest


def _workbook(archive: zipfile.ZipFile) -> Iterator[Row]:
    """Rows of the first sheet of an XLSX workbook, cells as texts."""
    shared = _shared(archive)
    names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
    if not names:
        return
    with archive.open(names[0]) as file:
        for _, element in etree.iterparse(file, tag=f"{_MAIN}row", resolve_entities=False, no_network=True):
            yield _cells(element, shared)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    with archive.open("xl/sharedStrings.xml") as file:
        return [_words(element) for _, element in
                etree.iterparse(file, tag=f"{_MAIN}si", resolve_entities=False, no_network=True)]


def _words(element: etree._Element) -> str:
    return "".join(part.text or "" for part in element.iter(f"{_MAIN}t"))


def _cells(row: etree._Element, shared: list[str]) -> Row:
    cells: Row = []
    for cell in row.iter(f"{_MAIN}c"):
        place = _column(str(cell.get("r", "")))
        cells.extend([""] * (place - len(cells)))
        if cell.get("t") == "inlineStr":
            cells.append(_words(cell))
            continue
        value = cell.findtext(f"{_MAIN}v") or ""
        index = int(value) if cell.get("t") == "s" and value.isdecimal() else -1
        cells.append(shared[index] if 0 <= index < len(shared) else value)
    return cells


def _column(reference: str) -> int:
    """0-based column of a cell reference such as `AB12`."""
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return max(number - 1, 0)
