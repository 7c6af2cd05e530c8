"""Captured rows as the clinics' systems export them: CSV, XML as in schemas/charges.xsd, HL7 v2, FHIR R4."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from xml.etree import ElementTree as ET

from ptedi.sandbox.fhir_files import as_fhir
from ptedi.sandbox.hl7_files import as_hl7

Rows = Sequence[Mapping[str, str]]

_PERSON = ("last", "first", "birth_date", "sex", "address", "city", "state", "zip")
_COVERAGE = ("payer", "member_id", "group_number", "relationship", "claim_number", "coverage_from", "coverage_to",
             "therapy_dollars_used")  # fmt: skip
_VISIT = (
    "visit_id", "service_date", "clinic", "therapist", "assistant", "patient_id", *(f"patient_{n}" for n in _PERSON),
    *_COVERAGE, *(f"subscriber_{n}" for n in _PERSON), "secondary_payer", "secondary_member_id",
    "secondary_group_number", "secondary_relationship", "diagnoses", "place_of_service", "referring_npi",
    "referring_last", "referring_first", "authorization", "onset_date", "initial_treatment_date", "plan_of_care_start",
    "plan_of_care_end", "accident_date", "accident_cause", "accident_state", "medical_record_number",
)  # fmt: skip
_PROCEDURE = ("therapist_minutes", "assistant_minutes", "pointers", "modifiers", "separate_time")
HEADER = (*_VISIT, "procedure", *_PROCEDURE)
_ATTRIBUTES = ("visit_id", "service_date", "clinic", "therapist", "assistant", "diagnoses", "place_of_service",
               "authorization", "onset_date", "initial_treatment_date", "medical_record_number")
_GROUPS = (("referring", ("npi", "last", "first")), ("plan_of_care", ("start", "end")),
           ("accident", ("date", "cause", "state")))  # fmt: skip


def as_csv(visits: Sequence[Rows]) -> bytes:
    """The rows under their header, one per procedure."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADER, restval="")
    writer.writeheader()
    for rows in visits:
        writer.writerows(rows)
    return out.getvalue().encode()


def as_xml(visits: Sequence[Rows]) -> bytes:
    """The visits as elements; cells that say nothing are left out."""
    root = ET.Element("charges")
    for rows in visits:
        for shared in _parts(rows):
            _visit(root, shared)
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root) + b"\n"


def _parts(rows: Rows) -> list[list[Mapping[str, str]]]:
    """Rows that say the same of their visit, together: a visit that contradicts itself becomes two elements."""
    parts: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for row in rows:
        parts.setdefault(tuple(row.get(name, "") for name in _VISIT), []).append(row)
    return list(parts.values())


def _visit(root: ET.Element, rows: Rows) -> None:
    cells = rows[0]
    visit = ET.SubElement(root, "visit", _some({name: cells.get(name, "") for name in _ATTRIBUTES}))
    _add(visit, "patient", {n: cells.get(f"patient_{n}", "") for n in ("id", *_PERSON)})
    coverage = _add(visit, "coverage", {n: cells.get(n, "") for n in _COVERAGE}, always=True)
    if coverage is not None:
        _add(coverage, "subscriber", {n: cells.get(f"subscriber_{n}", "") for n in _PERSON})
    _add(visit, "secondary", {n: cells.get(f"secondary_{n}", "") for n in _COVERAGE})
    for element, parts in _GROUPS:
        _add(visit, element, {n: cells.get(f"{element}_{n}", "") for n in parts})
    for row in rows:
        ET.SubElement(visit, "procedure", _some({"code": row["procedure"], **{n: row.get(n, "") for n in _PROCEDURE}}))


def _some(cells: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in cells.items() if text}


def _add(parent: ET.Element, name: str, cells: dict[str, str], *, always: bool = False) -> ET.Element | None:
    some = _some(cells)
    return ET.SubElement(parent, name, some) if some or always else None


WRITERS: dict[str, Callable[[Sequence[Rows]], bytes]] = {
    "csv": as_csv, "xml": as_xml, "hl7": as_hl7, "fhir.json": as_fhir,
}  # fmt: skip
"""Every format that is read, by the ending of its file's name; all carry the same."""
