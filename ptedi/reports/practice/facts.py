"""What a report reads: frames of the practice, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from ptedi.reports.practice import tables as t

DIMENSIONS = ("payer", "clinic", "therapist")


class RawRows(Protocol):
    """Rows and the names of their columns."""

    @property
    def names(self) -> Sequence[str]:
        """The columns."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """The rows."""


class Source(Protocol):
    """Who reads the store."""

    def table(self, name: str) -> RawRows:
        """All rows of a table of `tables.TABLES`."""

    def postings(self, accounts: Iterable[str], until: date | None) -> RawRows:
        """The postings on claims of some accounts, each with its place, up to a day of the books."""

    def balances(self, accounts: Iterable[str], until: date | None) -> RawRows:
        """The same, summed by claim and account."""

    def variances(self) -> RawRows | None:
        """What each paid line differs from what was expected; None when nothing was compared yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days a report is about, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def holds(self, when: pd.Series) -> pd.Series:
        """Which days or times (UTC) are inside; a missing one is not."""
        days = day_of(when)
        return (days >= pd.Timestamp(self.first)) & (days <= pd.Timestamp(self.last))


def day_of(when: pd.Series) -> pd.Series:
    """The day (UTC) of days or times."""
    plain: pd.Series = when.dt.tz_localize(None) if when.dt.tz is not None else when
    days: pd.Series = plain.dt.floor("D")
    return days


class Facts:
    """Frames of one moment of one practice.

    Attributes:
        window: the days asked for.
        detail: whether each posting is wanted with its place, not only its sum by claim.
        made_at: the moment (UTC).
    """

    def __init__(self, source: Source, window: Window, made_at: datetime, *, detail: bool = False) -> None:
        self._source, self.window, self.made_at, self.detail = source, window, made_at, detail
        self._money: dict[tuple[tuple[str, ...], date | None, bool], pd.DataFrame] = {}

    def _table(self, name: str) -> pd.DataFrame:
        raw = self._source.table(name)
        return t.frame(t.TABLES[name], raw.names, raw.rows)

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Captured visits."""
        return self._table("visits")

    @cached_property
    def claims(self) -> pd.DataFrame:
        """Claims with clinic and therapist of their visit."""
        found = self._table("claims")
        of_visits = self.visits[["visit_id", "clinic", "therapist"]]
        return found.merge(of_visits, on="visit_id", how="left").fillna({"clinic": "", "therapist": ""})

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Service lines with the dimensions of their claim."""
        return self._table("lines").merge(self.claims[["claim_id", "claim", *DIMENSIONS]], on="claim_id")

    @cached_property
    def payments(self) -> pd.DataFrame:
        """835 sets."""
        return self._table("payments")

    @cached_property
    def claim_payments(self) -> pd.DataFrame:
        """CLPs."""
        return self._table("claim_payments")

    @cached_property
    def postings(self) -> pd.DataFrame:
        """The whole ledger."""
        return self._table("postings")

    @cached_property
    def events(self) -> pd.DataFrame:
        """Events of claims."""
        return self._table("events")

    @cached_property
    def work(self) -> pd.DataFrame:
        """Work items."""
        return self._table("work")

    @cached_property
    def files(self) -> pd.DataFrame:
        """Files."""
        return self._table("files")

    @cached_property
    def variances(self) -> pd.DataFrame | None:
        """Compared lines (`tables.VARIANCES`); None when no line was compared yet."""
        raw = self._source.variances()
        return None if raw is None else t.frame(t.VARIANCES, raw.names, raw.rows)

    def money(self, accounts: Iterable[str], until: date | None = None, *, lines: bool = False) -> pd.DataFrame:
        """What stands in accounts on claims: `claim_id`, `account`, `cents`; with its lines and places in detail.

        Args:
            accounts: the ledger accounts.
            until: the last day of the books that counts.
            lines: whether `line`, `claim_payment_id`, group and reason are wanted too.
        """
        wanted, detail = tuple(sorted(accounts)), self.detail or lines
        key = (wanted, until, detail)
        if key not in self._money:
            ask = self._source.postings if detail else self._source.balances
            raw = ask(wanted, until)
            self._money[key] = t.frame(t.POSTINGS, raw.names, raw.rows)
        return self._money[key]
