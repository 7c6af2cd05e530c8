"""What a report is made of: views (tables with labels), pictures beside them, the method in words, the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pandas as pd

from ptedi.money import from_cents, usd
from ptedi.reports.practice.catalogue import ratio
from ptedi.reports.practice.facts import Window
from ptedi.reports.practice.names import Names, spoken, spoken_rows

_ALL, _TWO = "all", 2


class Show(StrEnum):
    """How a column is written: cents are shown as dollars, a rate is a share of 1 shown in percent."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    RATE = "rate"
    NUMBER = "number"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a view; one for `machines` only is left out where people read.

    `value_of` is the dimension (payer, clinic, therapist) of which the column itself is one value.
    """

    name: str
    label: str
    show: Show = Show.TEXT
    machines: bool = False
    value_of: str = ""

    @property
    def key(self) -> str:
        """Its name in a file, where cents are written as dollars and must not be called cents."""
        if self.show is not Show.MONEY:
            return self.name
        return "amount" if self.name == "cents" else self.name.removesuffix("_cents")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A table with a title; `frame` holds at least the columns named, cents as integers.

    One for `machines` only goes into files of tables and is not shown where people read.  `total` is the last line of
    the table for people, by column: what is not there has no total.  `names` is what people call the ids of a column,
    `ordered` whether its rows stand in their order.
    """

    key: str
    title: str
    columns: tuple[Shown, ...]
    frame: pd.DataFrame
    note: str = ""
    machines: bool = False
    total: Mapping[str, object] = field(default_factory=dict)
    names: Names = field(default_factory=dict)
    ordered: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it tells nothing: no row, or no figure in any."""
        return self.frame.empty or ("value" in self.frame and bool(self.frame["value"].isna().all()))

    def rows(self, *, people: bool = False) -> list[list[Any]]:
        """Plain values row by row: amounts `Decimal`, days `date`, counts `int`, missing None; names for people."""
        shown = [c for c in self.columns if not (people and c.machines)]
        columns = [[plain(c.show, value) for value in self.frame[c.name].tolist()] for c in shown]
        found = [list(row) for row in zip(*columns, strict=True)]
        return spoken_rows(found, shown, self.names, ordered=self.ordered) if people and self.names else found

    def total_row(self) -> list[Any]:
        """The last line of the table as people read it, plain values; [] where there is none or one row says it all."""
        shown = self.shown()
        if not self.total or len(self.frame) < _TWO:
            return []
        cells = [plain(c.show, self.total[c.name]) if c.name in self.total else None for c in shown]
        return [_ALL if number == 0 else cell for number, cell in enumerate(cells)]

    def shown(self) -> tuple[Shown, ...]:
        """The columns that people read."""
        return tuple(c for c in self.columns if not c.machines)


def plain(show: Show, value: Any) -> Any:
    """A cell as a plain Python value."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124 - NaN
        return None
    match show:
        case Show.MONEY:
            return from_cents(int(value))
        case Show.COUNT:
            return int(value)
        case Show.DAY:
            return value.date() if isinstance(value, datetime) else value
        case Show.TEXT:
            return str(value)
        case Show.RATE | Show.NUMBER:
            return value if isinstance(value, Decimal) else Decimal(str(value))


def words(show: Show, value: Any) -> str:
    """A plain value as people read it."""
    if value is None:
        return ""
    match show:
        case Show.MONEY:
            return usd(value)
        case Show.COUNT:
            return f"{value:,}"
        case Show.RATE:
            return f"{value * 100:.1f} %"
        case _:
            return str(value)


