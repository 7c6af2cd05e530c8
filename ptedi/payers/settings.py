"""Reading of settings tables (TOML): each mistake becomes one sentence that says where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeVar, cast

from ptedi.errors import ConfigurationError

_T = TypeVar("_T")
_KINDS = {str: "text in quotes", int: "a whole number", bool: "true or false", dict: "a table", list: "a list",
          date: "a date such as 2026-01-31"}


class Table:
    """A table with its place in the file, so that a mistake can be named: `practice.clinics[2].npi`."""

    __slots__ = ("_values", "where")

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = values
        self.where = where

    def wrong(self, key: str, sentence: str) -> ConfigurationError:
        """The error to raise about one entry."""
        return ConfigurationError(f"{self._at(key)}: {sentence}")

    def _at(self, key: str) -> str:
        return f"{self.where}.{key}" if key else self.where

    def _get(self, key: str, kind: type[_T], default: _T | None) -> _T:
        value = self._values.get(key, default)
        if value is None:
            raise self.wrong(key, f"is missing; it must be {_KINDS[kind]}")
        exact = kind in (bool, int, date)
        if not (type(value) is kind if exact else isinstance(value, kind)):
            day = isinstance(value, datetime) and kind is date
            raise self.wrong(key, "must be a date without a time" if day else f"must be {_KINDS[kind]}")
        return cast(_T, value)

    def text(self, key: str, default: str | None = None, *, longest: int = 0) -> str:
        """A text; without a default it must be there and not empty."""
        value = self._get(key, str, default).strip()
        if not value and default is None:
            raise self.wrong(key, "is empty")
        if longest and len(value) > longest:
            raise self.wrong(key, f"has {len(value)} characters, at most {longest} fit")
        return value

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        return self._get(key, int, default)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        return self._get(key, bool, default)

    def day(self, key: str) -> date:
        """A date."""
        return self._get(key, date, None)

    def day_or_none(self, key: str) -> date | None:
        """A date that may be absent."""
        return self._get(key, date, None) if key in self._values else None

    def table(self, key: str) -> Table:
        """A table inside this one; empty when absent."""
        return Table(self._get(key, dict, {}), self._at(key))

    def tables(self, key: str) -> list[Table]:
        """A list of tables inside this one (`[[key]]`)."""
        rows = self._get(key, list, [])
        if not all(isinstance(row, dict) for row in rows):
            raise self.wrong(key, f"must be written as [[{key}]] tables")
        return [Table(row, f"{self._at(key)}[{number}]") for number, row in enumerate(rows, 1)]

    def texts(self, key: str, default: Collection[str] = ()) -> tuple[str, ...]:
        """A list of texts."""
        values = self._get(key, list, list(default))
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, "must be a list of texts in quotes")
        return tuple(values)

    def items(self) -> Iterator[tuple[str, Any]]:
        """The raw entries."""
        return iter(self._values.items())

    def only(self, *known: str) -> None:
        """Refuses entries that nobody would read, usually a misspelt name.

        Raises:
            ConfigurationError: there is one.
        """
        for key in self._values:
            if key not in known:
                raise self.wrong(key, f"is not a setting; known here: {', '.join(known)}")

    def __contains__(self, key: str) -> bool:
        return key in self._values
