"""One search for everything; a patient by name, and nothing of that in an address or a log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from ptedi import pipeline

Client = Callable[[str], TestClient]


@pytest.fixture
def patient(night: pipeline.Night) -> tuple[str, str, str]:
    """Id, last and first name of somebody with a claim."""
    row = pipeline.list_claims(night)[0]
    story = pipeline.claim_story(night, row.patient_control_number)
    assert story is not None
    name = story.coded.claim.person_treated.name
    return row.patient_id, name.last, name.first


def found(seat: TestClient, words: str) -> tuple[str, str]:
    answer = seat.post("/search", data={"words": words})
    assert answer.status_code == 303
    return answer.headers["location"], seat.get(answer.headers["location"]).text


def test_a_patient_is_found_by_name_and_opens_its_claims(client: Client, night: pipeline.Night,
                                                         patient: tuple[str, str, str]) -> None:  # fmt: skip
    seat, (number, last, first) = client("viewer"), patient
    address, page = found(seat, f"{first[:3].lower()} {last.upper()}")
    assert f"{last}, {first}" in page and number in page
    assert last.lower() not in address.lower() and first.lower() not in address.lower()
    listed = seat.get(seat.post("/claims/filter", data={"patient": number}).headers["location"]).text
    wanted = [row.patient_control_number for row in pipeline.list_claims(night, patient_id=number)]
    assert wanted and all(one in listed for one in wanted)
    assert last not in (night.workspace.root / "logs" / "ptedi.log").read_text(encoding="utf-8")


def test_who_was_shown_stands_in_the_access_log(client: Client, patient: tuple[str, str, str]) -> None:
    number, last, _ = patient
    found(client("viewer"), last)
    page = client("administrator").get("/people/log").text
    assert "patients=" in page and number in page and last not in page


def test_nothing_is_said_of_names_that_nobody_has(client: Client) -> None:
    seat = client("viewer")
    assert "Nothing fits" in found(seat, "xqzwv")[1]
    assert seat.post("/search", data={"words": "x"}).status_code == 422


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nowhere", 404), ("GET", "/claims/NOPE", 404), ("GET", "/close/day/x", 422), ("GET", "/people", 403),
    ("PUT", "/tonight", 405), ("POST", "/search", 422),
])  # fmt: skip
def test_a_problem_keeps_the_way_around(client: Client, stranger: TestClient, method: str, path: str,
                                        status: int) -> None:  # fmt: skip
    seat = client("viewer")
    answer = seat.request(method, path)
    assert answer.status_code == status
    assert '<nav id="nav"' in answer.text and "TAMARACK" in answer.text and "Content-Security-Policy" in answer.headers
    told: Any = seat.request(method, path, headers={"Accept": "application/json"})
    assert told.status_code == status and set(told.json()) == {"error", "hint"}
    other = stranger.request(method, path)
    assert '<nav id="nav"' not in other.text and "TAMARACK" not in other.text


def test_back_from_a_problem_with_what_was_typed(opened: Callable[..., Any]) -> None:
    page = opened("biller", width=768).go("/work")
    page.get_by_label("Amount, at least").fill("a lot")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("is not an amount").first.wait_for()
    page.get_by_role("button", name="Back").click()
    page.wait_for_url("**/work")
    assert page.get_by_label("Amount, at least").is_visible()
