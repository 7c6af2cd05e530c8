"""A file that we fail to read by a fault of our own: left whole, told to a person, and no other file waits for it.

Known trouble (`PtediError`, a disk, a database that is gone) is not caught here: the step stops or is tried again as it
always was.  The file stays where it is and is tried again each time; what can read it one day closes the item.
"""

from __future__ import annotations

import hashlib
import os
import traceback
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TypeVar

from ptedi.disk import clean_name
from ptedi.errors import PtediError
from ptedi.logs import open_log
from ptedi.steps.alarm import SUCCEEDED, raise_alarm, settle_alarm
from ptedi.steps.night import Night
from ptedi.store import Connection, files, is_of_the_database, work
from ptedi.store.work import WorkItem, WorkKind

R = TypeVar("R")
DEBUG = "PTEDI_DEBUG"  # whoever sets it wants the trace, not the next file
_CATEGORY = "defect"
_OWN = Path(__file__).parents[1]
_HOW = ("A defect of ptedi, not of the file or of you: tell us {where}.  The file is kept whole and nothing of it is "
        "lost; every collection tries it again, and the first version that can read it closes this.")  # fmt: skip


def is_defect(problem: Exception) -> bool:
    """Whether an exception is a fault of ours in reading one file, and none of the known troubles that stop a step."""
    return not (isinstance(problem, (PtediError, OSError)) or is_of_the_database(problem) or os.environ.get(DEBUG))


def each(
    night: Night, file_ids: Iterable[int], step: Callable[[Night, int], R]
) -> tuple[tuple[R, ...], tuple[int, ...]]:
    """Takes files one by one: what the step said of those it could take, and the ids of those that met a defect."""
    done, unread = list[R](), list[int]()
    for file_id in file_ids:
        try:
            done.append(step(night, file_id))
        except Exception as problem:
            if not is_defect(problem):
                raise
            _tell_of_file(night, file_id, problem)
            unread.append(file_id)
    return tuple(done), tuple(unread)


def closing(step: Callable[[Night, int], R]) -> Callable[[Night, int], R]:
    """The step of a file; once it succeeds, the question about an earlier defect is closed."""

    @wraps(step)
    def taken(night: Night, file_id: int) -> R:
        result = step(night, file_id)
        settle_alarm(night, _cause(file_id))
        return result

    return taken


def tell_of_bytes(night: Night, name: str, data: bytes, problem: Exception) -> None:
    """Tells of a file that could not even be taken in; it lies where it was found."""
    _tell(night, _content(data), f"The file {clean_name(name)} could not be taken in", problem)


def close_done(night: Night) -> None:
    """Closes the questions about files that are taken in or applied by now, also where a step died before it did."""
    with night.store.read() as conn:
        asked = [item for item in work.list_work(conn, kinds=[WorkKind.NIGHT]) if item.category == _CATEGORY]
        done = [item.id for item in asked if not _waits(conn, item)]
    if done:
        with night.store.begin() as conn:
            work.resolve(conn, done, SUCCEEDED)


def _waits(conn: Connection, item: WorkItem) -> bool:
    if item.file_id is not None:
        return files.get(conn, item.file_id).state == files.RECEIVED
    return files.find(conn, item.key.rpartition("/")[2]) is None


def _tell_of_file(night: Night, file_id: int, problem: Exception) -> None:
    with night.store.read() as conn:
        file = files.get(conn, file_id)
    _tell(night, _cause(file_id), f"The file {file.original_name} ({file.kind}, file {file_id}) could not be read",
          problem, file_id)  # fmt: skip


def _tell(night: Night, cause: str, sentence: str, problem: Exception, file_id: int | None = None) -> None:
    kind, place = type(problem).__name__, _place(problem)
    log = open_log(night.workspace.folder("logs"))
    log.error("defect", step="collect", file_id=file_id, error=kind, code=place)
    raise_alarm(night, cause, f"{sentence}: a defect of ptedi, tell us.", how=_HOW.format(where=f"{kind} {place}"),
                file_id=file_id, category=_CATEGORY)  # fmt: skip


def _cause(file_id: int) -> str:
    return f"file/{file_id}"


def _content(data: bytes) -> str:
    return f"content/{hashlib.sha256(data).hexdigest()}"


def _place(problem: Exception) -> str:
    """Where in our code it happened, as `remit.py:123`: what an exception says may hold patient data, this cannot."""
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [one for one in frames if Path(one.filename).is_relative_to(_OWN)]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
