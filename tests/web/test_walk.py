"""What a person does with several rows, a bill and a day, in a real browser at the width of a small screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ptedi import pipeline
from ptedi.pipeline import Night, casework, cashdesk
from tests.web import practice


def act(page: Any, name: str) -> None:
    """Opens an action of the list and does it."""
    page.locator("summary", has_text=name).first.click()
    page.locator("details.does-more[open] button").click()


def test_several_items_are_given_away_and_one_is_put_off(opened: Callable[..., Any], night: Night) -> None:
    window = opened("approver", width=768)
    page = window.go("/work")
    boxes = page.locator("input[name=id]")
    given = {int(boxes.nth(place).get_attribute("value")) for place in range(2)}
    for place in range(2):
        boxes.nth(place).check()
    page.locator("summary", has_text="Assign").first.click()
    page.locator("select[name=owner]").select_option("biller")
    page.locator("details.does-more[open] button").click()
    page.get_by_text("2 items given to biller").wait_for()
    later = int(page.locator("input[name=id]").first.get_attribute("value"))
    page.locator("input[name=id]").first.check()
    act(page, "Snooze")
    page.get_by_text("put off until 2026-11-28").wait_for()
    rows = pipeline.work_list(night, casework.WantedWork(owners=("biller",)), limit=10).rows
    assert {one.id for one in rows} == given and later not in given
    story = pipeline.work_story(night, later)
    assert story is not None and str(story.row.snoozed_until) == "2026-11-28"
    assert page.locator(f"#row-{later}").count() == 0
    assert window.complaints == []


def test_the_patients_part_is_billed_once_and_a_day_is_closed(opened: Callable[..., Any], night: Night) -> None:
    claim = next(row.patient_control_number for row in pipeline.list_claims(night, states=("paid", "partly paid"))
                 if casework.desk(night, row.patient_control_number).choice("patient").open)  # fmt: skip
    owed = casework.desk(night, claim).patient
    window = opened("approver", width=768)
    page = window.go(f"/rework/claim/{claim}")
    page.locator("#patient summary").click()
    page.get_by_role("button", name="Make the bill").dblclick()
    page.wait_for_url(re.compile(r"/rework/\d+$"))
    assert page.get_by_text(f"{owed:.2f}").first.is_visible()
    assert [one.kind for one in casework.made_page(night, claim=claim).rows] == ["patient"]

    window.go(f"/close/day/{practice.BEFORE}")
    assert page.get_by_text("It can be closed").is_visible()
    page.get_by_role("button", name="Close the day").click()
    page.get_by_text(f"{practice.BEFORE} is closed by approver").wait_for()
    assert cashdesk.day_close(night, practice.BEFORE).closing is not None
    window.go(f"/close/day/{practice.TONIGHT}")
    page.get_by_role("button", name="Close the day").click()
    page.get_by_text("does not close yet").wait_for()
    page.locator(".waiting-list a").first.click()
    page.wait_for_url(re.compile(r"/remits/\d+$"))
    assert cashdesk.day_close(night, practice.TONIGHT).closing is None
    assert window.complaints == []
