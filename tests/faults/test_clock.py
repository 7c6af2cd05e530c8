"""A clock that goes back, or jumps ahead, between the steps of a night: order comes from the store, not from times."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable

import pytest

from tests.faults import facts, whole_night
from tests.faults.facts import Facts
from tests.faults.plug import DONE, forked
from tests.faults.trials import Ground, night_of

HOUR = dt.timedelta(hours=1)
SAME = ("visits", "claims", "claim_visits", "postings", "payments", "claim_payments", "deposits", "series",
        "series_log", "batch_claims")  # fmt: skip


def turned(by: dt.timedelta) -> Callable[[str], None]:
    """Turns the clock a little more before each step of each half of the night."""

    def stage(_step: str) -> None:
        os.environ["PTEDI_NOW"] = (dt.datetime.fromisoformat(os.environ["PTEDI_NOW"]) + by).isoformat()

    return stage


def told(found: Facts) -> dict[str, list[object]]:
    """What times do not decide: money, numbers, the events and states of claims, the work, what the partner knows."""
    column = {name: [c.name for c in facts.columns(facts.metadata.tables[name], apart=False)] for name in found
              if name in facts.metadata.tables}  # fmt: skip

    def of(table: str, *names: str) -> list[object]:
        places = [column[table].index(name) for name in names]
        return [tuple(row[place] for place in places) for row in found[table]]

    plain: dict[str, list[object]] = {name: list(found[name]) for name in SAME}
    return plain | {
        "states": of("claim_states", "claim_id", "sequence", "state_after"),
        "events": of("claim_events", "claim_id", "sequence", "event", "state_after", "actor"),
        "work": of("work_items", "key", "kind", "category", "next_action", "state", "amount_cents"),
        "batches": of("batches", "interchange_control_number", "batch_reference", "claim_count", "charge_cents",
                      "state"),
        "sandbox": [row for row in found["sandbox"] if row[0] not in ("file", "run")],
    }  # fmt: skip


@pytest.mark.parametrize("by", [-2 * HOUR, 9 * HOUR], ids=["back", "ahead by days"])
def test_the_clock_jumps_between_steps(lite: Ground, by: dt.timedelta) -> None:
    with lite.copy() as root:
        whole_night.run(root, stage=turned(by))
        assert facts.laws(root) == []
        found = told(facts.of_workspace(root))
        wanted = told(lite.wanted)
        assert {name: found[name] for name in found if found[name] != wanted[name]} == {}
        assert forked(night_of(root)).wait() == DONE  # with the clock put right: nothing goes out or is posted again
        assert facts.laws(root) == []
        assert {name for name, rows in told(facts.of_workspace(root)).items() if rows != found[name]} == set()


def test_a_clock_before_the_day_of_the_visits(lite: Ground) -> None:
    """Visits that seem to lie in the future are held; with the clock put right they go out, each once."""
    with lite.copy() as root:
        whole_night.run(root, stage=turned(-9 * HOUR))
        assert facts.laws(root) == []
        early = facts.of_workspace(root)
        assert 0 < len(early["batch_claims"]) < len(lite.wanted["batch_claims"])
        for _ in range(2):
            assert forked(night_of(root)).wait() == DONE
        assert facts.laws(root) == []
        found = facts.of_workspace(root)
        assert len(found["batch_claims"]) == len(lite.wanted["batch_claims"])
        assert found["claims"] == lite.wanted["claims"]


def test_killed_and_run_again_on_a_clock_that_went_back(lite: Ground) -> None:
    """The send that was cut off is settled although it seems to lie in the future."""
    places = [(("deliver_batches", point), 0) for point in ("deliver.staged", "deliver.published")]
    for place in places:
        with lite.copy() as root:
            run = lambda stage, root=root: whole_night.way_out(root, stage=stage)  # noqa: E731
            assert forked(run, kill_at=place).wait() != DONE
            whole_night.run(root, stage=turned(-2 * HOUR))
            assert facts.laws(root) == []
            found, wanted = told(facts.of_workspace(root)), told(lite.wanted)
            assert {name for name in found if found[name] != wanted[name]} == set()
