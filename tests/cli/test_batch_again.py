"""`ptedi batch settle` and `resend`: what a person says of a send, and a refused file sent again."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ptedi import dates, pipeline
from ptedi.cli import app
from ptedi.errors import ConfigurationError
from ptedi.sandbox import practice
from ptedi.store import batches
from ptedi.submissions.acknowledgements import InterchangeAcknowledgement
from ptedi.transactions import acknowledgement_ta1
from ptedi.transactions.answer import AnswerHeader
from tests.steps.test_acknowledge import apply, claim_answer, group, number_of, said, status

DAY = dt.date(2026, 11, 19)
RUN = CliRunner()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A night of eight visits waits in the inbox."""
    root = tmp_path / "practice"
    pipeline.make_workspace(root, practice.settings())
    for name, data in practice.charges(3, DAY, visits=8, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    return root


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-20T02:00:00+00:00")


def run(code: int, *words: object) -> str:
    told = RUN.invoke(app, [str(word) for word in words])
    assert told.exit_code == code, told.output
    return told.stdout


def refused(why: str, *words: object) -> None:
    told = RUN.invoke(app, [str(word) for word in words])
    assert isinstance(told.exception, ConfigurationError)
    assert why in str(told.exception)


def head(workspace: Path, number: int) -> dict[str, Any]:
    listed: list[dict[str, Any]] = json.loads(run(0, "batch", "list", "-w", workspace, "--json"))
    return next(one for one in listed if one["id"] == number)


def test_a_lost_file_and_a_refused_one(workspace: Path) -> None:
    here = ("-w", workspace, "--by", "lee")
    run(0, "nightly", "-w", workspace, "--date", DAY)
    assert RUN.invoke(app, ["batch", "settle", "1", "-w", str(workspace)]).exit_code == 2
    refused("lies in the partner's folder", "batch", "settle", 1, "--not-taken", "--reason", "lost", *here)
    [file] = (workspace / "clearinghouse/to").iterdir()
    data = file.read_bytes()
    file.unlink()
    told = json.loads(run(0, "batch", "settle", 1, "--not-taken", "--reason", "ticket 4711", *here, "--json"))
    assert told["state"] == "built"
    run(0, "nightly", "-w", workspace, "--date", DAY)
    assert (file.read_bytes(), head(workspace, 1)["state"]) == (data, "sent")
    refusal = acknowledgement_ta1.write(
        AnswerHeader(sender_id="HARBORCH", receiver_id="TAMARACKPT", control_number=7,
                     created=dt.datetime(2026, 11, 20, 1, 0)),  # noqa: DTZ001
        [InterchangeAcknowledgement(sender_id="", receiver_id="", interchange_control_number=1, code="R", note="006",
                                    segment_index=0, byte_offset=0)])  # fmt: skip
    (workspace / "clearinghouse/from/answer").write_bytes(refusal)
    run(0, "collect", "-w", workspace)
    count = head(workspace, 1)["claims"]
    assert head(workspace, 1)["states"] == {"rejected": count}
    [item] = json.loads(run(0, "work", "-w", workspace, "--kind", "rejection", "--json"))
    assert "ptedi batch resend 1" in item["how"]
    assert f"{count} claims of batch 1" in run(0, "batch", "resend", 1, "--dry-run", *here)
    done = json.loads(run(0, "batch", "resend", 1, "--reason", "ids corrected", *here, "--json"))
    assert len(done["again"]) == count
    run(0, "nightly", "-w", workspace, "--date", DAY)
    assert (head(workspace, 2)["claims"], head(workspace, 2)["charge"]) == (count, head(workspace, 1)["charge"])
    assert json.loads(run(0, "census", "-w", workspace, "--json"))["closes"]
    refused("no claim of batch 1 is rejected", "batch", "resend", 1, *here)


def test_a_batch_that_was_taken_has_nothing_to_send_as_it_is(workspace: Path) -> None:
    run(0, "nightly", "-w", workspace, "--date", DAY)
    with pipeline.open_night(workspace) as night:
        with night.store.read() as conn:
            row = batches.get(conn, 1)
            member = batches.claims_of(conn, 1)[0].claim_id
        apply(night, group(row, "A"), claim_answer(row, "AY", said(night, member, status("A7", "33", "IL"))))
        number = number_of(night, member)
    told = run(1, "batch", "resend", 1, "-r", "again", "-w", workspace, "--by", "lee")
    assert "nothing of batch 1 goes again" in told
    assert f"ptedi rework draft {number}" in told
    assert json.loads(run(1, "batch", "resend", 1, "--dry-run", "-w", workspace, "--json"))["named"] == [number]


@pytest.mark.usefixtures("clock")
def test_a_night_that_cannot_deliver_says_so_until_it_is_settled(workspace: Path) -> None:
    night = ("nightly", "-w", workspace, "--date", DAY)
    with pipeline.open_night(workspace) as opened:
        [partner] = opened.partners.values()
        name = partner.name_file(dates.now(), 1, "T")
    theirs = workspace / "clearinghouse/to" / name
    theirs.write_bytes(b"theirs")
    for _ in range(2):
        told = json.loads(run(1, *night, "--json"))
        assert told["delivered"]["failed"] == [1]
    theirs.unlink()
    run(0, "batch", "settle", 1, "--not-taken", "--reason", "they took theirs away", "-w", workspace)
    assert json.loads(run(0, *night, "--json"))["delivered"]["sent"] == [1]


def test_what_goes_next_and_what_is_held_back(workspace: Path, clock: None) -> None:
    here = ("-w", workspace, "--by", "lee")
    with pipeline.open_night(workspace) as night:
        pipeline.extract_charges(night)
        pipeline.code_visits(night, DAY)
        pipeline.scrub_claims(night, DAY)
    before = json.loads(run(0, "batch", "next", "-w", workspace, "--json"))
    ready = sum(one["claims"] for one in before["routes"])
    claim = json.loads(run(0, "claims", "-w", workspace, "--state", "ready", "--json"))[0]["patient_control_number"]
    refused("say why", "batch", "hold", claim, *here)
    [held] = json.loads(run(0, "batch", "hold", claim, "-r", "a question", "--until", "2026-12-01", *here, "--json"))
    assert (held["claim"], held["until"]) == (claim, "2026-12-01")
    after = json.loads(run(0, "batch", "next", "-w", workspace, "--json"))
    assert sum(one["claims"] for one in after["routes"]) == ready - 1
    assert [one["claim"] for one in after["held_back"]] == [claim]
    told = run(0, "batch", "next", "-w", workspace)
    assert f"held back  {claim}" in told
    assert "harbor: 1 file, 1 transaction set" in told
    assert json.loads(run(0, "work", "list", "-w", workspace, "--kind", "hold", "--state", "snoozed", "--json"))
    assert json.loads(run(0, "batch", "unhold", claim, *here, "--json")) == {claim: []}
    assert json.loads(run(0, "batch", "next", "-w", workspace, "--json")) == before


def test_a_file_for_a_partner_of_another_name_is_said_by_the_night(workspace: Path, clock: None) -> None:
    """Built, not sent, and then its partner's table got another name: a night that has nothing to do still says so."""
    with pipeline.open_night(workspace) as night:
        pipeline.extract_charges(night)
        pipeline.code_visits(night, DAY)
        pipeline.scrub_claims(night, DAY)
        [batch_id] = pipeline.build_batches(night, DAY).batch_ids
    path = workspace / "ptedi.toml"
    path.write_text(path.read_text().replace("[partners.harbor", "[partners.pier"))
    told = RUN.invoke(app, ["nightly", "-w", str(workspace), "-d", DAY.isoformat()])
    assert (told.exit_code, f"batch {batch_id}: for a partner" in told.stderr) == (1, True)
    path.write_text(path.read_text().replace("[partners.pier", "[partners.harbor"))
    run(0, "nightly", "-w", workspace, "-d", DAY)
    assert head(workspace, batch_id)["state"] == "sent"
