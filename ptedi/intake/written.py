"""Captured charges as they were written: the lines of an XML, HL7 or FHIR file, and on which one each row stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from lxml import etree

from ptedi.findings import Finding
from ptedi.intake import fhir_bundle, fhir_rows, hl7_file, json_text, reader, xml_rows

_LONGEST = 4_000  # characters of a line of JSON beyond which it is laid out over several to be read
_CHARGE_ITEM = re.compile(r'"resourceType"\s*:\s*"ChargeItem"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file's lines (from 1), and the line of each row that could be found."""

    lines: tuple[str, ...]
    rows: dict[int, int]


def written(data: bytes, name: str) -> Written | None:
    """The lines of a file that is no table; None of a CSV and of what cannot be read."""
    if hl7_file.holds(data):
        return _hl7(data)
    text, problem = reader.decode(data)
    if problem:
        return None
    kind = reader.recognise(data) or reader.kind_of(text, name)
    return _xml(text) if kind == "xml" else _fhir(text) if kind == "fhir" else None


def _xml(text: str) -> Written | None:
    root = xml_rows.parse(text)
    if isinstance(root, Finding):
        return None
    before = text[: len(text) - len(text.lstrip())].count("\n")
    rows: dict[int, int] = {}
    for visit, numbers in xml_rows.numbered(root.findall("visit")):
        several: list[etree._Element] = visit.findall("procedure") or [visit]
        rows |= {number: before + cast("int", one.sourceline) for number, one in zip(numbers, several, strict=True)}
    return Written(lines=tuple(text.splitlines()), rows=rows)


def _hl7(data: bytes) -> Written:
    lines = hl7_file.lines(data)
    full = [number for number, line in enumerate(lines, 1) if line.strip(b"\x0b\x1c \t")]
    rows: dict[int, int] = {}
    messages = hl7_file.cut(data).messages
    for message, numbers in hl7_file.rows(messages):
        charges = [at for at, line in enumerate(message.lines) if message.is_charge(line)] or [0]
        first = full.index(message.line)
        rows |= {number: full[first + at] for number, at in zip(numbers, charges, strict=False)}
    codec = hl7_file.codec(messages[0].encoding) if messages else None
    return Written(lines=tuple(line.decode(codec or "utf-8", "replace") for line in lines), rows=rows)


def _fhir(text: str) -> Written | None:
    bundle = fhir_bundle.read(text)
    if isinstance(bundle, Finding):
        return None
    if max(map(len, text.splitlines()), default=0) > _LONGEST:
        text = _laid_out(text)
    starts = [text.count("\n", 0, found.start()) + 1 for found in _CHARGE_ITEM.finditer(text)]
    items = [id(one) for one in bundle.resources if one.type == "ChargeItem"]
    line_of = dict(zip(items, starts, strict=True)) if len(items) == len(starts) else {}
    rows = {number: line_of[id(item)] for number, (_, item) in enumerate(fhir_rows.places(bundle), 1)
            if item is not None and id(item) in line_of}  # fmt: skip
    return Written(lines=tuple(text.splitlines()), rows=rows)


def _laid_out(text: str) -> str:
    """JSON over several lines, in the order and with the numbers in which it was written."""
    try:
        return json_text.dump(json_text.load(text), text)
    except ValueError:
        several = [line for line in text.splitlines() if line.strip()]
    try:
        return "\n".join(json_text.dump(json_text.load(line), line) for line in several)
    except ValueError:
        return text
