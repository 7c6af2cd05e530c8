"""Report pages in a real browser: no message, no request, pictures as wide as they should be, readable on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ptedi.reports.practice.files import To, write
from ptedi.reports.practice.make import REPORTS
from ptedi.steps.night import Night
from ptedi.steps.reporting import report

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("matplotlib", reason="the extra charts is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WHY = "no chromium on this machine (Debian: apt-get install chromium)"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=WHY)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def test_every_page_opens_without_a_word(night: Night, browser: Browser, tmp_path: Path) -> None:
    for name in REPORTS:
        rows = "all" if name == "unbilled" else ""
        made = report(night, name, first=date(2026, 9, 1), last=date(2026, 9, 30), rows=rows)
        (path,) = write(made, To.HTML, tmp_path / f"{name}.html", "TAMARACK")
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        said: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda problem, said=said: said.append(str(problem)))
        page.on("request", lambda request, said=said: None if request.url.startswith(("file:", "data:"))
                else said.append(request.url))  # fmt: skip
        page.goto(path.as_uri())
        assert said == [], name
        assert page.title().startswith(made.title)
        assert page.locator("figure svg[role=img]").count() == len(made.pictures), name
        for box in (picture.bounding_box() for picture in page.locator("figure svg").all()):
            assert box is not None
            assert box["width"] > 500, name
            assert box["height"] > 60, name
        # whatever the report, the page itself never scrolls sideways
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        page.emulate_media(media="print")
        assert len(page.pdf()) > 5_000
        page.close()


def test_texts_of_a_picture_lie_inside_it(night: Night, browser: Browser, tmp_path: Path) -> None:
    for name in ("kpis", "aging", "denials", "payments", "cash", "productivity", "unbilled"):
        made = report(night, name, first=date(2026, 9, 1), last=date(2026, 9, 30))
        (path,) = write(made, To.HTML, tmp_path / f"{name}.html")
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.goto(path.as_uri())
        outside = page.evaluate("""() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect();
                return b.left < frame.left - 1 || b.right > frame.right + 1; }).map(t => t.textContent) })""")
        assert outside == [], name
        page.close()
