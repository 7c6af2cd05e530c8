"""Helpers of a step: processes that compute pieces of its work ahead, while the step itself writes the one before.

A helper only reads the store.  What it finds out for a piece is what the step would find out itself, so the result is
the same with any number of helpers; a piece that nobody could compute, or that others changed meanwhile, the step does
alone.  Nobody waits while there is work: each helper has a piece in hand and the next one given, and a step whose next
piece is not ready computes a later one itself meanwhile.  Helpers are started as commands, not forked: that is allowed
inside any worker of Airflow, and no connection of ours is shared.  They end with the step (of a whole night in one
process with its last step that they help), and on Linux with its process, however that one dies.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import BinaryIO, TypeVar, cast

import msgspec

from ptedi.logs import open_log
from ptedi.steps.jobs import jobs_of
from ptedi.steps.night import Night
from ptedi.x12.oracle_worker import receive, send
from ptedi.x12.second_process import end

WORTH = 4000  # visits or claims: with fewer a helper, which takes a second to start, costs more than it spares
_GIVEN = 2  # pieces that a helper may have: one in hand, and one that it begins without waiting for us
_OWN = 4  # pieces that a step has computed ahead itself at most
Rows = tuple[tuple[int, ...], ...]
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Ask:
    """A piece of a step's work: which rows, the number that its first claim is expected to get; or which file."""

    step: str
    rows: Rows = ()
    start: int = 0
    file: str = ""


class Answer:
    """What a helper finds out about a piece."""

    __slots__ = ("_found", "_told")

    def __init__(self) -> None:
        self._found: bytes | None = None
        self._told = Event()

    @property
    def ready(self) -> bool:
        """Whether there is no need to wait for it."""
        return self._told.is_set()

    def tell(self, found: bytes | None) -> None:
        """Says what was found; None by a helper that is gone."""
        self._found = found
        self._told.set()

    def wait(self) -> bytes | None:
        """What was found, once it is known; None: it could not be, or the helper is gone."""
        self._told.wait()
        return self._found or None


class Helper:
    """A process that answers, and the thread that asks it one thing after another."""

    def __init__(self, process: subprocess.Popen[bytes], lost: Callable[[], None]) -> None:
        self.process, self._lost = process, lost
        self._started = self._gone = self._ended = False
        self._asked: SimpleQueue[tuple[Ask, Answer] | None] = SimpleQueue()
        self._given: list[Answer] = []
        self._lock = Lock()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def free(self) -> bool:
        """Whether it may be given a piece."""
        return self._started and not self._gone and len(self._open()) < _GIVEN

    @property
    def load(self) -> int:
        """How many pieces it has."""
        return len(self._open())

    @property
    def is_gone(self) -> bool:
        """Whether it answers no more."""
        return self._gone

    def _open(self) -> list[Answer]:
        self._given = [one for one in self._given if not one.ready]
        return self._given

    def ask(self, one: Ask) -> Answer:
        """Gives it a piece."""
        answer = Answer()
        with self._lock:
            if self._gone:
                answer.tell(None)
            else:
                self._given.append(answer)
                self._asked.put((one, answer))
        return answer

    def end(self) -> None:
        """Ends it; in the middle of a piece that nobody wants any more it is killed."""
        self._ended = True
        self._asked.put(None)
        if not self._started or self._open():
            self.process.kill()
        self._thread.join()
        end(self.process)

    def _listen(self) -> None:
        here = self._started = self._heard() is not None
        while here and (asked := self._asked.get()) is not None:
            found = self._said(asked[0])
            here = found is not None or self._die()
            asked[1].tell(found)
        if not self._started:
            self._die()
        with self._lock:
            self._gone = True
        while not self._asked.empty():
            if (left := self._asked.get()) is not None:
                left[1].tell(None)

    def _die(self) -> bool:
        """It is asked no more: what it may still say belongs to no question."""
        self.process.kill()
        if not self._ended:
            self._lost()
        return False

    def _said(self, one: Ask) -> bytes | None:
        try:
            send(cast(BinaryIO, self.process.stdin), msgspec.msgpack.encode(one))
        except (OSError, ValueError):
            return None
        return self._heard()

    def _heard(self) -> bytes | None:
        try:
            return receive(cast(BinaryIO, self.process.stdout))
        except (OSError, ValueError):
            return None


