"""A session that ends while somebody types: nothing typed is lost, nothing is sent as somebody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import casework, people, presence
from ptedi.web.seat import POLL, SESSION
from tests.web.conftest import Opened, sign_in
from tests.web.practice import NOW


@pytest.fixture
def desk(night: pipeline.Night) -> str:
    """A denied claim that can be corrected."""
    rows = pipeline.list_claims(night, states=("denied",))
    return next(row.patient_control_number for row in rows
                if casework.desk(night, row.patient_control_number).choice("correct").open)  # fmt: skip


def cookie(app: FastAPI, site: str, name: str) -> dict[str, object]:
    return {"name": SESSION, "value": sign_in(app, name).cookies[SESSION], "url": site, "httpOnly": True}


@pytest.mark.parametrize("seen_by_the_live_check", [True, False])
def test_what_was_typed_is_still_there_and_goes_on_after_signing_in(
    app: FastAPI, opened: Callable[..., Opened], desk: str, seen_by_the_live_check: bool
) -> None:
    window = opened("biller")
    page, form = window.page, 'form[action$="/draft"]'
    page.clock.install()
    window.go(f"/rework/claim/{desk}")
    if not page.locator(f"{form} [name=authorization]").is_visible():
        page.locator("details", has=page.locator(form)).locator("summary").first.click()
    page.context.clear_cookies()
    if seen_by_the_live_check:
        page.fill(f"{form} [name=authorization]", "A4711")
        page.clock.run_for(1000)
    else:
        page.evaluate("name => { document.querySelector(name).value = 'A4711'; }", f"{form} [name=authorization]")
        page.clock.fast_forward(31 * 60_000)
        page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_text("Your session is over.").wait_for()
    assert page.url.endswith(f"/rework/claim/{desk}")
    assert page.input_value(f"{form} [name=authorization]") == "A4711"

    page.context.add_cookies([cookie(app, window.site, "approver")])
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_text("Somebody else is signed in").wait_for()
    page.context.clear_cookies()
    page.context.add_cookies([cookie(app, window.site, "biller")])
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_text("waits for approval").first.wait_for()
    assert page.get_by_text("A4711").count()


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    watched, clicked = sign_in(app, "viewer"), sign_in(app, "viewer")
    start = dt.datetime.fromisoformat(NOW)
    for minutes in (10, 20, 29):
        monkeypatch.setenv("PTEDI_NOW", (start + dt.timedelta(minutes=minutes)).isoformat())
        assert watched.get("/progress", headers={"hx-request": "true", POLL: "1"}).status_code == 200
        assert clicked.get("/progress", headers={"hx-request": "true"}).status_code == 200
    monkeypatch.setenv("PTEDI_NOW", (start + dt.timedelta(minutes=31)).isoformat())
    assert watched.get("/progress", headers={"hx-request": "true", POLL: "1"}).headers["hx-redirect"]
    assert clicked.get("/progress").status_code == 200
    assert "X-Poll" in clicked.get("/progress").text


def test_what_was_sent_without_a_session_is_said_to_be_lost(stranger: TestClient) -> None:
    answer = stranger.post("/work/take", data={"id": "1"})
    assert answer.status_code == 303
    assert "what you sent was not taken" in stranger.get(answer.headers["location"]).text


def test_a_session_tells_its_name_and_token_to_itself_alone(app: FastAPI, stranger: TestClient,
                                                            night: pipeline.Night) -> None:  # fmt: skip
    asks = {"accept": "application/json"}
    client = sign_in(app, "biller")
    session = presence.find_session(night, client.cookies[SESSION], app.state.house.settings.limits)
    assert session is not None and people.find_person(night, "biller") is not None
    assert client.get("/session", headers=asks).json() == {"name": "biller", "csrf": session.csrf}
    assert stranger.get("/session", headers=asks).status_code == 401
