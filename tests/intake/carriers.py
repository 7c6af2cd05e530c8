"""The same rows in every format, and the visits they say, wherever they came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ptedi import intake
from ptedi.claims.model import ChargeSource, Visit
from ptedi.sandbox.charge_files import as_csv, as_xml
from ptedi.sandbox.fhir_files import as_fhir
from ptedi.sandbox.hl7_files import as_hl7

Rows = Sequence[Mapping[str, str]]
_NOWHERE = ChargeSource(file_sha256="", row=0, row_sha256="")


def grouped(rows: Rows) -> list[Rows]:
    groups: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        groups.setdefault(row["visit_id"], []).append(row)
    return list(groups.values())


CARRIERS: dict[str, Callable[[Sequence[Rows]], bytes]] = {
    "csv": as_csv, "xml": as_xml, "hl7": as_hl7, "fhir": as_fhir,
    "hl7 2.3 by LF": lambda v: as_hl7(v, version="2.3", end="\n", batch=False),
    "hl7 other marks": lambda v: as_hl7(v, marks="#$!%@", end="\r\n"),
    "hl7 MLLP": lambda v: as_hl7(v, mllp=True),
    "hl7 Latin-1": lambda v: as_hl7(v, encoding="8859/1"),
    "fhir NDJSON": lambda v: as_fhir(v, ndjson=True),
}  # fmt: skip
NEW = [name for name in CARRIERS if name not in ("csv", "xml")]


def said(file: intake.ChargeFile) -> dict[str, Visit]:
    """The visits by id, without the place of their rows."""
    return {visit.visit_id: replace(visit, charges=tuple(replace(c, source=_NOWHERE) for c in visit.charges))
            for visit in file.visits}
