"""Each IN code of a row: cases that get it and cases that do not, the same in CSV and XML."""

from __future__ import annotations

import tomllib

import pytest

from ptedi import intake
from ptedi.findings import CATALOGUE
from tests.intake import records

OF_FILES = {"IN001", "IN002", "IN003", "IN004", "IN005", "IN006", "IN007", "IN008", "IN009", "IN010", "IN012",
            "IN015"}  # fmt: skip
"""Codes whose cases are bytes: tests/intake/test_files.py."""

OF_OTHER_FORMATS = {"IN080", "IN081", "IN082", "IN083", "IN084", "IN085", "IN086", "IN087", "IN090", "IN091", "IN092",
                    "IN093", "IN094", "IN095", "IN096"}  # fmt: skip
"""Codes whose cases are messages and resources: tests/intake/test_hl7.py and test_fhir.py."""


def _cases(kind: str) -> list[object]:
    found = []
    for path in sorted(records.CASES.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in document[kind]:
            found += [pytest.param(document["code"], case["rows"], write, id=f"{document['code']}-{case['why']}-{name}")
                      for name, write in (("csv", records.as_csv), ("xml", records.as_xml))]  # fmt: skip
    return found


def test_every_code_has_a_page_and_cases():
    registered = {code for code in CATALOGUE if code.startswith("IN")}
    assert {path.stem for path in records.CASES.glob("*.toml")} | OF_FILES | OF_OTHER_FORMATS == registered
    for code in registered:
        page = CATALOGUE[code]
        assert page.checks and page.matters and page.example and page.instead


def test_the_good_visit():
    file = records.read(records.as_csv(records.ROWS))
    assert not records.codes(file)
    (visit,) = file.visits
    assert [row.accepted for row in file.rows] == [True, True]
    assert visit.diagnoses == ("M5450", "M25561")
    assert [charge.minutes for charge in visit.charges] == [31, 15]
    assert visit.charges[0].diagnosis_pointers == (1, 2)
    assert visit.charges[1].source.row == 2
    assert visit.charges[1].source.file_sha256 == file.sha256
    assert visit.referring is not None and visit.referring.npi == "1999901014"
    assert visit.place_of_service == "11"


@pytest.mark.parametrize(("code", "rows", "write"), _cases("fails"))
def test_fails(code, rows, write):
    file = records.read(write(records.changed(rows)))
    assert code in records.codes(file)
    if CATALOGUE[code].severity.stops:
        assert file.visits == ()
        assert file.rows and not any(row.accepted for row in file.rows)
        assert all(any(f.severity.stops for f in row.findings) for row in file.rows)
        assert intake.rejects(file, write(records.changed(rows)))


@pytest.mark.parametrize(("code", "rows", "write"), _cases("passes"))
def test_passes(code, rows, write):
    file = records.read(write(records.changed(rows)))
    assert code not in records.codes(file)
    assert len(file.visits) == 1, [f.message for row in file.rows for f in row.findings]
    assert all(row.accepted for row in file.rows)
