"""A held claim with a suggested repair: a person takes it, the claim goes with the next night and keeps the word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi import pipeline
from ptedi.claims.model import CodedClaim
from ptedi.cli import app
from ptedi.edits.repairs import APPROVED
from ptedi.errors import ConfigurationError
from ptedi.steps import decide, faults
from ptedi.steps.night import Night, open_night
from ptedi.store import claims, drafts, events, work
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import State
from tests.steps.conftest import DAY
from tests.steps.test_drafts import drop, known, rows, treated
from tests.steps.test_kill import Killed, _after
from tests.steps.test_spans import CLEAN, FRIDAY, MONDAY, PROFILE, SUNDAY, WEDNESDAY, day, standing
from tests.steps.test_spans import drop as drop_week

APART = [("97150", 30), ("97110", 30)]  # a pair that nothing separates: NC102, a 59 is suggested


@pytest.fixture
def night(workspace: Path) -> Iterator[Night]:
    """A night that holds one claim."""
    held(workspace)
    with open_night(workspace) as opened:
        yield opened


def held(root: Path, **over: str) -> None:
    (root / "inbox" / "one.csv").write_bytes(treated(*APART, **over))
    with open_night(root) as opened:
        assert pipeline.nightly(opened, DAY).scrubbed.held == 1


def asked(night: Night) -> WorkItem:
    with night.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.HELD])
    return item


def modifiers(night: Night) -> list[tuple[str, tuple[str, ...]]]:
    [(row, _)] = rows(night)
    with night.store.read() as conn:
        return [(line.procedure, line.modifiers) for line in claims.load(conn, row.id).claim.lines]


def test_an_approved_repair_is_made_said_and_sent(night: Night) -> None:
    item = asked(night)
    assert item.next_action == "approve the repair, or correct" and "ptedi work approve" in item.how
    done = decide.release(night, item.id, "pat")
    assert (done.repairs, done.stops) == (("NC102",), ())
    [(row, now)] = rows(night)
    assert (now, done.claim) == (State.READY, row.patient_control_number)
    assert [code for code, codes in modifiers(night) if "59" in codes] == ["97110"]
    with night.store.read() as conn:
        told = [(one.actor, one.detail) for one in events.of_claim(conn, row.id)]
        assert work.list_work(conn, kinds=[WorkKind.HELD]) == []
    said = [detail for actor, detail in told if actor == "pat"]
    assert len(said) == 1 and said[0].startswith("approved the repair NC102: line 2 SV1: 97110 ")
    assert "becomes 97110" in said[0] and "59" in said[0]
    assert any(actor == "scrub_claims" and detail.startswith("suggested repair NC102") for actor, detail in told)
    assert pipeline.nightly(night, DAY).built.claims == 1
    with pytest.raises(ConfigurationError, match="closed"):
        decide.release(night, item.id, "pat")


def test_a_repair_that_nobody_suggests_changes_nothing(night: Night) -> None:
    before = modifiers(night)
    with pytest.raises(ConfigurationError, match="no such repair"):
        decide.release(night, asked(night).id, "pat", ["PT130"])
    assert modifiers(night) == before and rows(night)[0][1] is State.HELD


def test_a_claim_that_something_else_holds_stays_held_and_keeps_the_word(workspace: Path) -> None:
    held(workspace, authorization="")
    with open_night(workspace) as night:
        done = decide.release(night, asked(night).id, "pat", ["NC102"])
        assert done.repairs == ("NC102",) and done.stops and "NC102" not in done.stops
        assert rows(night)[0][1] is State.HELD and "NC102" not in asked(night).sentence
        pipeline.nightly(night, DAY)  # coded again: the repair is made again
        assert ("97110", "59") in [(code, one) for code, codes in modifiers(night) for one in codes]
        shown = CliRunner().invoke(app, ["work", "approve", str(asked(night).id), "-w", str(workspace)])
        assert shown.exit_code != 0 and "Traceback" not in shown.output


def test_the_command_says_what_became_of_the_claim(night: Night, workspace: Path) -> None:
    item = str(asked(night).id)
    shown = CliRunner().invoke(app, ["work", "approve", item, "--by", "pat", "--repair", "nc102", "-w", str(workspace)])
    assert shown.exit_code == 0, shown.output
    assert "is mended (NC102)" in shown.stdout


def test_killed_anywhere_it_is_approved_once(night: Night) -> None:
    item, kills = asked(night).id, 0
    while rows(night)[0][1] is State.HELD:
        with suppress(Killed), faults.watching(_after(kills)):
            decide.release(night, item, "pat")
        kills += 1
    [(row, now)] = rows(night)
    with night.store.read() as conn:
        said = [one for one in events.of_claim(conn, row.id) if one.actor == "pat"]
        notes = [note for note in claims.load(conn, row.id).notes if note.subject == APPROVED]
    assert (now, len(said), len(notes)) == (State.READY, 1, 1) and kills > 2


def test_a_repair_on_the_claim_of_a_week(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-23T02:00:00+00:00")
    (workspace / "payers").mkdir()
    (workspace / "payers/bluestone-ppo.toml").write_text(PROFILE)
    drop_week(workspace, day(MONDAY, APART), day(WEDNESDAY, APART), day(FRIDAY, CLEAN))
    with open_night(workspace) as night:
        pipeline.nightly(night, SUNDAY)
        states = standing(night)
        with night.store.read() as conn:
            items = work.list_work(conn, kinds=[WorkKind.HELD])
        assert [now for _, now in states].count(State.HELD) == len(items) == 2
        for item in items:
            assert decide.release(night, item.id, "pat").stops == ()
        assert pipeline.nightly(night, SUNDAY).built.claims == 2
        assert {now for _, now in standing(night)} == {State.SENT}


def billed(night: Night, root: Path) -> None:
    """The repair is approved and the claim goes out; its number at the payer is known."""
    decide.release(night, asked(night).id, "pat")
    assert pipeline.nightly(night, DAY).delivered.sent
    known(night)


def drafted(night: Night) -> tuple[CodedClaim, WorkItem]:
    with night.store.read() as conn:
        [one] = drafts.list_open(conn)
        [item] = work.list_work(conn, kinds=[WorkKind.DRAFT])
    assert one.coded is not None
    return one.coded, item


def test_a_draft_keeps_the_word_where_the_repair_is_the_same(night: Night, workspace: Path) -> None:
    billed(night, workspace)
    drop(workspace, treated(*APART, ("97035", 15)))
    pipeline.extract_charges(night)
    coded, item = drafted(night)
    assert [line.procedure for line in coded.claim.lines if "59" in line.modifiers] == ["97110"]
    assert "97110" not in item.sentence.split("Replaces")[0]  # nothing changed about that line
    decide.release(night, item.id, "kim")
    pipeline.nightly(night, DAY)
    [(_, old), (row, now)] = rows(night)
    with night.store.read() as conn:
        notes = [(note.rule, note.source) for note in claims.load(conn, row.id).notes if note.subject == APPROVED]
        held_for = [one.sentence for one in work.list_work(conn, kinds=[WorkKind.HELD])]
    assert (old, notes) == (State.SUPERSEDED, [("NC102", "pat")])
    assert now is State.SENT and held_for == []


def test_a_draft_asks_again_where_the_repair_is_another(night: Night, workspace: Path) -> None:
    billed(night, workspace)
    drop(workspace, treated(("97150", 30), ("97110", 45)))
    pipeline.extract_charges(night)
    coded, item = drafted(night)
    assert not any("59" in line.modifiers for line in coded.claim.lines)
    decide.release(night, item.id, "kim")
    pipeline.nightly(night, DAY)
    assert [now for _, now in rows(night)] == [State.SUPERSEDED, State.HELD]
    assert decide.release(night, asked(night).id, "kim").repairs == ("NC102",)
