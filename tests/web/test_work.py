"""The worklist's pages: filters, acts on many items, saved views, exports, what two persons do at the same moment."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.money import usd
from ptedi.pipeline import casework

Client = Callable[[str], TestClient]
EVERYTHING = casework.WantedWork()


def items(night: pipeline.Night, **wanted: Any) -> list[casework.WorkRow]:
    return list(pipeline.work_list(night, casework.WantedWork(**wanted)).rows)


def row(night: pipeline.Night, item: int) -> casework.WorkRow:
    story = pipeline.work_story(night, item)
    assert story is not None
    return story.row


def shown(client: TestClient, **filters: Any) -> str:
    """The list after a filter was sent as a form."""
    answer = client.post("/work/filter", data=filters)
    assert answer.status_code == 303
    return client.get(answer.headers["location"]).text


def test_the_list_has_every_open_item_with_its_cents(client: Client, night: pipeline.Night) -> None:
    page, found = client("viewer").get("/work").text, pipeline.work_list(night, EVERYTHING)
    assert f"<b>{found.total.items}</b> rows" in page and usd(found.total.amount) in page
    for one in found.rows[:20]:
        assert f"/work/{one.id}" in page
    denied = pipeline.work_choices(night, EVERYTHING).kinds["denial"]
    assert usd(denied.amount) in page and f"Denials, {denied.items} items" in page


def test_at_first_it_is_what_is_mine_or_nobodys(client: Client, night: pipeline.Night) -> None:
    mine, others = items(night)[:2]
    pipeline.take_items(night, [mine.id], "biller")
    pipeline.take_items(night, [others.id], "approver")
    page = client("biller").get("/work").text
    assert f'id="row-{mine.id}"' in page and f'id="row-{others.id}"' not in page
    everybodys = shown(client("biller"), state=["open", "taken"])
    assert f'id="row-{others.id}"' in everybodys


def test_a_filter_is_kept_on_the_server_and_no_patient_stands_in_an_address(client: Client,
                                                                            night: pipeline.Night) -> None:  # fmt: skip
    one = next(item for item in items(night) if item.patient)
    biller = client("biller")
    answer = biller.post("/work/filter", data={"patient": one.patient, "kind": [one.kind]})
    assert one.patient not in answer.headers["location"] and "view=" in answer.headers["location"]
    page = biller.get(answer.headers["location"]).text
    wanted = items(night, patient=one.patient, kinds=(one.kind,))
    assert f"<b>{len(wanted)}</b> row" in page and all(f'id="row-{item.id}"' in page for item in wanted)
    assert f'value="{one.patient}"' in page  # the form shows it again


def test_several_values_of_a_filter_are_any_of_them(client: Client, night: pipeline.Night) -> None:
    page = shown(client("biller"), kind=["held", "unmatched"])
    assert f"<b>{len(items(night, kinds=('held', 'unmatched')))}</b> rows" in page


@pytest.mark.parametrize("bad", [{"first": "yesterday"}, {"at_least": "much"}, {"within": "-1"}, {"within": "9" * 20}])
def test_a_filter_that_makes_no_sense_is_one_sentence(client: Client, bad: dict[str, str]) -> None:
    biller = client("biller")
    answer = biller.get(biller.post("/work/filter", data=bad).headers["location"])
    assert answer.status_code == 422 and "Traceback" not in answer.text


def test_columns_sort_both_ways(client: Client, night: pipeline.Night) -> None:
    largest = max(items(night), key=lambda one: one.amount)
    first = client("biller").get("/work?sort=-amount").text
    last = client("biller").get("/work?sort=amount").text
    ranked = client("biller").get("/work?sort=-rank").text
    assert first.index(f'id="row-{largest.id}"') < first.index("</tr>", first.index("<tbody>"))
    assert f'id="row-{largest.id}"' not in last[: last.index("</tr>", last.index("<tbody>"))]
    top = items(night)[0]
    assert ranked.index(f'id="row-{top.id}"') < ranked.index("</tr>", ranked.index("<tbody>"))
    assert client("biller").get("/work?sort=nonsense&page=99999999999").status_code == 200


def test_many_items_are_taken_assigned_snoozed_noted_and_closed(client: Client, night: pipeline.Night) -> None:
    one, two, three, *_ = [item.id for item in items(night)]
    biller = client("biller")
    assert "2 items taken" in follow(biller, "/work/take", id=[one, two])
    assert {row(night, item).owner for item in (one, two)} == {"biller"}
    assert "1 item given to approver" in follow(biller, "/work/assign", id=[three], owner="approver")
    assert row(night, three).owner == "approver"
    assert "2 items noted" in follow(biller, "/work/note", id=[one, two], text="the payer called")
    assert "put off until 2026-12-01" in follow(biller, "/work/snooze", id=[two], until="2026-12-01", why="waits")
    assert (row(night, two).state, row(night, two).snoozed_until) == ("snoozed", date(2026, 12, 1))
    assert "back on the list" in follow(biller, "/work/wake", id=[two])
    assert "given back" in follow(biller, "/work/return", id=[one])
    assert "1 item closed" in follow(biller, "/work/resolve", id=[one], reason="paid by hand")
    story = pipeline.work_story(night, one)
    assert story is not None and (story.row.state, story.resolution) == ("resolved", "biller: paid by hand")
    assert [deed.action for deed in story.history] == ["taken", "noted", "returned", "resolved"]


def follow(client: TestClient, path: str, **data: Any) -> str:
    answer = client.post(path, data=data)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["location"]).text


def test_what_another_one_has_or_a_deadline_forbids_is_refused_by_name(client: Client, night: pipeline.Night) -> None:
    late = next(item for item in items(night) if item.deadline)
    pipeline.take_items(night, [late.id], "approver")
    assert "approver has it" in follow(client("biller"), "/work/take", id=[late.id])
    beyond = follow(client("biller"), "/work/snooze", id=[late.id], until="2031-01-01")
    assert "its deadline is" in beyond and row(night, late.id).state == "taken"


def test_two_persons_on_one_item_the_slower_one_is_told(client: Client, night: pipeline.Night) -> None:
    page = pipeline.work_list(night, EVERYTHING)
    item = page.rows[0].id
    pipeline.note_items(night, [item], "approver", "I am on it")
    told = follow(client("biller"), "/work/resolve", id=[item], reason="done", seen=page.seen)
    assert "approver was faster: noted (I am on it)" in told and row(night, item).state == "open"
    assert "1 item closed" in follow(client("approver"), "/work/resolve", id=[item], reason="done", seen=page.seen)


def test_a_double_click_does_it_once_and_another_act_is_another(client: Client, night: pipeline.Night) -> None:
    item, biller = items(night)[0].id, client("biller")
    for _ in range(2):
        assert "1 item noted" in follow(biller, "/work/note", id=[item], text="called", once="K1")
    assert "1 item noted" in follow(biller, "/work/note", id=[item], text="called again", once="K1")
    story = pipeline.work_story(night, item)
    assert story is not None and [deed.detail for deed in story.history] == ["called", "called again"]


@pytest.mark.parametrize(("path", "data"), [
    ("/work/take", {}), ("/work/take", {"id": "x"}), ("/work/take", {"id": "-1"}), ("/work/note", {"id": "1"}),
    ("/work/resolve", {"id": "1"}), ("/work/snooze", {"id": "1", "until": "soon"}),
    ("/work/snooze", {"id": "1", "until": "2020-01-01"}), ("/work/assign", {"id": "1", "owner": "nobody at all"}),
    ("/work/take", {"id": "1", "seen": "x"}), ("/work/views/open", {"name": "no such view"}),
    ("/work/views/save", {"name": ""}), ("/work/views/forget", {"name": "?"}),
])  # fmt: skip
def test_a_form_that_makes_no_sense_changes_nothing(client: Client, path: str, data: dict[str, str]) -> None:
    answer = client("biller").post(path, data=data)
    assert answer.status_code in (400, 422) and "Traceback" not in answer.text


def test_an_item_that_is_not_there(client: Client) -> None:
    assert client("viewer").get("/work/999999").status_code == 404
    assert client("viewer").get(f"/work/{2**60}").status_code == 422
    assert "Item 999999: there is no such item" in follow(client("biller"), "/work/take", id=[999999])


def test_a_viewer_looks_and_does_nothing(client: Client, night: pipeline.Night) -> None:
    viewer, item = client("viewer"), items(night)[0].id
    assert "data-all" not in viewer.get("/work").text and viewer.get(f"/work/{item}").status_code == 200
    for path in ("take", "assign", "return", "snooze", "wake", "note", "resolve", "views/save", "views/forget"):
        assert viewer.post(f"/work/{path}", data={"id": [item]}).status_code == 403
    assert viewer.get("/work/export?format=csv").status_code == 403
    assert client("biller").post(f"/work/{item}/approve").status_code == 403


def test_a_saved_view_is_everybodys_and_me_is_whoever_opens_it(client: Client, night: pipeline.Night) -> None:
    biller, approver = client("biller"), client("approver")
    key = biller.post("/work/filter", data={"kind": ["denial"], "owner": ["me"], "within": "400"}).headers["location"]
    view = key.partition("view=")[2]
    assert "The view urgent is saved" in follow(biller, "/work/views/save", name="urgent", view=view)
    denial = next(item for item in items(night, kinds=("denial",)))
    pipeline.take_items(night, [denial.id], "approver")
    page = follow(approver, "/work/views/open", name="urgent")
    assert f'id="row-{denial.id}"' in page and "<b>1</b> row" in page
    assert "no view urgent any more" in follow(biller, "/work/views/forget", name="urgent")


def name_of(night: pipeline.Night, payer: str) -> str:
    profile = night.profiles.get(payer)
    assert profile is not None
    return profile.name


def test_an_export_has_every_row_says_its_filter_and_no_cell_is_a_formula(client: Client,
                                                                           night: pipeline.Night) -> None:  # fmt: skip
    biller = client("biller")
    pipeline.note_items(night, [items(night)[0].id], "biller", "=1+1")
    location = biller.post("/work/filter", data={"kind": ["denial"]}).headers["location"]
    answer = biller.get(location.replace("/work?", "/work/export?format=csv&"))
    assert answer.headers["content-disposition"].startswith('attachment; filename="worklist-')
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    wanted = items(night, kinds=("denial",))
    body = rows[1 : rows.index([])]
    assert len(body) == len(wanted) and [r[0] for r in rows[-5:]] == [
        "# list", "# filter", "# practice", "# made by", "# made at"]  # fmt: skip
    assert "what: Denied" in rows[-4][1] and not [c for r in rows for c in r if c[:1] in "=+@" and c]
    at = {title: place for place, title in enumerate(rows[0])}
    assert all(r[at["Payer"]] == name_of(night, r[at["Payer id"]]) for r in body)
    assert {(r[at["Claim"]], r[at["Patient"]], r[at["Payer id"]], r[at["Clinic"]], r[at["What"]]) for r in body} == {
        (one.claim, one.patient, one.payer, one.clinic, "Denied") for one in wanted}  # fmt: skip
    assert sum(int(r[rows[0].index("Amount")].replace(".", "")) for r in body) == sum(
        int(one.amount * 100) for one in wanted)  # fmt: skip
    assert client("biller").get("/work/export?format=xlsx").content[:2] == b"PK"


def test_an_item_says_why_what_to_do_and_the_figures_of_its_rank(client: Client, night: pipeline.Night) -> None:
    denial = items(night, kinds=("denial",))[0]
    story = pipeline.work_story(night, denial.id)
    assert story is not None
    page = client("viewer").get(f"/work/{denial.id}").text
    for words in (denial.claim or "", denial.adjustment, f"{denial.chance} %", usd(denial.amount), story.cited):
        assert words in page
    assert "`" not in page  # nothing about the command line
    as_json = client("viewer").get(f"/work/{denial.id}", headers={"accept": "application/json"}).json()
    assert as_json["row"]["id"] == denial.id


def test_offered_repairs_of_a_held_claim_are_approved_by_an_approver(client: Client, night: pipeline.Night) -> None:
    held = [(one, offers) for one in items(night, kinds=("held",)) if (offers := casework.offers(night, one.id))]
    item, offers = held[0]
    approver = client("approver")
    page = approver.get(f"/work/{item.id}").text
    assert f'name="repair" value="{offers[0].code}"' in page and "Approve what is ticked" in page
    assert "Approve what is ticked" not in client("biller").get(f"/work/{item.id}").text
    assert approver.post(f"/work/{item.id}/approve", data={"some": "1"}).status_code == 422
    told = follow(approver, f"/work/{item.id}/approve", some="1", repair=[offers[0].code], once="R1")
    assert "is mended" in told
    assert "is mended" in follow(approver, f"/work/{item.id}/approve", some="1", repair=[offers[0].code], once="R1")
    story = pipeline.claim_story(night, item.claim or "")
    assert story is not None and [e.actor for e in story.events if e.detail.startswith("approved the repair")] == [
        "approver"]  # fmt: skip


def test_the_list_is_worked_with_the_keyboard_alone(opened: Callable[..., Any], night: pipeline.Night) -> None:
    window = opened("biller")
    page = window.go("/work")
    first, second = items(night)[:2]
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    assert page.locator("[data-picked]").inner_text() == "2 selected"
    page.keyboard.press("t")
    page.wait_for_selector("text=2 items taken")
    assert {row(night, one.id).owner for one in (first, second)} == {"biller"}
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("s")
    page.locator("details[open] [name=why]").focus()
    page.keyboard.type("they call back")
    page.keyboard.press("Enter")  # a week from now stands there
    page.wait_for_selector("text=put off until")
    story = pipeline.work_story(night, first.id)
    assert story is not None and story.row.state == "snoozed"
    assert story.history[-1].detail == "until 2026-11-28: they call back"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/*")
    page.go_back()
    page.keyboard.press("/")
    page.keyboard.type(second.claim or "TAM")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=*")
    assert window.complaints == []
