"""One writer a format: takes batches of rows, forgets them, leaves files in a folder.

pyarrow, duckdb and openpyxl are large and come with the extra `tables`; CSV needs none of them.
"""

from __future__ import annotations

import csv
import importlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Protocol

from ptedi.errors import ConfigurationError
from ptedi.reports.columns import TABLES, Kind, Table
from ptedi.reports.formats import Format
from ptedi.reports.rows import Batch

SHEET_ROWS = 1_048_576
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SQL = {Kind.TEXT: "VARCHAR", Kind.INTEGER: "BIGINT", Kind.MONEY: "DECIMAL(28,2)", Kind.QUANTITY: "DECIMAL(20,6)",
        Kind.DATE: "DATE", Kind.FLAG: "BOOLEAN"}  # fmt: skip


class Writer(Protocol):
    """Takes batches and leaves files."""

    def add(self, batch: Batch) -> None:
        """Writes rows."""

    def close(self, about: Mapping[str, str]) -> None:
        """Ends the files; `about` tells where they come from."""


def library(name: str, format: Format) -> Any:
    """An optional library.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ConfigurationError(f"writing {format} needs {name}, which is not installed",
                                 hint="install ptedi with the extra `tables`: pip install 'ptedi[tables]'"
                                 ) from None  # fmt: skip


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def private(path: Path) -> int:
    """A new file that only its owner may read, opened for writing."""
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)


class CsvWriter:
    """One file a table, UTF-8, `true` and `false`, dates as 2026-11-20, nothing where nothing was sent."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, TextIOWrapper] = {}
        self._rows: dict[str, Callable[[Iterable[Iterable[str]]], None]] = {}
        for table in TABLES:
            file = os.fdopen(private(folder / f"{table.name}.csv"), "w", encoding="utf-8", newline="")
            self._files[table.name], self._rows[table.name] = file, csv.writer(file).writerows
            self._rows[table.name]([table.names])

    def add(self, batch: Batch) -> None:
        """Writes rows."""
        cells = [map(_CELL[c.kind], values) for c, values in zip(batch.table.columns, batch.columns, strict=True)]
        self._rows[batch.table.name](zip(*cells, strict=True))

    def close(self, about: Mapping[str, str]) -> None:
        """Ends the files."""
        for file in self._files.values():
            file.close()


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


_CELL: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: defused, Kind.INTEGER: str, Kind.MONEY: _plain, Kind.QUANTITY: _plain, Kind.DATE: _plain,
    Kind.FLAG: lambda flag: "true" if flag else "false",
}  # fmt: skip


class ParquetWriter:
    """One file a table; amounts are decimal128, dates date32."""

    def __init__(self, folder: Path) -> None:
        self._arrow, parquet = library("pyarrow", Format.PARQUET), library("pyarrow.parquet", Format.PARQUET)
        self._schemas = {table.name: schema(self._arrow, table) for table in TABLES}
        self._files = {t.name: os.fdopen(private(folder / f"{t.name}.parquet"), "wb") for t in TABLES}
        self._writers = {n: parquet.ParquetWriter(f, self._schemas[n], compression="zstd")
                         for n, f in self._files.items()}  # fmt: skip

    def add(self, batch: Batch) -> None:
        """Writes rows as one row group."""
        name = batch.table.name
        self._writers[name].write_table(arrow_table(self._arrow, self._schemas[name], batch.columns))

    def close(self, about: Mapping[str, str]) -> None:
        """Ends the files."""
        for name, file in self._files.items():
            self._writers[name].add_key_value_metadata(dict(about))
            self._writers[name].close()
            file.close()


def schema(arrow: Any, table: Table) -> Any:
    """The Arrow schema of a table."""
    types = {
        Kind.TEXT: arrow.string(), Kind.INTEGER: arrow.int64(), Kind.MONEY: arrow.decimal128(28, 2),
        Kind.QUANTITY: arrow.decimal128(20, 6), Kind.DATE: arrow.date32(), Kind.FLAG: arrow.bool_(),
    }  # fmt: skip
    return arrow.schema([(column.name, types[column.kind]) for column in table.columns])


