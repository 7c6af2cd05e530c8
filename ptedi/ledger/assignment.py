"""The best assignment of rows to columns (Kuhn-Munkres), small and exact: up to a claim's fifty lines."""

from __future__ import annotations

from collections.abc import Sequence


def assign(scores: Sequence[Sequence[int]]) -> list[int | None]:
    """For each row the column that makes the sum of scores highest; None where nothing above 0 is left."""
    rows, columns = len(scores), len(scores[0]) if scores else 0
    if not rows or not columns:
        return [None] * rows
    size = max(rows, columns)
    cost = [[-scores[r][c] if r < rows and c < columns else 0 for c in range(size)] for r in range(size)]
    column_of = _hungarian(cost)
    return [c if c < columns and scores[r][c] > 0 else None for r, c in enumerate(column_of[:rows])]


def _hungarian(cost: list[list[int]]) -> list[int]:
    """Minimal-cost perfect matching of a square matrix by shortest augmenting paths with potentials."""
    size = len(cost)
    by_row, by_column = [0] * (size + 1), [0] * (size + 1)
    row_of = [0] * (size + 1)
    for row in range(1, size + 1):
        row_of[0] = row
        _augment(cost, row_of, by_row, by_column)
    result = [0] * size
    for column in range(1, size + 1):
        result[row_of[column] - 1] = column - 1
    return result


def _augment(cost: list[list[int]], row_of: list[int], by_row: list[int], by_column: list[int]) -> None:
    size = len(cost)
    infinite = 1 << 60
    least, came_from, seen = [infinite] * (size + 1), [0] * (size + 1), [False] * (size + 1)
    column = 0
    while True:
        seen[column] = True
        row, delta, following = row_of[column], infinite, 0
        for c in range(1, size + 1):
            if seen[c]:
                continue
            reduced = cost[row - 1][c - 1] - by_row[row] - by_column[c]
            if reduced < least[c]:
                least[c], came_from[c] = reduced, column
            if least[c] < delta:
                delta, following = least[c], c
        for c in range(size + 1):
            if seen[c]:
                by_row[row_of[c]] += delta
                by_column[c] -= delta
            else:
                least[c] -= delta
        column = following
        if row_of[column] == 0:
            break
    while column:
        previous = came_from[column]
        row_of[column] = row_of[previous]
        column = previous
