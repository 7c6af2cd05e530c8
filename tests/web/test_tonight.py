"""Tonight: what the summary says, as a page; each figure opens its rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.money import usd
from ptedi.pipeline import tonight
from ptedi.store import claims, coordination
from ptedi.store.coordination import Coordination
from ptedi.web.pages.tonight import _TITLES, _lines
from tests.web.conftest import Opened
from tests.web.practice import BEFORE, TONIGHT

Client = Callable[[str], TestClient]


def test_figures_are_the_summarys(client: Client, night: pipeline.Night) -> None:
    told = pipeline.summary(night, TONIGHT)
    page = client("viewer").get("/tonight").text
    for amount in (told.equation.billed, told.equation.paid, told.equation.open, told.books.billed, told.bank.checks):
        assert usd(amount) in page
    assert f"<b>{told.claims.count} claims</b>" in page and "to the cent" in page and told.closes


def test_the_flow_loses_no_claim(night: pipeline.Night) -> None:
    found = tonight.look(night, TONIGHT).stations
    assert found["claims"].count == found["sent"].count + found["held"].count
    assert found["sent"].count == sum(found[n].count for n in ("unanswered", "rejected", "acknowledged"))
    assert found["sent"].amount == sum(found[n].amount for n in ("unanswered", "rejected", "acknowledged"))
    assert (found["held"].count, found["denied"].count, found["refused"].count) == (3, 3, 26)
    assert found["quarantined"].count == 2


def test_every_figure_opens_its_rows(client: Client, night: pipeline.Night) -> None:
    browser = client("viewer")
    page = browser.get("/tonight").text
    links = {unescape(link) for link in re.findall(r'href="(/tonight/open[^"]*)"', page)}
    assert {name for name in _TITLES if any(f"station={name}&" in link for link in links)} >= {"claims", "held", "paid"}
    told = tonight.look(night, TONIGHT)
    waiting = {one.kind: one.items for one in told.waiting}
    for link in links:
        asked = parse_qs(urlsplit(link).query)
        answer = browser.get(link)
        assert answer.status_code == 303, link
        page = browser.get(answer.headers["location"]).text
        shown = int(re.search(r"<b>([\d,]+)</b> rows?\b", page)[1].replace(",", ""))
        if "reason" in asked:
            expected = told.summary.denied[asked["reason"][0]].count
        elif asked.get("station") == ["refused"]:
            expected = waiting["charge"]
        elif "station" in asked and asked["station"] != ["quarantined"]:
            expected = told.stations[asked["station"][0]].count
        else:
            expected = sum(waiting.get(kind, 0) for kind in asked.get("kind", told.stations["quarantined"].kinds))
        assert shown == expected, link


def test_claims_to_later_payers_are_told_apart(client: Client, night: pipeline.Night) -> None:
    with night.store.begin() as conn:
        first, later = [row.id for row in claims.of_date(conn, TONIGHT)][:2]
        coordination.put(conn, Coordination(claim_id=first, step=coordination.Step.BILLED, next_claim_id=later))
    told = pipeline.summary(night, TONIGHT)
    browser = client("viewer")
    assert told.later_payers.count == 1
    for turn, count in (("first", told.claims.count), ("later", 1)):
        kept = browser.post("/claims/filter", data={"turn": turn, "first": str(TONIGHT), "last": str(TONIGHT)})
        shown = browser.get(kept.headers["location"]).text
        assert re.search(rf"<b>{count}</b> rows?\b", shown), turn


def test_each_equation_adds_up_as_it_is_shown(night: pipeline.Night) -> None:
    told = pipeline.summary(night, TONIGHT)
    assert told.remittances.provider
    for line in _lines(told):
        assert line.left[1] == sum(amount for _, amount in line.right) and not line.difference, line.name


def test_a_figure_counts_the_claims_of_its_list(client: Client, night: pipeline.Night) -> None:
    for name in ("claims", "held", "sent", "acknowledged", "paid", "denied"):
        one = tonight.look(night, TONIGHT).stations[name]
        rows = pipeline.list_claims(night, states=one.states, service_date=TONIGHT)
        assert (len(rows), sum(row.charge for row in rows)) == (one.count, one.amount), name


def test_another_night_and_one_without_anything(client: Client) -> None:
    browser = client("viewer")
    assert f"{BEFORE:%A}, {BEFORE}" in browser.get(f"/tonight?night={BEFORE}").text
    empty = browser.get("/tonight?night=2020-01-01").text
    assert "No visits of this day" in empty and "2020-01-01, no claims" in empty
    assert browser.get("/tonight?night=nonsense").status_code == 422
    assert browser.get("/tonight/open?station=nothing").status_code == 404
    assert browser.get("/tonight/open?kind=nothing").status_code == 404


def test_the_same_as_json(client: Client, night: pipeline.Night) -> None:
    told = client("viewer").get("/tonight", headers={"accept": "application/json"}).json()
    assert told["alarms"] == []
    assert told["equation"] == pipeline.summary(night, TONIGHT).as_json()["equation"]


def test_what_is_wrong_or_late_comes_first(client: Client, night: pipeline.Night,
                                           monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    pipeline.raise_alarm(night, "claims_nightly/deliver_batches/2026-11-20", "The task failed.")
    monkeypatch.setenv("PTEDI_NOW", "2028-01-10T08:00:00+00:00")
    alarms = {one.what: one for one in tonight.look(night, TONIGHT).alarms}
    assert {"step", "deadlines_past"} <= alarms.keys() and alarms["step"].count == 1
    page = client("viewer").get("/tonight").text
    assert "1 step of the night failed or came late." in page and "already past" in page


def test_a_summary_is_made_again_when_something_was_written(night: pipeline.Night) -> None:
    first = tonight.look(night, TONIGHT)
    assert tonight.look(night, TONIGHT).summary is first.summary
    pipeline.raise_alarm(night, "claims_nightly/x/2026-11-20", "The task failed.")
    assert tonight.look(night, TONIGHT).summary.work["night"].count == 1


def test_nights_are_the_newest_first(night: pipeline.Night) -> None:
    assert tonight.nights(night) == [TONIGHT, BEFORE]
    assert tonight.nights(night, limit=1) == [TONIGHT]


def test_an_empty_workspace_has_a_first_page(tmp_path: Path) -> None:
    from ptedi.sandbox import practice

    pipeline.make_workspace(tmp_path / "new", practice.settings())
    with pipeline.open_night(tmp_path / "new") as night:
        told = tonight.look(night, dt.date(2026, 11, 20))
        assert told.alarms == () and told.waiting == () and told.summary.closes


@pytest.mark.parametrize("width", [1280, 768])
def test_in_a_browser(opened: Callable[..., Opened], width: int) -> None:
    window = opened("biller", width=width)
    page = window.go("/")
    assert page.get_by_role("heading", level=1).inner_text() == "Tonight"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.locator("select[name=night]").select_option(str(BEFORE))
    page.wait_for_url(f"**/tonight?night={BEFORE}")
    page.go_back()
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/work")
    assert window.complaints == []
