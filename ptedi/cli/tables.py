"""`ptedi read FILES --to FORMAT`: remittances into files for analysts, with a bar of progress."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from ptedi.cli.common import err, out
from ptedi.reports.formats import Format


def export(files: list[Path], to: Format, folder: Path, *, partitioned: bool = False) -> int:
    """Writes the tables and says what was written; 2 when a file could not be read at all."""
    from ptedi.reports import partitions
    from ptedi.reports.export import write

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("reading", total=_size(files))
        advance = partial(bar.advance, task)
        written = partitions.write(files, folder, advance) if partitioned else write(files, to, folder, advance)
    for path in written.files:
        out.print(escape(str(path)), highlight=False)
    for name, count in written.rows.items():
        out.print(f"  {name:<21}{count:>12,}", highlight=False)
    if written.unreadable:
        err.print(f"{written.unreadable} of {written.sources} files could not be read; "
                  "the table findings says which and why", highlight=False)  # fmt: skip
    return 2 if written.unreadable else 0


def _size(files: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in files if path.is_file())
