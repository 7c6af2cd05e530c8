"""Several editions of one table, merged so that the order of loading decides nothing.

An edition is known by its first day (from the file's name, `--from`, or, for pairs, the newest day among its rows).
Of two editions that speak of the same code the newer one is right; two that say the same first day are one edition
published again, and the one loaded last stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

OurRow = dict[str, str]


def whole(before: Iterable[OurRow], new: Iterable[OurRow], since: date) -> list[OurRow]:
    """Tables published whole: every row holds from its edition's first day to the day before the next edition's."""
    day = since.isoformat()
    rows = [row for row in before if row["effective_from"] != day] + list(new)
    days = sorted({row["effective_from"] for row in rows})
    last = {one: date.fromordinal(date.fromisoformat(after).toordinal() - 1).isoformat()
            for one, after in pairwise(days)}  # fmt: skip
    rows.sort(key=lambda row: row["effective_from"])
    return [row | {"effective_to": last.get(row["effective_from"], "")} for row in rows]


def spans(before: Iterable[OurRow], new: Iterable[OurRow], since: date) -> list[OurRow]:
    """Tables whose rows end by themselves (ICD-10-CM years) or last until said otherwise: editions side by side."""
    day = since.isoformat()
    rows = [row for row in before if row["effective_from"] != day] + list(new)
    rows.sort(key=lambda row: row["effective_from"])
    return rows


def by_code(before: Iterable[OurRow], new: Iterable[OurRow], since: date | None) -> list[OurRow]:
    """Lists whose rows carry their own dates (reasons, remarks, taxonomies): of each code the newest edition's row."""
    edition = since.isoformat() if since else ""
    found = {row["code"]: {**row, "edition": row.get("edition") or ""} for row in before}
    for row in new:
        if edition >= found.get(row["code"], {}).get("edition", ""):
            found[row["code"]] = row | {"edition": edition}
    return [found[code] for code in sorted(found)]
