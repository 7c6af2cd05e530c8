"""Control numbers: gap-free, audited series per partner and environment.

A number is taken inside the transaction that uses it: when that transaction is undone the number was never given
out, and when it is kept the log says what for.  Whoever opens a series holds it until his transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from ptedi.dates import now
from ptedi.store._sql import insert_new, insert_rows, utc, utc_or_none
from ptedi.store.series_tables import series, series_log


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """Which series: partner (or practice), environment T or P, name (ISA13, GS06, ST02, BHT03, CLM01)."""

    partner_id: str
    environment: str
    name: str


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


@dataclass(frozen=True, slots=True)
class Standing:
    """A series: its last number, how many its log has and up to which, and when the last was given out."""

    key: SeriesKey
    last: int
    noted: int
    top: int
    at: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether the log has every number up to the last."""
        return self.noted == self.top == self.last


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


def standings(conn: Connection) -> list[Standing]:
    """Where every series stands, by partner (or practice), environment and name."""
    s, log = series.c, series_log.c
    same = (log.partner_id == s.partner_id) & (log.environment == s.environment) & (log.name == s.name)
    mine = (s.partner_id, s.environment, s.name, s.last_value)
    query = select(*mine, func.count(log.value), func.max(log.value), func.max(log.at)).select_from(
        series.outerjoin(series_log, same)).group_by(*mine).order_by(*mine[:3])  # fmt: skip
    return [Standing(SeriesKey(*key), last, noted, top or 0, utc_or_none(at))
            for *key, last, noted, top, at in conn.execute(query)]  # fmt: skip


def gaps(conn: Connection) -> list[str]:
    """What is wrong with the log of any series: each number up to the last was given out, and is noted once."""
    return [
        f"{one.key.name} of {one.key.partner_id} ({one.key.environment}) stands at {one.last}; its log has "
        f"{one.noted} numbers up to {one.top}" for one in standings(conn) if not one.is_whole
    ]  # fmt: skip


def _columns(key: SeriesKey) -> dict[str, object]:
    return {"partner_id": key.partner_id, "environment": key.environment, "name": key.name}


def _is(key: SeriesKey) -> ColumnElement[bool]:
    return ((series.c.partner_id == key.partner_id) & (series.c.environment == key.environment)
            & (series.c.name == key.name))  # fmt: skip