def arrow_table(arrow: Any, schema: Any, columns: Sequence[Sequence[object]]) -> Any:
    """Rows as an Arrow table."""
    arrays = [arrow.array(values, type=field.type) for field, values in zip(schema, columns, strict=True)]
    return arrow.Table.from_arrays(arrays, schema=schema)


class DuckdbWriter:
    """One database, `remittances.duckdb`, with a table each and a table `about`."""

    def __init__(self, folder: Path) -> None:
        self._arrow, duckdb = library("pyarrow", Format.DUCKDB), library("duckdb", Format.DUCKDB)
        self._schemas = {table.name: schema(self._arrow, table) for table in TABLES}
        self._base = duckdb.connect(str(folder / "remittances.duckdb"))
        for table in TABLES:
            columns = ", ".join(f'"{c.name}" {_SQL[c.kind]}' for c in table.columns)
            self._base.execute(f'CREATE TABLE "{table.name}" ({columns})')

    def add(self, batch: Batch) -> None:
        """Inserts rows."""
        name = batch.table.name
        self._base.register("batch", arrow_table(self._arrow, self._schemas[name], batch.columns))
        self._base.execute(f'INSERT INTO "{name}" SELECT * FROM batch')
        self._base.unregister("batch")

    def close(self, about: Mapping[str, str]) -> None:
        """Ends the database."""
        self._base.execute("CREATE TABLE about (name VARCHAR, value VARCHAR)")
        self._base.executemany("INSERT INTO about VALUES (?, ?)", [list(pair) for pair in about.items()])
        self._base.close()


class XlsxWriter:
    """One workbook, `remittances.xlsx`: a sheet a table and a sheet `about`; amounts and dates are real ones."""

    def __init__(self, folder: Path) -> None:
        self._openpyxl = library("openpyxl", Format.XLSX)
        self._cell = library("openpyxl.cell", Format.XLSX).WriteOnlyCell
        self._path = folder / "remittances.xlsx"
        self._book = self._openpyxl.Workbook(write_only=True)
        self._about = self._book.create_sheet("about")
        self._sheets = {table.name: self._sheet(table, table.name) for table in TABLES}
        self._room = dict.fromkeys(self._sheets, SHEET_ROWS - 1)
        self._more = dict.fromkeys(self._sheets, 1)

    def _sheet(self, table: Table, title: str) -> Any:
        sheet = self._book.create_sheet(title)
        sheet.freeze_panes = "A2"
        sheet.append(table.names)
        return sheet

    def add(self, batch: Batch) -> None:
        """Writes rows; a full sheet is followed by another."""
        name, kinds = batch.table.name, [column.kind for column in batch.table.columns]
        for row in zip(*batch.columns, strict=True):
            if not self._room[name]:
                self._more[name] += 1
                self._sheets[name] = self._sheet(batch.table, f"{name} {self._more[name]}")
                self._room[name] = SHEET_ROWS - 1
            self._room[name] -= 1
            self._sheets[name].append([self._value(kind, value, name) for kind, value in zip(kinds, row, strict=True)])

    def _value(self, kind: Kind, value: Any, name: str) -> Any:
        if kind is Kind.TEXT:
            return defused(_CONTROL.sub("\ufffd", value))
        if isinstance(value, Decimal | date):
            cell = self._cell(self._sheets[name], value)
            cell.number_format = {Kind.MONEY: "#,##0.00", Kind.DATE: "yyyy-mm-dd"}.get(kind, "General")
            return cell
        return value

    def close(self, about: Mapping[str, str]) -> None:
        """Ends the workbook."""
        for name, value in about.items():
            self._about.append([name, defused(value)])
        with os.fdopen(private(self._path), "wb") as file:
            self._book.save(file)


WRITERS: dict[Format, Callable[[Path], Writer]] = {
    Format.CSV: CsvWriter, Format.PARQUET: ParquetWriter, Format.XLSX: XlsxWriter, Format.DUCKDB: DuckdbWriter,
}  # fmt: skip
