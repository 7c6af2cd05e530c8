"""`ptedi codes load FILE...`: reads official code files, checks and dates their rows, installs them in a folder.

The folder belongs to a workspace; `table.use(folder)` puts it in effect.  Installed files are replaced whole, so a
load that is cut off leaves the former table.  What each load replaces, and what it leaves as it was, is a finding;
the order in which editions and parts are loaded decides nothing (`codes.editions`).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ptedi.codes import editions, pair_index, pairs, table
from ptedi.codes.official.kinds import Kind, OurRow, first_day, recognise
from ptedi.codes.official.sheets import BROKEN, Row, sheets
from ptedi.codes.pages import AGAIN, EMPTY, OLDER, PARTIAL, UNDATED, UNKNOWN, said
from ptedi.findings import Finding, Rule, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What became of one table: rows installed and the first day they hold (None when each row says its own)."""

    table: str
    name: str
    rows: int
    since: date | None
    findings: tuple[Finding, ...] = ()


def install(paths: Sequence[Path], folder: Path, since: date | None = None) -> list[Installed]:
    """Installs official files, in any order; parts of one table (NCCI comes in four) best in one call.

    Args:
        paths: files as published.
        folder: where tables are installed.
        since: the first day, when neither rows nor file name say it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done: list[Installed] = []
    parts: list[pairs.Part] = []
    for path in paths:
        try:
            for name, rows in sheets(path):
                kind, all_rows = recognise(rows)
                day = since or first_day(name) or first_day(path.name)
                if kind is None:
                    done.append(_refused(UNKNOWN, name))
                elif kind.table == "ncci_ptp":
                    packed = set(pair_index.pack(map(_pair, kind.read(all_rows, date.min))))
                    parts += [pairs.Part(day, packed)] if packed else []
                    done += [] if packed else [_refused(EMPTY, name, kind)]
                else:
                    done.append(_table(kind, name, all_rows, folder, day))
        except BROKEN:
            done.append(_refused(UNKNOWN, path.name))
    if parts:
        count, found = pairs.install(parts, folder)
        done.append(Installed(table="ncci_ptp", name="NCCI procedure-to-procedure edits", rows=count, since=None,
                              findings=found))
    return done


def _pair(row: OurRow) -> tuple[str, str, str, str, str]:
    return row["column1"], row["column2"], row["effective_from"], row["effective_to"], row["indicator"]


def _refused(rule: Rule, name: str, kind: Kind | None = None) -> Installed:
    return Installed(table=kind.table if kind else "", name=name, rows=0, since=None,
                     findings=(said(rule, f"{rule.title}: {name}.", name),))


def _table(kind: Kind, name: str, rows: Iterable[Row], folder: Path, since: date | None) -> Installed:
    if since is None and not kind.dated:
        return _refused(UNDATED, name, kind)
    ours = [row | {"source": f"{kind.name}, {Path(name).name}", "verified": "official file"}
            for row in kind.read(rows, since or date.min)]  # fmt: skip
    if not ours:
        return _refused(EMPTY, name, kind)
    path = folder / f"{kind.table}.csv"
    before = table.read(path) if path.is_file() else []
    merged = _merged(kind, before, ours, since)
    _write(path, merged)
    return Installed(table=kind.table, name=kind.name, rows=len(ours), since=None if kind.dated else since,
                     findings=(*_changed(kind, before, merged, since), *_missing(kind, merged, since)))


def _merged(kind: Kind, before: list[OurRow], ours: list[OurRow], since: date | None) -> list[OurRow]:
    if kind.dated or since is None:
        return editions.by_code(before, ours, since)
    return (editions.whole if kind.table in table.REPLACED else editions.spans)(before, ours, since)


_ABOUT = ("source", "verified", "edition")


def _changed(kind: Kind, before: list[OurRow], merged: list[OurRow], since: date | None) -> list[Finding]:
    """What a load says of rows that were installed before: the same edition again, or an older one."""
    if not before:
        return []
    if kind.dated:
        kept = {row["code"]: {k: v for k, v in row.items() if k not in _ABOUT} for row in merged}
        other = sum(1 for row in before if {k: row.get(k) or "" for k in kept[row["code"]]} != kept[row["code"]])
        text = f"{counted(other, 'row')} of the {kind.name} list, installed before, changed."
        return [said(AGAIN, text)] if other else []
    day = since.isoformat() if since else ""
    one, two = ([{k: v for k, v in row.items() if k not in (*_ABOUT, "effective_to")} for row in rows
                 if row["effective_from"] == day] for rows in (before, merged))  # fmt: skip
    if one and one != two:
        return [said(AGAIN, f"The edition of {day} was installed before with {counted(len(one), 'row')} and has "
                            f"{len(two)} now; this file stands.")]
    newest = max(row["effective_from"] for row in before)
    if day < newest:
        return [said(OLDER, f"The edition of {newest} stays in effect from its first day on; this one holds before.")]
    return []


def _missing(kind: Kind, merged: list[OurRow], since: date | None) -> list[Finding]:
    """Shipped codes that an official edition no longer has: from its first day on nothing holds for them."""
    if kind.table not in table.REPLACED or since is None or not (table.folder() / f"{kind.table}.csv").is_file():
        return []
    held = {row["code"] for row in merged if row["effective_from"] == since.isoformat()}
    gone = sorted({row["code"] for row in table.read(table.folder() / f"{kind.table}.csv")} - held)
    if not gone:
        return []
    return [said(PARTIAL, f"The {kind.name} of {since} has no row for {counted(len(gone), 'code')} that the shipped "
                          f"table knows; from that day on nothing holds for them: {pairs.named(gone)}.")]


def _write(path: Path, rows: Sequence[OurRow]) -> None:
    temporary = path.with_suffix(".part")
    names = list(dict.fromkeys(name for row in rows for name in row))
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
