"""A test file goes the way of every claim, with a patient whom nobody knows, and keeps what came back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi import checks, pipeline
from ptedi.cli import app, demo
from ptedi.errors import ConfigurationError, InterlockError
from ptedi.sandbox import practice
from ptedi.steps.night import make_workspace, open_night
from ptedi.steps.trial_file import MEMBER, newest_trial, send_trial
from ptedi.store import batches, claims, files, postings, work
from ptedi.submissions.status import State
from ptedi.transactions import claim_837p
from ptedi.x12.reader import read
from tests.sqlite import with_tables
from tests.steps import test_acknowledge as answers
from tests.steps.conftest import DAY


def test_it_is_a_whole_837p_that_says_test_and_holds_nobody(workspace: Path) -> None:
    with open_night(workspace) as night:
        made = send_trial(night, practice.PARTNER)
        assert made.state == "sent" and made.sent_at and not made.answers
        data = (workspace / "clearinghouse" / "to" / made.file).read_bytes()
        assert next(one.get(15) for one in read(data) if one.id == "ISA") == "T"
        assert not [one for one in checks.check_file(data).findings if one.severity.stops]
        [read_set] = claim_837p.read_batches(data)
        [claim] = read_set.claims
        assert (claim.member_id, claim.subscriber.name.last) == (MEMBER, "TESTPATIENT")
        assert claim.patient_control_number == "TESTFILE000000001"
        with night.store.read() as conn:
            assert claims.by_control_number(conn, claim.patient_control_number) is None
            assert claims.of_date(conn, DAY) == [] and postings.balances(conn) == {}
            row = batches.get(conn, made.batch_id)
            assert row.is_trial and row.charge_cents == 0
            assert files.read_bytes(night.archive, files.get(conn, row.file_id)) == data
        assert send_trial(night, practice.PARTNER).file != made.file  # another number, without a gap
        with night.store.read() as conn:
            assert [one.interchange_control_number for one in batches.list_batches(conn)] == [1, 2]


def test_what_came_back_is_kept_and_nothing_else_is_moved(workspace: Path) -> None:
    with open_night(workspace) as night:
        send_trial(night, practice.PARTNER)
        demo.answer(night.workspace, DAY, seed=1)
        for _ in range(2):
            pipeline.collect(night)
            told = newest_trial(night, practice.PARTNER)
            assert told and told.state == "confirmed"
            assert [one.split(" (")[0].split(":")[0] for one in told.answers] == [
                "TA1 accepted", "999 accepted", "277CA from clearinghouse", "277CA from payer"]
            assert "A1:19" in told.answers[2] and "A3:33:IL" in told.answers[3]
        with night.store.read() as conn:
            assert work.list_work(conn) == [] and postings.balances(conn) == {}
        assert pipeline.census(night).unaccounted == ()


def test_claims_that_wait_are_not_sent_with_it_and_go_with_the_night(
    workspace: Path, drop: Callable[..., None]
) -> None:
    drop(visits=3)
    with open_night(workspace) as night:
        pipeline.extract_charges(night)
        pipeline.code_visits(night, DAY)
        pipeline.scrub_claims(night, DAY)
        [real] = pipeline.build_batches(night, DAY).batch_ids
        made = send_trial(night, practice.PARTNER)
        with night.store.read() as conn:
            assert batches.get(conn, real).state.value == "built"
        assert pipeline.deliver_batches(night).sent == (real,)
        assert made.batch_id == real + 1


def test_it_never_leaves_a_production_workspace(tmp_path: Path) -> None:
    root = tmp_path / "practice"
    make_workspace(root, practice.settings(environment="P"))
    shutil.copy(with_tables(), root / "ptedi.db")
    with open_night(root) as night:
        with pytest.raises(InterlockError):
            send_trial(night, practice.PARTNER)
        with night.store.read() as conn:
            assert batches.list_batches(conn) == []
        with pytest.raises(ConfigurationError):
            send_trial(night, "nobody")


def test_the_command_sends_one_and_tells_its_batch(workspace: Path) -> None:
    told = CliRunner().invoke(app, ["partners", "test", practice.PARTNER, "-w", str(workspace), "--json"])
    made = json.loads(told.stdout)
    assert (told.exit_code, made["batch"], made["state"]) == (0, 1, "sent")
    assert CliRunner().invoke(app, ["partners", "test", "nobody", "-w", str(workspace)]).exit_code != 0


@pytest.mark.parametrize("usage", ["T", "P"])
@pytest.mark.parametrize("kind", ["TA1", "999"])
def test_its_answers_and_those_of_the_first_real_file_are_told_apart(tmp_path: Path, usage: str, kind: str) -> None:
    """A workspace that tested and is for production now counts from 1 again: GS06 and ISA13 are there twice."""
    root = tmp_path / "practice"
    make_workspace(root, practice.settings())
    shutil.copy(with_tables(), root / "ptedi.db")
    with open_night(root) as night:
        send_trial(night, practice.PARTNER)
    (root / "ptedi.toml").write_text(practice.settings(environment="P"))
    for name, data in practice.charges(3, DAY, visits=3, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    with open_night(root) as night:
        pipeline.extract_charges(night)
        pipeline.code_visits(night, DAY)
        pipeline.scrub_claims(night, DAY)
        [real] = pipeline.build_batches(night, DAY).batch_ids
        with night.store.read() as conn:
            row = batches.get(conn, real)
            assert (row.interchange_control_number, row.group_control_number) == (1, 1)
        answer = answers.ta1(row, "R", "006") if kind == "TA1" else answers.group(row, "R")
        answers.apply(night, answer.replace(b"*0*T*", f"*0*{usage}*".encode()))
        states = [state for state in answers.states(night).values() if state is not State.HELD]
        assert set(states) == {State.REJECTED if usage == "P" else State.BATCHED}
        told = newest_trial(night, practice.PARTNER)
        assert told and bool(told.answers) is (usage == "T")
