"""Reading of the dated tables in schemas/codes: once per process, rows chosen by date of service."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

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


_C = TypeVar("_C", bound=Callable[..., Any])
_CACHES: list[Any] = []
_installed: list[Path] = []
_state: list[tuple[str, int, int]] = []
REPLACED = frozenset({"mue", "rvu"})
"""Tables of which an official file is the whole truth from its first day on."""


def remembered(function: _C) -> _C:
    """Caches a loader or a look-up until other tables are put in use."""
    kept = lru_cache(maxsize=1 << 16)(function)
    _CACHES.append(kept)
    return cast(_C, kept)


def use(installed: Path | None) -> None:
    """Puts the official tables of a folder (`ptedi codes load`) beside the shipped ones, or takes them away again.

    They are those of the whole process: whoever works for several workspaces calls this before each piece of work.
    Saying it again costs nothing while the folder's files are the same.
    """
    chosen = [installed] if installed is not None and installed.is_dir() else []
    state = sorted(_version(path) for folder in chosen for path in folder.iterdir() if path.is_file())
    if chosen == _installed and state == _state:
        return
    _installed[:], _state[:] = chosen, state
    for kept in _CACHES:
        kept.cache_clear()


def _version(path: Path) -> tuple[str, int, int]:
    about = path.stat()
    return path.name, about.st_mtime_ns, about.st_size


def installed(name: str) -> Path | None:
    """An installed file by its whole name, or None."""
    path = _installed[0] / name if _installed else None
    return path if path is not None and path.is_file() else None


def folder() -> Path:
    """schemas/codes of this installation."""
    return data_folder("schemas") / "codes"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table as texts: `schemas/codes/<name>.csv` and what was installed beside it.

    Raises:
        ConfigurationError: the table is neither shipped nor installed.
    """
    added = installed(f"{name}.csv")
    shipped = folder() / f"{name}.csv"
    found = read(shipped) if added is None or shipped.is_file() else []
    if added is None:
        return found
    official = read(added)
    if name in REPLACED and official:
        end = (date.fromisoformat(min(row["effective_from"] for row in official)) - timedelta(days=1)).isoformat()
        found = [row | {"effective_to": min(row["effective_to"] or end, end)} for row in found]
    return found + official


def read(path: Path) -> list[dict[str, str]]:
    """The rows of one CSV file.

    Raises:
        ConfigurationError: the file is not there.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        raise ConfigurationError(f"the code table {path.name} is missing") from None


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
