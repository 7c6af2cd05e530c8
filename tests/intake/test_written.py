"""Captured charges as they were written: each row's line is the one it was read from."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from ptedi import intake
from ptedi.intake.written import written
from ptedi.sandbox import charge_files, practice
from tests.intake import records

DAY = dt.date(2026, 11, 20)
KINDS = [kind for kind in charge_files.WRITERS if kind != "csv"]


def captured(kind: str) -> tuple[str, bytes]:
    [(name, data), *_] = practice.charges(5, DAY, visits=12, bad_rows=True, formats=(kind,) * 3).items()
    return name, data


def _read(data: bytes, name: str) -> intake.ChargeFile:
    return intake.read(data, name, records.the_practice(), records.payer_ids(), DAY)


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_is_found_on_the_line_of_its_procedure(kind: str) -> None:
    name, data = captured(kind)
    read = _read(data, name)
    told = written(data, name)
    assert told is not None and set(told.rows) == {one.row for one in read.rows}
    for visit in read.visits:
        for charge in visit.charges:
            near = "".join(told.lines[told.rows[charge.source.row] - 1 :][: 1 if read.kind in ("xml", "hl7") else 60])
            assert charge.procedure in near
            assert "procedure" in near or "FT1" in near or "ChargeItem" in near


def test_json_on_one_line_is_laid_out_and_keeps_its_numbers() -> None:
    kind = next(one for one in KINDS if "fhir" in one or "json" in one)
    name, data = captured(kind)
    text = data.decode()
    one_line = json.dumps(json.loads(text)) if not text.lstrip().startswith('{"resourceType": "Encounter') else text
    told = written(one_line.encode(), name)
    assert told is not None and len(told.lines) > 100 and len(set(told.rows.values())) == len(told.rows) > 10


@pytest.mark.parametrize("data", [b"", b"<a", b"<a/>", b"{", b"MSH|", b"\xff\xfe<", b"visit,row\n1,2\n", b"[]", b"{}"])
def test_what_cannot_be_read_has_no_rows(data: bytes) -> None:
    told = written(data, "odd.xml")
    assert told is None or not told.rows or data == b"MSH|"
