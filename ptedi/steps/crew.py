"""Helpers of a step: processes that compute pieces of its work ahead, while the step itself writes the one before.

A helper only reads the store.  What it finds out for a piece is what the step would find out itself, so the result is
the same with any number of helpers; a piece that nobody could compute, or that others changed meanwhile, the step does
alone.  Helpers are started as commands, not forked: that is allowed inside any worker of Airflow, and no connection of
ours is shared.  They end with the step, and on Linux with its process, however that one dies.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

import msgspec

from ptedi.logs import open_log
from ptedi.steps.jobs import jobs_of
from ptedi.steps.night import Night
from ptedi.x12.oracle_worker import receive, send
from ptedi.x12.second_process import end

WORTH = 4000  # visits or claims: with fewer a helper, which takes a second to start, costs more than it spares
Rows = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A piece of a step's work: which rows, and the number that its first claim is expected to get."""

    step: str
    rows: Rows
    start: int = 0


Answer = Callable[[], bytes | None]
"""Waits for what a helper found out; None: it could not, or is gone."""


class Crew:
    """The helpers of one step."""

    def __init__(self, night: Night, helpers: Sequence[subprocess.Popen[bytes]]) -> None:
        self._night, self._starting, self._free = night, list(helpers), list[subprocess.Popen[bytes]]()

    @property
    def free(self) -> bool:
        """Whether a helper has nothing to do."""
        for one in [h for h in self._starting if select.select([cast(BinaryIO, h.stdout)], [], [], 0)[0]]:
            self._starting.remove(one)
            if receive(cast(BinaryIO, one.stdout)) is not None:
                self._free.append(one)
            else:
                self._lost(one)
        return bool(self._free)

    def ask(self, ask: Ask) -> Answer:
        """Gives a piece to a helper that has nothing to do."""
        helper = self._free.pop(0)
        try:
            send(cast(BinaryIO, helper.stdin), msgspec.msgpack.encode(ask))
        except (OSError, ValueError):
            self._lost(helper)
            return lambda: None
        return lambda: self._answer(helper)

    def _answer(self, helper: subprocess.Popen[bytes]) -> bytes | None:
        try:
            found = receive(cast(BinaryIO, helper.stdout))
        except (OSError, ValueError):
            found = None
        if found is None:
            self._lost(helper)
            return None
        self._free.append(helper)
        return found or None

    def _lost(self, helper: subprocess.Popen[bytes]) -> None:
        helper.kill()
        open_log(self._night.workspace.folder("logs")).warning("helper_lost", step="crew")


@contextmanager
def helped(night: Night, things: int) -> Iterator[Crew]:
    """As many helpers as `[night] jobs` allows beside this process; none where there is little to do."""
    count = jobs_of(night) - 1 if things >= WORTH else 0
    with ExitStack() as stack:
        started = [one for one in (_started(night) for _ in range(count)) if one is not None]
        for one in started:
            stack.callback(end, one)
        yield Crew(night, started)


def _started(night: Night) -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-m", "ptedi.steps.helper", str(night.workspace.root)]
    try:
        return subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None


def ahead(
    crew: Crew, pieces: Sequence[Rows], patients: Sequence[frozenset[str]], ask: Callable[[Rows, int], Ask]
) -> Iterator[tuple[Rows, Answer]]:
    """Each piece in its turn, with what a helper found out about it; whoever takes one must be done with it then.

    A piece is asked for ahead only when none of its patients is in a piece before it that is not done: the history of
    a patient decides.

    Args:
        crew: the helpers.
        pieces: the work in order.
        patients: the patients of each piece.
        ask: makes the question of a piece; told how many groups of rows stand in pieces before it that are not done.
    """
    asked: dict[int, Answer] = {}
    upcoming = 1
    for place, piece in enumerate(pieces):
        upcoming = max(upcoming, place + 1)
        while upcoming < len(pieces) and crew.free and _apart(patients[place : upcoming + 1]):
            asked[upcoming] = crew.ask(ask(pieces[upcoming], sum(map(len, pieces[place:upcoming]))))
            upcoming += 1
        yield piece, asked.pop(place, lambda: None)


def _apart(patients: Sequence[frozenset[str]]) -> bool:
    """Whether nobody of the last set is in one before it."""
    return not any(patients[-1] & one for one in patients[:-1])
