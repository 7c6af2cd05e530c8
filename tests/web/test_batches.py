"""Batches and partners in the workbench."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.cli import demo
from ptedi.pipeline import Night, batching, channels, presence
from tests.web import practice

Client = Callable[[str], TestClient]


def first(night: Night) -> pipeline.BatchHead:
    return pipeline.batch_list(night)[-1]


def test_the_list_has_every_batch_with_its_claims_now(client: Client, night: Night) -> None:
    page = client("viewer").get("/batches").text
    for one in pipeline.batch_list(night):
        assert f"Batch {one.id}<" in page
        assert one.file in page
        assert f"{one.charge:,.2f}" in page
        assert sum(one.states.values()) == one.claims


def test_pages_of_batches_are_the_list(night: Night) -> None:
    everything = pipeline.batch_list(night)
    found = batching.batch_page(night, batching.WantedBatches(), limit=1, offset=1)
    assert found.heads == (everything[1],)
    assert found.total == len(everything)
    assert found.charge == sum(one.charge for one in everything)
    none = batching.batch_page(night, batching.WantedBatches(states=(batching.Outbox.FAILED,)), limit=5)
    assert (none.heads, none.total) == ((), 0)
    today = everything[0].built_at.date()
    assert batching.batch_page(night, batching.WantedBatches(first=today, last=today), limit=5).total >= 1


def test_one_batch_tells_its_way_and_lists_its_claims(client: Client, night: Night) -> None:
    head = first(night)
    story = pipeline.batch_story(night, head.id)
    look = batching.batch_look(night, head.id, limit=1000)
    assert story is not None
    assert look is not None
    assert [one.claim for one in look.claims] == [one.claim.patient_control_number for one in story.claims]
    assert [one.state for one in look.claims] == [one.state for one in story.claims]
    page = client("viewer").get(f"/batches/{head.id}").text
    assert head.interchange in page
    for answer in story.answers:
        assert answer.event in page


def test_the_claims_of_a_batch_by_state(client: Client, night: Night) -> None:
    seat, head = client("viewer"), first(night)
    state, count = next(iter(head.states.items()))
    answer = seat.post(f"/batches/{head.id}/filter", data={"states": state})
    assert answer.status_code == 303
    assert f"<b>{count}</b> row" in seat.get(answer.headers["location"]).text


def test_the_file_is_the_archived_one_and_is_logged(client: Client, night: Night) -> None:
    head = first(night)
    assert client("viewer").get(f"/batches/{head.id}/file").status_code == 403
    answer = client("biller").get(f"/batches/{head.id}/file")
    found = batching.batch_file(night, head.id)
    assert found is not None
    assert answer.content == found[1]
    assert answer.content.startswith(b"ISA*")
    assert "batch-" in answer.headers["content-disposition"]
    told = [one for one in presence.accesses(night, limit=20) if one.page == "batch_file" and one.verb == "export"]
    assert told[0].object == f"batch={head.id}"


def test_a_batch_is_proven_once_more(client: Client, night: Night) -> None:
    seat, head = client("biller"), first(night)
    answer = seat.post(f"/batches/{head.id}/rebuild")
    assert answer.status_code == 303
    assert head.sha256[:16] in seat.get(answer.headers["location"]).text
    assert client("viewer").post(f"/batches/{head.id}/rebuild").status_code == 403


@pytest.mark.parametrize("address", ["/batches/999999", "/batches/999999/file", "/partners/payers/nobody"])
def test_what_is_not_there_is_said(client: Client, address: str) -> None:
    assert client("administrator").get(address).status_code == 404


def test_partners_show_no_secret_and_every_payer(client: Client, night: Night) -> None:
    seat = client("viewer")
    page = seat.get("/partners").text
    for partner in channels.partner_views(night):
        assert partner.name in page
        assert partner.example in page
    for one in channels.payer_views(night):
        assert one.payer_id in page
        values = seat.get(f"/partners/payers/{one.id}").text
        assert all(finding.code in values for finding in one.findings)
    assert not re.search("password|private", page, re.IGNORECASE)


def test_trying_the_connection_leaves_nothing(client: Client, night: Night) -> None:
    name = next(iter(night.partners))
    assert client("biller").post(f"/partners/{name}/try").status_code == 403
    seat = client("approver")
    assert seat.post("/partners/nobody/try").status_code == 404
    before = sorted(path.name for path in night.workspace.root.rglob("*") if "clearinghouse" in str(path))
    answer = seat.post(f"/partners/{name}/try")
    assert answer.status_code == 303
    assert "a note arrived whole" in seat.get("/partners").text
    assert sorted(path.name for path in night.workspace.root.rglob("*") if "clearinghouse" in str(path)) == before


def test_a_test_file_is_sent_once_and_its_answers_stand_beside_the_partner(client: Client, night: Night) -> None:
    name = next(iter(night.partners))
    assert client("biller").post(f"/partners/{name}/test").status_code == 403
    seat = client("approver")
    assert seat.post("/partners/nobody/test").status_code == 404
    for _ in range(2):  # a double click
        assert seat.post(f"/partners/{name}/test", data={"once": "one"}).status_code == 303
    made = channels.newest_trial(night, name)
    assert made is not None and made.batch_id == 3
    page = seat.get("/partners").text
    assert made.file in page and "No answer yet" in page
    demo.answer(night.workspace, practice.TONIGHT, seed=practice.SEED)
    pipeline.collect(night)
    page = seat.get("/partners").text
    assert "999 accepted" in page and "277CA from payer: A3:33:IL" in page
    batch = seat.get(f"/batches/{made.batch_id}").text
    assert "999 accepted" in batch and "invented patient" in batch and "Compare with its claims" not in batch
    assert "test file" in seat.get("/batches").text
