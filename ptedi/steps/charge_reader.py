"""Charge files read ahead: helpers read the last ones of the inbox while the step reads and saves the first ones.

What a helper read is used only if it is what the step has: the same bytes under the same name on the same day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec

from ptedi import dates, intake
from ptedi.intake import ChargeFile
from ptedi.steps import crew
from ptedi.steps.crew import Answer, Ask
from ptedi.steps.inbox import Waiting
from ptedi.steps.night import Night

ACTOR = "extract_charges"
WORTH = 2_000_000  # bytes of charges, some 3,000 visits: for less a helper takes longer to start than it spares

Read = Callable[[Waiting, str], ChargeFile]


@contextmanager
def reading(night: Night, files: Sequence[Waiting]) -> Iterator[Read]:
    """Reads the files, of which the one asked for must come in their order; the name is that of the stored file."""
    worth = len(files) > 1 and sum(len(one.data) for one in files) >= WORTH
    with crew.helped(night, crew.WORTH if worth else 0) as helpers:
        asked, day = dict[Path, Answer](), dates.today()
        left = list(files) if helpers.helpers else []

        def ahead() -> None:
            """Each helper has a file in hand and one to go on with, the last of the inbox first."""
            while len(left) > 1 and sum(not one.ready for one in asked.values()) < len(helpers.helpers):
                path = left.pop().path
                asked[path] = helpers.ask(Ask(ACTOR, start=day.toordinal(), file=str(path)))

        def read(waiting: Waiting, name: str) -> ChargeFile:
            if waiting in left:
                ahead()
                left.remove(waiting)
            answer = asked.pop(waiting.path, None)
            ahead()
            found = _told(answer.wait()) if answer else None
            same = (name, hashlib.sha256(waiting.data).hexdigest(), day)
            if found is None or (found.name, found.sha256, dates.today()) != same:
                return read_bytes(night, waiting.data, name, dates.today())
            return found

        yield read


def read_file(night: Night, path: Path, today: date) -> ChargeFile:
    """A file of the inbox, read on a day."""
    return read_bytes(night, path.read_bytes(), path.name, today)


def read_bytes(night: Night, data: bytes, name: str, today: date) -> ChargeFile:
    """A charge file under the workspace's settings."""
    senders = intake.load_senders(night.workspace.table("intake"))
    return intake.read(data, name, night.practice, night.profiles.ids, today, senders)


def _told(data: bytes | None) -> ChargeFile | None:
    return None if data is None else msgspec.msgpack.decode(data, type=ChargeFile)
