"""Upload, the running night and the search."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import Night, casework, cashdesk, progress, uploads
from ptedi.sandbox import practice as sandbox
from ptedi.web.errors import Changed
from ptedi.web.jobs import Jobs
from tests.steps import remits
from tests.web import practice

Client = Callable[[str], TestClient]


def handed_over(seat: TestClient, name: str, data: bytes) -> tuple[str, str]:
    """The key and the page of what was looked over."""
    answer = seat.post("/upload", files={"file": (name, data)})
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    return address.partition("view=")[2], seat.get(address).text


def taken(seat: TestClient, app: FastAPI, key: str, *shas: str) -> str:
    answer = seat.post("/upload/take", data={"view": key, "take": list(shas)})
    assert answer.status_code == 303, answer.text
    return done(app)


def done(app: FastAPI) -> str:
    jobs: Jobs = app.state.jobs
    for _ in range(600):
        job = jobs.newest()
        assert job is not None
        if not job.runs:
            assert not job.failed, job.told
            return job.told
        time.sleep(0.1)
    raise AssertionError("the job does not end")


def charges(day: dt.date, visits: int = 3) -> tuple[str, bytes]:
    return next(iter(sandbox.charges(99, day, visits=visits, bad_rows=True).items()))


def an_835(night: Night, trace: str, off: str = "0.00") -> bytes:
    number = casework.Wanted(first=practice.TONIGHT, last=practice.TONIGHT)
    (row, *_), _total = pipeline.claims_page(night, number, 1)
    story = pipeline.claim_story(night, row.patient_control_number)
    assert story is not None
    claim = story.coded.claim
    said = remits.answer(claim, "ICN-UP", [{} for _ in claim.lines], patient_control_number="NOTOURS00000077",
                         member_id="XX000000077")  # fmt: skip
    check = remits.check(trace, practice.TONIGHT, [said])
    return remits.file(977, remits.replace(check, amount=check.amount - Decimal(off)))


def test_charges_are_looked_over_then_taken_in_row_by_row(client: Client, app: FastAPI, night: Night) -> None:
    seat, day = client("biller"), practice.TONIGHT + dt.timedelta(days=1)
    name, data = charges(day)
    before = len(uploads.came_in(night))
    key, page = handed_over(seat, name, data)
    staged = uploads.stage(night.workspace, name, [data])
    look = uploads.look(night, staged)
    assert look is not None
    assert (look.kind, look.known, look.problem) == ("charges", "", None)
    assert look.accepted > 0
    assert f"{look.accepted} row" in page
    assert len(uploads.came_in(night)) == before
    told = taken(seat, app, key, staged.sha256)
    assert f"{look.accepted} row" in told
    found = uploads.file_rows(night, staged.sha256)
    assert found is not None
    verdicts = [row.verdict for row in found[1]]
    assert (verdicts.count("accepted"), verdicts.count("rejected")) == (look.accepted, look.refused)
    rows = seat.get(f"/upload/{staged.sha256}").text
    assert f"{look.accepted} row" in rows
    assert not list(night.workspace.folder("inbox").iterdir())
    again = uploads.look(night, uploads.stage(night.workspace, name, [data]))
    assert again is not None
    assert again.known == "processed"


def test_a_bad_row_says_its_number_and_why_before_anything_is_taken(client: Client) -> None:
    name, data = charges(practice.TONIGHT + dt.timedelta(days=2))
    head, first, *rest = data.split(b"\n")
    cells = first.split(b",")
    broken = b"\n".join([head, b",".join([*cells[:3], b"<script>alert(1)</script>", *cells[4:]]), *rest])
    _, page = handed_over(client("biller"), name, broken)
    assert "Refused rows" in page
    assert "<script>alert" not in page


def test_an_835_tells_its_payments_and_whether_they_add_up(client: Client, app: FastAPI, night: Night) -> None:
    seat = client("biller")
    good, bad = an_835(night, "UP-GOOD"), an_835(night, "UP-BAD", off="1.00")
    key, page = handed_over(seat, "good.835", good)
    assert "UP-GOOD" in page
    assert "to the cent" in page
    assert "1 difference" in handed_over(seat, "bad.835", bad)[1]
    told = taken(seat, app, key, uploads.stage(night.workspace, "good.835", [good]).sha256)
    assert "1 payment posted" in told and "not posted" not in told
    key, _ = handed_over(seat, "bad.835", bad)
    told = taken(seat, app, key, uploads.stage(night.workspace, "bad.835", [bad]).sha256)
    assert "0 payments posted" in told and "1 payment not posted: the page Remittances says why" in told
    assert [one.state for one in cashdesk.remit_page(
        night, cashdesk.WantedRemits(trace="UP-GOOD"), limit=5).heads] == ["posted"]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "said"), [
    ("../../etc/passwd", b"root:x", "quarantine"), ("empty.835", b" ", "quarantine"),
    ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x01", "quarantine"),
    ("<img src=x onerror=alert(1)>.csv", b"visit_id\n", ""), ("a" * 300 + ".csv", b"visit_id\n", ""),
])  # fmt: skip
def test_hostile_names_and_bytes_are_told_and_harm_nothing(client: Client, night: Night, name: str, data: bytes,
                                                           said: str) -> None:  # fmt: skip
    _, page = handed_over(client("biller"), name, data)
    assert said in page
    assert "<img src=x" not in page
    staged = uploads.stage(night.workspace, name, [data])
    assert uploads.safe_name(name) == staged.name
    assert "/" not in staged.name
    assert len(staged.name) <= 80
    folder = night.workspace.folder("uploads")
    assert {path.name for path in folder.iterdir()} == {staged.sha256}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [folder, *folder.iterdir()])


def test_nothing_chosen_and_not_allowed(client: Client) -> None:
    assert client("viewer").get("/upload").status_code == 403
    seat = client("biller")
    assert seat.post("/upload", data={}).status_code == 422
    assert seat.post("/upload/take", data={"view": "x" * 43}).status_code == 422
    assert seat.get(f"/upload/{'0' * 64}").status_code == 404
    assert seat.get("/upload/..%2f..%2fptedi.toml").status_code in {404, 422}


def test_one_persons_upload_is_not_anothers(client: Client) -> None:
    key, page = handed_over(client("biller"), "mine.csv", b"visit_id\n")
    assert "mine.csv" in page
    assert "mine.csv" not in client("approver").get(f"/upload?view={key}").text


# --- the running night ---


def test_a_night_is_started_by_who_may_and_tells_its_steps(client: Client, app: FastAPI, night: Night) -> None:
    assert client("biller").post("/progress/night", data={"day": "2026-11-21"}).status_code == 403
    seat = client("approver")
    assert seat.post("/progress/night", data={"day": "tomorrow"}).status_code == 422
    answer = seat.post("/progress/night", data={"day": "2026-11-21"})
    assert answer.status_code == 303
    done(app)
    page = seat.get(answer.headers["location"]).text
    assert "The night of 2026-11-21" in page
    steps = progress.steps_done(night)
    assert steps[0].step == "take_census"
    assert {"extract_charges", "deliver_batches", "take_census"} <= {one.step for one in steps}
    part = seat.get("/progress", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'id="progress"' in part


def test_two_jobs_at_once_are_one(app: FastAPI) -> None:
    jobs: Jobs = app.state.jobs
    waits = threading.Event()
    jobs.start("the first", "one", lambda: str(waits.wait(10)))
    with pytest.raises(Changed, match="the first is running"):
        jobs.start("the second", "two", lambda: "")
    waits.set()
    done(app)


def test_a_fault_in_a_job_is_told_by_number_not_by_its_words(app: FastAPI) -> None:
    jobs: Jobs = app.state.jobs

    def breaks() -> str:
        raise ValueError("JANE DOE")

    job = jobs.start("broken", "one", breaks)
    while (now := jobs.get(job.key)) is not None and now.runs:
        time.sleep(0.01)
    assert now is not None
    assert now.failed
    assert "incident" in now.told
    assert "JANE" not in now.told


def test_a_log_that_cannot_be_read_is_passed_over(night: Night) -> None:
    log = night.workspace.folder("logs") / "ptedi.log"
    log.write_bytes(b'{"event": "done"}\nnot json\n{"event": "done", "step": "x", "timestamp": "yesterday"}\n[1]\n'
                    b'{"event": "done", "step": "take_census", "timestamp": "2026-11-20T01:02:03Z", "seconds": 1.5, '
                    b'"counts": {"claims": 4, "nothing": 0}}\n')  # fmt: skip
    (one,) = progress.steps_done(night)
    assert (one.step, one.seconds, one.counts) == ("take_census", 1.5, (("claims", 4),))
    log.unlink()
    assert progress.steps_done(night) == []


# --- the search ---


def test_a_whole_claim_number_opens_the_claim_and_a_beginning_lists(client: Client, night: Night) -> None:
    seat = client("viewer")
    (row, *_), _total = pipeline.claims_page(night, casework.Wanted(), 1)
    answer = seat.post("/search", data={"words": row.patient_control_number.lower()})
    assert answer.headers["location"].endswith(f"/claims/{row.patient_control_number}")
    listed = seat.post("/search", data={"words": row.patient_control_number[:-3]})
    assert "view=" in listed.headers["location"]
    assert row.patient_control_number in seat.get(listed.headers["location"]).text


def test_patients_checks_batches_and_codes_are_found(client: Client, night: Night) -> None:
    seat = client("viewer")
    (row, *_), _total = pipeline.claims_page(night, casework.Wanted(), 1)
    for words, said in ((row.patient_id, row.patient_control_number), ("TRACE-STR", "TRACE-STRANGER"),
                        ("CO-97", "CO-97"), ("no such thing anywhere", "Nothing fits")):  # fmt: skip
        answer = seat.post("/search", data={"words": words})
        assert row.patient_id not in answer.headers["location"]
        assert said in seat.get(answer.headers["location"]).text, words
    assert seat.post("/search", data={"words": "x"}).status_code == 422
    assert "Batch 1" in seat.get(seat.post("/search", data={"words": "1"}).headers["location"]).text
    assert "&lt;script&gt;" in seat.get(seat.post("/search", data={"words": "<script>"}).headers["location"]).text


def test_a_file_is_handed_over_in_a_real_browser(opened: Callable[..., Any], tmp_path: Path) -> None:
    name, data = charges(practice.TONIGHT + dt.timedelta(days=3))
    (tmp_path / name).write_bytes(data)
    window = opened("biller")
    page = window.go("/upload")
    page.locator("input[type=file]").set_input_files(str(tmp_path / name))
    page.get_by_role("button", name="Look them over").click()
    page.get_by_role("button", name="Take in what is ticked").click()
    page.wait_for_url("**/progress?job=*")
    page.get_by_text("1 file taken in").wait_for()
    assert window.complaints == []
