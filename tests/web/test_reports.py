"""Reports in the workbench: the figures of the library to the cent, bars and figures that open exactly their rows."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import Night
from ptedi.reports.practice.make import REPORTS
from ptedi.web.pages import reports as pages
from tests.web import practice

Client = Callable[[str], TestClient]
DAYS = {"first": date(2020, 1, 1), "last": date(2030, 1, 1)}
SPAN = "first=2020-01-01&last=2030-01-01"


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_opens_and_so_do_its_rows(client: Client, name: str) -> None:
    seat = client("viewer")
    assert REPORTS[name].title in seat.get("/reports").text
    assert seat.get(f"/reports/{name}?{SPAN}&by={REPORTS[name].by[0]}").status_code == 200
    if name != "kpis":
        assert seat.get(f"/reports/{name}/rows?{SPAN}").status_code == 200


def test_bars_are_the_sums_of_the_rows_they_open(client: Client, night: Night) -> None:
    seat = client("viewer")
    made = pipeline.report(night, "denials", **DAYS, rows="all")
    page = seat.get(f"/reports/denials?{SPAN}").text
    assert made.pictures[0].labels
    for label, cents in zip(made.pictures[0].labels, made.pictures[0].series["denied"], strict=True):
        assert f">{label}</a>" in page
        rows = seat.get(f"/reports/denials/rows?{SPAN}&label={label}").text
        told = re.search(r"In all <span[^>]*>([^<]*)</span>", rows)
        assert told is not None
        assert Decimal(told[1].replace(",", "").replace("\u2212", "-")) == Decimal(cents).scaleb(-2)


def test_a_key_figure_opens_its_rows(client: Client, night: Night) -> None:
    seat = client("viewer")
    (whole, *_) = pipeline.report(night, "kpis", **DAYS).views
    counted = {row["key"]: row["rows"] for row in whole.frame.to_dict("records")}
    assert counted["denial_rate"] > 0
    page = seat.get(f"/reports/kpis/rows?{SPAN}&figure=denial_rate").text
    assert f"<b>{counted['denial_rate']}</b> row" in page
    assert seat.get(f"/reports/kpis/rows?{SPAN}&figure=no_such").status_code == 400
    assert seat.get(f"/reports/kpis/rows?{SPAN}").status_code == 404


def test_files_hold_the_same_figures(client: Client, night: Night) -> None:
    seat = client("biller")
    made = pipeline.report(night, "denials", **DAYS)
    answer = seat.get(f"/reports/denials/file?to=csv&{SPAN}")
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    table, about = sorted(packed.namelist(), key=lambda name: name.endswith(".json"))
    found = list(csv.DictReader(io.StringIO(packed.read(table).decode())))
    assert json.loads(packed.read(about))["files"][0]["file"] == table
    assert [row["reason"] for row in found] == [str(row[0]) for row in made.views[0].rows()]
    several = seat.get(f"/reports/aging/file?to=csv&{SPAN}")
    assert zipfile.ZipFile(io.BytesIO(several.content)).testzip() is None
    assert seat.get(f"/reports/denials/file?to=xlsx&{SPAN}").content[:2] == b"PK"
    assert b"<html" in seat.get(f"/reports/denials/file?to=html&{SPAN}").content
    assert client("viewer").get(f"/reports/denials/file?to=csv&{SPAN}").status_code == 403


def test_an_empty_window_says_so(client: Client) -> None:
    text = client("viewer").get("/reports/denials?first=2001-01-01&last=2001-01-31").text
    assert "No rows in these days" in text
    assert "<svg viewBox" not in text


def test_odd_questions_get_clear_answers(client: Client) -> None:
    seat = client("viewer")
    for address, status in (("/reports/nothing", 404), (f"/reports/kpis?{SPAN}&by=patient", 400),
                            ("/reports/kpis?first=2026-02-30", 422), ("/reports/kpis?last=0001-01-01", 200),
                            ("/reports/kpis?first=2026-02-02&last=2026-02-01", 400),
                            (f"/reports/denials/rows?{SPAN}&picture=9&label=x", 404),
                            (f"/reports/cash/rows?{SPAN}&label=x", 404)):  # fmt: skip
        assert seat.get(address).status_code == status, address


def test_a_report_is_made_once_and_anew_when_something_was_added(
        client: Client, app: FastAPI, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    made: list[str] = []
    real = pipeline.report
    monkeypatch.setattr(pipeline, "report", lambda *a, **k: made.append(a[1]) or real(*a, **k))
    seat = client("viewer")
    for _ in range(3):
        assert seat.get(f"/reports/denials?{SPAN}").status_code == 200
    assert made == ["denials"]
    pipeline.raise_alarm(night, "test", "something new")
    assert seat.get(f"/reports/denials?{SPAN}").status_code == 200
    assert made == ["denials", "denials"]
    assert pages.DAYS == 30
    assert practice.NOW


def test_charts_in_a_real_browser(opened: Callable[..., object]) -> None:
    window = opened("viewer")
    page = window.go(f"/reports/denials?{SPAN}")  # type: ignore[attr-defined]
    page.get_by_role("table", name=re.compile("Denied dollars by reason: ")).get_by_role("link").first.click()
    page.wait_for_url("**/reports/denials/rows?*")
    assert page.get_by_role("link", name="Back to the report").is_visible()
    assert window.complaints == []  # type: ignore[attr-defined]
