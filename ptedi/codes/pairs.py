"""The NCCI pairs of several parts and editions, merged into one index: of each first code the newest edition's pairs.

CMS publishes the table each quarter in four parts by first code, each with the whole history.  So the newest edition
that has any row of a first code speaks for it, on every day; first codes that no loaded part has keep the shipped
pairs.  Parts and editions may be loaded in any order, together or apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ptedi.codes import ncci, pair_index, table
from ptedi.codes.pages import OLDER, PARTIAL, SHRUNK, said
from ptedi.codes.pair_index import PairIndex, first_code, first_day
from ptedi.findings import Finding, counted

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Part:
    """One loaded file: the first day of its edition, None when nothing names it, and its packed pairs."""

    edition: date | None
    pairs: set[int]


def install(parts: Iterable[Part], folder: Path) -> tuple[int, tuple[Finding, ...]]:
    """Merges parts into the folder's index; the count of pairs it has now, and what a person should know."""
    path = folder / ncci.INDEX
    index = PairIndex(path) if path.is_file() else None
    dated = _dated(list(parts))
    before, newest = index.editions() if index else {}, index.editions() if index else {}
    for edition, packed in dated:
        for code in {first_code(one) for one in packed}:
            newest[code] = max(newest.get(code, 0), edition)
    loaded = {one for edition, packed in dated for one in packed if newest[first_code(one)] == edition}
    kept = (one for one in index.packed() if newest[first_code(one)] == before[first_code(one)]) if index else ()
    temporary = path.with_suffix(".part")
    count = pair_index.build(loaded.union(kept), temporary, newest)
    counted = index.count if index else 0
    temporary.replace(path)
    ignored = sum(len(packed) for _, packed in dated) - len(loaded)
    return count, tuple(_told(newest, count, counted, ignored if loaded else 0, not loaded))


def _dated(parts: list[Part]) -> list[tuple[int, set[int]]]:
    """Parts whose edition nothing names are of the newest first day that stands in any of them."""
    unnamed = max((first_day(one) for part in parts if part.edition is None for one in part.pairs), default=0)
    return [(part.edition.toordinal() if part.edition else unnamed, part.pairs) for part in parts]


def _told(newest: dict[int, int], count: int, before: int, ignored: int, nothing: bool) -> list[Finding]:
    found = []
    edition = max(newest.values())
    if count * 2 < before:
        found.append(said(SHRUNK, f"{count:,} pairs are installed where {before:,} were before."))
    if nothing or ignored > 0:
        found.append(said(OLDER, "The pairs of an older edition change nothing where a newer one is installed "
                                 f"({date.fromordinal(edition)})."))
    older = [code for code, day in newest.items() if day < edition]
    shipped = [row for row in table.read(table.folder() / "ncci_ptp.csv") if int(row["column1"], 36) not in newest]
    if older or shipped:
        found.append(said(PARTIAL, _partial(newest, edition, older, shipped)))
    return found


def _partial(newest: dict[int, int], edition: int, older: list[int], shipped: list[dict[str, str]]) -> str:
    known = {row["column1"] for row in table.read(table.folder() / "ncci_ptp.csv")}
    staying = sorted({row["column1"] for row in shipped})
    replaced = sorted(known - set(staying))
    many = counted(len(newest) - len(older), "first code")
    text = (f"The edition of {date.fromordinal(edition)} speaks for {many}; of the "
            f"shipped pairs it replaces those of {named(replaced) if replaced else 'none'}")
    if older:
        text += f"; {counted(len(older), 'first code')} of an older edition"
    if shipped:
        text += f"; in effect as before: {counted(len(shipped), 'shipped pair')}, those of {named(staying)}"
    return text + "."


def named(codes: Collection[str]) -> str:
    """The first of several codes, and how many more there are."""
    some = list(codes)[:SHOWN]
    more = f" and {len(codes) - len(some)} more" if len(codes) > len(some) else ""
    return f"{', '.join(some)}{more}"
