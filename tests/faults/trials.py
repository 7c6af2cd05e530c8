"""Nights that are killed, run again to their end, and compared with the undisturbed one."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from tests.faults import facts, whole_night
from tests.faults.facts import Facts
from tests.faults.plug import DONE, KILLED, Hit, Place, Run, forked, hits_of
from tests.faults.whole_night import STEPS
from tests.postgresql import new_database

MOST_KILLS = 12  # in one night


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One night, killed again and again: at these points in turn, or at `kills` moments drawn with `seed`."""

    name: str
    places: tuple[Place, ...] = ()
    seed: str = ""
    kills: int = 0


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a trial: the step of each kill, kills that came too late, what is not as it should be."""

    name: str
    fell_in: list[str] = field(default_factory=list)
    too_late: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Ground:
    """A prepared workspace, the undisturbed night's facts, points and length in seconds; where copies are made."""

    template: Path
    copies: Path
    wanted: Facts
    hits: list[Hit]
    seconds: float
    server: Any = None
    url: str = ""

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A fresh copy of the workspace with its database, gone at the end."""
        url, root = _copied_database(self.server, self.url), self.copies / secrets.token_hex(4)
        try:
            yield whole_night.copied(self.template, root, url)
        finally:
            shutil.rmtree(root, ignore_errors=True)
            if url:
                self.server.psql(f"drop database {_database(url)} with (force)")

    def try_one(self, trial: Trial) -> Outcome:
        """Kills, runs again, looks."""
        outcome = Outcome(name=trial.name)
        with self.copy() as root:
            run = night_of(root)
            for place in trial.places:
                process = forked(run, kill_at=place)
                if process.wait() != KILLED:
                    outcome.problems.append(f"the process was not killed at {place}")
                else:
                    outcome.fell_in.append(process.step)
            self._at_moments(run, trial, outcome)
            began = time.monotonic()
            if forked(run).wait() != DONE:
                outcome.problems.append("the night did not end when it was run again")
            else:
                self.seconds = max(self.seconds, time.monotonic() - began)  # or more: the moments reach its end again
                outcome.problems += facts.differences(self.wanted, facts.of_workspace(root)) + facts.laws(root)
        return outcome

    def _at_moments(self, run: Run, trial: Trial, outcome: Outcome) -> None:
        chance, left = random.Random(trial.seed), self.seconds
        for _ in range(trial.kills):
            process, moment = forked(run), chance.uniform(0.0, left)
            code = process.kill_after(moment)
            if code == DONE:
                outcome.too_late += 1
                self.seconds *= 0.9  # the machine has less to do than when the night was measured
                return
            if code != KILLED:
                outcome.problems.append(f"the process ended with {code}")
                return
            outcome.fell_in.append(process.step)
            left = max(left - moment, 0.4 * self.seconds)  # the next attempt has less to do


def night_of(root: Path) -> Run:
    """The whole night in a workspace."""
    return lambda stage: whole_night.run(root, stage=stage)


def ground(base: Path, *, visits: int, earlier: int, per_file: int, server: Any = None, again: int = 3) -> Ground:
    """Prepares the workspace and lets the undisturbed night pass: here to see its points, then `again` in children."""
    url = new_database(server) if server is not None else ""
    template = whole_night.prepared(base / "template", visits=visits, earlier=earlier, per_file=per_file, url=url)
    made = Ground(template=template, copies=base, wanted={}, hits=[], seconds=0.0, server=server, url=url)
    with made.copy() as root:
        made.hits = hits_of(night_of(root))
        made.wanted = facts.of_workspace(root)
        if problems := facts.laws(root):
            raise AssertionError(problems)
    lasted = []
    for _ in range(again):
        with made.copy() as root:
            began = time.monotonic()
            if forked(night_of(root)).wait() != DONE:
                raise AssertionError("the undisturbed night did not end")
            lasted.append(time.monotonic() - began)
            if problems := facts.differences(made.wanted, facts.of_workspace(root)):
                raise AssertionError(problems)
    made.seconds = statistics.median(lasted)
    return made


def places(hits: list[Hit], passes: int = 3) -> list[Place]:
    """Every point of every step: its first pass, its last, and some between, `passes` at most; in the night's order."""
    found = []
    for hit, count in Counter(hits).items():
        some = min(passes, count)
        found += [(hit, one) for one in sorted({round(i * (count - 1) / max(some - 1, 1)) for i in range(some)})]
    return sorted(found, key=lambda place: STEPS.index(place[0][0]))


def at_places(wanted: Sequence[Place], kills: int = len(STEPS)) -> list[Trial]:
    """Nights that are killed at all of these: once in each step on the way, `kills` times at most."""
    queues: dict[str, list[Place]] = {}
    for place in wanted:
        queues.setdefault(place[0][0], []).append(place)
    trials: list[Trial] = []
    while any(queues.values()):
        longest = sorted((step for step in queues if queues[step]), key=lambda step: -len(queues[step]))[:kills]
        chosen = tuple(queues[step].pop(0) for step in queues if step in longest)
        trials.append(Trial(name=f"points {len(trials)} of {len(wanted)}", places=chosen))
    return trials


def at_moments(seed: int) -> Iterator[Trial]:
    """Nights killed once to twelve times, without end: the caller stops when there were kills enough."""
    number = 0
    while True:
        name = f"{seed}/{number}"
        yield Trial(name=f"moments {name}", seed=name, kills=random.Random(f"kills {name}").randint(1, MOST_KILLS))
        number += 1


def _database(url: str) -> str:
    return str(make_url(url).database)


def _copied_database(server: Any, url: str) -> str:
    if not url:
        return ""
    name = f"t{secrets.token_hex(6)}_{os.getpid()}"
    server.psql(f"create database {name} template {_database(url)}")
    return make_url(url).set(database=name).render_as_string(hide_password=False)
