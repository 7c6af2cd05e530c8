"""Remittances of years and many practices as Parquet partitions by practice and month, each file's rows there once.

    DIR/claims/practice=1234567893/month=2026-11/claims.parquet

Reading a file again replaces its rows (by `file_sha256`): the partitions it touches are written anew beside the old
ones, a journal says what goes where, and only then they take their places, each with one rename.  Who dies before the
journal stands has changed nothing; who dies after it is finished by the next run.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ptedi import __version__, dates
from ptedi.disk import sync_folder, write_whole
from ptedi.reports.columns import PAYMENTS, TABLES, Table
from ptedi.reports.export import Written
from ptedi.reports.formats import Format
from ptedi.reports.rows import Advance, Batch, Reading, batches
from ptedi.reports.sources import Paths, expand
from ptedi.reports.writers import arrow_table, library, schema

KEYS = ("practice", "month")
UNKNOWN = "unknown"
JOURNAL, FILES = "_journal.json", "_files"
_ROWS = 50_000  # rows held before they are laid aside
_UNFIT = re.compile(r"[^0-9A-Za-z-]")
_PAYEE, _TAX_ID, _DATE = (PAYMENTS.names.index(name) for name in ("payee_npi", "payee_tax_id", "date"))


def write(paths: Paths, out: Path, progress: Advance | None = None, *, recursive: bool = False) -> Written:
    """Adds the tables of remittances to the partitions in a folder; rows of a file that is there already are replaced.

    The practice is the payee (its NPI, else its tax id), the month that of the payment; `unknown` where not said.

    Args:
        paths: one or several files, folders or patterns (`eras/*.835`).
        out: the folder, made when it is not there; one run at a time, others wait.
        progress: told how many bytes were read since it was last told.
        recursive: whether the folders below a folder count too.

    Raises:
        ConfigurationError: pyarrow is not installed.
        OSError: the folder cannot be written to.
    """
    library("pyarrow.parquet", Format.PARQUET)
    sources, reading = expand(paths, recursive=recursive), Reading()
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(out):
        finish(out)
        hidden = Path(tempfile.mkdtemp(prefix=".staged-", dir=out))
        try:
            pieces = _Pieces(hidden)
            for batch in batches(sources, reading, progress):
                pieces.add(batch)
            pieces.end()
            changed = _staged(out, hidden, pieces)
            _commit(out, hidden, changed)
        finally:
            if not (out / JOURNAL).exists():
                shutil.rmtree(hidden, ignore_errors=True)
    return Written(files=tuple(out / one.place for one in changed if one.staged and one.place.suffix == ".parquet"),
                   rows=MappingProxyType(dict(pieces.rows)), sources=len(sources),
                   unreadable=reading.unreadable)  # fmt: skip


def finish(out: Path) -> None:
    """Finishes what a run that died had decided, takes away what it had not; the caller is alone with the folder."""
    journal = out / JOURNAL
    if journal.exists():
        _publish(out, [_Change(Path(place), Path(staged) if staged else None)
                       for place, staged in json.loads(journal.read_text(encoding="utf-8"))])  # fmt: skip
    for left in out.glob(".staged-*"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    handle = os.open(out / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class _Change:
    """A file that gets new content, or (without any) goes; both names are below the folder."""

    place: Path
    staged: Path | None


@dataclass(slots=True)
class _Piece:
    """Rows of one table: in memory, or laid aside in files."""

    held: list[Batch] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)


class _Pieces:
    """Rows on their way to partitions; a set's partition is known at its end, so until then they wait by set."""

    def __init__(self, hidden: Path) -> None:
        self._arrow, self._parquet = library("pyarrow", Format.PARQUET), library("pyarrow.parquet", Format.PARQUET)
        self._hidden, self._held, self._made = hidden, 0, 0
        self._waiting: dict[tuple[str, int], dict[str, _Piece]] = {}
        self.of: dict[tuple[str, str], list[_Piece]] = defaultdict(list)  # by table and partition
        self.places: dict[str, set[tuple[str, str]]] = defaultdict(set)  # by file: table and partition
        self.rows: dict[str, int] = {table.name: 0 for table in TABLES}

    def add(self, batch: Batch) -> None:
        """Takes rows, which are all of one set."""
        if not len(batch):
            return
        sha256, number = str(batch.columns[0][0]), int(str(batch.columns[1][0]))
        piece = self._waiting.setdefault((sha256, number), {}).setdefault(batch.table.name, _Piece())
        piece.held.append(batch)
        self._held += len(batch)
        self.rows[batch.table.name] += len(batch)
        if batch.table is PAYMENTS:
            self._settle(sha256, number, partition(*(batch.columns[at][0] for at in (_PAYEE, _TAX_ID, _DATE))))
        elif not number:
            self._settle(sha256, number, partition("", "", None))
        if self._held >= _ROWS:
            self._lay_aside()

    def end(self) -> None:
        """Sets that broke off before their payment was read whole belong nowhere known."""
        for sha256, number in list(self._waiting):
            self._settle(sha256, number, partition("", "", None))

    def _settle(self, sha256: str, number: int, place: str) -> None:
        for name, piece in self._waiting.pop((sha256, number)).items():
            self.of[name, place].append(piece)
            self.places[sha256].add((name, place))

    def _lay_aside(self) -> None:
        """Writes what is held, so that memory holds few rows whatever is read."""
        every = [piece for of in self._waiting.values() for piece in of.values()]
        for piece in [*every, *(piece for some in self.of.values() for piece in some)]:
            if piece.held:
                self._made += 1
                path = self._hidden / f"{self._made}.aside"
                self._parquet.write_table(self.table(piece.held), path)
                piece.aside.append(path)
                piece.held = []
        self._held = 0

    def table(self, some: Sequence[Batch]) -> Any:
        """Batches of one table as an Arrow table."""
        shape = schema(self._arrow, some[0].table)
        return self._arrow.concat_tables([arrow_table(self._arrow, shape, batch.columns) for batch in some])

    def tables(self, name: str, place: str) -> Iterator[Any]:
        """The rows of one table that go into one partition."""
        for piece in self.of.get((name, place), ()):
            yield from map(self._parquet.read_table, piece.aside)
            if piece.held:
                yield self.table(piece.held)


