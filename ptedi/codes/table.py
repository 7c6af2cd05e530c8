"""Reading of the dated tables in schemas/codes: once per process, rows chosen by date of service."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from ptedi.config import data_folder
from ptedi.errors import ConfigurationError

FOREVER = date.max
ALWAYS = date.min


class Dated(Protocol):
    """A row that is in effect from one day to another, both included."""

    @property
    def effective_from(self) -> date:
        """First day."""

    @property
    def effective_to(self) -> date:
        """Last day; `date.max` while it lasts."""


_R = TypeVar("_R", bound=Dated)


@cache
def folder() -> Path:
    """schemas/codes of this installation."""
    return data_folder("schemas") / "codes"


def rows(name: str, path: Path | None = None) -> list[dict[str, str]]:
    """The rows of `schemas/codes/<name>.csv` as texts.

    Raises:
        ConfigurationError: the file is not there.
    """
    path = path or folder() / f"{name}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        raise ConfigurationError(f"the code table {path.name} is missing from schemas/codes") from None


def since(text: str) -> date:
    """First day of a row; an empty field means always."""
    return date.fromisoformat(text) if text else ALWAYS


def until(text: str) -> date:
    """Last day of a row; an empty field means it lasts."""
    return date.fromisoformat(text) if text else FOREVER


def index(
    name: str, key: str | Callable[[dict[str, str]], str], build: Callable[[dict[str, str]], _R],
) -> dict[str, tuple[_R, ...]]:
    """The rows of a table by code, newest first, so that a look-up mostly ends at the first row."""
    found: dict[str, list[_R]] = {}
    for row in rows(name):
        found.setdefault(row[key] if isinstance(key, str) else key(row), []).append(build(row))
    return {code: tuple(sorted(group, key=lambda r: r.effective_from, reverse=True)) for code, group in found.items()}


def on(versions: Sequence[_R], day: date) -> _R | None:
    """The row in effect on a day, or None."""
    for row in versions:
        if row.effective_from <= day <= row.effective_to:
            return row
    return None