class Crew:
    """The helpers of one step."""

    def __init__(self, helpers: Sequence[Helper]) -> None:
        self.helpers = helpers

    @property
    def free(self) -> bool:
        """Whether a helper may be given a piece."""
        return any(one.free for one in self.helpers)

    def ask(self, ask: Ask) -> Answer:
        """Gives a piece to a helper that is free, else to the one with the least to do; a dead one says at once no."""
        return min(self.helpers, key=lambda one: (not one.free, one.is_gone, one.load)).ask(ask)


@contextmanager
def helped(night: Night, things: int) -> Iterator[Crew]:
    """As many helpers as `[night] jobs` allows beside this process; none where there is little to do."""
    count = jobs_of(night) - 1 if things >= WORTH else 0
    with ExitStack() as stack:
        staying = _KEPT.get()
        if staying is None:
            yield Crew(_begun(night, stack, count))
            return
        there = staying.helpers.setdefault(night.workspace.root, [])
        there[:] = [one for one in there if not one.is_gone]
        there += _begun(night, staying.stack, count - len(there))
        yield Crew(there[:count])


@contextmanager
def kept() -> Iterator[None]:
    """Helpers of a step inside the block stay for the steps after it, and end with the block."""
    with ExitStack() as stack:
        token = _KEPT.set(_Kept({}, stack))
        try:
            yield
        finally:
            _KEPT.reset(token)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The helpers of each workspace, and what ends them."""

    helpers: dict[Path, list[Helper]]
    stack: ExitStack


_KEPT: ContextVar[_Kept | None] = ContextVar("kept", default=None)


def _begun(night: Night, stack: ExitStack, count: int) -> list[Helper]:
    log, helpers = open_log(night.workspace.folder("logs")), []
    for process in filter(None, (_started(night) for _ in range(count))):
        helpers.append(Helper(process, lambda: log.warning("helper_lost", step="crew")))
        stack.callback(helpers[-1].end)
    return helpers


def _started(night: Night) -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-m", "ptedi.steps.helper", str(night.workspace.root)]
    try:
        return subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Work:
    """The pieces of a step in order, with the patients of each; `ask` makes the question of a piece.

    It is told how many groups of rows stand in pieces before it that are not done.
    """

    pieces: Sequence[Rows]
    patients: Sequence[frozenset[str]]
    ask: Callable[[Rows, int], Ask]

    def question(self, place: int, upcoming: int) -> Ask | None:
        """The question of an upcoming piece while the piece at a place is done.

        None when a patient of it is in a piece before it that is not done: the history of a patient decides.
        """
        if upcoming >= len(self.pieces) or not _apart(self.patients[place : upcoming + 1]):
            return None
        return self.ask(self.pieces[upcoming], sum(map(len, self.pieces[place:upcoming])))


def ahead(
    crew: Crew, work: Work, read: Callable[[bytes], _Found], own: Callable[[Ask], _Found | None]
) -> Iterator[tuple[Rows, _Found | None]]:
    """Each piece in its turn, with what was found out about it ahead; whoever takes one must be done with it then.

    Args:
        crew: the helpers.
        work: what there is to do.
        read: reads what a helper found out.
        own: finds it out in this process, while a helper is waited for.
    """
    asked, mine, upcoming = dict[int, Answer](), dict[int, "_Found | None"](), 1
    for place, piece in enumerate(work.pieces):
        upcoming = max(upcoming, place + 1)
        while crew.free and (question := work.question(place, upcoming)) is not None:
            asked[upcoming] = crew.ask(question)
            upcoming += 1
        while place in asked and not asked[place].ready and len(mine) < _OWN:
            if (question := work.question(place, upcoming)) is None:
                break
            if crew.free:
                asked[upcoming] = crew.ask(question)
            else:
                mine[upcoming] = own(question)
            upcoming += 1
        data = asked.pop(place).wait() if place in asked else None
        yield piece, mine.pop(place, None) if data is None else read(data)


def _apart(patients: Sequence[frozenset[str]]) -> bool:
    """Whether nobody of the last set is in one before it."""
    return not any(patients[-1] & one for one in patients[:-1])
