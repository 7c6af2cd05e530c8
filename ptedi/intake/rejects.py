"""The reject file: refused rows with verdict and reason, in the format they came in, to correct and drop again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from lxml import etree

from ptedi.findings import Finding
from ptedi.intake import cells, csv_rows, fhir_rejects, hl7_rejects, reader, xml_rows
from ptedi.intake.columns import COMMENTS
from ptedi.intake.model import ChargeFile, RowVerdict

_BOM = b"\xef\xbb\xbf"
_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def rejects(file: ChargeFile, data: bytes) -> bytes:
    """The refused rows of a file that was read from `data`, empty when there are none.

    Visits come whole, so that the corrected file can be dropped as it is: CSV has the columns `row`, `verdict` and
    `reason` in front, XML has them as attributes, HL7 has them in an NTE after the FT1, FHIR in an extension of the
    ChargeItem; the readers pass over all of these.  `row` is the row in `data`, as the reasons and the worklist name
    it; a reject file that is dropped again is a file of its own, and what is said of it then names its own rows.
    """
    waiting = {verdict.row: verdict for verdict in file.waiting}
    if file.kind == "hl7":
        return hl7_rejects.rejects(data, _comments(waiting)) if waiting else b""
    text, problem = reader.decode(data)
    if not waiting or problem:
        return b""
    if file.kind == "fhir":
        return fhir_rejects.rejects(text, _comments(waiting))
    return _xml(text, waiting) if file.kind == "xml" else _csv(text, waiting)


def _comments(waiting: Mapping[int, RowVerdict]) -> dict[int, str]:
    return {number: f"row {number} {verdict_word(verdict)}: {reason(verdict)}" for number, verdict in waiting.items()}


def verdict_word(verdict: RowVerdict) -> str:
    """`accepted`, `waits` (nothing wrong with the row itself) or `rejected`."""
    if verdict.accepted:
        return "accepted"
    return "waits" if {f.code for f in verdict.findings if f.severity.stops} == {"IN072"} else "rejected"


def reason(verdict: RowVerdict) -> str:
    """The findings of a row in one cell: code and sentence of each, with its hint."""
    return " | ".join(_sentence(finding) for finding in verdict.findings)


def _sentence(finding: Finding) -> str:
    hint = f" {finding.hint}" if finding.hint and finding.severity.stops else ""
    return f"{finding.code} {finding.message}{hint}"


def _csv(text: str, waiting: Mapping[int, RowVerdict]) -> bytes:
    sheet, _ = csv_rows.records(text)
    if sheet is None:
        return b""
    keep = [at for at, name in enumerate(sheet.header) if cells.normal(name).casefold() not in COMMENTS]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*COMMENTS, *(_again(sheet.header[at]) for at in keep)])
    for number, record in sheet.records:
        if number in waiting:
            verdict = waiting[number]
            comments = (str(number), verdict_word(verdict), cells.defuse(reason(verdict)))
            written = [record[at] for at in keep if at < len(record)] + record[len(sheet.header):]
            writer.writerow([*comments, *map(_again, written)])
    return _BOM + out.getvalue().encode()


def _again(cell: str) -> str:
    """A cell as the reader understood it, made harmless for spreadsheets."""
    return cells.defuse(cells.undefuse(cell.strip()))


def _xml(text: str, waiting: Mapping[int, RowVerdict]) -> bytes:
    root = xml_rows.parse(text)
    if isinstance(root, Finding):
        return b""
    elements = xml_rows.row_elements(root)
    for number, verdict in waiting.items():
        elements[number].set("row", str(number))
        elements[number].set("verdict", verdict_word(verdict))
        elements[number].set("reason", _NOT_XML.sub("?", reason(verdict)))
    kept = {_visit_of(elements[number]) for number in waiting}
    for visit in root.findall("visit"):
        if visit not in kept:
            root.remove(visit)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _visit_of(element: etree._Element) -> etree._Element | None:
    return element if element.tag == "visit" else element.getparent()
