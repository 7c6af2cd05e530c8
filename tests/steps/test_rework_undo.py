"""An approved correction is taken back until it stands in a file: the books and the list are as they were."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.claims.rework import read_settings
from ptedi.errors import ConfigurationError
from ptedi.ledger.write_off import WriteOffReason
from ptedi.sandbox import practice, refusals
from ptedi.sandbox.scenario import Scenario
from ptedi.steps import faults, letters, rework, write_off
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.rework_undo import take_back
from ptedi.steps.summary import summary
from ptedi.store import claims, decisions, postings, work
from ptedi.submissions.status import State
from tests.steps.conftest import DAY
from tests.steps.test_drafts import sent, treated
from tests.steps.test_kill import Killed, _after
from tests.steps.test_rework import TWO, answered, approved, denied, only, states

Kept = tuple[object, ...]


def kept(night: Night) -> Kept:
    """Balances by account and what is open on the list."""
    with night.store.read() as conn:
        assert postings.unbalanced(conn) == []
        items = {(item.key, item.state) for item in work.list_work(conn)}
        return {account: amount for account, amount in postings.balances(conn).items() if amount}, items


@pytest.mark.parametrize(("payer", "refusal", "setting"), [
    ("bluestone-ppo", refusals.NO_AUTHORIZATION, "authorization=A4711"),
    ("medicare-part-b", refusals.BAD_DIAGNOSIS, "diagnoses=M25.561,M54.50"),
])  # fmt: skip
def test_taken_back_everything_is_as_before(workspace: Path, payer: str, refusal: refusals.Refusal,
                                            setting: str) -> None:  # fmt: skip
    denied(workspace, payer, refusal)
    with open_night(workspace) as night:
        before = kept(night)
        done = approved(night, [setting])
        assert kept(night) != before
        back = take_back(night, done.id, "pat", "the old number was right")
        assert back.state == "undone" and take_back(night, done.id, "kim", "again").decided_by == "pat"
        assert kept(night) == before
        assert states(night) == [State.DENIED, State.SUPERSEDED]
        assert summary(night, DAY).closes
        assert pipeline.nightly(night, DAY).built.claims == 0
        with night.store.read() as conn:
            assert decisions.broken(conn) == []
            [number, _] = [row.patient_control_number for row in claims.of_date(conn, DAY)]
        again = rework.draft(night, number, read_settings([setting]), "pat")
        assert again.id != done.id and not again.stops
        assert rework.approve(night, again.id, "kim").released


def test_a_rejected_claim_is_rejected_again_and_so_is_its_item(workspace: Path) -> None:
    sent(workspace, treated(*TWO, payer="bluestone-ppo"))
    answered(workspace, None, 0, Scenario(rejected_by_payer=1000, rejected_by_clearinghouse=0))
    with open_night(workspace) as night:
        before = kept(night)
        number = only(night).patient_control_number
        assert states(night) == [State.REJECTED]
        for _ in range(2):  # and once more, which is another draft
            done = rework.draft(night, number, read_settings(["member_id=BMP987654321"]), "pat")
            rework.approve(night, done.id, "kim")
            assert kept(night) != before and states(night)[0] is State.SUPERSEDED
            take_back(night, done.id, "pat", "the old number was right")
            assert kept(night) == before and states(night)[0] is State.REJECTED
        pipeline.nightly(night, DAY)
        assert kept(night) == before and states(night)[0] is State.REJECTED
        asked = write_off.ask(night, number, WriteOffReason.TIMELY_FILING, "pat")
        write_off.approve(night, asked.id, "kim")
        assert states(night)[0] is State.WRITTEN_OFF
        write_off.undo(night, asked.id, "kim", "it is sent after all")
        assert kept(night) == before and states(night)[0] is State.REJECTED


def test_an_appealed_claim_is_appealed_again(workspace: Path) -> None:
    denied(workspace, "bluestone-ppo", refusals.NO_AUTHORIZATION)
    with open_night(workspace) as night:
        written = letters.appeal(night, only(night).patient_control_number, "pat")
        letters.sent(night, written.id, DAY, "kim")
        before = kept(night)
        assert states(night) == [State.APPEALED]
        take_back(night, approved(night, ["authorization=A4711"]).id, "pat", "the appeal goes on")
        assert kept(night) == before and states(night) == [State.APPEALED, State.SUPERSEDED]


def test_what_stands_in_a_batch_or_was_never_approved_is_not_taken_back(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        made = rework.draft(night, only(night).patient_control_number, read_settings(["authorization=A1"]), "pat")
        with pytest.raises(ConfigurationError, match="not approved"):
            take_back(night, made.id, "pat", "no")
        rework.approve(night, made.id, "kim")
        with pytest.raises(ConfigurationError, match="reason"):
            take_back(night, made.id, "pat", " ")
        pipeline.nightly(night, DAY)
        with pytest.raises(ConfigurationError, match="batch"):
            take_back(night, made.id, "pat", "too late")
        with pytest.raises(ConfigurationError):
            take_back(night, 999, "pat", "none")


def test_cut_off_at_any_point_it_is_taken_back_once(tmp_path: Path) -> None:
    template = tmp_path / "template"
    make_workspace(template, practice.settings())
    denied(template)
    with open_night(template) as night:
        before = kept(night)
        done = approved(night, ["authorization=A4711"])
    names: list[str] = []
    run = partial(_take, done.id)
    with faults.watching(names.append):
        run(shutil.copytree(template, tmp_path / "calm"))
    assert {"rework.events taken back", "rework.taken back"} <= set(names)
    for number in range(len(names)):
        root = shutil.copytree(template, tmp_path / f"cut{number}")
        with pytest.raises(Killed), faults.watching(_after(number)):
            run(root)
        run(root)
        with open_night(root) as night:
            assert kept(night) == before


def _take(number: int, root: Path) -> None:
    with open_night(root) as night:
        take_back(night, number, "pat", "not needed")


def test_a_draft_made_on_an_older_look_is_refused_by_name(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        number = only(night).patient_control_number
        with pytest.raises(ConfigurationError, match="changed meanwhile"):
            rework.draft(night, number, read_settings(["authorization=A1"]), "pat", seen=1)
