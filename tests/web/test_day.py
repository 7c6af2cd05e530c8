"""A biller's day in a real browser: a denial of the night is taken, corrected, approved, and paid the next night."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ptedi import pipeline
from ptedi.cli import demo
from ptedi.pipeline import Night, casework
from tests.web import practice

TOMORROW = practice.TONIGHT + dt.timedelta(days=2)


def denied(night: Night) -> str:
    """A claim whose payer takes a correction and pays it once it has the number of an authorization."""
    return next(row.patient_control_number for row in pipeline.list_claims(night, states=("denied",))
                if row.payer_id == "evergreen-commercial"
                and casework.desk(night, row.patient_control_number).choice("correct").open)  # fmt: skip


def the_next_night(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the schedule does: out, the sandbox clearinghouse answers, back."""
    monkeypatch.setenv("PTEDI_NOW", f"{TOMORROW}T02:00:00+00:00")
    pipeline.nightly(night, practice.TONIGHT)
    demo.answer(night.workspace, TOMORROW, seed=practice.SEED)
    monkeypatch.setenv("PTEDI_NOW", f"{TOMORROW}T06:00:00+00:00")
    pipeline.collect(night)


def test_a_denial_becomes_money(opened: Callable[..., Any], night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = denied(night)
    before = {row.patient_control_number for row in pipeline.list_claims(night)}
    biller, approver = opened("biller"), opened("approver", width=768)
    page = biller.go("/tonight")
    page.get_by_role("link", name="Denied", exact=True).first.click()
    page.wait_for_url("**/work?view=*")
    listed = page.url
    page.get_by_role("row").filter(has_text=claim).get_by_role("link").first.click()
    page.get_by_role("button", name="Take").first.click()
    page.get_by_text("taken").first.wait_for()
    page.goto(listed)
    assert page.get_by_role("row").filter(has_text=claim).count() >= 1

    page.goto(f"{biller.site}/rework/claim/{claim}")
    page.locator("input[name=authorization]").fill("A4711")
    page.get_by_text("nothing stops it").wait_for()
    page.locator("form.correct input[name=reason]").fill("the number came")
    page.get_by_role("button", name="Keep as a draft").click()
    page.wait_for_url(re.compile(r"/rework/\d+$"))
    assert page.get_by_role("button", name="Approve and send").count() == 0
    draft = page.url.removeprefix(biller.site)

    other = approver.go(draft)
    other.get_by_role("button", name="Approve and send").dblclick()
    other.get_by_text("with the next night").first.wait_for()
    page.go_back()
    page.go_forward()
    assert page.url.endswith(draft)

    the_next_night(night, monkeypatch)
    page.reload()
    assert "/sign-in" in page.url  # a night has gone by: nobody stays signed in over it
    (corrected,) = [row for row in pipeline.list_claims(night, states=("paid",))
                    if row.patient_control_number not in before]  # fmt: skip
    later = opened("biller")
    page = later.go(f"/claims/{corrected.patient_control_number}")
    assert page.get_by_text("paid", exact=True).first.is_visible()
    assert corrected.paid > Decimal(0)
    page.goto(f"{biller.site}/claims/{claim}")
    assert page.get_by_text("superseded").first.is_visible()
    assert pipeline.summary(night, practice.TONIGHT).closes
    assert biller.complaints == [] == later.complaints
    assert approver.complaints == []
