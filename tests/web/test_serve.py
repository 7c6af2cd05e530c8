"""Serving: this machine only unless something encrypts; the one-time link; names and addresses that are not ours."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.errors import ConfigurationError
from ptedi.pipeline import people
from ptedi.web import enter
from ptedi.web.serve import free, is_loopback, make
from ptedi.web.settings import WebSettings

PLAIN = WebSettings()
PROXY = WebSettings(trusted_proxy="10.0.0.5")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.org", ""])  # noqa: S104 - it is refused
def test_beyond_this_machine_something_must_encrypt(workspace: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="beyond this machine"):
        make(workspace, host=host, cert=None, key=None, settings=PLAIN)
    for settings, cert in ((PLAIN, Path("cert.pem")), (PROXY, None)):
        app = make(workspace, host=host, cert=cert, key=cert, settings=settings)
        assert app.state.house.tls_only and app.state.house.hosts is None


def test_a_port_in_use_is_said_before_any_link() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} of 127.0.0.1 is in use"):
            free("127.0.0.1", port)
    free("127.0.0.1", port)
    with pytest.raises(ConfigurationError, match="cannot be listened on"):
        free("192.0.2.1", port)


def test_half_a_pair_is_no_pair(workspace: Path) -> None:
    with pytest.raises(ConfigurationError, match="both"):
        make(workspace, host="127.0.0.1", cert=Path("cert.pem"), key=None, settings=PLAIN)


@pytest.mark.parametrize(("host", "near"), [
    ("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.9.9.9", True), ("localhost.example", False),
    ("192.168.0.1", False),
])  # fmt: skip
def test_what_is_near(host: str, near: bool) -> None:
    assert is_loopback(host) is near


def test_a_name_that_only_points_here_gets_nothing(workspace: Path) -> None:
    app = make(workspace, host="127.0.0.1", cert=None, key=None, settings=PLAIN)
    for host, status in (("127.0.0.1:8037", 200), ("localhost", 200), ("[::1]:8037", 200), ("evil.example", 403),
                         ("127.0.0.1.evil.example:8037", 403), ("", 403)):  # fmt: skip
        answer = TestClient(app, base_url="http://127.0.0.1").get("/sign-in", headers={"host": host})
        assert answer.status_code == status, host


def test_past_the_proxy_in_the_clear(workspace: Path) -> None:
    app = make(workspace, host="10.1.2.3", cert=None, key=None, settings=PROXY)
    far, near = ("10.9.9.9", 1), ("127.0.0.1", 1)
    assert TestClient(app, base_url="http://ptedi.example", client=far).get("/sign-in").status_code == 403
    assert TestClient(app, base_url="http://ptedi.example", client=near).get("/sign-in").status_code == 200
    secure = TestClient(app, base_url="https://ptedi.example", client=far).get("/sign-in")
    assert secure.status_code == 200 and "max-age" in secure.headers["strict-transport-security"]
    assert "__Host-ptedi-form=" in secure.headers["set-cookie"] and "; Secure" in secure.headers["set-cookie"]


# --- the one-time link ---


def test_into_the_demo_once(app: FastAPI, stranger: TestClient, night: pipeline.Night) -> None:
    key = enter.link(app.state.house)
    page = stranger.get("/enter", params={"key": key})
    assert "practice in a box" in page.text and not people.list_people(night)[0].name == "demo"
    assert stranger.get("/enter", params={"key": key}).status_code == 200  # looking uses nothing up
    done = stranger.post("/enter", data={"key": key})
    assert done.status_code == 303 and stranger.get("/people").status_code == 200
    person = people.find_person(night, "demo")
    assert (person.role, person.source) == (people.Role.ADMINISTRATOR, "demo")
    assert people.check_password(night, "demo", "") == people.Refusal()
    stranger.cookies.clear()
    assert stranger.post("/enter", data={"key": key}).status_code == 403
    assert stranger.get("/enter", params={"key": key}).status_code == 403


def test_the_link_grows_old(app: FastAPI, stranger: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    key = enter.link(app.state.house)
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T08:16:00+00:00")
    assert stranger.post("/enter", data={"key": key}).status_code == 403


def test_without_a_link_there_is_no_entry(stranger: TestClient) -> None:
    for key in ("", "x", "x" * 32):
        assert stranger.get("/enter", params={"key": key}).status_code == 403
        assert stranger.post("/enter", data={"key": key}).status_code == 403


def plain(workspace: Path, environment: str = "T") -> None:
    toml = workspace / "ptedi.toml"
    text = re.sub(r"\[sandbox\][^\[]*", "", toml.read_text())
    toml.write_text(re.sub(r'environment = "."', f'environment = "{environment}"', text))


def test_the_first_administrator_of_a_new_practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ptedi.sandbox import practice
    from ptedi.web.app import create_app

    monkeypatch.setattr(people, "HASHER", people.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    root = tmp_path / "new"
    pipeline.make_workspace(root, practice.settings())
    plain(root)
    app = create_app(root)
    browser = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
    key = enter.link(app.state.house)
    assert "first administrator" in browser.get("/enter", params={"key": key}).text
    fields = {"key": key, "name": "lee", "password": "a sentence of mine", "again": "a sentence of mine"}
    assert browser.post("/enter", data=fields | {"again": "no"}).status_code == 422
    assert browser.post("/enter", data=fields | {"password": "x", "again": "x"}).status_code == 400
    assert browser.post("/enter", data=fields).status_code == 303
    assert people.find_person(app.state.house.night, "lee").role is people.Role.ADMINISTRATOR
    assert enter.link(app.state.house) == ""  # somebody can sign in now
    app.state.house.close()


def test_no_link_into_a_practice_with_people(workspace: Path) -> None:
    plain(workspace)
    app = make(workspace, host="127.0.0.1", cert=None, key=None, settings=PLAIN)
    assert enter.link(app.state.house) == ""
    app.state.house.close()
