"""A claim held back from its page, and the page of what goes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import Night
from ptedi.sandbox import practice as sandbox
from tests.web import practice

Client = Callable[[str], TestClient]
DAY = practice.TONIGHT + dt.timedelta(days=1)


def ready(night: Night) -> str:
    """A small night more, up to the claims that are ready; one of them."""
    for name, data in sandbox.charges(9, DAY, visits=6, bad_rows=False).items():
        pipeline.drop(night.workspace, name, data)
    pipeline.extract_charges(night)
    pipeline.code_visits(night, DAY)
    pipeline.scrub_claims(night, DAY)
    return pipeline.list_claims(night, states=("ready",))[0].patient_control_number


def state(night: Night, claim: str) -> str:
    story = pipeline.claim_story(night, claim)
    assert story is not None
    return story.claim.state


def test_held_back_once_and_let_go_again(client: Client, night: Night) -> None:
    claim = ready(night)
    page, seat, viewer = f"/claims/{claim}", client("biller"), client("viewer")
    assert "Hold it back" in seat.get(page).text and "Hold it back" not in viewer.get(page).text
    assert viewer.post(f"{page}/hold", data={"reason": "why"}).status_code == 403
    assert seat.post(f"{page}/hold", data={"until": "2031-01-01"}).status_code == 422  # no reason
    assert seat.post(f"{page}/hold", data={"reason": "why", "until": "soon"}).status_code == 422
    assert state(night, claim) == "ready"
    late = {"reason": "why", "until": "2031-01-01"}
    assert seat.post(f"{page}/hold", data=late).status_code >= 400  # the payer would take it no more
    assert seat.post(f"{page}/hold", data=late | {"past_deadline": "yes"}).status_code == 303
    assert seat.post(f"{page}/unhold").status_code == 303
    for _ in range(2):  # a double click
        told = seat.post(f"{page}/hold", data={"reason": "<b>a question</b>", "once": "one"})
        assert told.status_code == 303
    assert state(night, claim) == "held"
    found = pipeline.batching.next_night(night)
    assert [one.claim for one in found.held_back] == [claim]
    shown = seat.get("/batches/next").text
    assert claim in shown and "<b>a question</b>" not in shown and "&lt;b&gt;a question" in shown
    assert f"{sum(one.claims for one in found.routes)}" in shown
    assert "Let it go" in seat.get(page).text
    assert viewer.post(f"{page}/unhold").status_code == 403
    assert seat.post(f"{page}/unhold", data={"once": "two"}).status_code == 303
    assert state(night, claim) == "ready"
    assert seat.post(f"{page}/unhold", data={"once": "three"}).status_code >= 400  # nobody holds it back


def test_what_left_cannot_be_held_back(client: Client, night: Night) -> None:
    gone = pipeline.list_claims(night, states=("paid",))[0].patient_control_number
    seat = client("biller")
    assert "Hold it back" not in seat.get(f"/claims/{gone}").text
    assert seat.post(f"/claims/{gone}/hold", data={"reason": "why"}).status_code >= 400
    assert state(night, gone) == "paid"
