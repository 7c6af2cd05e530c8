"""Rows of a cursor: the values of databases as charge files write them, and then the same verdicts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi import intake
from ptedi.intake import cells
from tests.intake import records
from tests.intake.carriers import said

NAMES = sorted({name for row in records.ROWS for name in row})


def _read(description, rows):
    return intake.read_rows(description, rows, records.the_practice(), records.payer_ids(), records.TODAY)


def test_a_cursor_is_a_charge_file():
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(f"CREATE TABLE charges ({', '.join(NAMES)})")
        for row in records.ROWS:
            values = {**dict.fromkeys(NAMES), **row, "therapist_minutes": int(row["therapist_minutes"])}
            conn.execute(f"INSERT INTO charges VALUES ({', '.join('?' for _ in NAMES)})", [values[n] for n in NAMES])
        cursor = conn.execute("SELECT * FROM charges")
        file = _read(cursor.description, cursor.fetchall())
    plain = records.read(records.as_csv(records.ROWS))
    assert said(file) == said(plain)
    assert [row.row_sha256 for row in file.rows] == [row.row_sha256 for row in plain.rows]


@pytest.mark.parametrize(("value", "text"), [
    (None, ""), (True, "yes"), (False, "no"), (23, "23"), (23.0, "23"), (23.5, "23.5"), (Decimal("1250.10"), "1250.10"),
    (Decimal("23.00"), "23"), (Decimal("1E+3"), "1000"), (date(2026, 11, 20), "2026-11-20"), (b"V1", "V1"),
    (datetime(2026, 11, 20, 9, 30), "2026-11-20"), ("=1+1", "'=1+1"), ("  a\n b ", "a b"),  # noqa: DTZ001
])  # fmt: skip
def test_values(value, text):
    assert intake.as_csv([("visit_id",), ("CLINIC",)], [("V", value)]).decode().splitlines() == [
        "visit_id,clinic", f"V,{text}"]  # fmt: skip


def test_bad_rows_are_refused_row_by_row():
    rows = [[{**row, "payer": "nobody"}.get(name) for name in NAMES] for row in records.ROWS]
    file = _read([(name,) for name in NAMES], rows)
    assert not file.visits and all("IN030" in {f.code for f in row.findings} for row in file.rows)
    assert _read([("visit_id",)], []).refused


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_any_text_comes_back(texts):
    header, line = intake.as_csv([("x",)] * len(texts), [texts]), [cells.normal(text) for text in texts]
    sheet, _ = intake.reader.csv_rows.records(header.decode())
    got = [cells.undefuse(cell) for cell in sheet.records[0][1]] if sheet and sheet.records else []
    clean = [text.encode("utf-8", "replace").decode() for text in line]
    assert got == clean or not any(clean) or "\0" in "".join(clean)
