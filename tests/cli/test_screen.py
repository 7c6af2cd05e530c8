"""Tables in windows of any width: no column is left out, no amount and no word is cut."""

from __future__ import annotations

import io

import pytest
from rich.table import Column, Table

from ptedi.cli.screen import Screen


def shown(width: int) -> str:
    table = Table("State", Column("Claim", no_wrap=True), "Payer", Column("Charge", justify="right"),
                  Column("Why", ratio=1, min_width=24))  # fmt: skip
    table.add_row("partly paid", "TAM000000001J", "medicare-part-b", "1,234,567.89", "the payer wants another code")
    screen = Screen(width=width, soft_wrap=True, file=io.StringIO())
    screen.print(table)
    return screen.file.getvalue()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("width", [20, 60, 80, 90, 200])
def test_every_column_word_and_amount_is_there(width: int) -> None:
    text = shown(width)
    for word in ("State", "partly", "paid", "TAM000000001J", "medicare-part-b", "1,234,567.89", "another"):
        assert word in text


def test_a_wide_window_changes_nothing() -> None:
    assert "partly paid │ TAM000000001J" in shown(200)


def test_a_table_that_was_given_a_width_keeps_it() -> None:
    table = Table("A", width=12)
    table.add_row("one two three four")
    screen = Screen(width=200, file=io.StringIO())
    screen.print(table)
    assert {len(line) for line in screen.file.getvalue().splitlines()} == {12}  # type: ignore[attr-defined]
