"""Every page of the navigation in a real browser: reachable, accessible, silent, as wide as its window, printable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ptedi.web.access import Role, may
from ptedi.web.nav import NAV
from tests.web.conftest import Opened

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
OTHERS = ("/account", "/people/log", "/tonight?night=2020-01-01", "/remits/balance", "/remits/enter", "/nowhere")
INSIDE = """() => [...document.querySelectorAll("main .wide")].filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => one.getAttribute("aria-label"))"""
SERIOUS = ("serious", "critical")


def addresses() -> list[str]:
    return [f"/{place.name}" for place in NAV] + list(OTHERS)


@pytest.mark.parametrize("width", [1280, 768])
def test_pages_are_accessible_silent_and_fit(opened: Callable[..., Opened], width: int) -> None:
    """Axe finds nothing serious, the console is silent, nothing scrolls sideways, one heading says where one is."""
    window, told = opened("administrator", width=width), list[tuple[str, str, object]]()
    for address in addresses():
        page = window.go(address)
        found = axe.Axe().run(page).response["violations"]
        told += [(address, one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found
                 if one["impact"] in SERIOUS]  # fmt: skip
        assert page.get_by_role("heading", level=1).count() == 1, address
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        assert page.evaluate(INSIDE) == [], address  # nor does a table inside of it
        assert [one for one in window.complaints if "404" not in one or address != "/nowhere"] == [], address
        window.complaints.clear()
    assert told == []


def test_on_paper_there_is_no_navigation(opened: Callable[..., Opened]) -> None:
    window = opened("administrator")
    for address in addresses():
        page = window.go(address)
        page.emulate_media(media="print")
        assert not page.locator("nav#nav").is_visible(), address
        assert page.get_by_role("heading", level=1).is_visible(), address
        page.emulate_media(media="screen")


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_its_way_around(opened: Callable[..., Opened], role: Role) -> None:
    page = opened(role.value).go("/tonight")
    titles = page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    seen = {title.split("\n")[0] for title in titles}
    assert seen == {place.title for place in NAV if may(role, place.verb)}


def test_the_menu_of_a_small_screen(opened: Callable[..., Opened]) -> None:
    page = opened("viewer", width=768).go("/tonight")
    nav = page.get_by_role("navigation", name="Pages")
    assert not nav.is_visible()
    menu = page.get_by_role("button", name="Menu")
    menu.press("Enter")
    assert nav.is_visible() and menu.get_attribute("aria-expanded") == "true"
    nav.get_by_role("link", name="Batches").click()
    page.wait_for_url("**/batches")


def test_by_keyboard_alone(opened: Callable[..., Opened]) -> None:
    page = opened("viewer").go("/tonight")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for place in NAV:
        if may(Role.VIEWER, place.verb):
            with page.expect_navigation(url=f"**/{place.name}*"):
                page.keyboard.press("g")
                page.keyboard.press(place.key)
