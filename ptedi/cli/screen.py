"""A console that shows tables whole.

In a window that is too narrow Rich leaves columns out and cuts amounts.  Here such a table keeps every column, amount
and word, and the window wraps its lines.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

_WORD = 20  # letters of a word of prose; a longer one folds or is shortened


class Screen(Console):
    """`print` gives a table the width that it needs."""

    def print(self, *objects: Any, **options: Any) -> None:
        """As Rich's; a table that was given a width keeps it."""
        for one in objects:
            if isinstance(one, Table) and one.width is None:
                self._widen(one)
        super().print(*objects, **options)

    def needed(self, table: Table) -> int:
        """The columns of text in which every cell of a table can be read."""
        return sum(map(self._least, table.columns)) + 3 * len(table.columns) + 1

    def _widen(self, table: Table) -> None:
        needed = self.needed(table)
        for column in table.columns:  # Rich takes from the widest ones, down to nothing
            column.min_width = self._least(column)
        if needed > self.width:
            table.width = needed
            for column in table.columns:
                column.ratio = None  # shares of what the others leave would be next to nothing

    def _least(self, column: Column) -> int:
        wide = self.options.update(width=10_000)
        sizes = [Measurement.get(self, wide, cell) for cell in (column.header, *column.cells)]
        if column.no_wrap:
            return max(size.maximum for size in sizes)
        least = max(size.minimum for size in sizes)
        return least if column.justify == "right" else min(least, max(_WORD, column.min_width or 0))
