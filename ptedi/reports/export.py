"""Remittances into files that analysts open: CSV, Parquet, Excel, DuckDB; in bounded memory, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ptedi import __version__, dates
from ptedi.disk import sync_folder
from ptedi.reports.columns import TABLES
from ptedi.reports.formats import Format
from ptedi.reports.rows import Advance, Batch, Reading, batches
from ptedi.reports.sources import Paths, expand
from ptedi.reports.writers import WRITERS, Writer

__all__ = ["Format", "Written", "write"]
_ROWS = 20_000  # rows of a table held before they are written


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: the files, how many rows of each table, from how many files, how many of them unreadable."""

    files: tuple[Path, ...]
    rows: Mapping[str, int]
    sources: int
    unreadable: int


def write(paths: Paths, to: Format, out: Path, progress: Advance | None = None, *, recursive: bool = False) -> Written:
    """Writes the tables of remittances into a folder; what was there under the same names is replaced at the end.

    Args:
        paths: one or several files, folders or patterns (`eras/*.835`).
        to: the format.
        out: the folder, made when it is not there.
        progress: told how many bytes were read since it was last told.
        recursive: whether the folders below a folder count too.

    Raises:
        ConfigurationError: the library of the format is not installed.
        OSError: the folder cannot be written to.
    """
    sources, reading = expand(paths, recursive=recursive), Reading()
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    hidden = Path(tempfile.mkdtemp(prefix=".ptedi-", suffix=".tmp", dir=out))
    try:
        writer = WRITERS[to](hidden)
        rows = _pour(writer, sources, reading, progress)
        writer.close(_about(sources, rows, recursive))
        files = tuple(_publish(hidden, out))
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return Written(files=files, rows=MappingProxyType(rows), sources=len(sources), unreadable=reading.unreadable)


def _pour(writer: Writer, sources: list[Path], reading: Reading, progress: Advance | None) -> dict[str, int]:
    """Collects batches until they are worth a write; how many rows each table got."""
    held: dict[str, list[list[object]]] = {}
    rows: dict[str, int] = defaultdict(int, {table.name: 0 for table in TABLES})
    for batch in batches(sources, reading, progress):
        name = batch.table.name
        rows[name] += len(batch)
        columns = held.setdefault(name, [[] for _ in batch.columns])
        for column, values in zip(columns, batch.columns, strict=True):
            column.extend(values)
        if len(columns[0]) >= _ROWS:
            writer.add(Batch(batch.table, list(held.pop(name))))
    for table in TABLES:
        if table.name in held:
            writer.add(Batch(table, list(held[table.name])))
    return dict(rows)


def _about(sources: Sequence[Path], rows: Mapping[str, int], recursive: bool) -> dict[str, str]:
    """Where the tables come from."""
    tables = {f"rows of {name}": str(count) for name, count in rows.items()}
    files = {f"file {number}": str(path) for number, path in enumerate(sources, 1)}
    return {
        "written by": f"ptedi {__version__}", "written at": dates.now().isoformat(timespec="seconds"),
        "filter": f"every 835 of the files{', folders below included' if recursive else ''}",
        **tables, "files": str(len(sources)), **files,
    }  # fmt: skip


def _publish(hidden: Path, out: Path) -> list[Path]:
    """Makes the finished files durable, private and visible."""
    made = []
    for path in sorted(hidden.iterdir()):
        path.chmod(0o600)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        made.append(path.replace(out / path.name))
    sync_folder(out)
    return made
