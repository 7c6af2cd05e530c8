"""The workbench inside a real Airflow API server: at /ptedi, with Airflow's users and our roles."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.airflow import local
from ptedi.airflow.plugin import PREFIX, PtediPlugin
from ptedi.pipeline import people
from ptedi.sandbox import practice

pytestmark = pytest.mark.airflow
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
USERS = {"boss": "admin", "lead": "op", "bill": "user", "vic": "viewer", "odd": "viewer"}
ROLES = """
[web.airflow.roles]
admin = "administrator"
user = "biller"
viewer = "viewer"
[web.airflow.people]
odd = "approver"
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("plugin") / "practice"
    pipeline.make_workspace(root, practice.settings() + ROLES)
    return root


@pytest.fixture(scope="module")
def server(workspace: Path) -> Iterator[Any]:
    """Airflow's own application, with five users, as its API server makes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTEDI_WORKSPACE", str(workspace))
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "False")
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", ",".join(f"{n}:{r}" for n, r in USERS.items()))
        from airflow import plugins_manager
        from airflow.api_fastapi.app import create_app, purge_cached_app

        local.prepare()
        purge_cached_app()
        for plugin in plugins_manager._get_plugins()[0]:
            if plugin.name == "ptedi":  # made once a process; another test's workspace is not this one's
                plugin.fastapi_apps[0]["app"]._app = None
        yield create_app(apps="core")
        purge_cached_app()


@pytest.fixture
def browser(server: Any) -> Callable[[str], TestClient]:
    """`browser("boss")`: a browser that Airflow has signed in."""

    def make(name: str) -> TestClient:
        made = TestClient(server, base_url="http://127.0.0.1", follow_redirects=True, raise_server_exceptions=False)
        if name:
            from airflow.api_fastapi.app import get_auth_manager
            from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

            token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role=USERS[name]))
            made.cookies.set("_token", token)
        return made

    return make


def token(page: str) -> str:
    found = re.search(r'"X-CSRF-Token": "([^"]+)"', page)
    assert found, page[:400]
    return found[1]


def test_airflow_finds_it_by_its_entry_point() -> None:
    (found,) = [one for one in entry_points(group="airflow.plugins") if one.name == "ptedi"]
    assert found.load() is PtediPlugin
    (view,) = PtediPlugin.external_views
    assert view["href"] == "ptedi/" and not view["href"].startswith("/")


def test_who_airflow_knows_gets_our_role(browser: Callable[[str], TestClient]) -> None:
    for name, role in (("boss", "administrator"), ("bill", "biller"), ("vic", "viewer"), ("odd", "approver")):
        page = browser(name).get(f"{PREFIX}/tonight")
        assert page.status_code == 200, name
        assert f"{name} <small>{role}</small>" in page.text
        assert "frame-ancestors 'self'" in page.headers["content-security-policy"]


def test_addresses_stay_below_the_prefix(browser: Callable[[str], TestClient]) -> None:
    client = browser("boss")
    page = client.get(f"{PREFIX}/")
    assert page.url.path == f"{PREFIX}/tonight"
    links = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text))
    assert links and all(link.startswith(f"{PREFIX}/") for link in links)
    for link in links:
        if "/static/" in link:
            assert client.get(link).status_code == 200
    assert client.get(f"{PREFIX}/people").status_code == 200


def test_nobody_and_people_without_a_role_stay_out(browser: Callable[[str], TestClient]) -> None:
    for path in ("/tonight", "/work", "/people"):
        assert browser("").get(PREFIX + path).status_code == 401
        assert browser("lead").get(PREFIX + path).status_code == 403  # [web.airflow.roles] says nothing of op
    wrong = browser("")
    wrong.cookies.set("_token", "made up")
    assert wrong.get(f"{PREFIX}/tonight").status_code == 401
    for path in ("/sign-in", "/oidc/start", "/oidc/back"):
        assert browser("boss").get(PREFIX + path).status_code == 404
    assert browser("").post(f"{PREFIX}/sign-in", data={"name": "x", "password": "y"}).status_code == 403


def test_a_viewer_of_airflow_may_not_post(browser: Callable[[str], TestClient]) -> None:
    """Airflow itself lets every user through to a plugin; the roles are ours."""
    client = browser("vic")
    client.headers["X-CSRF-Token"] = token(client.get(f"{PREFIX}/tonight").text)
    assert client.post(f"{PREFIX}/people", data={"name": "x", "role": "administrator"}).status_code == 403
    assert client.get(f"{PREFIX}/upload").status_code == 403
    boss = browser("boss")
    page = boss.get(f"{PREFIX}/people")
    assert boss.post(f"{PREFIX}/people", data={"name": "x", "role": "viewer"}).status_code == 403  # no token
    boss.headers["X-CSRF-Token"] = token(page.text)
    assert boss.post(f"{PREFIX}/people", data={"name": "made.here", "role": "viewer"}).status_code == 200


def test_whom_airflow_signs_out_is_out(browser: Callable[[str], TestClient]) -> None:
    client = browser("boss")
    assert client.get(f"{PREFIX}/people").status_code == 200
    kept = {one.name: one.value for one in client.cookies.jar if one.name != "_token"}
    client.cookies.delete("_token")
    assert kept and client.get(f"{PREFIX}/people").status_code == 401
    # and our cookie of one person is nothing in the browser of another
    other = browser("vic")
    for name, value in kept.items():
        other.cookies.set(name, value, path=f"{PREFIX}/")
    assert other.get(f"{PREFIX}/people").status_code == 403


def test_a_person_locked_here_is_out_whatever_airflow_says(browser: Callable[[str], TestClient],
                                                          workspace: Path) -> None:  # fmt: skip
    client = browser("bill")
    assert client.get(f"{PREFIX}/tonight").status_code == 200
    with pipeline.open_night(workspace) as night:
        assert people.find_person(night, "bill").source == "airflow"
        people.lock(night, "bill", by="tests")
    assert client.get(f"{PREFIX}/tonight").status_code == 403
    with pipeline.open_night(workspace) as night:
        people.unlock(night, "bill", by="tests")


def test_airflows_own_pages_list_it(browser: Callable[[str], TestClient]) -> None:
    answer = browser("boss").get("/api/v2/plugins")
    assert answer.status_code == 200
    (ours,) = [one for one in answer.json()["plugins"] if one["name"] == "ptedi"]
    assert ours["external_views"][0]["href"] == "ptedi/" and ours["fastapi_apps"][0]["url_prefix"] == PREFIX


# --- in Airflow's own pages, in a browser ---


@pytest.fixture
def address(server: Any) -> Iterator[str]:
    """Where Airflow's application really listens."""
    listening = uvicorn.Server(uvicorn.Config(server, port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=listening.run, daemon=True)
    thread.start()
    while not listening.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.servers[0].sockets[0].getsockname()[1]}"
    listening.should_exit = True
    thread.join(timeout=10)


def test_the_entry_of_airflows_navigation_opens_the_pages_and_their_forms_work(
    browser: Callable[[str], TestClient], address: str
) -> None:
    """Seen as a person sees it: an entry that is no link does nothing, and a sandboxed frame may refuse scripts."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    token = browser("boss").cookies["_token"]
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = opened.new_context()
        context.add_cookies([{"name": "_token", "value": token, "url": address}])
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" and PREFIX in m.text else None)
        page.goto(address)
        page.get_by_role("link", name="Claims", exact=True).click()
        inside = page.frame_locator("iframe")
        inside.get_by_role("heading", name="Tonight").wait_for(timeout=30_000)
        inside.get_by_role("link", name="Worklist").click()
        inside.get_by_role("heading", name="Worklist").wait_for(timeout=30_000)
        inside.get_by_label("Patient id").fill("P00017")
        inside.get_by_role("button", name="Apply").click()
        inside.get_by_text("No row fits this filter").wait_for(timeout=30_000)
        assert page.url.startswith(f"{address}/plugin/") and complaints == []
        opened.close()
