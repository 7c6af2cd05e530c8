"""Where the series of control numbers stand, where a person let them begin, and whether their logs are whole.

A series begins at 1 and has no gap, unless a person let it begin elsewhere (another system counted before us).  Such a
start says after which number which one comes, and the decision behind it says who wanted it and why: what is left out
is proved as exactly as what was given out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from ptedi.store._sql import utc, utc_or_none
from ptedi.store.book_tables import decisions
from ptedi.store.decisions import Verb
from ptedi.store.series import SeriesKey
from ptedi.store.series_tables import series, series_log, series_starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A person let `value` come after `after` (0: nothing was given out); who, when, why."""

    after: int
    value: int
    actor: str
    reason: str
    at: datetime
    is_decided: bool  # the decision it names is about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A series: its last number, how many its log has and up to which, when the last was given out, its starts.

    `jumps`: in the log, each number that does not follow the one before by one, by the one before.
    """

    key: SeriesKey
    last: int
    noted: int
    top: int
    at: datetime | None
    starts: tuple[Start, ...] = ()
    jumps: Mapping[int, int]

    @property
    def first(self) -> int:
        """The number it began at, or will."""
        return self._left_out.get(0, 1)

    @property
    def _left_out(self) -> dict[int, int]:
        """What comes after what by a person's will: of starts after the same number the newest holds."""
        return {one.after: one.value for one in self.starts}

    @property
    def problems(self) -> list[str]:
        """What is wrong: every number from its first to the last was given out and noted once; nothing when whole."""
        wanted = self._left_out
        coming = wanted.pop(self.top, None)  # nothing was given out since
        stands = self.last == (self.top if coming is None else coming - 1)
        kept = {after: value for after, value in wanted.items() if value != after + 1}
        found = []
        if not stands or self.jumps != kept:
            found.append(f"{self} stands at {self.last}; its log has {self.noted} numbers up to {self.top}")
        found += [f"{self} was let begin at {one.value} by no decision" for one in self.starts if not one.is_decided]
        return found

    @property
    def is_whole(self) -> bool:
        """Whether the log has every number from the first to the last, but for those that a person left out."""
        return not self.problems

    def __str__(self) -> str:
        return str(self.key)


def standings(conn: Connection) -> list[Standing]:
    """Where every series stands, by partner (or practice), environment and name."""
    s, log = series.c, series_log.c
    same = (log.partner_id == s.partner_id) & (log.environment == s.environment) & (log.name == s.name)
    mine = (s.partner_id, s.environment, s.name, s.last_value)
    query = select(*mine, func.count(log.value), func.max(log.value), func.max(log.at)).select_from(
        series.outerjoin(series_log, same)).group_by(*mine).order_by(*mine[:3])  # fmt: skip
    starts, jumps = _starts(conn), _jumps(conn)
    return [Standing(key=(one := SeriesKey(*key)), last=last, noted=noted, top=top or 0, at=utc_or_none(at),
                     starts=tuple(starts[one]), jumps=jumps[one])
            for *key, last, noted, top, at in conn.execute(query)]  # fmt: skip


def gaps(conn: Connection) -> list[str]:
    """What is wrong with the log of any series."""
    return [problem for one in standings(conn) for problem in one.problems]


def _starts(conn: Connection) -> defaultdict[SeriesKey, list[Start]]:
    """The starts of each series, oldest first."""
    found = defaultdict[SeriesKey, list[Start]](list)
    s, d = series_starts.c, decisions.c
    query = select(s.partner_id, s.environment, s.name, s.after, s.value, d.actor, d.reason, d.at, d.action, d.detail)
    for *names, after, value, actor, reason, at, action, detail in conn.execute(
            query.join(decisions, d.id == s.decision_id).order_by(s.id)):  # fmt: skip
        key = SeriesKey(*names)
        decided = action == Verb.NUMBER.value and detail == key.begins(after, value)
        found[key].append(Start(after=after, value=value, actor=actor, reason=reason, at=utc(at), is_decided=decided))
    return found


def _jumps(conn: Connection) -> defaultdict[SeriesKey, dict[int, int]]:
    c = series_log.c
    key = (c.partner_id, c.environment, c.name)
    before = func.coalesce(func.lag(c.value).over(partition_by=key, order_by=c.value), 0).label("before")
    each = select(*key, c.value, before).subquery()
    found = defaultdict[SeriesKey, dict[int, int]](dict)
    for *names, value, last in conn.execute(select(each).where(each.c.value != each.c.before + 1)):
        found[SeriesKey(*names)][last] = value
    return found
