"""The commands about the life of claims: audit, census, batch, claim --segments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.cli.batch_view import page
from ptedi.steps.night import open_night
from ptedi.store import batches, claims

DAY = "2026-11-19"
RUN = CliRunner()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("life") / "practice"
    told = RUN.invoke(app, ["demo", str(root), "--date", DAY, "--visits", "30", "--no-airflow"])
    assert told.exit_code == 0, told.output
    return root


def run(code: int, *words: object) -> str:
    told = RUN.invoke(app, [str(word) for word in words])
    assert told.exit_code == code, told.output
    return told.stdout


def tamper(workspace: Path, statement: str) -> None:
    with open_night(workspace) as night, night.store.begin() as conn:
        conn.execute(text(statement))


def test_the_audit_names_what_was_changed(workspace: Path) -> None:
    run(0, "audit", "verify", "-w", workspace)
    made = json.loads(run(0, "audit", "verify", "-w", workspace, "--json"))
    assert made["whole"]
    assert made["unsealed"] == 0  # the census of every collect seals
    assert json.loads(run(0, "audit", "seal", "-w", workspace, "--json")) is None
    run(0, "audit", "verify", "-w", workspace, "--expect", made["last_seal"])
    run(1, "audit", "verify", "-w", workspace, "--expect", "0" * 64)
    tamper(workspace, "update claim_events set actor = 'X' || actor where id = 5")
    told: dict[str, Any] = json.loads(run(1, "audit", "verify", "-w", workspace, "--json"))
    assert len({one["claim"] for one in told["misfits"]}) == 1
    assert told["misfits"][0]["claim"] in run(1, "audit", "verify", "-w", workspace)
    tamper(workspace, "update claim_events set actor = substr(actor, 2) where id = 5")
    run(0, "audit", "verify", "-w", workspace)


def test_the_census_closes_and_says_when_not(workspace: Path) -> None:
    assert "everything is accounted for" in run(0, "census", "-w", workspace)
    told = json.loads(run(0, "census", "-w", workspace, "--json", "--claims"))
    assert told["closes"]
    assert sum(one["count"] for one in told["states"]) == told["claims"] == len(told["clocks"])
    assert "clocks" not in json.loads(run(0, "census", "-w", workspace, "--json"))
    assert run(0, "census", "-w", workspace, "--claims").count(told["clocks"][0]["claim"]) == 1
    tamper(workspace, "update batches set claim_count = claim_count + 1 where id = 1")
    assert "does not close" in run(1, "census", "-w", workspace)
    tamper(workspace, "update batches set claim_count = claim_count - 1 where id = 1")


def test_batches_are_listed_shown_and_made_again(workspace: Path, tmp_path: Path) -> None:
    rows = json.loads(run(0, "batch", "list", "-w", workspace, "--json"))
    assert rows[-1]["id"] == 1
    assert rows[-1]["interchange"] in run(0, "batch", "list", "-w", workspace)
    story = json.loads(run(0, "batch", "show", "1", "-w", workspace, "--json"))
    assert len(story["claims"]) == rows[-1]["claims"]
    number = story["claims"][0]["claim"]["patient_control_number"]
    shown = run(0, "batch", "show", "1", "-w", workspace, "--claim", number)
    assert "CLM*" in shown
    assert ":B:1" in shown
    again = json.loads(run(0, "batch", "rebuild", "1", "-w", workspace, "--json", "--out", tmp_path / "again.edi"))
    assert again["same"]
    assert (tmp_path / "again.edi").stat().st_size == again["bytes"]
    assert again["archived_sha256"] in run(0, "batch", "rebuild", "1", "-w", workspace)
    run(2, "batch", "show", "99", "-w", workspace)
    run(2, "batch", "rebuild", "99", "-w", workspace)
    tamper(workspace, 'update claims set document = replace(document, \'"member_id":"\', \'"member_id":"X\')')
    assert not json.loads(run(1, "batch", "rebuild", "1", "-w", workspace, "--json"))["same"]
    tamper(workspace, 'update claims set document = replace(document, \'"member_id":"X\', \'"member_id":"\')')


def test_a_claims_page_says_what_the_claim_says(workspace: Path) -> None:
    with open_night(workspace) as night, night.store.read() as conn:
        claim = claims.load(conn, batches.claims_of(conn, 1)[0].claim_id).claim
    text = "\n".join(page(claim))
    for word in (claim.member_id, claim.patient_control_number, claim.billing.npi, claim.rendering.npi, claim.payer.id,
                 f"{claim.charge:.2f}", *claim.diagnoses, *(line.procedure for line in claim.lines)):  # fmt: skip
        assert word in text


def test_a_claim_with_its_segments(workspace: Path) -> None:
    number = json.loads(run(0, "claims", "-w", workspace, "--json", "--state", "paid"))[0]["patient_control_number"]
    told = json.loads(run(0, "claim", number, "-w", workspace, "--segments", "--json"))
    assert told["evidence"][0]["set_id"] == "837"
    assert "evidence" not in json.loads(run(0, "claim", number, "-w", workspace, "--json"))
    shown = run(0, "claim", number, "-w", workspace, "--segments")
    assert f"CLP*{number}" in shown
    assert "Claim Payment Information" in shown


def test_the_demo_s_answers_come_after_its_questions(workspace: Path) -> None:
    """Two nights in the time of their days: nobody reads of a claim accepted before it was sent."""
    sent: dict[str, str] = {}
    with open_night(workspace) as night, night.store.read() as conn:
        rows = conn.execute(text("select claim_id, event, at from claim_events order by claim_id, sequence")).all()
        lowest = conn.execute(text("select min(book_date), max(book_date) from payments")).one()
    for claim_id, event, at in rows:
        if event == "sent":
            sent[claim_id] = str(at)
        elif event.startswith(("999", "277CA", "835")):
            assert sent[claim_id] < str(at)
    assert {one[:16] for one in sent.values()} == {"2026-11-12 20:30", "2026-11-19 20:30"}
    assert tuple(map(str, lowest)) == ("2026-11-12", "2026-11-19")


def test_json_is_called_the_same_everywhere() -> None:
    sample = Path(__file__).parents[2] / "sample_edi" / "835" / "interest.edi"
    for command in ("check", "read"):
        assert json.loads(run(0, command, sample, "--json")) == json.loads(run(0, command, sample, "--format", "json"))


def test_a_claim_names_its_files_whole(workspace: Path) -> None:
    [one, *_] = json.loads(run(0, "claims", "-w", workspace, "--state", "paid", "--json"))
    number = one["patient_control_number"]
    told = run(0, "claim", number, "-w", workspace)
    story = json.loads(run(0, "claim", number, "-w", workspace, "--json"))
    assert story["file_names"]
    for sha256, name in story["file_names"].items():
        assert name.startswith("charges-") and f"{name} ({sha256[:12]}" in told
    table = told[told.index("Timeline"):told.index("Ledger")]
    cells = "".join(line.split("│")[-2].strip() for line in table.splitlines() if line.startswith("│"))
    for event in story["events"]:
        assert event["file"] in cells  # what does not fit folds and is not cut
