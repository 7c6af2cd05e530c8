"""Laws: the same bytes give the same result, the order of rows does not matter, no bytes raise."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ptedi import intake
from ptedi.sandbox import practice as sandbox
from tests.intake import records
from tests.intake.records import ROWS, as_csv, as_xml, read

SMALL = [
    *ROWS, *[{**row, "visit_id": "V2", "patient_id": "P2"} for row in ROWS],
    {**ROWS[0], "visit_id": "V3", "patient_id": "P3", "procedure": "97011"},
    {**ROWS[1], "visit_id": "V3", "patient_id": "P3"}, {**ROWS[0], "visit_id": "V4", "patient_id": "P4"},
    {**ROWS[0], "visit_id": "V4", "patient_id": "P4"},
    {**ROWS[0], "visit_id": "V5", "patient_id": "P5", "patient_sex": "M"},
    {**ROWS[1], "visit_id": "V5", "patient_id": "P5"}, {**ROWS[0], "visit_id": ""},
    {**ROWS[0], "visit_id": "V6", "patient_id": "P6"}, {**ROWS[1], "visit_id": "V6", "patient_id": "P6"},
    {**ROWS[1], "visit_id": "V6", "patient_id": "P6", "therapist": "pt-finn", "therapist_minutes": "9"},
]  # fmt: skip
NIGHT = sandbox.charges(7, date(2026, 11, 20), visits=40)


def _said(file: intake.ChargeFile) -> Counter[object]:
    return Counter((v.row_sha256, v.visit_id, v.accepted, frozenset(f.code for f in v.findings)) for v in file.rows)


@settings(max_examples=50, deadline=None)
@given(st.permutations(SMALL), st.sampled_from([as_csv, as_xml]))
def test_order_of_rows_does_not_matter(rows, write):
    assert _said(read(write(rows))) == _said(read(write(SMALL)))
    one, two = read(write(rows)), read(write(SMALL))
    assert {v.visit_id for v in one.visits} == {v.visit_id for v in two.visits} == {"V2"}


@settings(max_examples=20, deadline=None)
@given(st.permutations(sorted({name for row in SMALL for name in row})))
def test_order_of_columns_does_not_matter(names):
    lines = [names, *[[row.get(name, "") for name in names] for row in SMALL]]
    data = "\r\n".join(",".join(line) for line in lines).encode()
    assert _said(read(data)) == _said(read(as_csv(SMALL)))


@pytest.mark.parametrize("name", sorted(NIGHT))
def test_same_bytes_same_result(name):
    data = NIGHT[name]
    one, two = read(data, name), read(data, name)
    assert one == two
    assert intake.rejects(one, data) == intake.rejects(two, data)


def test_a_verdict_never_contradicts_itself():
    for name, data in NIGHT.items():
        file = read(data, name)
        taken = {visit.visit_id for visit in file.visits}
        for row in file.rows:
            assert row.accepted == (not any(f.severity.stops for f in row.findings))
            assert row.accepted == (row.visit_id in taken)
            assert all(f.row == row.row for f in row.findings)


def _whole(data: bytes) -> None:
    file = read(data)
    assert file.kind in ("csv", "xml", "hl7", "fhir")
    assert not (file.refused and (file.rows or file.visits))
    out = intake.rejects(file, data)
    assert bool(out) == bool(file.waiting)
    if out:
        assert Counter(v.row_sha256 for v in read(out).rows) == Counter(v.row_sha256 for v in file.waiting)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
@example(b"<")
@example(b'"')
@example(b"\xef\xbb\xbf<?xml")
def test_random_bytes(data):
    _whole(data)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.sampled_from([b"", as_csv(ROWS), as_csv(ROWS).splitlines()[0] + b"\r\n"]))
def test_random_text(text, before):
    _whole(before + text.encode("utf-8", "replace"))


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([as_csv(SMALL), as_xml(SMALL)]))
def test_mutated_files(data, original):
    """Cut, insert, overwrite and repeat pieces of a good file."""
    body = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        length = data.draw(st.integers(0, 40))
        body[at:at + length] = data.draw(st.sampled_from([
            b"", b",", b'"', b"\n", b"\xff", b"<", b">", b"&", b"\0", b"'", b"=", b"&lt;", bytes(body[at:at + 90]),
            b"2026-13-01", "é".encode(), b"-1", b"<visit/>", b"<procedure/>", b"]]>", b"<!--", b"\r",
        ]))  # fmt: skip
    _whole(bytes(body))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(records.VISIT)), st.text(max_size=25), max_size=6))
def test_any_text_in_any_cell(changes):
    clean = {name: text.replace("\0", "") for name, text in changes.items()}
    data = as_csv([{**row, **clean} for row in ROWS]).decode("utf-8", "replace").encode("utf-8", "replace")
    _whole(data)
