"""Single sign-on with a real provider: who comes back is who the provider says, and nothing else is believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.config import open_workspace
from ptedi.errors import ConfigurationError
from ptedi.pipeline import people
from ptedi.web.app import create_app
from ptedi.web.settings import load
from tests.web import provider
from tests.web.provider import Provider


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    with provider.running() as made:
        yield made


@pytest.fixture
def there(served: Provider) -> Provider:
    served.claims = {"sub": "0001", "preferred_username": "Ann", "groups": ["billing"]}
    served.lies, served.key = {}, served.published
    return served


@pytest.fixture
def app(workspace: Path, there: Provider) -> Iterator[FastAPI]:
    toml = workspace / "ptedi.toml"
    toml.write_text(toml.read_text() + f"""
[web.oidc]
issuer = "{there.issuer}"
client_id = "{provider.CLIENT}"
client_secret = "{provider.SECRET}"
title = "Sign in with Tamarack"
[web.oidc.roles]
billing = "biller"
leads = "approver"
""")
    made = create_app(workspace)
    yield made
    made.state.house.close()


def come(browser: TestClient, *, change: dict[str, str] | None = None) -> httpx.Response:
    """Goes to the provider and comes back, as a browser does."""
    sent = browser.get("/oidc/start?next=/work")
    assert sent.status_code == 303
    there = httpx.get(sent.headers["location"], follow_redirects=False).headers["location"]
    asked = dict(httpx.URL(there).params) | (change or {})
    return browser.get("/oidc/back", params=asked)


def test_who_the_provider_knows_comes_in(stranger: TestClient, night: pipeline.Night) -> None:
    assert "Sign in with Tamarack" in stranger.get("/sign-in").text
    back = come(stranger)
    assert (back.status_code, back.headers["location"]) == (303, "/work")
    assert stranger.get("/work").status_code == 200
    person = people.find_person(night, "ann")
    assert (person.role, person.source) == (people.Role.BILLER, "oidc")


def test_the_highest_group_counts_and_is_asked_anew(stranger: TestClient, there: Provider,
                                                    night: pipeline.Night) -> None:  # fmt: skip
    there.claims["groups"] = ["billing", "leads", "others"]
    assert come(stranger).status_code == 303
    assert people.find_person(night, "ann").role is people.Role.APPROVER
    there.claims["groups"] = ["billing"]
    assert come(stranger).status_code == 303
    assert people.find_person(night, "ann").role is people.Role.BILLER


@pytest.mark.parametrize("groups", [[], ["others"], "others", None, [["billing"]]])
def test_no_group_no_entry(stranger: TestClient, there: Provider, groups: Any) -> None:
    there.claims["groups"] = groups
    assert come(stranger).status_code == 403
    assert stranger.get("/work").status_code == 303


@pytest.mark.parametrize("lie", [
    {"iss": "https://another.example"}, {"aud": "another"}, {"exp": 1}, {"nonce": "another"}, {"sub": None},
    {"iat": 9_999_999_999}, {"nonce": None}, {"aud": ["another"]},
], ids=str)  # fmt: skip
def test_nothing_that_does_not_fit_is_believed(stranger: TestClient, there: Provider, lie: dict[str, Any]) -> None:
    there.lies = lie
    assert come(stranger).status_code == 403
    assert stranger.get("/work").status_code == 303


def test_another_ones_signature_is_not_believed(stranger: TestClient, there: Provider) -> None:
    there.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert come(stranger).status_code == 403


@pytest.mark.parametrize("change", [{"state": "another"}, {"code": "another"}, {"code": ""}, {"error": "denied"}])
def test_a_way_back_that_was_not_begun_here(stranger: TestClient, change: dict[str, str]) -> None:
    assert come(stranger, change=change).status_code == 403


def test_another_browsers_way_back(app: FastAPI, stranger: TestClient) -> None:
    """Who is sent an address with somebody else's code is not signed in as them."""
    sent = stranger.get("/oidc/start")
    there = httpx.get(sent.headers["location"], follow_redirects=False).headers["location"]
    other = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
    assert other.get("/oidc/back", params=dict(httpx.URL(there).params)).status_code == 403


def test_who_is_locked_out_here_stays_out(stranger: TestClient, night: pipeline.Night) -> None:
    assert come(stranger).status_code == 303
    people.lock(night, "ann", by="tests")
    assert stranger.get("/work").status_code == 303
    assert come(stranger).status_code == 403


def test_without_the_table_there_is_no_such_door(workspace: Path) -> None:
    toml = workspace / "ptedi.toml"
    toml.write_text(re.sub(r"\[web\.oidc\].*", "", toml.read_text(), flags=re.DOTALL))
    plain = TestClient(create_app(workspace), base_url="http://127.0.0.1", follow_redirects=False)
    assert plain.get("/oidc/start").status_code == plain.get("/oidc/back").status_code == 404


@pytest.mark.parametrize("bad", [
    'issuer = "http://elsewhere.example"\nclient_id = "x"\nclient_secret = "y"', 'issuer = "https://a.example"',
    'issuer = "https://a.example"\nclient_id = "x"\nclient_secret = "y"\nroles = {a = "king"}',
    'issuer = "https://a.example"\nclient_id = "x"\nclient_secret = "y"\nother = 1',
])  # fmt: skip
def test_settings_that_are_no_use(workspace: Path, bad: str) -> None:
    toml = workspace / "ptedi.toml"
    toml.write_text(re.sub(r"\[web\.oidc\].*", "", toml.read_text(), flags=re.DOTALL) + f"\n[web.oidc]\n{bad}\n")
    with pytest.raises(ConfigurationError):
        load(open_workspace(workspace))
