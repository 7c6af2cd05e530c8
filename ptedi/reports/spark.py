"""Folders of 835s as Spark tables: a Python Data Source (`docs/spark.md`); wants the extra `spark`.

The rows are those of `ptedi.read_835`.  Files that could hold the same payment are read by the same task, in order, so
that a copy is told (`repeated`, RD010, RD011) as it would be by one reader of all files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
from pyspark.errors import PySparkValueError
from pyspark.sql import types as t
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from ptedi.reports.columns import TABLES, Kind, Table
from ptedi.reports.rows import batches
from ptedi.reports.sources import expand
from ptedi.reports.writers import arrow_table, schema

_PARTITION_BYTES = 32 << 20
# what stands in TRN02, up to the first character that could be a delimiter: too short only joins more files
_TRACE = re.compile(rb"TRN([^0-9A-Za-z\s]).{0,3}?\1\s*([0-9A-Za-z]*)", re.DOTALL)
_TABLES = {table.name: table for table in TABLES}
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: t.StringType(), Kind.INTEGER: t.LongType(), Kind.MONEY: t.DecimalType(28, 2),
    Kind.QUANTITY: t.DecimalType(20, 6), Kind.DATE: t.DateType(), Kind.FLAG: t.BooleanType(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files(InputPartition):
    """The files that one task reads, in order."""

    paths: tuple[Path, ...]


class Remittances835(DataSource):
    """The format `x12_835`: one table of the 835s of a file, folder or pattern.

    Options:
        table: a table of docs/remittance_tables.md; `lines` when not given.
        path: what `load` was given; driver and executors must both see it.
        recursive: `true`: the folders below a folder count too.
        partition_bytes: how many bytes of files a task reads at least, but for the last; 32 MiB when not given.
    """

    @classmethod
    def name(cls) -> str:
        """The name for `spark.read.format`."""
        return "x12_835"

    def schema(self) -> t.StructType:
        """The columns of the table, in order, with exact decimals.

        Raises:
            PySparkValueError: there is no such table.
        """
        return t.StructType([t.StructField(c.name, _TYPES[c.kind]) for c in self._table().columns])

    def reader(self, schema: t.StructType) -> DataSourceReader:
        """What plans and reads."""
        return _Reader(
            table=self._table().name, path=self._option("path", ""),
            recursive=self._option("recursive", "false").lower() == "true",
            partition_bytes=self._number("partition_bytes", _PARTITION_BYTES),
        )  # fmt: skip

    def _table(self) -> Table:
        name = self._option("table", "lines")
        if name not in _TABLES:
            raise PySparkValueError(f"x12_835 has no table {name!r}; it has {', '.join(_TABLES)}")
        return _TABLES[name]

    def _option(self, name: str, default: str) -> str:
        return str(self.options.get(name, default))

    def _number(self, name: str, default: int) -> int:
        text = self._option(name, str(default))
        if not text.isdecimal() or int(text) < 1:
            raise PySparkValueError(f"{name} is a number of bytes from 1, not {text!r}")
        return int(text)


class _Reader(DataSourceReader):
    """Plans on the driver, reads on the executors; holds nothing but what it was told."""

    def __init__(self, *, table: str, path: str, recursive: bool, partition_bytes: int) -> None:
        if not path:
            raise PySparkValueError("x12_835 wants a file, folder or pattern: .load(PATH)")
        self.table, self.path, self.recursive, self.partition_bytes = table, path, recursive, partition_bytes

    def partitions(self) -> list[Files]:
        """The files in tasks of some size; no two tasks share a payment."""
        return partitions(expand(self.path, recursive=self.recursive), self.partition_bytes)

    def read(self, partition: Any) -> Iterator[pyarrow.RecordBatch]:
        """The rows of the table from the files of a task; what is broken is a row of `findings`."""
        table = _TABLES[self.table]
        arrow = schema(pyarrow, table)
        for batch in batches(partition.paths):
            if batch.table is table:
                yield from arrow_table(pyarrow, arrow, batch.columns).to_batches()


def partitions(files: Iterable[Path], size: int) -> list[Files]:
    """Files in groups of at least `size` bytes, but for the last; files with a trace number in common stay together."""
    made: list[Files] = []
    held: list[Path] = []
    room = size
    for group in _related(list(files)):
        held += group
        room -= sum(map(_size, group))
        if room <= 0:
            made.append(Files(tuple(held)))
            held, room = [], size
    return [*made, Files(tuple(held))] if held or not made else made


def _related(files: list[Path]) -> Iterator[list[Path]]:
    """The files that could repeat each other, in order; each group where its first file stands."""
    first = list(range(len(files)))  # of each file, an earlier one of its group, or itself

    def root(number: int) -> int:
        while first[number] != number:
            first[number] = number = first[first[number]]
        return number

    met: dict[bytes, int] = {}
    for number, path in enumerate(files):
        for mark in _marks(path):
            one, other = root(met.setdefault(mark, number)), root(number)
            first[max(one, other)] = min(one, other)
    groups: dict[int, list[Path]] = {}
    for number, path in enumerate(files):
        groups.setdefault(root(number), []).append(path)
    yield from groups.values()


def _marks(path: Path) -> set[bytes]:
    """What two files with the same payment or content have in common: their traces; without any, the whole content."""
    try:
        content = path.read_bytes()
    except OSError:
        return set()  # told when it is read
    unwrapped = content.translate(None, b"\r\n")  # lines may be wrapped within an element
    traces = {found[2] for text in (content, unwrapped) for found in _TRACE.finditer(text)}
    return traces or {hashlib.sha256(content).digest()}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
