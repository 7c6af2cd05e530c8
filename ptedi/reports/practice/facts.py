"""What a report reads: frames of the practice, each made when it is first asked for, of the columns it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from ptedi.reports.practice import tables as t

DIMENSIONS = ("payer", "clinic", "therapist")
Reads = Mapping[str, Collection[str]]
"""The columns that a report needs of each table; of a table that is not named, all."""
PLACED: Reads = {
    "claims": ("claim_id", "claim", "visit_id", "service_date", "scrubbed_event", "held_event", "sent_event",
               "accepted_event", "rejected_event", "remitted_event"),
    "visits": ("visit_id", "file_id", "source_row"),
    "claim_payments": ("claim_payment_id", "file_id", "segment_index", "byte_offset"),
    "variances": ("line", "why", "file_id", "segment_index", "byte_offset"),
}
"""What else rows need that are listed with the place they came from (`rows.view`)."""
_BARE = ("claim_id", "line", "account", "cents", "adjustment_group", "adjustment_reason", "claim_payment_id",
         "effective_date", "other_payer")  # fmt: skip


class RawRows(Protocol):
    """Rows, many at a time, and the names of their columns."""

    @property
    def names(self) -> Sequence[str]:
        """The columns."""

    @property
    def chunks(self) -> Iterator[Sequence[Sequence[Any]]]:
        """The rows."""


class Source(Protocol):
    """Who reads the store; `wanted` names the columns, None wants all."""

    def table(self, name: str, wanted: Collection[str] | None) -> RawRows:
        """All rows of a table of `tables.TABLES`."""

    def postings(self, accounts: Iterable[str], until: date | None, claim_ids: Sequence[int] | None,
                 wanted: Collection[str] | None) -> RawRows:  # fmt: skip
        """The postings on claims (on these, or all) of some accounts, up to a day of the books."""

    def balances(self, accounts: Iterable[str], until: date | None, wanted: Collection[str] | None, *,
                 lines: bool = False) -> RawRows:  # fmt: skip
        """The same, summed by claim (or line) and account: `cents` up to the day, `ever` in all."""

    def remitted(self, accounts: Iterable[str], first: date, last: date, *, lines: bool) -> RawRows:
        """What claim payments put into accounts, summed by claim (or line), account and day of the books."""

    def by_line(self, accounts: Iterable[str]) -> RawRows:
        """What stands in some accounts of each line of each claim."""

    def worked(self) -> RawRows:
        """The claims whose denial a person worked, with the first time of it."""

    def replaced(self) -> RawRows:
        """The claims that another one took the place of, and which one."""

    def variances(self, wanted: Collection[str] | None) -> RawRows | None:
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
        by_code: whether amounts are wanted line by line, to be told by procedure.

    `reads` names the columns that are needed of each table, `split` the dimensions.
    """

    def __init__(self, source: Source, window: Window, made_at: datetime, *, detail: bool = False,
                 reads: Reads | None = None, split: Collection[str] = DIMENSIONS) -> None:  # fmt: skip
        self._source, self.window, self.made_at, self.detail = source, window, made_at, detail
        self._reads, self._split = reads or {}, [name for name in DIMENSIONS if name in split]
        self.by_code = "code" in split
        self._money: dict[tuple[tuple[str, ...], date | None, bool], pd.DataFrame] = {}

    def _wanted(self, name: str) -> set[str] | None:
        if name not in self._reads:
            return None
        split = [*(DIMENSIONS if self.detail else self._split), *(["visit_id"] if self.by_code else [])]
        return {*self._reads[name], *(PLACED.get(name, ()) if self.detail else ()),
                *(split if name in ("claims", "visits") else ())}  # fmt: skip

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that were read of claims and visits."""
        wanted = self._wanted("claims")
        return tuple(name for name in DIMENSIONS if wanted is None or name in wanted)

    def _table(self, name: str) -> pd.DataFrame:
        return _frame(t.TABLES[name], self._source.table(name, self._wanted(name)))

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Captured visits."""
        return self._table("visits")

    @cached_property
    def claims(self) -> pd.DataFrame:
        """Claims with clinic and therapist of their visit."""
        return self._table("claims")

    @cached_property
    def _places_of_claims(self) -> pd.Index[int]:
        found: pd.Index[int] = pd.Index(self.claims["claim_id"])
        return found

    def of_claims(self, claim_ids: pd.Series, names: Sequence[str]) -> pd.DataFrame:
        """Some columns of the claims that stand in a column, in its order and with its index."""
        places = self._places_of_claims.get_indexer(pd.Index(claim_ids.astype("int64")))
        found = self.claims[list(names)].take(places)
        return found.set_index(claim_ids.index)

    def with_claims(self, rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
        """Rows with some columns of their claim (`claim_id`)."""
        return pd.concat([rows, self.of_claims(rows["claim_id"], names)], axis=1)

    def with_answering_payer(self, money: pd.DataFrame) -> pd.DataFrame:
        """Postings with the dimensions of their claim, but with the payer who answered: a later one has its own."""
        found = self.with_claims(money, self.dimensions)
        if "payer" not in found:
            return found
        return found.assign(payer=found["payer"].where(found["other_payer"] == "", found["other_payer"]))

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Service lines with the dimensions of their claim."""
        return self.with_claims(self._table("lines"), ("claim", *DIMENSIONS))

    @cached_property
    def bare_lines(self) -> pd.DataFrame:
        """Service lines without anything of their claim."""
        return self._table("lines")

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
    def worked(self) -> pd.DataFrame:
        """Claims whose denial a person worked: `claim_id`, and `at`, since when."""
        return _frame(t.WORKED, self._source.worked())

    @cached_property
    def replaced(self) -> pd.DataFrame:
        """Claims that another one took the place of (`claim_id`), and that one (`heir`)."""
        return _frame(t.REPLACED, self._source.replaced())

    def heirs(self, claim_ids: pd.Series) -> pd.DataFrame:
        """Each of these claims (`claim_id`) with itself and all that took its place (`heir`), one row each."""
        step = pd.DataFrame({"claim_id": claim_ids.astype("int64").unique()})
        step = step.assign(heir=step["claim_id"])
        found = [step]
        while len(step) and len(self.replaced):
            later = self.replaced.rename(columns={"claim_id": "before", "heir": "after"})
            step = step.merge(later, left_on="heir", right_on="before")[["claim_id", "after"]].rename(
                columns={"after": "heir"})  # fmt: skip
            found.append(step)
        return pd.concat(found, ignore_index=True).drop_duplicates()

    @cached_property
    def files(self) -> pd.DataFrame:
        """Files."""
        return self._table("files")

    @cached_property
    def variances(self) -> pd.DataFrame | None:
        """Compared lines (`tables.VARIANCES`); None when no line was compared yet."""
        raw = self._source.variances(self._wanted("variances"))
        return None if raw is None else _frame(t.VARIANCES, raw)

    def money(self, accounts: Iterable[str], until: date | None = None, *, lines: bool = False, ever: bool = True
              ) -> pd.DataFrame:  # fmt: skip
        """What stands in accounts on claims: `claim_id`, `account`, `cents`; with its lines and places in detail.

        By code it is summed by line (`line`).

        Args:
            accounts: the ledger accounts.
            until: the last day of the books that counts.
            lines: whether `line`, `claim_payment_id`, group, reason and day are wanted too.
            ever: whether somebody will ask for the same without a day.
        """
        wanted, opened = tuple(sorted(accounts)), self.detail or lines
        key = (wanted, until, opened)
        if key not in self._money:
            if opened:
                raw = self._source.postings(wanted, until, None, None if self.detail else _BARE)
                self._money[key] = _frame(t.POSTINGS, raw)
            else:
                self._balances(wanted, until, ever=ever or until is None)
        return self._money[key]

    def _balances(self, accounts: tuple[str, ...], until: date | None, *, ever: bool) -> None:
        """Two answers of one question: what stood on that day, and what stands in all."""
        wanted = self._wanted("balances") or {"claim_id", "account", "cents", "ever"}
        both = _frame(t.BALANCES, self._source.balances(accounts, until, wanted if ever else wanted - {"ever"},
                                                        lines=self.by_code))  # fmt: skip
        for day, name, other in ((until, "cents", "ever"), (None, "ever", "cents")):
            if name in both:
                found = both[both[name] != 0].drop(columns=other, errors="ignore").rename(columns={name: "cents"})
                self._money[accounts, day, False] = found.reset_index(drop=True)

    def money_of(self, claim_ids: Sequence[int], accounts: Iterable[str], wanted: Collection[str]) -> pd.DataFrame:
        """Some columns of the postings in accounts on some claims."""
        return _frame(t.POSTINGS, self._source.postings(accounts, None, claim_ids, wanted))

    def remitted(self, accounts: Iterable[str], *, lines: bool = False) -> pd.DataFrame:
        """What claim payments put into accounts on the days of the window: by claim, account, day (and line).

        With `detail` posting by posting, each with its place.
        """
        if not self.detail:
            return _frame(t.POSTINGS, self._source.remitted(accounts, self.window.first, self.window.last, lines=lines))
        money = self.money(accounts, lines=True)
        return money[self.window.holds(money["effective_date"]) & money["claim_payment_id"].notna()]

    def by_line(self, accounts: Iterable[str]) -> pd.DataFrame:
        """What stands in accounts: `claim_id`, `line`, `cents`."""
        return _frame(t.POSTINGS, self._source.by_line(accounts))


def _frame(table: t.Table, raw: RawRows) -> pd.DataFrame:
    return t.frame(table, raw.names, raw.chunks)
