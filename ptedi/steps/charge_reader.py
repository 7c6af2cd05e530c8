"""Charge files read ahead: helpers read the next ones of the inbox while the step reads and saves one.

What a helper read is used only if it is what the step has: the same bytes under the same name on the same day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import msgspec

from ptedi import dates, intake
from ptedi.intake import ChargeFile
from ptedi.steps import crew
from ptedi.steps.crew import Answer, Ask, Crew
from ptedi.steps.inbox import Waiting
from ptedi.steps.night import Night
from ptedi.store import visits
from ptedi.store.visits import VisitRecord

ACTOR = "extract_charges"
WORTH = 2_000_000  # bytes of charges, some 3,000 visits: for less a helper takes longer to start than it spares
_GIVEN = 2  # files that a helper may have: one in hand, and one that it begins without waiting for us
_KEPT = 2  # times as many are given or wait for the step at most, however slowly it saves: each is in memory
_OWN = 2  # files that the step has read ahead itself at most


@dataclass(frozen=True, slots=True)
class Captured:
    """A charge file that was read: verdicts and findings, its visits as the rows that they become, its reject file."""

    file: ChargeFile
    visits: tuple[VisitRecord, ...]
    rejects: bytes


Read = Callable[[Waiting, str], Captured]


@contextmanager
def reading(night: Night, files: Sequence[Waiting]) -> Iterator[Read]:
    """Reads the files, which must be asked for in their order; the name is that of the stored file."""
    worth = len(files) > 1 and sum(len(one.data) for one in files) >= WORTH
    with crew.helped(night, crew.WORTH if worth else 0) as helpers:
        yield _Ahead(night, helpers, files).read


class _Ahead:
    """The files to come: which of them helpers have, and which this process has read already."""

    def __init__(self, night: Night, helpers: Crew, files: Sequence[Waiting]) -> None:
        self._night, self._helpers, self._day = night, helpers, dates.today()
        self._left = list(files) if helpers.helpers else []
        self._asked = dict[Path, Answer]()
        self._mine = dict[Path, Captured]()

    def read(self, waiting: Waiting, name: str) -> Captured:
        """The next file."""
        if waiting in self._left:
            self._left.remove(waiting)
        self._give()
        answer = self._asked.get(waiting.path)
        while answer is not None and not answer.ready and self._left and len(self._mine) < _OWN:
            last = self._left.pop()
            self._mine[last.path] = read_bytes(self._night, last.data, last.path.name, self._day)
        found = self._mine.pop(waiting.path, None)
        if found is None and answer is not None:
            found = _told(answer.wait())
        self._asked.pop(waiting.path, None)
        self._give()
        same = (name, hashlib.sha256(waiting.data).hexdigest(), self._day)
        if found is None or (found.file.name, found.file.sha256, dates.today()) != same:
            return read_bytes(self._night, waiting.data, name, dates.today())
        return found

    def _give(self) -> None:
        """The next files to whoever has room for one; the last stays for us while others have something to do."""
        busy, most = sum(not one.ready for one in self._asked.values()), len(self._helpers.helpers) * _GIVEN
        room = max(min(most - busy, len(self._left) - 1), 0 if busy else 1)
        for one in self._left[: max(min(room, _KEPT * most - len(self._asked)), 0)]:
            self._left.remove(one)
            self._asked[one.path] = self._helpers.ask(Ask(ACTOR, start=self._day.toordinal(), file=str(one.path)))


def read_file(night: Night, path: Path, today: date) -> Captured:
    """A file of the inbox, read on a day."""
    return read_bytes(night, path.read_bytes(), path.name, today)


def read_bytes(night: Night, data: bytes, name: str, today: date) -> Captured:
    """A charge file under the workspace's settings."""
    senders = intake.load_senders(night.workspace.table("intake"))
    file = intake.read(data, name, night.practice, night.profiles.ids, today, senders)
    rejects = b"" if file.refused else intake.rejects(file, data)
    return Captured(replace(file, visits=()), tuple(map(visits.record, file.visits)), rejects)


def _told(data: bytes | None) -> Captured | None:
    return None if data is None else msgspec.msgpack.decode(data, type=Captured)
