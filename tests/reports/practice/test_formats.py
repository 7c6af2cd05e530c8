"""A report in every format: exact amounts, its filter and time stated, no formula, no markup, nothing fetched."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from ptedi.reports.practice.facts import Window
from ptedi.reports.practice.files import To, about, write
from ptedi.reports.practice.page import html
from ptedi.reports.practice.report import Picture, Report, Shape, Show, Shown, View

FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)


def hostile() -> Report:
    """A report whose words are formulas and markup."""
    frame = pd.DataFrame({"payer": ['=HYPERLINK("x")', "<script>alert(1)</script>"], "cents": [-123, 10**12]})
    view = View(key="payers", title="<b>by payer</b>", frame=frame,
                columns=(Shown("payer", "Payer"), Shown("cents", "Amount", Show.MONEY)))  # fmt: skip
    picture = Picture(title="<i>", shape=Shape.BARS, labels=("$a_{1}$", "<x>"), series={"s": (-123, 10**12)})
    return Report(name="x", title="X", window=Window(first=FIRST, last=LAST), by=("payer",), views=(view,),
                  made_at=datetime(2026, 10, 1, tzinfo=UTC), pictures=(picture,), method=("=1+1",))  # fmt: skip


def test_csv_is_exact_and_has_no_formula(tmp_path: Path) -> None:
    path, beside = write(hostile(), To.CSV, tmp_path / "x.csv", "=practice")
    head, first, second = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    assert head == ["payer", "amount"]
    assert first == ["'=HYPERLINK(\"x\")", "-1.23"]
    assert second[1] == "10000000000.00"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (beside.name, beside.stat().st_mode & 0o777) == ("x.about.json", 0o600)
    said = json.loads(beside.read_text(encoding="utf-8"))
    assert (said["filter"], said["made at"]) == ("2026-09-01 to 2026-09-30, by payer", "2026-10-01 00:00:00 UTC")
    assert (said["first"], said["last"], said["by"]) == (str(FIRST), str(LAST), ["payer"])
    assert said["files"] == [{"file": "x.csv", "view": "<b>by payer</b>", "rows": 2,
                              "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}]  # fmt: skip


def test_workbook_states_filter_and_time(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    (path,) = write(hostile(), To.XLSX, tmp_path / "x.xlsx", "=practice")
    book = openpyxl.load_workbook(path)
    stated = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert stated["filter"] == "2026-09-01 to 2026-09-30, by payer"
    assert stated["made at"] == "2026-10-01 00:00:00 UTC"
    assert stated["practice"] == "'=practice"
    cells = [[cell.value for cell in row] for row in book["payers"].iter_rows()]
    assert cells == [["Payer", "Amount"], ["'=HYPERLINK(\"x\")", -1.23], ["<script>alert(1)</script>", 10**10]]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_parquet_has_decimals_and_its_filter(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (path,) = write(hostile(), To.PARQUET, tmp_path / "x.parquet")
    read = parquet.read_table(path)
    assert read.column("amount").to_pylist() == [Decimal("-1.23"), Decimal("10000000000.00")]
    assert read.schema.metadata[b"filter"].decode() == about(hostile())["filter"]


def test_a_page_fetches_nothing_and_escapes_everything() -> None:
    pytest.importorskip("matplotlib")
    page = html(hostile(), "<practice>")
    assert "<script" not in page.lower()
    assert "&lt;practice&gt;" in page
    without_names = page.replace("http://www.w3.org/", "")
    assert "http" not in without_names
    assert 'role="img"' in page
    assert "$a_{1}$" in page
    assert page == html(hostile(), "<practice>")
