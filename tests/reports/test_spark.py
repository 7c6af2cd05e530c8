"""Spark: the same rows as the frames, whatever the partitions; what is broken is a row; copies are told."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ptedi
from ptedi.reports.columns import TABLES, Kind, Table
from ptedi.reports.rows import batches
from ptedi.reports.sources import expand
from ptedi.transactions import remittance_835
from ptedi.transactions.remittance_835 import RemittanceFile
from tests import strategies as some

pytest.importorskip("pyspark", reason="the extra `spark` is not installed: make spark")
if shutil.which("java") is None:
    pytest.skip("Spark wants Java, which is not installed", allow_module_level=True)

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from ptedi.reports import spark as source

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_edi/835"
MONEY = {Kind.MONEY: "decimal(28,2)", Kind.QUANTITY: "decimal(20,6)", Kind.DATE: "date", Kind.FLAG: "boolean",
         Kind.INTEGER: "bigint", Kind.TEXT: "string"}  # fmt: skip


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    folder = tmp_path_factory.mktemp("spark")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1").config("spark.driver.memory", "1g")
        .config("spark.sql.shuffle.partitions", "2").config("spark.local.dir", str(folder))
        .config("spark.sql.warehouse.dir", str(folder / "warehouse")).getOrCreate()
    )  # fmt: skip
    session.dataSource.register(source.Remittances835)
    yield session
    session.stop()


def load(spark: SparkSession, table: str, path: Path, **options: object) -> Any:
    reader = spark.read.format("x12_835").option("table", table)
    for name, value in options.items():
        reader = reader.option(name, str(value))
    return reader.load(str(path))


def expected(path: Path, recursive: bool = False) -> dict[str, list[tuple[object, ...]]]:
    rows: dict[str, list[tuple[object, ...]]] = {table.name: [] for table in TABLES}
    for batch in batches(expand(path, recursive=recursive)):
        rows[batch.table.name] += zip(*batch.columns, strict=True)
    return rows


def in_order(rows: Any) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in rows), key=repr)


def as_spark(table: Table, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """With the six places that Spark writes for a quantity; a value is never changed."""
    kinds = [column.kind for column in table.columns]
    return [tuple(v.quantize(Decimal("0.000001")) if k is Kind.QUANTITY and isinstance(v, Decimal) else v
                  for k, v in zip(kinds, row, strict=True)) for row in rows]  # fmt: skip


def same(spark: SparkSession, path: Path, tables: tuple[Table, ...] = TABLES, **options: object) -> None:
    wanted = expected(path, bool(options.get("recursive")))
    for table in tables:
        found = load(spark, table.name, path, **options).collect()
        assert in_order(found) == in_order(as_spark(table, wanted[table.name])), table.name


def test_every_table_of_the_samples(spark: SparkSession) -> None:
    same(spark, SAMPLES, partition_bytes=6000)
    assert len(source.partitions(expand(SAMPLES), 6000)) > 1


def test_types_are_exact(spark: SparkSession) -> None:
    for table in TABLES:
        fields = load(spark, table.name, SAMPLES).schema.fields
        assert [(f.name, f.dataType.simpleString()) for f in fields] == [(c.name, MONEY[c.kind]) for c in table.columns]


def test_the_frames_are_the_same(spark: SparkSession) -> None:
    frames = ptedi.read_835(SAMPLES)
    (row,) = load(spark, "claims", SAMPLES, partition_bytes=1).groupBy().sum("charge", "paid").collect()
    assert tuple(row) == (frames.claims["charge"].sum(), frames.claims["paid"].sum())


def test_what_is_broken_is_a_row_and_copies_are_told(spark: SparkSession, tmp_path: Path) -> None:
    good = (SAMPLES / "denied.edi").read_bytes()
    (tmp_path / "below").mkdir()
    for name, content in {
        "a.835": good, "b.835": b"%PDF-1.7", "c.835": good, "d.835": good[: len(good) // 2], "e.835": b"",
        "f.835": good.replace(b"~\n", b"~"), "g.835": b"%PDF-1.7", "below/h.835": good.replace(b"~", b"~\r\n"),
        "i.835": (SAMPLES / "interest.edi").read_bytes(),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    wanted = expected(tmp_path, recursive=True)
    assert {"RD010", "RD011"} <= {row[6] for row in wanted["findings"]}
    same(spark, tmp_path, (TABLES[0], TABLES[1], TABLES[-1]), partition_bytes=1, recursive=True)
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "b.835").write_bytes(b"%PDF-1.7")
    assert load(spark, "lines", tmp_path / "only").count() == 0
    assert load(spark, "findings", tmp_path / "nowhere.835").count() == 1


def test_what_is_asked_wrongly_is_told(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="no table 'cheques'"):
        load(spark, "cheques", SAMPLES).collect()
    with pytest.raises(AnalysisException, match="number of bytes"):
        load(spark, "lines", SAMPLES, partition_bytes="many").collect()


def test_the_example_of_the_documentation(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/spark.md").read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(ROOT)
    exec(example.replace("tables/payments", str(tmp_path / "payments")), {})  # noqa: S102
    frames = ptedi.read_835(SAMPLES)
    assert "sum(paid)" in capsys.readouterr().out
    assert spark.read.parquet(str(tmp_path / "payments")).count() == len(frames.payments)


@pytest.mark.corpus
def test_corpus(spark: SparkSession, tmp_path: Path) -> None:
    shared = ROOT.parent / "shared"
    files = [path for folder in ("samples", "corpus") for path in sorted((shared / folder).rglob("*"))
             if path.is_file() and path.stat().st_size < 100_000]  # fmt: skip
    files = [path for path in files if b"ST*835" in path.read_bytes()][::7][:150]
    if not files:
        pytest.skip("no corpus here")
    for number, path in enumerate(files):
        (tmp_path / f"{number:04}.835").symlink_to(path.resolve())
    tables = tuple(table for table in TABLES if table.name in ("payments", "lines", "findings"))
    same(spark, tmp_path, tables, partition_bytes=200_000)


@given(st.lists(st.lists(some.payments(), min_size=1, max_size=2), min_size=1, max_size=6), st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_partitions_tell_what_one_reader_tells(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[Any]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("random")
    for number in range(len(files) + 2):  # two of them come again
        payments = files[number] if number < len(files) else data.draw(st.sampled_from(files))
        text = remittance_835.write(RemittanceFile(header=some.remittance_header(), payments=tuple(payments)))
        wrapped = number % 2 and re.sub(rb"~\r?\n?", b"~\n", text)
        (folder / f"{number}.835").write_bytes(wrapped or text)
    made = source.partitions(expand(folder), data.draw(st.sampled_from([1, 2000, 1 << 20])))
    assert sorted(path for part in made for path in part.paths) == expand(folder)
    rows = [(b.table.name, row) for part in made for b in batches(part.paths) for row in zip(*b.columns, strict=True)]
    whole = [(name, row) for name, found in expected(folder).items() for row in found]
    assert sorted(rows, key=repr) == sorted(whole, key=repr)
