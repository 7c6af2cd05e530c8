"""The short form of `make kill`: every point of every step once, twenty random moments, a handful on PostgreSQL."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.faults import facts, whole_night
from tests.faults.plug import KILLED, Place, everywhere, forked
from tests.faults.trials import Ground, at_moments, at_places, night_of, places

SEED = 20261120
MOMENTS = 20


def chosen(made: Ground) -> list[Place]:
    """The first pass of each named point; of the points around commits, renames and syncs only in steps without."""
    all_of_them = places(made.hits, passes=1)
    steps = {step for (step, name), _ in all_of_them if "." in name}
    return [one for one in all_of_them if "." in one[0][1] or one[0][0] not in steps]


def test_killed_at_every_point(lite: Ground) -> None:
    wanted = chosen(lite)
    trials = at_places(wanted)
    assert sorted(place for trial in trials for place in trial.places) == sorted(wanted)
    assert {step for (step, _), _ in wanted} == set(whole_night.STEPS)
    outcomes = [lite.try_one(trial) for trial in trials]
    assert {one.name: one.problems for one in outcomes if one.problems} == {}
    assert [one.fell_in for one in outcomes] == [[step for (step, _), _ in trial.places] for trial in trials]


def test_killed_at_random_moments(lite: Ground) -> None:
    outcomes, moments = [], at_moments(SEED)
    while sum(len(one.fell_in) for one in outcomes) < MOMENTS:
        outcomes.append(lite.try_one(next(moments)))
    assert {one.name: one.problems for one in outcomes if one.problems} == {}
    assert len({step for one in outcomes for step in one.fell_in}) > 3  # spread over the night


def test_killed_on_postgresql(full: Ground) -> None:
    for trial in (at_places(chosen(full))[0], *islice(at_moments(SEED), 2)):
        assert full.try_one(trial).problems == []


def test_a_night_that_loses_something_is_found_out(lite: Ground) -> None:
    """The judge can say no."""
    with lite.copy() as root:
        night_of(root)(lambda _: None)
        sent = sorted((root / "clearinghouse" / "to").iterdir())[-1]
        (root / "clearinghouse" / "to" / f"{sent.name}.again").write_bytes(sent.read_bytes())
        told = facts.laws(root)
        assert any("was sent 2 times" in one for one in told) and any("was used 2 times" in one for one in told)
        sent.unlink()
        (root / "clearinghouse" / "to" / f"{sent.name}.again").unlink()
        assert any("was lost" in one for one in facts.laws(root))
        assert facts.differences(lite.wanted, facts.of_workspace(root)) != []


@pytest.mark.parametrize("point", ["deliver.sending", "deliver.staged", "deliver.staged recorded", "before rename",
                                   "renamed", "deliver.published", "deliver.manifest written",
                                   "deliver.events appended"])  # fmt: skip
def test_a_partner_who_takes_files_at_once(lite: Ground, point: str) -> None:
    """What was sent is gone from the folder when we look again: settled from the acknowledgement, never sent again."""
    with lite.copy() as root:
        house = root / "clearinghouse"

        def takes() -> None:
            (house / "taken").mkdir(exist_ok=True)
            for path in sorted(house.glob("to/[!.]*")):
                path.rename(house / "taken" / path.name)

        assert forked(night_of(root), kill_at=(("deliver_batches", point), 0)).wait() == KILLED
        takes()
        for _ in range(2):  # the second night writes down what the first one's answers proved
            whole_night.way_out(root)
            takes()
            whole_night.answer(root, drop="taken")
            whole_night.way_back(root)
        assert facts.laws(root, sent="taken") == []
        found = facts.of_workspace(root)
        same = ("claims", "postings", "series_log", "batch_claims", "payments", "claim_payments", "deposits")
        assert [name for name in same if found[name] != lite.wanted[name]] == []
        assert [row for row in found["sandbox"] if row[0] != "run"] == [row for row in lite.wanted["sandbox"]
                                                                        if row[0] != "run"]  # fmt: skip


def test_points_are_silent_again_afterwards(lite: Ground) -> None:
    seen: list[str] = []
    with everywhere(seen.append), lite.copy() as root:
        night_of(root)(lambda _: None)
    count = len(seen)
    with lite.copy() as root:
        night_of(root)(lambda _: None)
    assert len(seen) == count >= len(lite.hits)
