"""Partitions by practice and month: a file's rows once however often it is read, and whoever dies on the way."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.reports import partitions
from ptedi.reports.columns import TABLES
from tests.reports.test_export import ROOT, SAMPLES, Rows, wanted

parquet = pytest.importorskip("pyarrow.parquet", reason="the extra tables is not installed")
SOURCE = 3  # the column that says how the file was named


def held(out: Path) -> Rows:
    """All rows of all partitions, sorted."""
    rows: Rows = {}
    for table in TABLES:
        files = sorted(out.glob(f"{table.name}/*/*/*.parquet"))
        tables = [parquet.ParquetFile(path).read() for path in files]
        assert all(tuple(one.column_names) == table.names for one in tables)
        columns = [[value for one in tables for value in one[name].to_pylist()] for name in table.names]
        rows[table.name] = sorted(zip(*columns, strict=True), key=repr)
    return rows


def same(left: Rows, right: Rows, *, but_names: bool = False) -> bool:
    def bare(rows: Rows) -> Rows:
        return {name: sorted((tuple(v for at, v in enumerate(row) if not but_names or at != SOURCE) for row in some),
                             key=lambda row: [str(v) for v in row]) for name, some in rows.items()}  # fmt: skip

    def plain(rows: Rows) -> dict[str, list[list[str]]]:
        return {name: sorted([str(v.normalize() if isinstance(v, Decimal) else v) for v in row] for row in some)
                for name, some in rows.items()}  # fmt: skip

    return plain(bare(left)) == plain(bare(right))


def test_every_row_is_in_its_partition(tmp_path: Path) -> None:
    done = partitions.write(SAMPLES, tmp_path)
    assert same(held(tmp_path), wanted())
    assert {name: len(rows) for name, rows in wanted().items()} == dict(done.rows)
    for path in tmp_path.glob("payments/*/*/*.parquet"):
        assert path.stat().st_mode & 0o777 == 0o600
        npi, month = (part.partition("=")[2] for part in path.parent.parts[-2:])
        for row in parquet.ParquetFile(path).read().to_pylist():
            assert (row["payee_npi"] or row["payee_tax_id"] or "unknown", f"{row['date']:%Y-%m}") == (npi, month)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == [".lock"]


def test_reading_again_replaces(tmp_path: Path) -> None:
    out, again = tmp_path / "lake", tmp_path / "again"
    partitions.write(SAMPLES, out)
    partitions.write(SAMPLES / "denied.edi", out)
    assert same(held(out), wanted())
    again.mkdir()
    shutil.copy(SAMPLES / "denied.edi", again / "renamed.835")
    partitions.write(again, out)
    assert same(held(out), wanted(), but_names=True)
    sources = {row[SOURCE] for row in held(out)["payments"]}
    assert str(again / "renamed.835") in sources and str(SAMPLES / "denied.edi") not in sources


def test_rows_move_when_a_version_places_them_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(partitions, "partition", lambda *_: "practice=old/month=1999-01")
        partitions.write(SAMPLES, tmp_path)
    partitions.write(SAMPLES, tmp_path)
    assert same(held(tmp_path), wanted())
    assert not list(tmp_path.glob("*/practice=old/*/*.parquet"))


def test_pieces_laid_aside_are_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "_ROWS", 3)
    for _ in range(2):
        partitions.write(SAMPLES, tmp_path)
    assert same(held(tmp_path), wanted())


class Died(BaseException):
    """A process that was killed."""


def test_who_dies_anywhere_is_finished_or_never_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = SAMPLES / "denied.edi", SAMPLES / "reversal_and_correction.edi"
    start, put = tmp_path / "start", partitions._put
    partitions.write(first, start)
    partitions.write(second, start)
    steps = len(json.loads(_journal_of([first, second], tmp_path, monkeypatch)))
    assert steps > 6
    whole = held(start)
    for place in sorted({*range(0, steps, 5), steps - 1, steps}):
        out = tmp_path / f"{place}"
        partitions.write(first, out)
        before, left = held(out), [place]

        def die(folder: Path, one: Any, left: list[int] = left) -> None:
            if not left[0]:
                raise Died
            left[0] -= 1
            put(folder, one)

        with monkeypatch.context() as patch:
            patch.setattr(partitions, "_put", die)
            if place < steps:
                with pytest.raises(Died):
                    partitions.write([first, second], out)
                assert (out / partitions.JOURNAL).exists()
                keys = [row[:2] for row in held(out)["payments"]]
                assert len(keys) == len(set(keys))
            else:
                partitions.write([first, second], out)
        partitions.write([], out)  # the next run, whatever it is about
        assert same(held(out), whole), place
        assert not (out / partitions.JOURNAL).exists() and not list(out.glob(".staged-*"))
        assert same(before, {name: [row for row in rows if row[0] == before["payments"][0][0]]
                             for name, rows in whole.items()})  # fmt: skip


def _journal_of(paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def die(folder: Path, one: Any) -> None:
        raise Died

    out = tmp_path / "journal"
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(partitions, "_put", die)
        partitions.write(paths, out)
    return (out / partitions.JOURNAL).read_text(encoding="utf-8")


def test_who_dies_before_it_is_decided_changed_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    partitions.write(SAMPLES / "denied.edi", tmp_path)
    before = held(tmp_path)

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(partitions, "_commit", die)
        partitions.write(SAMPLES, tmp_path)
    assert held(tmp_path) == before
    assert not list(tmp_path.glob(".staged-*"))


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb", reason="the extra tables is not installed")
    page = (ROOT / "docs/remittance_tables.md").read_text(encoding="utf-8")
    (query,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    run = CliRunner()
    words = ["read", str(SAMPLES), "--to", "parquet", "--partition", "practice,month", "--out", str(tmp_path / "lake")]
    for _ in range(2):
        told = run.invoke(app, words)
        assert told.exit_code == 0, told.output
    monkeypatch.chdir(tmp_path)
    found = duckdb.sql(query).fetchall()
    rows = wanted()
    once: dict[object, tuple[object, ...]] = {}
    for row in sorted(rows["payments"], key=lambda row: (str(row[0]), int(str(row[1])))):
        once.setdefault(row[2], row[:2])
    kept = set(once.values())
    names = next(table.names for table in TABLES if table.name == "claims")
    claims = [dict(zip(names, row, strict=True)) for row in rows["claims"] if row[:2] in kept]
    assert sum(row[2] for row in found) == len(claims)
    assert sum(row[3] for row in found) == sum(Decimal(str(claim["paid"])) for claim in claims)
    assert sum(row[4] or 0 for row in found) == sum(Decimal(str(c["charge"])) for c in claims if c["denied"])


def test_words_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    run, start = CliRunner(), ["read", str(SAMPLES), "--out", str(tmp_path)]
    assert run.invoke(app, [*start, "--to", "csv", "--partition", "practice,month"]).exit_code == 2
    assert run.invoke(app, [*start, "--to", "parquet", "--partition", "payer"]).exit_code == 2
