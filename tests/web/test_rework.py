"""Rework's pages: a correction tried, drafted, approved, taken back; letters, write-offs by two persons, bills."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.money import usd
from ptedi.pipeline import casework
from tests.steps import remits
from tests.web import practice
from tests.web.test_claim import number
from tests.web.test_work import follow

Client = Callable[[str], TestClient]


@pytest.fixture
def correctable(night: pipeline.Night) -> casework.Desk:
    """A denied claim whose payer takes a correction, with a field that changes nothing that an edit stops."""
    for row in pipeline.list_claims(night, states=("denied",)):
        desk = casework.desk(night, row.patient_control_number)
        if desk.choice("correct").open:
            return desk
    raise AssertionError("the practice has no such claim")


def events(night: pipeline.Night, claim: str) -> list[tuple[str, str]]:
    story = pipeline.claim_story(night, claim)
    assert story is not None
    return [(one.event, one.actor) for one in story.events]


def state(night: pipeline.Night, claim: str) -> str:
    story = pipeline.claim_story(night, claim)
    assert story is not None
    return story.claim.state


def test_the_desk_shows_the_cents_and_what_is_open_and_why_not(client: Client, correctable: casework.Desk) -> None:
    page = client("biller").get(f"/rework/claim/{correctable.claim}").text
    assert usd(correctable.denied) in page and correctable.denied > 0
    for one in correctable.choices:
        assert one.open or one.why in page or one.why.replace("'", "&#39;") in page
    assert client("viewer").get(f"/rework/claim/{correctable.claim}").status_code == 403


def test_a_correction_is_scrubbed_while_it_is_typed(client: Client, night: pipeline.Night,
                                                    correctable: casework.Desk) -> None:  # fmt: skip
    biller, path = client("biller"), f"/rework/claim/{correctable.claim}/try"
    said = biller.post(path, data={"authorization": "A4711"}, headers={"HX-Request": "true"}).text
    assert "A4711" in said and "nothing stops it" in said and "<html" not in said
    stopped = biller.post(path, data={"diagnoses": "Z99.99"}).text
    assert "an edit stops it" in stopped
    assert "two characters each" in biller.post(path, data={"line.1.modifiers": "GPX"}).text
    assert "plain characters" in biller.post(path, data={"note": "a*b~"}).text
    assert casework.made_page(night).total == 0
    assert biller.post("/rework/claim/NOPE/try", data={}).status_code == 400


def test_drafted_approved_by_an_approver_and_taken_back_until_the_batch_is_built(
    client: Client, night: pipeline.Night, correctable: casework.Desk
) -> None:
    biller, approver, claim = client("biller"), client("approver"), correctable.claim
    form = {"authorization": "A4711", "reason": "the number came", "seen": str(correctable.last), "once": "D1"}
    first = biller.post(f"/rework/claim/{claim}/draft", data=form).headers["location"]
    assert biller.post(f"/rework/claim/{claim}/draft", data=form).headers["location"] == first
    [made] = casework.made_page(night).rows
    assert (made.state, made.made_by, usd(correctable.denied)) == ("open", "biller", f"{made.stake_cents / 100:.2f}")
    page = biller.get(first).text
    assert "<ins>A4711</ins>" in page and "nothing stops it" in page and "Approve and send" not in page
    assert biller.post(f"{first}/approve").status_code == 403
    assert "Approve and send" in approver.get(first).text
    told = follow(approver, f"{first}/approve", once="A1")
    assert "with the next night" in told and "Take it back" in told
    assert state(night, claim) == "superseded"
    assert ("superseded by a corrected charge", "approver") in events(night, claim)
    assert "a reason" in approver.post(f"{first}/undo", data={"reason": " "}).text
    assert f"{claim} waits again" in follow(approver, f"{first}/undo", reason="the old one was right", once="U1")
    assert state(night, claim) == "denied" and ("correction taken back", "approver") in events(night, claim)
    assert pipeline.summary(night, practice.TONIGHT).closes


def test_a_draft_prepared_on_an_older_look_is_refused_and_says_who_was_faster(
    client: Client, night: pipeline.Night, correctable: casework.Desk
) -> None:
    claim, biller = correctable.claim, client("biller")
    made = casework.write_appeal(night, claim, "approver")
    casework.sent(night, made.id, practice.TONIGHT, "approver")
    answer = biller.post(f"/rework/claim/{claim}/draft", data={"authorization": "A1", "seen": str(correctable.last)})
    assert answer.status_code == 400 and "changed meanwhile: appealed by approver" in answer.text
    assert [one.kind for one in casework.made_page(night).rows] == ["appeal"]


def test_the_desk_goes_on_from_the_open_draft(client: Client, night: pipeline.Night,
                                              correctable: casework.Desk) -> None:  # fmt: skip
    form = {"authorization": "A4711", "line.1.modifiers": "GP, 59", "line.2": "remove"}
    casework.draft_correction(night, correctable.claim, form, "biller")
    page = client("biller").get(f"/rework/claim/{correctable.claim}").text
    assert 'name="authorization" value="A4711"' in page and 'value="GP, 59"' in page
    assert 'name="line.2" value="remove" checked' in page and 'name="line.1" value="remove" aria' in page
    again = casework.try_correction(night, correctable.claim, casework.draft_values(night, casework.desk(
        night, correctable.claim)))  # fmt: skip
    assert again.after < again.before


def test_the_patient_is_corrected_as_the_card_says(client: Client, night: pipeline.Night,
                                                   correctable: casework.Desk) -> None:  # fmt: skip
    biller, claim = client("biller"), correctable.claim
    story = pipeline.claim_story(night, claim)
    assert story is not None
    page = biller.get(f"/rework/claim/{claim}").text
    assert f'name="subscriber.birth_date" value="{story.coded.claim.subscriber.birth_date}"' in page
    wrong = biller.post(f"/rework/claim/{claim}/try", data={"subscriber.birth_date": "1/2/80"}).text
    assert "a day like 1980-01-31" in wrong and "1/2/80" not in wrong
    form = {"subscriber.birth_date": "1980-01-31", "subscriber.last": "Cardwell"}
    there = biller.post(f"/rework/claim/{claim}/draft", data=form).headers["location"]
    assert "<ins>Cardwell</ins>" in (shown := biller.get(there).text) and "<ins>1980-01-31</ins>" in shown
    assert "Cardwell" not in there and 'value="Cardwell"' in biller.get(f"/rework/claim/{claim}").text
    follow(client("approver"), f"{there}/approve")
    released = casework.made_page(night, claim=claim).rows[0].became
    after = pipeline.claim_story(night, released)
    assert after is not None and after.coded.claim.subscriber.name.last == "Cardwell"
    assert "Cardwell" not in "".join(one.detail for one in after.events)


def test_what_was_put_right_in_the_settings_goes_with_the_correction(
    workspace: Path, night: pipeline.Night, correctable: casework.Desk
) -> None:
    story = pipeline.claim_story(night, correctable.claim)
    assert story is not None
    npi, file = story.coded.claim.rendering.npi, workspace / "ptedi.toml"
    same = casework.try_correction(night, correctable.claim, {"practice": "today"})
    assert (same.changes, same.problem) == (story_changes(same), "") and not any(one.changed for one in same.fields)
    text = file.read_text(encoding="utf-8")
    assert f'"{npi}"' in text
    file.write_text(text.replace(f'"{npi}"', '"1999909991"'), encoding="utf-8")
    with pipeline.open_night(workspace) as later:
        made = casework.draft_correction(later, correctable.claim, {"practice": "today"}, "biller")
        assert any(one.startswith("rendering: ") and one.endswith("1999909991") for one in made.changes)
        assert casework.draft_values(later, casework.desk(later, correctable.claim)) == {"practice": "today"}


def story_changes(tried: casework.Tried) -> tuple[str, ...]:
    """How it goes is told apart from what a person changes."""
    return tuple(one for one in tried.changes if one.startswith(("frequency: ", "original reference: ")))


def test_a_claim_paid_twice_says_so_and_offers_nothing_to_give_up(client: Client, night: pipeline.Night) -> None:
    row = next(one for one in pipeline.list_claims(night, states=("paid",)) if one.paid)
    with night.store.read() as conn:
        known = remits.store_claims.by_control_number(conn, row.patient_control_number)
        assert known is not None
        claim = remits.store_claims.load(conn, known.id).claim
    again = remits.check("TRACE-TWICE", practice.TONIGHT, [remits.answer(claim, "ICN-2", [{} for _ in claim.lines])])
    (night.workspace.folder("inbox") / "again.835").write_bytes(remits.file(951, again))
    pipeline.collect(night)
    desk = casework.desk(night, row.patient_control_number)
    assert desk.paid == row.paid + claim.charge and desk.open < 0
    assert not desk.choice("write-off").open
    page = client("biller").get(f"/rework/claim/{desk.claim}").text
    assert "Paid too much" in page and "TRACE-TWICE" in page and "Ask for the write-off" not in page
    assert usd(desk.paid) in page and usd(-desk.open) in page


def test_a_draft_is_given_up_and_an_unchanged_one_is_none(client: Client, night: pipeline.Night,
                                                          correctable: casework.Desk) -> None:  # fmt: skip
    biller, claim = client("biller"), correctable.claim
    assert "Nothing was changed" in biller.post(f"/rework/claim/{claim}/draft", data={}).text
    there = biller.post(f"/rework/claim/{claim}/draft", data={"authorization": "A1"}).headers["location"]
    assert "given up" in follow(biller, f"{there}/withdraw", reason="appealed instead")
    assert client("approver").post(f"{there}/approve").status_code == 400
    assert state(night, claim) == "denied"


@pytest.mark.parametrize("what", ["appeal", "proof"])
def test_a_letter_is_previewed_written_opened_and_sent(client: Client, night: pipeline.Night,
                                                       correctable: casework.Desk, what: str) -> None:  # fmt: skip
    biller, claim = client("biller"), correctable.claim
    preview = biller.get(f"/rework/claim/{claim}/preview/{what}")
    assert preview.headers["content-type"] == "application/pdf" and preview.content.startswith(b"%PDF")
    assert casework.made_page(night).total == 0 and preview.headers["cache-control"] == "no-store"
    there = biller.post(f"/rework/claim/{claim}/write/{what}", data={"once": "W1"}).headers["location"]
    assert biller.post(f"/rework/claim/{claim}/write/{what}", data={"once": "W1"}).headers["location"] == there
    letter = client("viewer").get(f"{there}/letter")
    assert letter.content.startswith(b"%PDF") and letter.headers["content-disposition"].startswith("inline")
    assert biller.post(f"{there}/sent", data={"day": "2031-01-01"}).status_code == 400
    assert "Sent on 2026-11-21" in follow(biller, f"{there}/sent", day="2026-11-21")
    assert state(night, claim) == ("appealed" if what == "appeal" else "denied")
    assert claim in client("viewer").get(f"/claims/{claim}?tab=documents").text


@pytest.mark.parametrize(("answer", "after", "said"), [
    ("upheld", "denied", "upheld on 2026-11-21"), ("overturned", "appealed", "is waited for until"),
    ("", "denied", "is taken back"),
])  # fmt: skip
def test_the_payers_letter_ends_an_appeal(client: Client, night: pipeline.Night, correctable: casework.Desk,
                                          answer: str, after: str, said: str) -> None:  # fmt: skip
    biller, claim = client("biller"), correctable.claim
    there = biller.post(f"/rework/claim/{claim}/write/appeal", data={"once": "W1"}).headers["location"]
    assert "What did the payer answer?" not in biller.get(there).text
    assert biller.post(f"{there}/answered", data={"outcome": "upheld", "day": "2026-11-21"}).status_code == 400
    assert "What did the payer answer?" in follow(biller, f"{there}/sent", day="2026-11-21")
    assert "What did the payer answer?" not in client("viewer").get(there).text
    assert biller.post(f"{there}/answered", data={"outcome": "maybe"}).status_code == 422
    assert biller.post(f"{there}/answered", data={"outcome": "upheld", "day": "2031-01-01"}).status_code == 400
    page = (follow(biller, f"{there}/answered", outcome=answer, day="2026-11-21") if answer
            else follow(biller, f"{there}/unsent", reason="a mistake"))  # fmt: skip
    assert said in page and state(night, claim) == after


def test_a_write_off_needs_a_second_person_who_is_an_approver(client: Client, night: pipeline.Night,
                                                              correctable: casework.Desk) -> None:  # fmt: skip
    approver, claim = client("approver"), correctable.claim
    form = {"code": "timely-filing", "whom": "payer", "note": "too late", "once": "X1"}
    there = approver.post(f"/rework/claim/{claim}/write-off", data=form).headers["location"]
    assert approver.post(f"/rework/claim/{claim}/write-off", data=form).headers["location"] == there
    page = approver.get(there).text
    assert "somebody else approves it" in page and "Approve the write-off" not in page
    assert usd(correctable.open) in page and "timely filing" in page
    own = approver.post(f"{there}/approve")
    assert own.status_code == 400 and "one&#39;s own" in own.text
    assert client("biller").post(f"{there}/approve").status_code == 403
    assert "in the books" in follow(client("administrator"), f"{there}/approve")
    assert state(night, claim) == "written off"
    assert "its mirror" in follow(approver, f"{there}/undo", reason="the payer pays after all")
    assert state(night, claim) == "denied" and pipeline.summary(night, practice.TONIGHT).closes


def test_a_write_off_is_turned_down(client: Client, night: pipeline.Night, correctable: casework.Desk) -> None:
    biller, claim = client("biller"), correctable.claim
    there = biller.post(f"/rework/claim/{claim}/write-off",
                        data={"code": "not-covered", "whom": "payer"}).headers["location"]  # fmt: skip
    assert "turned down" in follow(client("approver"), f"{there}/withdraw", reason="appeal it")
    assert state(night, claim) == "denied"


@pytest.mark.parametrize("form", [{}, {"code": "because", "whom": "payer"}, {"code": "bad-debt", "whom": "me"},
                                  {"code": "timely-filing", "whom": "patient"}, {"code": "bad-debt", "whom": "payer",
                                                                                "line": "x"}])  # fmt: skip
def test_a_write_off_that_makes_no_sense(client: Client, correctable: casework.Desk, form: dict[str, str]) -> None:
    answer = client("biller").post(f"/rework/claim/{correctable.claim}/write-off", data=form)
    assert answer.status_code in (400, 422)


def test_the_patients_share_is_billed_by_the_payers_word_alone(client: Client, night: pipeline.Night) -> None:
    biller = client("biller")
    billable = next(d for row in pipeline.list_claims(night) if (d := casework.desk(
        night, row.patient_control_number)).choice("patient").open)  # fmt: skip
    there = biller.post(f"/rework/claim/{billable.claim}/patient", data={"once": "P1"}).headers["location"]
    bill = biller.get(f"{there}/letter")
    assert bill.headers["content-type"].startswith("text/csv") and billable.claim in bill.text
    denied = next(d for row in pipeline.list_claims(night, states=("denied",)) if not (d := casework.desk(
        night, row.patient_control_number)).choice("patient").open)  # fmt: skip
    assert biller.post(f"/rework/claim/{denied.claim}/patient").status_code == 400


def test_the_list_shows_what_waits_and_every_thing_opens(client: Client, night: pipeline.Night,
                                                         correctable: casework.Desk) -> None:  # fmt: skip
    claim = correctable.claim
    casework.draft_correction(night, claim, {"authorization": "A1"}, "biller")
    casework.write_proof(night, claim, "biller")
    casework.ask_write_off(night, number(night, "partly paid"), casework.WriteOffReason.NOT_COVERED, "biller")
    page = client("viewer").get("/rework").text
    assert "<b>3</b> rows" in page and "waits for approval" in page and "written" in page
    for one in casework.made_page(night).rows:
        shown = client("viewer").get(f"/rework/{one.id}")
        assert shown.status_code == 200 and "Approve" not in shown.text
    viewer = client("viewer")
    found = viewer.get(viewer.post("/rework/filter", data={"kind": "write-off"}).headers["location"]).text
    assert "<b>1</b> row" in found


@pytest.mark.parametrize("path", ["/rework/999999", "/rework/claim/NOPE", "/rework/999999/letter"])
def test_what_is_not_there(client: Client, path: str) -> None:
    assert client("administrator").get(path).status_code in (400, 404)
    assert client("administrator").post("/rework/999999/approve").status_code == 404


def test_typing_scrubs_at_once_and_a_draft_is_kept_without_a_mouse(opened: Callable[..., Any],
                                                                   correctable: casework.Desk) -> None:  # fmt: skip
    window = opened("biller")
    page = window.go(f"/rework/claim/{correctable.claim}")
    sent = page.locator("[name=diagnoses]").input_value()
    page.locator("[name=diagnoses]").fill("Z99.99")
    page.wait_for_selector("#tried .chip.stopped")
    page.locator("[name=diagnoses]").fill(sent)
    page.wait_for_selector("#tried .chip.good")
    page.locator("[name=authorization]").fill("A4711")
    page.locator("[name=reason]").first.press("Enter")
    page.wait_for_url(re.compile(r"/rework/\d+$"))
    assert page.locator("ins").first.inner_text() == "A4711"
    assert window.complaints == []
