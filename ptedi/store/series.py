"""Control numbers: gap-free, audited series per partner and environment.

A number is taken inside the transaction that uses it: when that transaction is undone the number was never given
out, and when it is kept the log says what for.  Whoever opens a series holds it until his transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from ptedi.dates import now
from ptedi.store._sql import insert_new, insert_rows, utc
from ptedi.store.series_tables import series, series_log, series_starts

CLAIMS = "CLM01"


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """Which series: partner (or practice), environment T or P, name (ISA13, GS06, ST02, BHT03, CLM01)."""

    partner_id: str
    environment: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} of {self.partner_id} ({self.environment})"

    def begins(self, after: int, first: int) -> str:
        """What the decision of a person says who lets the series go on at another number."""
        return f"{self}: {first} comes after {after}"


@dataclass(slots=True)
class Numbers:
    """An open series: `upcoming` is the next number, `use` gives it out."""

    last: int
    used: list[tuple[int, str]] = field(default_factory=list)

    @property
    def upcoming(self) -> int:
        """The number that `use` would give out."""
        return self.last + 1

    def use(self, used_for: str) -> int:
        """Gives out the next number and notes what for."""
        self.last += 1
        self.used.append((self.last, used_for))
        return self.last


@dataclass(frozen=True, slots=True)
class Use:
    """One number of the audit and what it was used for."""

    value: int
    used_for: str
    at: datetime


@contextmanager
def opened(conn: Connection, key: SeriesKey) -> Iterator[Numbers]:
    """Holds a series for the rest of the transaction; the numbers used are recorded at the end of the block."""
    insert_new(conn, series, tuple(_columns(key)), _columns(key) | {"last_value": 0})
    if conn.dialect.name == "sqlite":
        last = conn.execute(select(series.c.last_value).where(_is(key))).scalar_one()
    else:
        last = conn.execute(select(series.c.last_value).where(_is(key)).with_for_update()).scalar_one()
    numbers = Numbers(last)
    yield numbers
    if numbers.used:
        conn.execute(update(series).where(_is(key)).values(last_value=numbers.last))
        at = now()
        rows = [_columns(key) | {"value": value, "used_for": text[:64], "at": at} for value, text in numbers.used]
        insert_rows(conn, series_log, rows)


def next_number(conn: Connection, key: SeriesKey, used_for: str) -> int:
    """The next number of a series, used in this transaction."""
    with opened(conn, key) as numbers:
        return numbers.use(used_for)


def upcoming(conn: Connection, key: SeriesKey) -> int:
    """The number the series would give out next; promises nothing."""
    return int(conn.execute(select(series.c.last_value).where(_is(key))).scalar() or 0) + 1


def audit(conn: Connection, key: SeriesKey) -> list[Use]:
    """Every number given out, in order."""
    log = series_log
    query = select(log).where(log.c.partner_id == key.partner_id, log.c.environment == key.environment,
                              log.c.name == key.name).order_by(log.c.value)  # fmt: skip
    return [Use(row.value, row.used_for, utc(row.at)) for row in conn.execute(query)]


def given_out(conn: Connection, key: SeriesKey) -> int:
    """The highest number that was ever given out, 0 when none was."""
    c = series_log.c
    mine = (c.partner_id == key.partner_id) & (c.environment == key.environment) & (c.name == key.name)
    return int(conn.execute(select(func.max(c.value)).where(mine)).scalar() or 0)


def world(conn: Connection) -> str:
    """The environment in which the newest claim got its number, "" where none did: the world this store belongs to."""
    c, found = series_log.c, list[tuple[datetime, str]]()
    for key in conn.execute(select(series.c.partner_id, series.c.environment).where(series.c.name == CLAIMS)):
        mine = (c.partner_id == key.partner_id) & (c.environment == key.environment) & (c.name == CLAIMS)
        last = conn.execute(select(c.at).where(mine).order_by(c.value.desc()).limit(1)).scalar()
        found += [] if last is None else [(utc(last), key.environment)]
    return max(found, default=(None, ""))[1]


def begin(conn: Connection, key: SeriesKey, *, after: int, first: int, decision_id: int) -> None:
    """Lets a series that is open in this transaction, and gave out numbers up to `after`, go on at `first`.

    Raises:
        ValueError: that would give a number out a second time.
    """
    if first <= after:
        raise ValueError("a series goes forward only")
    conn.execute(update(series).where(_is(key)).values(last_value=first - 1))
    conn.execute(insert(series_starts).values(**_columns(key), after=after, value=first, decision_id=decision_id))


def _columns(key: SeriesKey) -> dict[str, object]:
    return {"partner_id": key.partner_id, "environment": key.environment, "name": key.name}


def _is(key: SeriesKey) -> ColumnElement[bool]:
    return ((series.c.partner_id == key.partner_id) & (series.c.environment == key.environment)
            & (series.c.name == key.name))  # fmt: skip
