"""Tonight: what the summary says, as a page."""

from __future__ import annotations

from collections.abc import Callable

from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.money import usd
from tests.web.conftest import Opened
from tests.web.practice import TONIGHT


def test_the_equation_is_the_summarys(client: Callable[[str], TestClient], night: pipeline.Night) -> None:
    told = pipeline.summary(night, TONIGHT)
    page = client("viewer").get("/tonight").text
    for amount in (told.equation.billed, told.equation.paid, told.equation.open):
        assert usd(amount) in page
    assert "closes to the cent" in page


def test_in_a_browser(opened: Callable[..., Opened]) -> None:
    window = opened("biller")
    page = window.go("/")
    assert page.get_by_role("heading", level=1).inner_text() == "Tonight"
    assert page.get_by_role("navigation", name="Pages").get_by_role("link").count() == 11
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/work")
    assert window.complaints == []