def partition(npi: object, tax_id: object, day: object) -> str:
    """The folders of a payment's partition."""
    practice = _UNFIT.sub("", str(npi or tax_id or "")) or UNKNOWN
    return f"practice={practice}/month={f'{day:%Y-%m}' if isinstance(day, date) else UNKNOWN}"


def _staged(out: Path, hidden: Path, pieces: _Pieces) -> list[_Change]:
    """The partitions that change, written anew and hidden, and what is remembered of each file."""
    before = {sha256: _places(out, sha256) for sha256 in pieces.places}
    touched = {key for keys in (*pieces.places.values(), *before.values()) for key in keys}
    order = {table.name: number for number, table in enumerate(reversed(TABLES))}  # payments last: who sees one
    changes: list[_Change] = []  # finds its claims; what only loses rows before what gets them, so that none is twice
    for name, place in sorted(touched, key=lambda key: (key in pieces.of, order[key[0]], key[1])):
        final = Path(name, place, f"{name}.parquet")
        staged = hidden / f"{len(changes)}.parquet"
        filled = _rewritten(out / final, staged, _table(name), pieces.tables(name, place), pieces.places)
        changes.append(_Change(final, staged.relative_to(out) if filled else None))
    for sha256, keys in sorted(pieces.places.items()):
        note = hidden / _note(sha256)
        write_whole(note, json.dumps({"places": sorted(keys), "read at": dates.now().isoformat()}).encode())
        changes.append(_Change(Path(FILES, note.name), note.relative_to(out)))
    return changes


def _table(name: str) -> Table:
    return next(table for table in TABLES if table.name == name)


def _note(sha256: str) -> str:
    return f"{sha256 or UNKNOWN}.json"


def _places(out: Path, sha256: str) -> set[tuple[str, str]]:
    """Where rows of a file stand already."""
    note = out / FILES / _note(sha256)
    if not note.exists():
        return set()
    return {(name, place) for name, place in json.loads(note.read_text(encoding="utf-8"))["places"]}


def _rewritten(old: Path, new: Path, table: Table, added: Iterable[Any], without: Mapping[str, object]) -> bool:
    """Writes a partition: the old rows but those of some files, then the new ones; whether it has any."""
    arrow, parquet = library("pyarrow", Format.PARQUET), library("pyarrow.parquet", Format.PARQUET)
    compute, shape, rows = library("pyarrow.compute", Format.PARQUET), schema(arrow, table), 0
    gone = arrow.array(list(without), type=arrow.string())
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with parquet.ParquetWriter(file, shape, compression="zstd") as writer:
            for some in _kept(arrow, compute, parquet, old, shape, gone):
                rows += some.num_rows
                writer.write_table(some)
            for some in added:
                rows += some.num_rows
                writer.write_table(some)
            writer.add_key_value_metadata({"written by": f"ptedi {__version__}", "written at": str(dates.now())})
        file.flush()
        os.fsync(file.fileno())
    return rows > 0


def _kept(arrow: Any, compute: Any, parquet: Any, old: Path, shape: Any, gone: Any) -> Iterator[Any]:
    """The old rows that stay, a piece at a time; columns that an older version did not have are empty."""
    if not old.exists():
        return
    for group in parquet.ParquetFile(old).iter_batches(batch_size=_ROWS):
        some = arrow.Table.from_batches([group])
        some = some.filter(compute.invert(compute.is_in(some["file_sha256"], value_set=gone)))
        if some.num_rows:
            columns = [some[f.name] if f.name in some.column_names else arrow.nulls(some.num_rows, f.type)
                       for f in shape]  # fmt: skip
            yield arrow.Table.from_arrays(columns, schema=shape)


def _commit(out: Path, hidden: Path, changes: Sequence[_Change]) -> None:
    """Decides: from the journal on, the changes happen, by this run or the next."""
    sync_folder(hidden)
    told = [(str(one.place), str(one.staged) if one.staged else "") for one in changes]
    write_whole(out / JOURNAL, json.dumps(told).encode())
    _publish(out, changes)


def _publish(out: Path, changes: Sequence[_Change]) -> None:
    """Puts everything in its place; what is there already was put by a run that died."""
    for one in changes:
        _put(out, one)
    for folder in sorted({(out / one.place).parent for one in changes}):
        if folder.exists():
            sync_folder(folder)
    (out / JOURNAL).unlink()
    sync_folder(out)


def _put(out: Path, one: _Change) -> None:
    final = out / one.place
    if one.staged is None:
        final.unlink(missing_ok=True)
        return
    final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (out / one.staged).exists():
        (out / one.staged).replace(final)
