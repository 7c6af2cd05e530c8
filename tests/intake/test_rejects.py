"""The reject file: whole visits, harmless in a spreadsheet, accepted once corrected."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ptedi import intake
from ptedi.intake import cells
from tests.intake import records
from tests.intake.records import ROWS, as_csv, as_xml, read

BAD = [{**ROWS[0], "payer": "nobody"}, {**ROWS[1], "payer": "nobody"}]
MIXED = [*[{**row, "visit_id": "V0", "patient_id": "P0"} for row in ROWS], ROWS[0], {**ROWS[1], "procedure": "97011"}]


def _sheet(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("write", [as_csv, as_xml])
def test_only_waiting_visits_and_whole_ones(write):
    data = write(MIXED)
    file = read(data)
    again = read(intake.rejects(file, data))
    assert {row.visit_id for row in again.rows} == {"V1"}
    assert [row.row_sha256 for row in again.rows] == [row.row_sha256 for row in file.waiting]
    assert [intake.verdict_word(row) for row in file.rows] == ["accepted", "accepted", "waits", "rejected"]


@pytest.mark.parametrize("write", [as_csv, as_xml])
def test_nothing_refused_no_file(write):
    data = write(ROWS)
    assert intake.rejects(read(data), data) == b""


def test_comment_columns_come_first():
    data = as_csv(BAD)
    rows = _sheet(intake.rejects(read(data), data))
    assert list(rows[0])[:3] == ["row", "verdict", "reason"]
    assert rows[0]["verdict"] == "rejected" and rows[0]["reason"].startswith("IN030 ")


def test_rejects_of_rejects_do_not_pile_up_comments():
    data = as_csv(BAD)
    once = intake.rejects(read(data), data)
    assert intake.rejects(read(once), once) == once
    data = as_xml(BAD)
    once = intake.rejects(read(data), data)
    assert intake.rejects(read(once), once) == once


@pytest.mark.parametrize("write", [as_csv, as_xml])
def test_rows_are_named_as_in_the_file_that_was_dropped(write):
    """A reject file says which row of its source each row was; dropped again it is a file of its own."""
    sound = [{**row, "visit_id": "V0", "patient_id": "P0"} for row in ROWS]
    bad = [ROWS[0] | {"payer": "nobody"}, ROWS[1] | {"payer": "nobody"}]
    data = write([*sound, *bad])
    file = read(data)
    assert [row.row for row in file.waiting] == [3, 4]
    once = intake.rejects(file, data)
    again = read(once)
    assert [row.row for row in again.waiting] == [1, 2]
    assert [f.row for row in again.waiting for f in row.findings][:1] == [1]
    assert _numbers(once) == ["3", "4"] and _numbers(intake.rejects(again, once)) == ["1", "2"]


def _numbers(data):
    if data.lstrip().startswith(b"<"):
        return [one.get("row") for one in etree.fromstring(data).iter("procedure")]
    return [row["row"] for row in _sheet(data)]


def test_xml_rejects_are_valid():
    data = as_xml(MIXED)
    root = etree.fromstring(intake.rejects(read(data), data))
    assert intake.reader.xml_rows._schema().validate(root)
    assert root.findall("visit/procedure")[-1].get("verdict") == "rejected"


def test_formulas_are_defused_and_come_back():
    rows = [{**row, "patient_address": "=1+1 Sample Ave", "group_number": "-5", "payer": "nobody"} for row in ROWS]
    data = as_csv(rows)
    file = read(data)
    out = intake.rejects(file, data)
    for row in _sheet(out):
        for text in row.values():
            assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert [v.row_sha256 for v in read(out).rows] == [v.row_sha256 for v in file.rows]


@given(st.text(max_size=30))
def test_defusing_loses_nothing(text):
    assert cells.undefuse(cells.defuse(text)) == text
    assert not cells.defuse(text).startswith(("=", "+", "-", "@", "\t", "\r"))


CORRECT = {name: value for row in ROWS for name, value in row.items()}
COLUMNS = sorted(set(records.VISIT) | {"procedure", "therapist_minutes"})


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(COLUMNS),
    st.sampled_from(["", "?", "-1", "2026-02-31", "=cmd", "nobody", "A" * 200, "ñ", "*", "9" * 30]),
    st.integers(0, 1),
    st.sampled_from([as_csv, as_xml]),
)
def test_corrected_rejects_are_accepted(column, spoiled, at, write):
    """Spoil one cell, read, correct that cell in the reject file, read again: the visit is accepted."""
    rows = [dict(row) for row in ROWS]
    right = rows[at].get(column, "")
    rows[at][column] = spoiled
    data = write(rows)
    file = read(data)
    assert not file.refused
    if not file.waiting:
        return
    out = intake.rejects(file, data)
    corrected = _correct_xml(out, at, rows, right, column) if write is as_xml else _correct_csv(out, at, column, right)
    again = read(corrected)
    assert len(again.rows) == 2 and all(row.accepted for row in again.rows), again.rows


def _correct_csv(data: bytes, at: int, column: str, right: str) -> bytes:
    rows = _sheet(data)
    rows[at][column] = right
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _correct_xml(data: bytes, at: int, rows, right: str, column: str) -> bytes:
    assert etree.fromstring(data).findall("visit/procedure")
    return as_xml([{**row, column: right} if n == at else row for n, row in enumerate(rows)])
