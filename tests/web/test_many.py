"""Twenty thousand items: the list stays a page long, says how many there are, and asks the store no more often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event, insert, select
from starlette.testclient import TestClient

from ptedi.pipeline import Night
from ptedi.store.tables import work_items

MANY = 20_000
Client = Callable[[str], TestClient]


@pytest.fixture
def statements(app: FastAPI, client: Client) -> Iterator[list[str]]:
    """Every statement that the application sends to its database."""
    sent: list[str] = []
    client("viewer").get("/tonight")
    engine = app.state.house.night.store.engine

    def keep(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", keep)
    yield sent
    event.remove(engine, "before_cursor_execute", keep)


def multiply(night: Night, times: int, name: str = "again") -> None:
    """The same denial over and over, each an item of its own."""
    with night.store.begin() as conn:
        waits = (work_items.c.kind == "denial") & (work_items.c.state == "open")
        row = dict(conn.execute(select(work_items).where(waits).limit(1)).one()._mapping)
        del row["id"]
        conn.execute(insert(work_items), [row | {"key": f"{name} {number}"} for number in range(times)])


def test_the_number_of_statements_does_not_grow_with_the_rows(client: Client, night: Night,
                                                              statements: list[str]) -> None:  # fmt: skip
    seat = client("biller")
    pages = ("/work", "/work?page=2", "/claims", "/remits", "/batches", "/tonight", "/rework")
    counts = []
    for times in (60, 300):
        multiply(night, times, f"{times}")
        told = []
        for page in pages:
            seat.get(page)  # what is made once when something changed is made
            statements.clear()
            assert seat.get(page).status_code == 200
            told.append(len(statements))
        counts.append(dict(zip(pages, told, strict=True)))
    assert counts[0] == counts[1]


def test_twenty_thousand_items_in_a_real_browser(opened: Callable[..., Any], night: Night) -> None:
    multiply(night, MANY)
    window = opened("biller")
    page = window.go("/work")
    assert page.locator("tr[data-row]").count() == 50
    assert "20,0" in page.locator("p.sum").inner_text()
    page.get_by_role("link", name="Next", exact=True).click()
    page.wait_for_url("**page=2*")
    assert "51\u2013100 of 20,0" in page.get_by_role("navigation", name="Pages of the list").inner_text()
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("[data-number]").inner_text() == "1"
    page.get_by_label("Select every row of this page").check()
    assert page.locator("[data-number]").inner_text() == "50"
    page.go_back()
    page.wait_for_url("**/work")
    assert window.complaints == []
