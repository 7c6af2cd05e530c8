"""The one grid: every list of the workbench has the same filters, columns, paging, selection, keys and exports.

A page says which columns and filters there are, asks the pipeline for one page of rows and hands both over:

    asked = grid.asked(seat, "work")                              # filter, order and page of this address
    page = pipeline.work_list(seat.night, wanted(asked), limit=asked.size, offset=asked.offset)
    return view.page(seat, "work/list.html", grid=Grid(seat=seat, route="work", asked=asked, columns=COLUMNS, ...))

What a person filters by may name a patient: it is sent by POST, kept on the server, and the address holds its key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec
from fastapi import Depends
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request

from ptedi.money import amount
from ptedi.web.access import Verb
from ptedi.web.cells import Cell, Kind, shown
from ptedi.web.errors import BadForm
from ptedi.web.seat import FIELD, Seat

SIZE, LARGEST = 50, 200
_MOST_VALUES, _LONGEST = 300, 200
_LAST_PAGE = 100_000
_NOT_KEPT = frozenset({FIELD, "once", "id", "sort", "page"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `sort` when a click on its title orders by it, `narrow` when a small screen can do without it."""

    name: str
    title: str
    kind: Kind = Kind.TEXT
    sort: bool = False
    narrow: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its id for selecting, its cells by column name, where it opens, and what a screen reader calls it."""

    id: str
    cells: Mapping[str, Cell]
    href: str = ""
    label: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A value to filter by, in words, and how many rows have it when that is known."""

    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Several values of which any will do."""

    name: str
    title: str
    options: Sequence[Option]


class Input(StrEnum):
    """What is typed into a field."""

    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something to type: a patient, a first and last day; `search` is where the key `/` goes.

    With `choices` it is chosen from a list.
    """

    name: str
    title: str
    input: Input = Input.TEXT
    placeholder: str = ""
    required: bool = False
    search: bool = False
    value: str = ""
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to do with the selected rows.

    `route` gets a POST with the ids as `id` and the `fields`; `key` is the key that does it.
    """

    name: str
    label: str
    route: str
    verb: Verb
    icon: str = ""
    key: str = ""
    fields: Sequence[Field] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks of a list: the kept filter, the order, the page."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str = ""
    sort: str = ""
    page: int = 1
    size: int = SIZE

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.size

    @property
    def column(self) -> str:
        """The column to order by."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")

    def many(self, name: str) -> tuple[str, ...]:
        """The values of a filter."""
        return self.values.get(name, ())

    def one(self, name: str) -> str:
        """What was typed into a field."""
        return next(iter(self.values.get(name, ())), "").strip()

    def day(self, name: str) -> date | None:
        """The day typed into a field.

        Raises:
            BadForm: it is none.
        """
        text = self.one(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise BadForm(f"{name.replace('_', ' ')} is not a day like 2026-11-20") from None

    def money(self, name: str) -> Decimal | None:
        """The amount typed into a field.

        Raises:
            BadForm: it is none.
        """
        text = self.one(name).replace(",", "").removeprefix("$")
        try:
            return amount(text) if text else None
        except ValueError:
            raise BadForm(f"{name.replace('_', ' ')} is not an amount like 1234.56") from None

    def number(self, name: str) -> int | None:
        """The whole number typed into a field.

        Raises:
            BadForm: it is none, or one of more than six figures.
        """
        text = self.one(name)
        if text and not (text.isascii() and text.isdecimal() and len(text) <= 6):
            raise BadForm(f"{name.replace('_', ' ')} is not a whole number")
        return int(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A list as a template shows it.

    Attributes:
        route: the list's own route; `filter_route` takes its filter by POST, `export_route` gives it as a file.
        title: what the table is, for a screen reader.
        total, money: how many rows the filter has in all, and their amount when that is known.
        columns_sort: the order when the address asks for none, `-name` for the largest first.
        empty: what would stand here and how it gets here.
        said: the filter in words, for the head of the list and for exports.
        hidden: what every act of the list brings along.
    """

    seat: Seat
    route: str
    title: str
    asked: Asked
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: int
    money: Decimal | None = None
    filters: Sequence[Filter] = ()
    fields: Sequence[Field] = ()
    actions: Sequence[Action] = ()
    filter_route: str = ""
    export_route: str = ""
    default_sort: str = ""
    empty: str = "Nothing is here."
    params: Mapping[str, object] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def sort(self) -> str:
        """The order in effect."""
        return self.asked.sort or self.default_sort

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.asked.size))

    @property
    def first(self) -> int:
        """The number of the first row shown."""
        return self.asked.offset + 1 if self.rows else 0

    @property
    def doable(self) -> list[Action]:
        """The actions of this person."""
        return [one for one in self.actions if self.seat.may(one.verb)]

    @property
    def filtered(self) -> bool:
        """Whether a filter is in effect."""
        return bool(self.asked.key)

    def link(self, **change: object) -> str:
        """The address of this list with another page or order."""
        parts: dict[str, object] = {"view": self.asked.key, "sort": self.asked.sort, "page": self.asked.page}
        parts |= change
        if parts["page"] == 1:
            parts["page"] = None
        return self.seat.url(self.route, **self.params, **parts)

    def sort_link(self, column: Column) -> str:
        """Ordering by a column, the other way round when it is in effect."""
        now = self.sort
        return self.link(sort=f"-{column.name}" if now == column.name else column.name, page=1)

    def ordered(self, column: Column) -> str:
        """`ascending`, `descending` or `none`, as aria-sort wants it."""
        if self.sort.removeprefix("-") != column.name:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    def export_link(self, kind: str) -> str:
        """The address of the same rows as a file."""
        return self.seat.url(self.export_route, **self.params, view=self.asked.key, sort=self.asked.sort, format=kind)

    def chosen(self, name: str) -> tuple[str, ...]:
        """The values of a filter in effect."""
        return self.asked.many(name)

    def cell(self, row: Row, column: Column) -> Markup:
        """A cell as HTML; everything in it is escaped."""
        return shown(row.cells.get(column.name), column.kind)


# --- from requests ---


def asked(seat: Seat, page: str, default: Mapping[str, Sequence[str]] | None = None) -> Asked:
    """What the address asks for; without a kept filter (or with one long gone) the default one."""
    query = seat.request.query_params
    key = query.get("view", "")[:43]
    document = seat.kept(page, key)
    values = msgspec.json.decode(document, type=dict[str, tuple[str, ...]]) if document else {
        name: tuple(given) for name, given in (default or {}).items()}  # fmt: skip
    number = query.get("page", "1")
    plain = number.isascii() and number.isdecimal() and len(number) <= 6
    return Asked(values=values, key=key if document else "", sort=query.get("sort", "")[:40],
                 page=min(max(int(number), 1), _LAST_PAGE) if plain else 1)  # fmt: skip


async def sent_fields(request: Request) -> FormData:
    """All fields of a sent form."""
    return await request.form()


Sent = Annotated[FormData, Depends(sent_fields)]
"""The dependency of a route that takes a form with fields of any name (a filter, a selection)."""


def keep(seat: Seat, page: str, form: FormData) -> str:
    """Keeps the fields of a filter form and returns the key for the address.

    Raises:
        BadForm: more than a person would type.
    """
    values: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if name not in _NOT_KEPT and isinstance(value, str) and value.strip():
            values.setdefault(name, []).append(value.strip())
    several = [value for given in values.values() for value in given]
    if len(several) > _MOST_VALUES or any(len(value) > _LONGEST for value in [*several, *values]):
        raise BadForm("this is more than one filter may ask for")
    return seat.keep(page, msgspec.json.encode(values).decode())


def selected(form: FormData) -> tuple[int, ...]:
    """The ids of the selected rows, each once.

    Raises:
        BadForm: none is selected, or one is no id.
    """
    given = [value for value in form.getlist("id") if isinstance(value, str)]
    if not given:
        raise BadForm("no row is selected", hint="tick the rows first, or press x on each")
    if len(given) > LARGEST or not all(one.isascii() and one.isdecimal() and len(one) <= 15 for one in given):
        raise BadForm("the selection cannot be understood")
    return tuple(dict.fromkeys(int(one) for one in given))


def text(form: FormData, name: str, longest: int = 4000) -> str:
    """What was typed into a field of a form.

    Raises:
        BadForm: it is longer than it may be, or a file.
    """
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise BadForm(f"{name.replace('_', ' ')} is at most {longest} characters")
    return value.strip()
