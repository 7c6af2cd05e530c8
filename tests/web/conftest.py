"""The workbench of a workspace with a night behind it, people of every role, a real browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import people, presence
from ptedi.web.app import create_app
from ptedi.web.seat import SESSION
from tests.web import practice

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", practice.NOW)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once a session; nobody may change it."""
    return practice.build(tmp_path_factory.mktemp("web") / "practice")


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return shutil.copytree(template, tmp_path / "practice")


@pytest.fixture
def night(workspace: Path) -> Iterator[pipeline.Night]:
    """The same workspace as the library sees it."""
    with pipeline.open_night(workspace) as opened:
        yield opened


@pytest.fixture
def app(workspace: Path) -> Iterator[FastAPI]:
    made = create_app(workspace)
    yield made
    made.state.house.close()


@pytest.fixture
def client(app: FastAPI) -> Callable[[str], TestClient]:
    """`client("biller")`: a browser in which somebody of this role is signed in; its posts carry the CSRF token."""
    return lambda role: sign_in(app, role)


def sign_in(app: FastAPI, name: str) -> TestClient:
    house = app.state.house
    limits = house.settings.limits
    key = presence.open_session(house.night, people.find_person(house.night, name), limits)
    session = presence.find_session(house.night, key, limits)
    assert session is not None
    made = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, follow_redirects=False,
                      headers={"X-CSRF-Token": session.csrf}, cookies={SESSION: key})  # fmt: skip
    return made


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    """A browser in which nobody is signed in."""
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, follow_redirects=False)


# --- a real browser ---


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # ends with the pages: while Playwright is started an event loop runs in this thread, and asyncio.run fails
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def site(app: FastAPI) -> Iterator[str]:
    """The address at which the application is really served."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


class Opened:
    """A page of the browser and everything it complained of."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site, self.complaints = page, site, list[str]()
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        page.on("request", lambda r: None if r.url.startswith((site, "data:")) else self.complaints.append(r.url))

    def go(self, path: str) -> Page:
        self.page.goto(self.site + path)
        return self.page


@pytest.fixture
def opened(browser: Browser, site: str, app: FastAPI) -> Iterator[Callable[..., Opened]]:
    """`opened("biller", width=768)`: a browser window in which somebody of this role is signed in."""
    contexts = []

    def make(role: str, width: int = 1280, height: int = 900) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        key = sign_in(app, role).cookies[SESSION]
        context.add_cookies([{"name": SESSION, "value": key, "url": site, "httpOnly": True, "sameSite": "Lax"}])
        return Opened(context.new_page(), site)

    yield make
    for context in contexts:
        context.close()
