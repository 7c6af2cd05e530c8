"""The frame: every route declares what it needs, every answer carries its headers, nobody gets past the door."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from ptedi.pipeline import people
from ptedi.web import app as web
from ptedi.web.access import LEAST, Role, Verb, may
from ptedi.web.nav import NAV
from ptedi.web.seat import SAFE, Gate
from tests.web.practice import PASSWORD

Client = Callable[[str], TestClient]
PUBLIC = {"sign_in", "sign_in_send", "enter", "enter_send", "oidc_start", "oidc_back"}


def gates(dependant: Dependant) -> Iterator[Gate]:
    for one in dependant.dependencies:
        if isinstance(one.call, Gate):
            yield one.call
        yield from gates(one)


def verb(route: APIRoute) -> Verb | None:
    (gate,) = gates(route.dependant)
    return gate.verb


def path(route: APIRoute) -> str:
    """An address of the route with ids that nothing has."""
    return re.sub(r"{[^}]*}", "999999", route.path)


def test_every_route_declares_one_verb(app: FastAPI) -> None:
    undeclared = {route.name for route in web.routes(app) if len(list(gates(route.dependant))) != 1}
    assert undeclared == set()
    assert {route.name for route in web.routes(app) if verb(route) is None} <= PUBLIC
    # whatever is no page: our own files, nothing else
    assert {getattr(route, "name", "?") for route in app.routes if not isinstance(route, APIRoute)} == {"static"}


def test_names_of_routes_are_unique(app: FastAPI) -> None:
    names = [route.name for route in web.routes(app)]
    assert sorted(names) == sorted(set(names))


def test_nobody_gets_in_without_signing_in(app: FastAPI, stranger: TestClient) -> None:
    for route in web.routes(app):
        for method in route.methods if verb(route) is not None else ():
            answer = stranger.request(method, path(route), headers={"accept": "application/json"})
            assert answer.status_code in (401, 422), (method, route.path)
            page = stranger.request(method, path(route))
            assert page.status_code in (303, 422) and "999999" not in page.text, (method, route.path)


def test_each_role_is_kept_from_what_it_may_not(app: FastAPI, client: Client) -> None:
    for role in Role:
        browser = client(role)
        for route in web.routes(app):
            needed = verb(route)
            for method in route.methods if needed is not None and not may(role, needed) else ():
                assert browser.request(method, path(route)).status_code in (403, 422), (role, method, route.path)


def test_every_form_needs_its_token(app: FastAPI, client: Client) -> None:
    browser = client("administrator")
    for bad in ("", "x" * 43):
        browser.headers["X-CSRF-Token"] = bad
        for route in web.routes(app):
            for method in route.methods - SAFE if verb(route) is not None else ():
                answer = browser.request(method, path(route), data={"csrf": bad})
                assert answer.status_code in (403, 422), (method, route.path)


def test_another_sites_form_is_refused(client: Client) -> None:
    browser = client("biller")
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "null"},
                    {"origin": "https://evil.example"}):  # fmt: skip
        assert browser.post("/sign-out", headers=headers).status_code == 403
    assert browser.post("/account/out", headers={"sec-fetch-site": "same-origin", "origin": "null"}).status_code == 303
    assert browser.post("/sign-out").status_code == 303


def test_every_answer_carries_the_headers(app: FastAPI, client: Client) -> None:
    browser = client("viewer")
    for address in ("/tonight", "/nothing", "/people", "/static/style.css", "/tonight?night=x", "/sign-in"):
        headers = browser.get(address).headers
        assert "default-src 'none'" in headers["content-security-policy"], address
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        kept = "immutable" in headers["cache-control"]
        assert kept == address.startswith("/static") and (kept or headers["cache-control"] == "no-store")


def test_every_verb_has_a_least_role_and_roles_only_grow() -> None:
    assert set(LEAST) == set(Verb)
    for before, after in zip(list(Role), list(Role)[1:], strict=False):
        assert {one for one in Verb if may(before, one)} < {one for one in Verb if may(after, one)}


def test_the_way_around_leads_to_pages_of_its_verb(app: FastAPI) -> None:
    known = {route.name: verb(route) for route in web.routes(app)}
    assert {place.name: place.verb for place in NAV} == {place.name: known[place.name] for place in NAV}
    assert len({place.key for place in NAV}) == len(NAV)


def test_signing_in_and_out(stranger: TestClient) -> None:
    sent = stranger.get("/work?view=abc")
    assert sent.headers["location"] == "/sign-in?next=%2Fwork%3Fview%3Dabc"
    form = stranger.get(sent.headers["location"]).text
    fields = dict(re.findall(r'name="(token|next)" value="([^"]*)"', form))
    assert fields["next"] == "/work?view=abc"
    refused = stranger.post("/sign-in", data=fields | {"name": "biller", "password": "not that"})
    assert refused.status_code == 401 and people.Role.BILLER.value in refused.text and "not that" not in refused.text
    done = stranger.post("/sign-in", data=fields | {"name": "biller", "password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/work?view=abc")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    page = stranger.get("/tonight")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert page.status_code == 200 and token
    assert stranger.post("/sign-out", data={"csrf": token[1]}).status_code == 303
    assert stranger.get("/tonight").status_code == 303


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
def test_signing_in_leads_nowhere_else(stranger: TestClient, elsewhere: str) -> None:
    assert f'value="{elsewhere}"' not in stranger.get("/sign-in", params={"next": elsewhere}).text


def test_our_files_and_no_others(stranger: TestClient) -> None:
    assert stranger.get("/static/style.css").status_code == 200
    for bad in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"):
        assert stranger.get(bad).status_code == 404


def test_templates_switch_nothing_off(app: FastAPI) -> None:
    folder = Path(web.__file__).parent / "templates"
    for template in folder.rglob("*.html"):
        text = template.read_text()
        bad = r"\|\s*safe|autoescape false|<script(?![^>]*src=)|\son[a-z]+=|\sstyle=|hx-on|<style"
        assert not re.search(bad, text), template
        assert "http://" not in text and "https://" not in text, template


@pytest.mark.parametrize("address", ["/claims?state=rejected", "/work?owner=me", "/reports/kpis?frist=2026-09-01",
                                     "/remits?page=2&state=parked"])  # fmt: skip
def test_what_a_page_does_not_know_is_not_passed_over(client: Client, address: str) -> None:
    answer = client("biller").get(address)
    asked, _, value = address.rpartition("?")[2].rpartition("&")[2].partition("=")
    assert answer.status_code == 422
    assert f"address asks for: {asked}" in answer.text
    assert value not in answer.text.replace("/remits", "") or value == "me"
