"""Refused claims corrected: drafted, approved once, sent by the next night, paid; the books add up throughout."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ptedi import pipeline
from ptedi.claims.rework import read_settings
from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account
from ptedi.sandbox import clearinghouse, practice, refusals
from ptedi.sandbox.payers import payer_of
from ptedi.sandbox.refusals import Refusal
from ptedi.sandbox.scenario import Scenario
from ptedi.steps import faults, rework
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.rework import Draft
from ptedi.steps.summary import summary
from ptedi.store import batches, claims, decisions, events, postings, reworks, work
from ptedi.store.claims import ClaimRow
from ptedi.store.decisions import Verb
from ptedi.submissions.status import Event, State
from ptedi.transactions import claim_837p
from tests.steps.conftest import DAY
from tests.steps.test_drafts import drop, sent, treated
from tests.steps.test_kill import Killed, _after, state

CALM = Scenario(rejected_by_clearinghouse=0, rejected_by_payer=0, corrections=False, letter_recoupment=False)
TWO = (("97110", 30), ("97140", 15))


def only(night: Night) -> ClaimRow:
    with night.store.read() as conn:
        return claims.of_date(conn, DAY)[-1]


def states(night: Night) -> list[State]:
    with night.store.read() as conn:
        rows = claims.of_date(conn, DAY)
        found = events.current_states(conn, [row.id for row in rows])
        return [found[row.id] for row in rows]


def answered(root: Path, refusal: Refusal | None, days: int, scenario: Scenario = CALM) -> None:
    """The sandbox decides the newest claim so (None: pays it), and the answers come in."""
    with open_night(root) as night:
        row = only(night)
        with night.store.read() as conn:
            claim = claims.load(conn, row.id).claim
    payer, day = payer_of(claim), DAY + timedelta(days=days)
    wanted = {} if refusal is None else {line.number: refusal for line in claim.lines}
    if refusal in (refusals.BUNDLED, refusals.NOT_COVERED):
        wanted = {2: refusal} if refusal else {}
    seed = next(n for n in range(20_000) if refusals.decide(claim, payer, n, day).refused == wanted)
    folder = root / "clearinghouse"
    clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=seed, today=day, scenario=scenario)
    with open_night(root) as night:
        pipeline.collect(night)
        assert summary(night, DAY).closes


def approved(night: Night, settings: Sequence[str]) -> Draft:
    made = rework.draft(night, only(night).patient_control_number, read_settings(settings), "pat", "as the note says")
    assert not made.stops, made.findings
    done = rework.approve(night, made.id, "kim")
    assert rework.approve(night, made.id, "somebody").released == done.released
    return done


@dataclass(frozen=True)
class Story:
    payer: str
    refusal: Refusal | None
    settings: tuple[str, ...]
    frequency: str
    scenario: Scenario = CALM


STORIES = {
    "no authorization": Story("bluestone-ppo", refusals.NO_AUTHORIZATION, ("authorization=A4711",), "7"),
    "diagnosis": Story("bluestone-ppo", refusals.BAD_DIAGNOSIS, ("diagnoses=M25.561,M54.50",), "7"),
    "bundled line": Story("bluestone-ppo", refusals.BUNDLED, ("line.2.modifiers+=59",), "7"),
    "diagnosis, not processable": Story("medicare-part-b", refusals.BAD_DIAGNOSIS, ("diagnoses=M25.561,M54.50",), "1"),
    "referrer, not processable": Story("medicare-part-b", refusals.NO_REFERRER, ("referring=ALDER,ALEX,1999900040",),
                                       "1"),
    "rejected by the payer": Story("bluestone-ppo", None, ("member_id=BMP987654321",), "1",
                                   Scenario(rejected_by_payer=1000, rejected_by_clearinghouse=0)),
    "rejected by the clearinghouse": Story("bluestone-ppo", None, ("note=SEEN AGAIN",), "1",
                                           Scenario(rejected_by_clearinghouse=1000)),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_a_refused_claim_is_corrected_sent_by_the_next_night_and_paid(workspace: Path, name: str) -> None:
    story = STORIES[name]
    sent(workspace, treated(*TWO, payer=story.payer, separate_time="Y" if "bundled" in name else ""))
    answered(workspace, story.refusal, 0, story.scenario)
    with open_night(workspace) as night:
        before = only(night)
        [was] = states(night)
        assert was is (State.REJECTED if story.refusal is None else
                       State.PARTLY_PAID if "bundled" in name else State.DENIED)  # fmt: skip
        done = approved(night, story.settings)
        assert (done.frequency, bool(done.reference)) == (story.frequency, story.frequency == "7")
        assert done.changes and done.stake_cents > 0 and done.recovered_cents == 0
        assert states(night) == [State.SUPERSEDED, State.CAPTURED]
        assert summary(night, DAY).closes
        built = pipeline.nightly(night, DAY).built
        assert built.claims == 1 and built.held == 0
        with night.store.read() as conn:
            file = batches.get(conn, built.batch_ids[0]).file_name
            told = [(e.event, e.actor) for e in events.of_claim(conn, before.id)][-2:]
            assert told == [(Event.REWORKED, "kim"), (Event.SUPERSEDED, "kim")]
            assert [d.actor for d in decisions.list_decisions(conn) if d.action is Verb.REWORK] == ["kim"]
            assert decisions.broken(conn) == [] and work.list_work(conn, claim_ids=[before.id]) == []
        [batch] = claim_837p.read_batches((workspace / "clearinghouse/to" / file).read_bytes())
        [claim] = batch.claims
        assert (claim.patient_control_number, claim.frequency) == (done.released, story.frequency)
        assert claim.original_reference == done.reference
    answered(workspace, None, 1)
    with open_night(workspace) as night:
        assert states(night) == [State.SUPERSEDED, State.PAID]
        found = rework.show(night, done.id)
        assert found.recovered_cents > 0
        assert summary(night, DAY).closes
        with night.store.read() as conn:
            gone = postings.balances_of_claims(conn, [before.id]).get(before.id, {})
            assert not any(gone.values()), gone
            owed = postings.balances_of_claims(conn, [only(night).id])[only(night).id]
            assert owed.get(Account.DENIED, Decimal(0)) == 0 and owed.get(Account.PAYER_PRIMARY, Decimal(0)) == 0


_MADE: dict[tuple[str, Refusal], TemporaryDirectory[str]] = {}


def denied(root: Path, payer: str = "bluestone-ppo", refusal: Refusal = refusals.NO_AUTHORIZATION) -> None:
    """A claim of two lines refused so; made once, copied into the workspace afterwards."""
    key = payer, refusal
    if key not in _MADE:
        folder = TemporaryDirectory()
        made = Path(folder.name) / "practice"
        make_workspace(made, practice.settings())
        sent(made, treated(*TWO, payer=payer))
        answered(made, refusal, 0)
        _MADE[key] = folder
    shutil.copytree(Path(_MADE[key].name) / "practice", root, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("ptedi.toml"))  # fmt: skip


def test_medicare_takes_no_replacement_of_what_it_decided(workspace: Path) -> None:
    denied(workspace, "medicare-part-b", refusals.NOT_NECESSARY)
    with open_night(workspace) as night, pytest.raises(ConfigurationError, match="reopening"):
        rework.draft(night, only(night).patient_control_number, [], "pat")


def test_no_replacement_without_the_payers_claim_number(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    denied(workspace)
    monkeypatch.setattr("ptedi.steps.refused.Refused.payer_claim_number", property(lambda _: ""))
    with open_night(workspace) as night, pytest.raises(ConfigurationError, match="CLP07"):
        rework.draft(night, only(night).patient_control_number, [], "pat")


def test_what_was_never_refused_is_not_reworked(workspace: Path) -> None:
    sent(workspace, treated(*TWO))
    with open_night(workspace) as night:
        for number in (only(night).patient_control_number, "PT99999999"):
            with pytest.raises(ConfigurationError):
                rework.draft(night, number, [], "pat")


def test_an_edit_stops_a_draft_and_then_nothing_goes(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        made = rework.draft(night, only(night).patient_control_number, read_settings(["diagnoses=Z99.99"]), "pat")
        assert made.stops
        with pytest.raises(ConfigurationError, match="stops the draft"):
            rework.approve(night, made.id, "kim")
        assert states(night) == [State.DENIED]


def test_a_draft_is_made_once_another_takes_its_place_and_events_make_it_stale(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        number, row = only(night).patient_control_number, only(night)
        one = rework.draft(night, number, read_settings(["authorization=A1"]), "pat")
        assert rework.draft(night, number, read_settings(["authorization=A1"]), "kim").id == one.id
        two = rework.draft(night, number, read_settings(["authorization=A2"]), "pat")
        assert [d.state for d in rework.list_drafts(night)] == ["withdrawn", "open"]
        with pytest.raises(ConfigurationError):
            rework.approve(night, one.id, "kim")
        with night.store.begin() as conn:
            events.append(conn, row.id, Event.APPEALED, "kim", "appeal 1")
        with pytest.raises(ConfigurationError, match="since it was drafted"):
            rework.approve(night, two.id, "kim")
        assert rework.withdraw(night, two.id, "pat", "appealed").state == "withdrawn"
        assert len(states(night)) == 1


def test_a_released_correction_that_is_held_keeps_what_the_person_set(workspace: Path) -> None:
    """Held claims are coded again each night; a corrected one is not: its settings would be lost."""
    denied(workspace)
    with open_night(workspace) as night:
        approved(night, ["authorization=A4711", "line.1.modifiers=GP,59"])
        row = only(night)
        with night.store.begin() as conn:
            events.append(conn, row.id, Event.HELD, "test", "held by a test")
        pipeline.scrub_claims(night, DAY)
        with night.store.read() as conn:
            claim = claims.load(conn, row.id).claim
        assert (claim.prior_authorization, claim.lines[0].modifiers) == ("A4711", ("GP", "59"))


def test_a_visit_captured_again_after_its_correction_is_drafted_not_recoded(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        done = approved(night, ["authorization=A4711"])
        drop(workspace, treated(("97110", 45), ("97140", 15)))
        pipeline.extract_charges(night)
        pipeline.code_visits(night, DAY)
        assert states(night) == [State.SUPERSEDED, State.CAPTURED]
        assert only(night).patient_control_number == done.released
        assert summary(night, DAY).closes


def reworked(root: Path) -> None:
    """A draft, its approval and the night that sends it."""
    with open_night(root) as night:
        with night.store.read() as conn:
            first = claims.of_date(conn, DAY)[0].patient_control_number
            known = reworks.list_reworks(conn)
        made = rework.show(night, known[0].id) if known else rework.draft(
            night, first, read_settings(["authorization=A4711"]), "pat")  # fmt: skip
        rework.approve(night, made.id, "kim")
        pipeline.nightly(night, DAY)


def test_cut_off_at_any_point_a_correction_goes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for reader, opinion in (("second_reader", "ours"), ("proof", "_theirs")):
        monkeypatch.setattr(f"ptedi.steps.{reader}.{opinion}", lambda *_: ())
    template = tmp_path / "template"
    make_workspace(template, practice.settings())
    denied(template)
    calm = shutil.copytree(template, tmp_path / "calm")
    names: list[str] = []
    with faults.watching(names.append):
        reworked(calm)
    wanted = state(calm)
    assert {"rework.drafted", "rework.claim inserted", "rework.events appended", "rework.kept"} <= set(names)
    for number, name in enumerate(names):
        if name in names[:number] or not name.startswith("rework."):
            continue
        root = shutil.copytree(template, tmp_path / "cut")
        with pytest.raises(Killed), faults.watching(_after(number)):
            reworked(root)
        reworked(root)
        assert state(root) == wanted, f"cut off at {name}"
        shutil.rmtree(root)
