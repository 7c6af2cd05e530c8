"""Captured charges as XML, validated against schemas/charges.xsd.  Nothing is expanded, fetched or loaded.

    <charges>
      <visit visit_id="V1" service_date="2026-11-20" clinic="north" therapist="pt1" diagnoses="M54.50">
        <patient id="P1" last="Alderwick" first="Nora" .../>
        <coverage payer="medicare" member_id="1EG4TE5MK73"/>
        <procedure code="97110" therapist_minutes="23"/>
      </visit>
    </charges>

Each procedure is a row, counted through the whole file; a visit without one counts as one row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import cast

from lxml import etree

from ptedi.config import data_folder
from ptedi.findings import Finding
from ptedi.intake import cells
from ptedi.intake.columns import COLUMNS, MAX_ROWS, Column
from ptedi.intake.csv_rows import too_long
from ptedi.intake.model import RawFile, RawRow
from ptedi.intake.pages import found

_DECLARATION = re.compile(r"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DOCTYPE = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_PLACE = re.compile(r"^/charges/visit(?:\[(\d+)\])?(?:/(.*))?$")
_PROCEDURE = re.compile(r"^procedure(?:\[(\d+)\])?(?:/.*)?$")
_ATTRIBUTE = re.compile(r"^Element '[^']*'(?:, attribute|: The attribute) '([^']*)'")
_VISIT_COLUMNS = tuple(c for c in COLUMNS if not c.of_row)
_ROW_COLUMNS = tuple(c for c in COLUMNS if c.of_row)
_MOST_ERRORS = 1_000
_BLANK = "is required but missing"


def read(text: str) -> RawFile:
    """The rows of an XML text; an error among the findings means that there are none."""
    root = parse(text)
    if isinstance(root, Finding):
        return RawFile(findings=(root,))
    visits = root.findall("visit") if root.tag == "charges" else []
    if root.tag == "charges" and not visits:
        return RawFile(findings=(found("IN001", "The file has no visits."),))
    places = numbered(visits)
    if sum(len(rows) for _, rows in places) > MAX_ROWS:
        return RawFile(findings=(found("IN010", f"The file has more than {MAX_ROWS:,} rows."),))
    general, by_row = _schema_findings(root, places)
    if general:
        return RawFile(findings=tuple(general))
    return RawFile(rows=tuple(row for visit, rows in places for row in _visit(visit, rows, by_row)))


def parse(text: str) -> etree._Element | Finding:
    """The root element, or the finding that says why there is none."""
    declared = _DECLARATION.match(text)
    if declared and declared[1].lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        return found("IN002", f"The file declares the encoding {declared[1]}; only UTF-8 is taken.")
    if _DOCTYPE.search(text):
        return found("IN005", "The file declares a document type or entities and was not opened.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
                             dtd_validation=False, remove_comments=True, remove_pis=True, encoding="utf-8")  # fmt: skip
    try:
        return etree.fromstring(text.lstrip().encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        return found("IN004", f"The file is not well-formed XML: {str(problem)[:200]}.")


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(data_folder("schemas") / "charges.xsd"))


def numbered(visits: list[etree._Element]) -> list[tuple[etree._Element, range]]:
    """Each visit with the numbers of its rows."""
    places, number = [], 1
    for visit in visits:
        count = max(1, len(visit.findall("procedure")))
        places.append((visit, range(number, number + count)))
        number += count
    return places


def _schema_findings(root: etree._Element, places: list[tuple[etree._Element, range]]
                     ) -> tuple[list[Finding], dict[int, list[Finding]]]:  # fmt: skip
    """What the schema says: about the whole file, and about each row."""
    schema = _schema()
    general: list[Finding] = []
    by_row: dict[int, list[Finding]] = {}
    if schema.validate(root):
        return general, by_row
    for number, entry in enumerate(cast("Iterable[etree._LogEntry]", schema.error_log)):
        if number >= _MOST_ERRORS:
            general.append(found("IN006", f"The file differs from charges.xsd in more than {_MOST_ERRORS:,} places."))
            break
        rows = _rows_of(entry.path or "", places)
        sentence = f"charges.xsd says: {entry.message[:300]}"
        attribute = _ATTRIBUTE.match(entry.message)
        column = _column(entry.path or "", attribute[1]) if attribute else None
        if column and _BLANK in entry.message:
            continue  # a blank cell: the rules of the row say what is missing, as for CSV
        if not rows:
            general.append(found("IN006", sentence))
        for row in rows:
            by_row.setdefault(row, []).append(found("IN006", sentence, row=row, column=column))
    return general, by_row


def _rows_of(path: str, places: list[tuple[etree._Element, range]]) -> range:
    """The rows an error's path concerns: one procedure, all of a visit, or none (the file)."""
    match = _PLACE.match(path)
    if not match or int(match[1] or 1) > len(places):
        return range(0)
    rows = places[int(match[1] or 1) - 1][1]
    inner = _PROCEDURE.match(match[2] or "")
    if not inner:
        return rows
    nth = int(inner[1] or 1) - 1
    return rows[nth:nth + 1]


def _column(path: str, attribute: str) -> str | None:
    """The column that an attribute at a path is, or None when there is no such column."""
    element = re.sub(r"\[\d+\]", "", path).removeprefix("/charges/visit").strip("/")
    return next((c.name for c in COLUMNS if c.element == element and c.attribute == attribute), None)


def _visit(visit: etree._Element, rows: range, by_row: dict[int, list[Finding]]) -> Iterator[RawRow]:
    shared = _cells(visit, _VISIT_COLUMNS)
    procedures = visit.findall("procedure")
    for nth, number in enumerate(rows):
        own = _cells(procedures[nth], _ROW_COLUMNS) if procedures else {}
        known = shared | own
        findings = (*too_long(number, known), *by_row.get(number, ()))
        yield RawRow(row=number, row_sha256=cells.fingerprint(known), cells=known, findings=findings)


def _cells(element: etree._Element, columns: tuple[Column, ...]) -> dict[str, str]:
    found_cells: dict[str, str] = {}
    written: dict[str, dict[str, str]] = {}
    for column in columns:
        path = "" if column.of_row else column.element
        here = written.get(path)
        if here is None:
            place = element.find(path) if path else element
            here = written[path] = {} if place is None else {str(k): str(v) for k, v in place.items()}
        if (text := here.get(column.attribute)) and (text := cells.normal(text)):
            found_cells[column.name] = text
    return found_cells


def row_elements(root: etree._Element) -> dict[int, etree._Element]:
    """Row number to the element that carries it: the procedure, or the visit that has none."""
    elements: dict[int, etree._Element] = {}
    for visit, rows in numbered(root.findall("visit")):
        procedures = visit.findall("procedure")
        for nth, number in enumerate(rows):
            elements[number] = procedures[nth] if procedures else visit
    return elements