class Shape(StrEnum):
    """What a picture looks like: bars lie, columns stand and stack."""

    BARS = "bars"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a view: one value a label and series.

    `opens` names the columns of the report's rows whose values, joined with " / ", are the labels: where a picture can
    be clicked, a bar leads to its rows.  `spoken` are the labels as people read them, where those are ids.
    """

    title: str
    shape: Shape
    labels: tuple[str, ...]
    series: dict[str, tuple[int, ...]]
    show: Show = Show.MONEY
    opens: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The labels as people read them."""
        return self.spoken or self.labels

    def word(self, value: int) -> str:
        """A value as people read it; a rate is in hundredths of a percent."""
        return words(self.show, Decimal(value).scaleb(-4) if self.show is Show.RATE else plain(self.show, value))

    @property
    def alt(self) -> str:
        """The picture in words."""
        several = len(self.series) > 1
        told = [
            f"{label}: "
            + ", ".join((f"{name} " if several else "") + self.word(values[i]) for name, values in self.series.items())
            for i, label in enumerate(self.words)
        ]
        return f"{self.title}. " + "; ".join(told) + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished report.

    Attributes:
        name: its name on the command line.
        title: its name for people.
        window: the days asked for.
        by: what it is split by.
        made_at: the moment whose knowledge it shows (UTC).
        views: its tables, the most important first.
        pictures: pictures of the views.
        method: how its figures come about, sentence by sentence.
        rows: the rows behind the figures, when they were asked for.
        filters: what else was chosen.
    """

    name: str
    title: str
    window: Window
    by: tuple[str, ...]
    made_at: datetime
    views: tuple[View, ...]
    pictures: tuple[Picture, ...] = ()
    method: tuple[str, ...] = ()
    rows: View | None = None
    filters: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether no row of the practice is in the window."""
        return all(view.is_empty for view in self.views)

    def named(self, names: Names) -> Report:
        """The same with what people call its payers, clinics and therapists; rows and files keep the ids."""
        return replace(self, views=tuple(_named(view, names) for view in self.views), pictures=tuple(
            replace(one, spoken=tuple(spoken(one.opens, label, names) for label in one.labels))
            for one in self.pictures))  # fmt: skip

    @property
    def selection(self) -> str:
        """The filter in words."""
        parts = [f"{self.window.first} to {self.window.last}", *self.filters]
        return ", ".join([*parts, f"by {', '.join(self.by)}"] if self.by else parts)


def _named(view: View, names: Names) -> View:
    """A view with names; columns that are values of a dimension stand in the order of their names."""
    columns = [replace(c, label=names.get(c.value_of, {}).get(c.label, c.label)) for c in view.columns]
    groups = iter(sorted((c for c in columns if c.value_of), key=lambda c: c.label.casefold()))
    return replace(view, names=names, columns=tuple(next(groups) if c.value_of else c for c in columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a report's own function gives: its views, pictures, method, and the rows behind them."""

    views: Sequence[View]
    pictures: Sequence[Picture] = ()
    method: Sequence[str] = ()
    rows: View | None = None


DIMENSION = {"payer": "Payer", "clinic": "Clinic", "therapist": "Therapist", "code": "Code", "month": "Month",
             "reason": "Reason", "state": "State", "step": "Step"}  # fmt: skip


def dimension_columns(by: Sequence[str]) -> tuple[Shown, ...]:
    """The columns of what a view is split by."""
    return tuple(Shown(name, DIMENSION[name]) for name in by)


def top(frame: pd.DataFrame, label: str, value: str, count: int = 12) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The largest rows for a picture, the others as one; what is nothing has no bar."""
    ordered = frame[frame[value] != 0].sort_values(value, ascending=False, kind="stable")
    labels, values = [str(x) for x in ordered[label][:count]], [int(x) for x in ordered[value][:count]]
    rest = int(ordered[value][count:].sum())
    if rest:
        labels, values = [*labels, "all others"], [*values, rest]
    return tuple(labels), tuple(values)


def totals(frame: pd.DataFrame, names: Sequence[str], **more: int) -> dict[str, int]:
    """The sums of some columns of a view, and what is known of its others."""
    return {name: int(frame[name].sum()) for name in names} | more


def ratios(above: pd.Series, below: pd.Series | int, places: str = "0.0001") -> pd.Series:
    """Exact quotients of whole numbers row by row, missing without a denominator."""
    under = [below] * len(above) if isinstance(below, int) else below
    values = [ratio(int(a), int(b), places) for a, b in zip(above, under, strict=True)]
    return pd.Series(values, index=above.index, dtype="object")
