"""`ptedi codes load FILE...`: reads official code files, checks and dates their rows, installs them in a folder.

The folder belongs to a workspace; `table.use(folder)` puts it in effect.  Installed files are replaced whole, so a
load that is cut off leaves the former table.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ptedi.codes import ncci, pair_index, table
from ptedi.codes.official.kinds import Kind, OurRow, first_day, recognise
from ptedi.codes.official.sheets import BROKEN, Row, sheets
from ptedi.codes.pages import EMPTY, SHRUNK, UNDATED, UNKNOWN
from ptedi.findings import Finding, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What became of one table: rows installed and the first day they hold (None when each row says its own)."""

    table: str
    name: str
    rows: int
    since: date | None
    findings: tuple[Finding, ...] = ()


def install(paths: Sequence[Path], folder: Path, since: date | None = None) -> list[Installed]:
    """Installs official files; parts of one table (NCCI comes in four) belong into one call.

    Args:
        paths: files as published.
        folder: where tables are installed.
        since: the first day, when neither rows nor file name say it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done: list[Installed] = []
    pairs: set[int] = set()
    for path in paths:
        try:
            for name, rows in sheets(path):
                kind, all_rows = recognise(rows)
                if kind is None:
                    done.append(_refused(UNKNOWN, name))
                elif kind.table == "ncci_ptp":
                    pairs.update(pair_index.pack(map(_pair, kind.read(all_rows, date.min))))
                else:
                    done.append(_table(kind, name, all_rows, folder, since or first_day(name) or first_day(path.name)))
        except BROKEN:
            done.append(_refused(UNKNOWN, path.name))
    if pairs:
        done.append(_pairs(pairs, folder))
    return done


def _pair(row: OurRow) -> tuple[str, str, str, str, str]:
    return row["column1"], row["column2"], row["effective_from"], row["effective_to"], row["indicator"]


def _refused(rule: Rule, name: str, kind: Kind | None = None) -> Installed:
    found = Finding(code=rule.code, severity=rule.severity, message=f"{rule.title}: {name}.", value=name,
                    hint=rule.instead)
    return Installed(table=kind.table if kind else "", name=name, rows=0, since=None, findings=(found,))


def _table(kind: Kind, name: str, rows: Iterable[Row], folder: Path, since: date | None) -> Installed:
    if since is None and not kind.dated:
        return _refused(UNDATED, name, kind)
    ours = [row | {"source": f"{kind.name}, {Path(name).name}", "verified": "official file"}
            for row in kind.read(rows, since or date.min)]  # fmt: skip
    if not ours:
        return _refused(EMPTY, name, kind)
    path = folder / f"{kind.table}.csv"
    kept = [] if kind.dated else _others(path, since)
    _write(path, _ended(kept, kind, since) + ours)
    return Installed(table=kind.table, name=kind.name, rows=len(ours), since=None if kind.dated else since)


def _others(path: Path, since: date | None) -> list[OurRow]:
    """Rows installed before that begin on another day."""
    known = table.read(path) if path.is_file() else []
    return [row for row in known if since is None or row["effective_from"] != since.isoformat()]


def _ended(rows: list[OurRow], kind: Kind, since: date | None) -> list[OurRow]:
    """Earlier rows of a table that is published whole end where the new ones begin, and the reverse."""
    if kind.table not in table.REPLACED or since is None:
        return rows
    last = date.fromordinal(since.toordinal() - 1).isoformat()
    return [row | {"effective_to": min(row["effective_to"] or last, last)}
            if row["effective_from"] < since.isoformat() else row for row in rows]  # fmt: skip


def _write(path: Path, rows: Sequence[OurRow]) -> None:
    temporary = path.with_suffix(".part")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _pairs(packed: set[int], folder: Path) -> Installed:
    path = folder / ncci.INDEX
    before = pair_index.PairIndex(path).count if path.is_file() else 0
    temporary = path.with_suffix(".part")
    count = pair_index.build(packed, temporary)
    done = Installed(table="ncci_ptp", name="NCCI procedure-to-procedure edits", rows=count, since=None)
    temporary.replace(path)
    if count * 2 < before:
        said = f"{count} pairs were installed where {before} were before."
        return replace(done, findings=(Finding(code=SHRUNK.code, severity=SHRUNK.severity, message=said,
                                               hint=SHRUNK.instead),))
    return done
