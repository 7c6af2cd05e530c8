"""Walking every link: nothing is broken, no address and no log names a patient, no file leads outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import presence
from ptedi.web.nav import NAV

Client = Callable[[str], TestClient]
PLENTY = 140  # links of one kind lead to pages of one kind: so many are enough


def kind(link: str) -> str:
    """What an address is of: the same for every claim, file or code."""
    path, _, query = link.partition("?")
    return re.sub(r"/[^/]*\d[^/]*", "/N", path) + "?" + ",".join(sorted(re.findall(r"(\w+)=", query)))


def walk(browser: TestClient, *, of_a_kind: int) -> dict[str, int]:
    """Every address that a page links to, a few of each kind, and what it answered."""
    waiting, seen, kinds = [f"/{place.name}" for place in NAV], dict[str, int](), dict[str, int]()
    while waiting and len(seen) < PLENTY:
        link = waiting.pop(0)
        if link in seen or kinds.get(kind(link), 0) >= of_a_kind:
            continue
        kinds[kind(link)] = kinds.get(kind(link), 0) + 1
        answer = browser.get(link)
        seen[link] = answer.status_code
        if answer.status_code == 303:
            waiting.append(answer.headers["location"])
        elif answer.headers.get("content-type", "").startswith("text/html"):
            found = re.findall(r'(?:href|src|hx-get)="([^"#][^"]*)"', answer.text)
            seen |= {unescape(one): 200 for one in re.findall(r'(?:action|hx-post)="([^"]+)"', answer.text)}
            waiting += [unescape(one) for one in found if one.startswith("/") and "/static/" not in one]
    return seen


def patients(night: pipeline.Night) -> set[str]:
    """What of a patient must stand in no address and no log: names, member ids, days of birth."""
    found = set[str]()
    for row in pipeline.list_claims(night):
        story = pipeline.claim_story(night, row.patient_control_number)
        assert story is not None
        claim = story.coded.claim
        for who in (claim.subscriber, claim.patient or claim.subscriber):
            found |= {who.name.last, who.name.first, claim.member_id, who.birth_date.isoformat(),
                      f"{who.birth_date:%Y%m%d}"}  # fmt: skip
    return {one for one in found if len(one) > 3}


def test_no_link_is_broken_and_none_names_a_patient(client: Client, night: pipeline.Night, workspace: Path) -> None:
    seen = walk(client("administrator"), of_a_kind=2)
    assert {link: status for link, status in seen.items() if status not in (200, 303)} == {}
    assert len(seen) > 40
    secret = patients(night)
    assert len(secret) > 50
    assert said(secret, " ".join(seen)) == []
    logs = "".join(path.read_text(errors="replace") for path in (workspace / "logs").glob("*.log"))
    assert said(secret, logs) == []
    written = " ".join(f"{row.page} {row.object}" for row in presence.accesses(night, limit=10_000))
    assert said(secret, written) == []


def said(secret: set[str], text: str) -> list[str]:
    """What of a patient a text holds as a word."""
    words = set(re.findall(r"[a-z0-9'-]+", text.lower()))
    return sorted(one for one in secret if one.lower() in words)


def test_a_fault_tells_nothing(app: FastAPI, client: Client, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the page nor the log holds what an exception said; both hold the number of the incident."""

    def fails(*_: object, **__: object) -> None:
        raise ValueError("patient Jane Doe born 1950-01-01")

    monkeypatch.setattr("ptedi.web.pages.tonight.library.look", fails)
    browser = client("viewer")
    answer = browser.get("/tonight")
    number = re.search(r"number ([0-9a-f]{8})", answer.text)
    assert answer.status_code == 500 and number and "Jane" not in answer.text and "Traceback" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    log = (workspace / "logs" / "ptedi.log").read_text()
    assert number[1] in log and "ValueError" in log and "Jane" not in log and "1950" not in log
    told = browser.get("/tonight", headers={"accept": "application/json"}).json()
    assert set(told) == {"error", "hint", "incident"} and "Jane" not in str(told)
    part = browser.get("/tonight", headers={"hx-request": "true"})
    assert part.headers["hx-retarget"] == "#flashes" and "Jane" not in part.text


@pytest.mark.parametrize("path", [
    "/batches/../../etc/passwd", "/source/..%2f..%2fetc%2fpasswd/file", "/batches/%2e%2e/file",
    "/reports/..%2f..%2fptedi.toml/file", "/static/..%5c..%5cptedi.toml", "/source/1/../../ptedi.toml",
    "/rework/claim/..%2f..%2fetc/preview/appeal",
])  # fmt: skip
def test_no_download_leads_outside(client: Client, path: str) -> None:
    answer = client("administrator").get(path)
    assert answer.status_code in (404, 422) and "[practice]" not in answer.text and "root:" not in answer.text


def test_too_much_at_once(client: Client) -> None:
    browser = client("administrator")
    assert browser.post("/work/filter", content=b"a=" + b"x" * (3 * 1024 * 1024), headers={
        "content-type": "application/x-www-form-urlencoded"}).status_code == 413  # fmt: skip
    huge = {"content-length": str(10**12), "content-type": "multipart/form-data; boundary=x"}
    assert browser.post("/work/filter", headers=huge).status_code == 413
    assert browser.post("/work/filter", headers={"content-length": "-1"}).status_code == 413
