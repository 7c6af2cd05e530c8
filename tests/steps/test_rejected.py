"""A rejected claim is corrected at its source and goes out as a new one."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from ptedi import pipeline
from ptedi.cli import demo
from ptedi.sandbox import practice

DAY = date(2026, 11, 19)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rejected") / "practice"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")
        demo.run(root, DAY, airflow=False, console=Console(quiet=True), visits=120)
        with pipeline.open_night(root) as night:  # what the night left to next payers has gone out and is answered
            pipeline.nightly(night, DAY)
            demo.answer(night.workspace, DAY)
            pipeline.collect(night)
    return root


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / "practice")


def captured(visit: str) -> bytes:
    """The visit's rows as captured, with another member id."""
    for name, data in practice.charges(demo.SEED, DAY, visits=120).items():
        if not name.endswith(".csv"):
            continue
        rows = list(csv.DictReader(io.StringIO(data.decode())))
        mine = [row for row in rows if row["visit_id"] == visit]
        if mine:
            out = io.StringIO()
            writer = csv.DictWriter(out, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(row | {"member_id": row["member_id"][:-1] + "7"} for row in mine)
            return out.getvalue().encode()
    return b""


def test_a_corrected_visit_of_a_rejected_claim_goes_out_again(workspace: Path) -> None:
    with pipeline.open_night(workspace) as night:
        rejected = pipeline.list_claims(night, states=("rejected",), service_date=DAY)
        stories = [pipeline.claim_story(night, row.patient_control_number) for row in rejected]
        fixes = [(s, captured(s.coded.visit_ids[0])) for s in stories if s]
        story, data = next((s, d) for s, d in fixes if d)
        pipeline.drop(night.workspace, "corrected.csv", data)
        done = pipeline.nightly(night, DAY)
        assert done.extracted.visits_changed == 1
        assert done.coded.claims == 1
        assert done.delivered.claims == 1
        old = pipeline.claim_story(night, story.claim.patient_control_number)
        assert old is not None
        assert old.claim.state == "superseded"
        assert old.claim.open == 0
        assert {item.state for item in old.work} == {"resolved"}
        sent = pipeline.list_claims(night, states=("sent",), service_date=DAY)
        assert len(sent) == 1
        new = pipeline.claim_story(night, sent[0].patient_control_number)
        assert new is not None
        assert new.coded.visit_ids == story.coded.visit_ids
        assert new.coded.claim.frequency == "1"
        assert pipeline.summary(night, DAY).closes


def test_an_inbox_that_cannot_be_cleared_stops_nothing(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(str(self))

    (workspace / "inbox/x.835").write_bytes(b"not x12")
    (workspace / "inbox/y.csv").write_bytes(b"visit_id\n")
    monkeypatch.setattr(Path, "unlink", refuse)
    with pipeline.open_night(workspace) as night:
        pipeline.nightly(night, DAY)
        first = pipeline.collect(night).collected
        again = pipeline.collect(night).collected
    assert first.by_kind == {"unknown": 1}
    assert again.by_kind == {}
