"""The reports there are, by name, and the one call that makes any of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ptedi.errors import ConfigurationError
from ptedi.reports.practice import (
    aging,
    cash,
    denials,
    key_figures,
    payments,
    productivity,
    unbilled,
    underpayments,
)
from ptedi.reports.practice.catalogue import BY_KEY
from ptedi.reports.practice.facts import DIMENSIONS, Facts, Reads
from ptedi.reports.practice.report import Body, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A report: its name, its title, what it can be split by, what the days mean to it, what it reads of the store."""

    name: str
    title: str
    days: str
    build: Callable[[Facts, Sequence[str]], Body]
    by: tuple[str, ...] = DIMENSIONS
    reads: Reads


_WITH_CODES = (*DIMENSIONS, "code")
REPORTS = {one.name: one for one in (
    Definition(name="kpis", title="Key figures", build=key_figures.build, by=_WITH_CODES, reads=key_figures.READS,
               days="each figure says which days count"),
    Definition(name="aging", title="Aging of receivables", build=aging.build, by=_WITH_CODES, reads=aging.READS,
               days="as it stands at the end of the last day"),
    Definition(name="denials", title="Denials", build=denials.build, by=_WITH_CODES, reads=denials.READS,
               days="by the day in whose books the remittance stands"),
    Definition(name="payments", title="Payments", build=payments.build, by=_WITH_CODES, reads=payments.READS,
               days="by the day in whose books the remittance stands"),
    Definition(name="underpayments", title="Underpayments", build=underpayments.build, by=_WITH_CODES,
               reads=underpayments.READS, days="by the day of the payment"),
    Definition(name="unbilled", title="Not billed yet", build=unbilled.build, by=_WITH_CODES, reads=unbilled.READS,
               days="by date of service"),
    Definition(name="productivity", title="Productivity", build=productivity.build, by=_WITH_CODES,
               reads=productivity.READS, days="by date of service"),
    Definition(name="cash", title="Cash forecast", build=cash.build, by=_WITH_CODES, reads=cash.READS,
               days="the forecast begins after the last day"),
)}  # fmt: skip


def make(name: str, facts: Facts, by: Sequence[str] = (), rows: str = "") -> Report:
    """Makes a report.

    Args:
        name: which.
        facts: the practice and the days; with `detail` the rows come along.
        by: what to split it by.
        rows: for `kpis` the key figure whose rows are wanted.

    Raises:
        ConfigurationError: there is no such report, or it cannot be split so, or there is no such key figure.
    """
    one = definition(name)
    for word in by:
        if word not in one.by:
            raise ConfigurationError(f"the report {name} cannot be split by {word}",
                                     hint=f"it can by {', '.join(one.by)}")  # fmt: skip
    if name == "kpis" and rows and rows not in BY_KEY:
        raise ConfigurationError(f"there is no key figure {rows}", hint=f"known: {', '.join(BY_KEY)}")
    body = key_figures.build(facts, by, rows) if name == "kpis" else one.build(facts, by)
    return Report(name=name, title=one.title, window=facts.window, by=tuple(by), made_at=facts.made_at,
                  views=tuple(body.views), pictures=tuple(body.pictures), method=tuple(body.method),
                  rows=body.rows)  # fmt: skip


def definition(name: str) -> Definition:
    """A report by name.

    Raises:
        ConfigurationError: there is none.
    """
    if name not in REPORTS:
        raise ConfigurationError(f"there is no report {name}", hint=f"known: {', '.join(REPORTS)}")
    return REPORTS[name]
