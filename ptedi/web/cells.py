"""What stands in a cell of a list: text, money, a day, a state, a link; everything escaped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from markupsafe import Markup, escape

from ptedi.web import view


class Kind(StrEnum):
    """How a column is shown; money and counts stand to the right."""

    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    CHIP = "chip"
    CODE = "code"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Chip:
    """A state in a word and a colour: good, waiting, attention, stopped, plain."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Two:
    """A cell of two lines; the second is small and grey."""

    main: str
    small: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere."""

    text: str
    href: str


Cell: TypeAlias = str | Decimal | date | int | Chip | Two | Link | None


def shown(cell: Cell, kind: Kind) -> Markup:
    """A value as HTML."""
    match cell:
        case None:
            return Markup("")
        case Chip():
            return chip(cell.text, cell.tone)
        case Two():
            return Markup('{}<span class="small">{}</span>').format(cell.main, cell.small)
        case Link():
            return Markup('<a href="{}">{}</a>').format(cell.href, cell.text)
        case Decimal():
            return view.money(cell)
        case date():
            return Markup('<time datetime="{0}">{0}</time>').format(view.day(cell))
        case int():
            return escape(view.count(cell))
        case _:
            return Markup("<code>{}</code>").format(cell) if kind is Kind.CODE and cell else escape(cell)


def chip(text: str, tone: str = "plain") -> Markup:
    """A state: colour, sign and word."""
    return Markup('<span class="chip {}">{}</span>').format(tone, text)
