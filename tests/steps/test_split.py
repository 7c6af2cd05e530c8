"""A visit that does not fit one claim: linked parts, each once, adding up, stable when coded again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.claims.assembly import siblings
from ptedi.sandbox import clearinghouse
from ptedi.steps.night import Night, open_night
from ptedi.steps.summary import summary
from ptedi.store import claims, events, series, visits, work
from ptedi.store.series import SeriesKey
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from tests.steps.conftest import DAY
from tests.steps.test_drafts import asked, drop, known, treated

FOUR = [("97110", 16), ("97112", 16), ("97140", 16), ("97116", 16)]


@pytest.fixture(autouse=True)
def small_form(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("ptedi.claims.assembly.MOST_LINES", 3)
    yield


def test_the_parts_are_sent_and_paid_and_everything_adds_up(workspace: Path) -> None:
    drop(workspace, treated(*FOUR))
    with open_night(workspace) as night:
        done = pipeline.nightly(night, DAY)
        assert (done.coded.claims, done.built.claims) == (2, 2)
        assert pipeline.nightly(night, DAY).coded.claims == 0
        with night.store.read() as conn:
            rows = claims.of_date(conn, DAY)
            coded = [claims.load(conn, row.id) for row in rows]
            used = series.audit(conn, SeriesKey(night.practice.id, "T", "CLM01"))
            assert visits.uncoded(conn, DAY) == []
        assert [len(one.claim.lines) for one in coded] == [3, 1]
        assert [siblings(one) for one in coded] == [[row.patient_control_number for row in rows]] * 2
        assert [use.value for use in used] == [1, 2]
        assert sum(row.charge_cents for row in rows) == done.coded.charge_cents
    folder = workspace / "clearinghouse"
    clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=5, today=DAY)
    with open_night(workspace) as night:
        pipeline.collect(night)
        found = summary(night, DAY)
        assert found.closes and found.claims.count == 2


def test_held_parts_are_coded_again_as_parts(workspace: Path) -> None:
    drop(workspace, treated(*FOUR, authorization=""))
    with open_night(workspace) as night:
        assert pipeline.nightly(night, DAY).scrubbed.held == 2
        assert pipeline.nightly(night, DAY).scrubbed.still_held == 2
        before = _documents(night)
    text = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(text.replace('97110 = "62.00"', '97110 = "63.00"'))
    with open_night(workspace) as night:
        pipeline.nightly(night, DAY)
        after = _documents(night)
        assert [len(lines) for lines in after] == [len(lines) for lines in before] == [3, 1]
        assert after[0][0] == before[0][0] + 1 and after[0][1:] == before[0][1:]


def _documents(night: Night) -> list[list[int]]:
    with night.store.read() as conn:
        return [[int(line.charge) for line in claims.load(conn, row.id).claim.lines]
                for row in claims.by_state(conn, [State.HELD])]  # fmt: skip


def test_a_split_visit_that_changes_before_it_goes_is_recalled_whole(workspace: Path) -> None:
    drop(workspace, treated(*FOUR, authorization=""))
    with open_night(workspace) as night:
        pipeline.nightly(night, DAY)
        drop(workspace, treated(*FOUR[:2]))
        assert pipeline.nightly(night, DAY).built.claims == 1
        with night.store.read() as conn:
            states = [events.current_states(conn, [row.id])[row.id] for row in claims.of_date(conn, DAY)]
        assert states == [State.SUPERSEDED, State.SUPERSEDED, State.SENT]


def test_a_split_visit_that_changes_after_it_went_is_for_a_person(workspace: Path) -> None:
    drop(workspace, treated(*FOUR))
    with open_night(workspace) as night:
        pipeline.nightly(night, DAY)
        drop(workspace, treated(*FOUR[:2]))
        pipeline.extract_charges(night)
        assert asked(night) == []
        with night.store.read() as conn:
            assert len(work.list_work(conn, kinds=[WorkKind.CHARGE])) == 1


def test_a_replacement_that_would_not_fit_is_for_a_person(workspace: Path) -> None:
    drop(workspace, treated(*FOUR[:2]))
    with open_night(workspace) as night:
        pipeline.nightly(night, DAY)
        known(night)
        drop(workspace, treated(*FOUR))
        pipeline.extract_charges(night)
        assert asked(night) == []
