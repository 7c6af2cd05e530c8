"""The claim's pages: submitted beside remitted with every origin, timeline, segments, documents."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.money import usd
from ptedi.pipeline import casework
from ptedi.store import files
from tests.web import practice

Client = Callable[[str], TestClient]


def number(night: pipeline.Night, *states: str) -> str:
    rows, _ = pipeline.claims_page(night, casework.Wanted(states=states), 1)
    return rows[0].patient_control_number


def test_the_list_pages_sorts_and_counts(client: Client, night: pipeline.Night) -> None:
    rows, total = pipeline.claims_page(night, casework.Wanted(backwards=True), 50)
    page = client("viewer").get("/claims").text
    assert f"<b>{total}</b> rows" in page and rows[0].service_date == practice.TONIGHT
    order = [page.index(f"/claims/{one.patient_control_number}") for one in rows]
    assert order == sorted(order)
    dearest = max(pipeline.list_claims(night), key=lambda one: one.charge)
    body = client("viewer").get("/claims?sort=-charge").text.partition("<tbody>")[2]
    assert usd(dearest.charge) in body[: body.index("</tr>")]


@pytest.mark.parametrize("field", ["state", "payer", "claim", "patient", "visit", "first"])
def test_every_filter_narrows_the_list(client: Client, night: pipeline.Night, field: str) -> None:
    everything = pipeline.list_claims(night)
    one = everything[0]
    story = pipeline.claim_story(night, one.patient_control_number)
    assert story is not None
    given = {"state": one.state, "payer": one.payer_id, "claim": one.patient_control_number[:-1],
             "patient": one.patient_id, "visit": story.coded.visit_ids[0], "first": str(practice.TONIGHT)}[field]
    wanted = {
        "state": lambda o: o.state == one.state, "payer": lambda o: o.payer_id == one.payer_id,
        "claim": lambda o: o.patient_control_number == one.patient_control_number,
        "patient": lambda o: o.patient_id == one.patient_id,
        "visit": lambda o: story.coded.visit_ids[0] in (pipeline.claim_story(
            night, o.patient_control_number) or story).coded.visit_ids,
        "first": lambda o: o.service_date >= practice.TONIGHT,
    }[field]  # fmt: skip
    viewer = client("viewer")
    answer = viewer.post("/claims/filter", data={"claim" if field == "visit" else field: given})
    assert given not in answer.headers["location"]
    page = viewer.get(answer.headers["location"]).text
    assert f"<b>{sum(1 for o in everything if wanted(o))}</b> row" in page


def test_an_export_of_claims_has_every_cent(client: Client, night: pipeline.Night) -> None:
    answer = client("biller").get("/claims/export?format=csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    body = rows[1 : rows.index([])]
    paid = rows[0].index("Paid")
    assert sum(Decimal(one[paid]) for one in body) == sum(one.paid for one in pipeline.list_claims(night))
    assert client("viewer").get("/claims/export").status_code == 403


def test_submitted_and_remitted_stand_side_by_side_and_every_figure_opens_its_origin(
    client: Client, night: pipeline.Night
) -> None:
    claim = number(night, "partly paid")
    answer, *_ = casework.answers(night, claim)
    viewer = client("viewer")
    page = viewer.get(f"/claims/{claim}").text
    for line in answer.lines:
        assert usd(line.charge) in page and usd(line.paid) in page
        for one in line.adjusted:
            assert one.code in page and escape(one.words) in page and usd(one.amount) in page
    assert "denied" in page and "no answer to this line" not in page
    links = set(re.findall(r'href="(/source/\d+\?place=\d+)"', page))
    assert f"/source/{answer.file_id}?place={answer.lines[0].segment}" in links
    for link in links:
        there = viewer.get(link)
        assert there.status_code == 200 and 'id="here"' in there.text
    shown = viewer.get(f"/source/{answer.file_id}?place={answer.segment}").text
    assert f"CLP*{claim}*" in shown and "Claim Payment Information" in shown


def test_what_the_payer_changed_is_marked_in_words(client: Client, night: pipeline.Night,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    claim = number(night, "paid")
    answer, *_ = casework.answers(night, claim)
    changed = replace(answer, lines=(replace(answer.lines[0], differs=("units", "modifiers")), *answer.lines[1:]))
    monkeypatch.setattr(casework, "answers", lambda *_: (changed,))
    page = client("viewer").get(f"/claims/{claim}").text
    assert "differs: units, modifiers" in page and page.count(" other") >= 2


def test_the_timeline_is_newest_first_and_the_charge_is_accounted_for(client: Client, night: pipeline.Night) -> None:
    claim = number(night, "denied")
    story = pipeline.claim_story(night, claim)
    assert story is not None
    page = client("viewer").get(f"/claims/{claim}").text
    timeline = page[page.index('class="timeline"'):]
    places = [timeline.index(f"<b>{e.event[:1].upper()}{e.event[1:]}</b>") for e in story.events]
    assert places == sorted(places)
    row = story.claim
    assert row.charge == row.paid + row.adjusted + row.patient + row.open
    for amount in (row.charge, row.open):
        assert usd(amount) in page


@pytest.mark.parametrize("tab", ["coding", "ledger", "segments", "documents", "nonsense"])
def test_every_part_of_a_claim_opens(client: Client, night: pipeline.Night, tab: str) -> None:
    claim = number(night, "partly paid")
    answer = client("viewer").get(f"/claims/{claim}?tab={tab}")
    assert answer.status_code == 200
    wanted = {"coding": "Diagnoses", "ledger": "Payer owes", "segments": f"CLM*{claim}*", "documents": "837P"}
    assert wanted.get(tab, "Timeline") in answer.text
    assert ("data-copy" in answer.text and "Claim Information" in answer.text) == (tab == "segments")


def test_a_ledgers_postings_are_all_there_and_sum_to_what_is_open(client: Client, night: pipeline.Night) -> None:
    claim = number(night, "partly paid")
    story = pipeline.claim_story(night, claim)
    assert story is not None
    page = client("viewer").get(f"/claims/{claim}?tab=ledger").text
    assert page.count('<td class="date">') == len(story.postings)
    assert sum(p.amount for p in story.postings if p.account.startswith("receivable.payer")) == story.claim.open


def test_the_price_of_a_claim_stands_step_by_step(client: Client, night: pipeline.Night) -> None:
    claim = number(night, "paid")
    story = casework.price_story(night, claim)
    assert story is not None and any(one.figures for one in story.lines)
    page = client("viewer").get(f"/claims/{claim}?tab=price").text
    for line in story.lines:
        assert all(usd(one.amount).removeprefix("-") in page and one.step in page for one in line.figures)
    assert client("viewer").get(f"/claims/{number(night, 'held')}?tab=price").status_code == 200


def test_a_charge_row_is_shown_in_its_file(client: Client, night: pipeline.Night) -> None:
    claim = number(night, "paid")
    page = client("viewer").get(f"/claims/{claim}?tab=coding").text
    link = re.findall(r'href="(/source/\d+\?place=\d+)"', page)[0]
    shown = client("viewer").get(link).text
    story = pipeline.claim_story(night, claim)
    assert story is not None and story.coded.visit_ids[0] in shown and 'id="here"' in shown


def test_a_row_of_charges_that_are_no_table_is_marked_on_its_line(client: Client, night: pipeline.Night) -> None:
    with night.store.read() as conn:
        name, file_id = next((one.original_name, one.id) for one in files.list_files(conn)
                             if one.original_name.endswith(".xml"))  # fmt: skip
    shown = client("viewer").get(f"/source/{file_id}?place=2").text
    [line] = re.findall(r'<li class="here" id="here"[^>]*><span class="at">row 2</span><code>(.*?)</code>', shown)
    assert "&lt;procedure" in line and name in shown
    assert "has no such place" in client("viewer").get(f"/source/{file_id}?place=9999").text


def test_a_file_is_given_whole_under_a_name_of_ours(client: Client, night: pipeline.Night) -> None:
    answer, *_ = casework.answers(night, number(night, "paid"))
    given = client("biller").get(f"/source/{answer.file_id}/file")
    assert given.content[answer.byte :].startswith(b"CLP*")
    assert given.headers["content-disposition"] == f'attachment; filename="file-{answer.file_id}.835"'
    assert client("viewer").get(f"/source/{answer.file_id}/file").status_code == 403


@pytest.mark.parametrize(("path", "status"), [
    ("/claims/NOPE", 404), ("/claims/..%2f..%2fetc", 404), ("/claims/" + "A" * 60, 422), ("/source/999999", 404),
    ("/source/0", 422), (f"/source/{2**60}", 422), ("/source/1?place=-1", 422), ("/source/999999/file", 404),
    ("/claims/%3Cscript%3E", 422),
])  # fmt: skip
def test_what_is_not_there_is_said_and_nothing_breaks(client: Client, path: str, status: int) -> None:
    answer = client("administrator").get(path)
    assert answer.status_code == status and "<script>" not in answer.text.replace("<script src", "")


def test_a_place_beyond_the_file_shows_its_beginning(client: Client) -> None:
    assert "has no such place" in client("viewer").get("/source/2?place=99999999").text


def test_programs_get_the_same_facts(client: Client, night: pipeline.Night) -> None:
    claim = number(night, "denied")
    facts = client("viewer").get(f"/claims/{claim}", headers={"accept": "application/json"}).json()
    assert facts["claim"]["patient_control_number"] == claim and facts["events"]


def test_pages_about_a_claim_are_in_the_access_log_by_number_only(client: Client, night: pipeline.Night) -> None:
    claim = number(night, "denied")
    story = pipeline.claim_story(night, claim)
    assert story is not None
    client("viewer").get(f"/claims/{claim}")
    [seen] = [one for one in pipeline.presence.accesses(night) if one.page == "claim"]
    assert (seen.person, seen.object) == ("viewer", f"number={claim}")
    assert story.coded.claim.person_treated.name.last not in str(pipeline.presence.accesses(night))


def test_a_claim_reads_well_in_a_narrow_window_and_complains_of_nothing(opened: Callable[..., Any],
                                                                         night: pipeline.Night) -> None:  # fmt: skip
    window = opened("biller", width=768, height=1024)
    claim = number(night, "partly paid")
    for tab in ("overview", "coding", "ledger", "segments", "documents"):
        page = window.go(f"/claims/{claim}?tab={tab}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab
    assert window.complaints == []
