"""Files for analysts: the same rows in every format, private, whole or not at all, no formulas."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.errors import ConfigurationError
from ptedi.reports import export, writers
from ptedi.reports.columns import LINES, TABLES, Kind, Table
from ptedi.reports.formats import Format
from ptedi.reports.rows import Batch, batches
from ptedi.reports.sources import expand

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_edi/835"
Rows = dict[str, list[tuple[object, ...]]]


def wanted(paths: Path = SAMPLES) -> Rows:
    rows: Rows = {table.name: [] for table in TABLES}
    for batch in batches(expand(paths)):
        rows[batch.table.name] += zip(*batch.columns, strict=True)
    return rows


def test_csv(tmp_path: Path) -> None:
    done = export.write(SAMPLES, Format.CSV, tmp_path)
    rows = wanted()
    assert dict(done.rows) == {name: len(found) for name, found in rows.items()}
    for table in TABLES:
        text = (tmp_path / f"{table.name}.csv").read_text(encoding="utf-8")
        head, *found = csv.reader(io.StringIO(text, newline=""))
        assert tuple(head) == table.names
        assert found == [[cell(v) for v in row] for row in rows[table.name]]


def cell(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    export.write(SAMPLES, Format.PARQUET, tmp_path)
    for table in TABLES:
        read = parquet.read_table(tmp_path / f"{table.name}.parquet")
        assert [tuple(row.values()) for row in read.to_pylist()] == wanted()[table.name]
    lines = parquet.read_schema(tmp_path / "lines.parquet")
    assert (str(lines.field("paid").type), str(lines.field("service_date").type)) == (
        "decimal128(28, 2)",
        "date32[day]",
    )


def test_duckdb(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    duckdb = pytest.importorskip("duckdb")
    export.write(SAMPLES, Format.DUCKDB, tmp_path)
    with duckdb.connect(str(tmp_path / "remittances.duckdb"), read_only=True) as base:
        for table in TABLES:
            assert base.execute(f"SELECT * FROM {table.name}").fetchall() == wanted()[table.name]
        off = base.execute(
            "SELECT count(*) FROM (SELECT any_value(l.charge - l.paid) AS gap, sum(a.amount) AS taken FROM lines l "
            "JOIN adjustments a USING (file_sha256, set_index, claim_index, line_index) "
            "GROUP BY file_sha256, set_index, claim_index, line_index) WHERE gap <> taken"
        ).fetchone()
        assert off == (0,)
        assert base.execute("SELECT value FROM about WHERE name = 'files'").fetchone() == (str(len(expand(SAMPLES))),)


def test_xlsx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T06:00:00+00:00")
    export.write(SAMPLES, Format.XLSX, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "remittances.xlsx")
    assert book.sheetnames == ["about", *(table.name for table in TABLES)]
    about = dict(book["about"].iter_rows(values_only=True))
    assert about["written at"] == "2026-11-21T06:00:00+00:00"
    assert about["rows of claims"] == str(len(wanted()["claims"]))
    assert about["file 1"].endswith("adjusted_at_claim_level.edi")
    for table in TABLES:
        head, *found = book[table.name].iter_rows(values_only=True)
        assert head == table.names
        for row, want in zip(found, wanted()[table.name], strict=True):
            for column, value, known in zip(table.columns, row, want, strict=True):
                assert same(column.kind, value, known)


def same(kind: Kind, value: object, known: object) -> bool:
    if kind in (Kind.MONEY, Kind.QUANTITY):
        return value is known is None or (not isinstance(value, str) and Decimal(str(value)) == known)
    if kind is Kind.DATE:
        return value is known is None or (isinstance(value, datetime) and value.date() == known)
    return value == known or (value is None and known == "")


def test_full_sheets_are_followed_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    monkeypatch.setattr(writers, "SHEET_ROWS", 11)
    export.write(SAMPLES, Format.XLSX, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "remittances.xlsx")
    sheets = [name for name in book.sheetnames if name.split()[0] == "lines"]
    assert sheets[:2] == ["lines", "lines 2"]
    assert sum(book[name].max_row - 1 for name in sheets) == len(wanted()["lines"])


def evil(tmp_path: Path) -> Path:
    path = tmp_path / "evil.835"
    data = (SAMPLES / "denied.edi").read_text()
    name = data[data.index("NM1*QC*1*") + 9 :].split("*")[0]
    path.write_text(data.replace(f"NM1*QC*1*{name}*", "NM1*QC*1*=HYPERLINK(1)*").replace("CLP*", "CLP*@", 1))
    return path


def test_no_text_is_a_formula(tmp_path: Path) -> None:
    export.write(evil(tmp_path), Format.CSV, tmp_path / "out")
    (row, *_) = csv.DictReader(io.StringIO((tmp_path / "out/claims.csv").read_text(encoding="utf-8")))
    assert row["patient_last"] == "'=HYPERLINK(1)"
    assert row["patient_control_number"].startswith("'@")
    openpyxl = pytest.importorskip("openpyxl")
    export.write(evil(tmp_path), Format.XLSX, tmp_path / "out")
    cells = [c for sheet in openpyxl.load_workbook(tmp_path / "out/remittances.xlsx") for r in sheet for c in r]
    assert all(c.data_type != "f" for c in cells)
    assert any(c.value == "'=HYPERLINK(1)" for c in cells)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1"])
def test_defused(text: str) -> None:
    assert writers.defused(text) == "'" + text


def test_files_are_private_and_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        done = export.write(SAMPLES, Format.CSV, out)
        assert sorted(done.files) == sorted(out.iterdir())
        assert {path.stat().st_mode & 0o777 for path in done.files} == {0o600}


def test_nothing_is_left_of_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export.write(SAMPLES / "denied.edi", Format.CSV, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(self: writers.CsvWriter, about: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(writers.CsvWriter, "close", fail)
    with pytest.raises(OSError, match="disk full"):
        export.write(SAMPLES, Format.CSV, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("format", [Format.PARQUET, Format.XLSX, Format.DUCKDB])
def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Format
) -> None:
    for name in ("pyarrow", "openpyxl", "duckdb"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(ConfigurationError) as told:
        export.write(SAMPLES, format, tmp_path)
    assert "ptedi[tables]" in told.value.hint
    assert list(tmp_path.iterdir()) == []


def test_large_tables_are_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_ROWS", 5)
    sizes: list[int] = []

    class Listening(writers.CsvWriter):
        def add(self, batch: Batch) -> None:
            sizes.append(len(batch))
            super().add(batch)

    monkeypatch.setitem(writers.WRITERS, Format.CSV, Listening)
    done = export.write(SAMPLES, Format.CSV, tmp_path)
    assert len(sizes) > len(TABLES)
    assert sum(sizes) == sum(done.rows.values())


def test_values_of_odd_sizes_fit(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    odd = {Kind.MONEY: Decimal("9" * 22 + ".99"), Kind.QUANTITY: Decimal("9" * 12 + ".999999"), Kind.TEXT: "\u00e9\x01",
           Kind.DATE: date(9999, 12, 31), Kind.INTEGER: 2**62, Kind.FLAG: True}  # fmt: skip
    table: Table = LINES
    rows = writers.arrow_table(arrow, writers.schema(arrow, table), [[odd[c.kind]] for c in table.columns])
    assert [tuple(row.values()) for row in rows.to_pylist()] == [tuple(odd[c.kind] for c in table.columns)]


def test_progress_adds_up_to_the_files(tmp_path: Path) -> None:
    told: list[int] = []
    export.write(SAMPLES, Format.CSV, tmp_path, told.append)
    assert sum(told) == sum(path.stat().st_size for path in expand(SAMPLES))


def test_the_command(tmp_path: Path) -> None:
    run = CliRunner()
    told = run.invoke(app, ["read", str(SAMPLES), "--to", "csv", "--out", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    assert "provider_adjustments" in told.output
    assert (tmp_path / "out/payments.csv").exists()
    bad = run.invoke(app, ["read", str(SAMPLES), str(tmp_path / "none"), "--to", "csv", "--out", str(tmp_path / "out")])
    assert bad.exit_code == 2
    assert run.invoke(app, ["read", str(SAMPLES), "--to", "csv"]).exit_code == 2
    shown = run.invoke(app, ["read", str(SAMPLES / "den*.edi"), "--format", "json"])
    assert (shown.exit_code, shown.stdout.count("\n")) == (0, 1)
