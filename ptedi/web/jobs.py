"""Work that takes longer than a page: one piece at a time, in a thread of its own, whose end a page can ask for.

The steps themselves lock the store against each other, in whatever process they run; a second night beside this one
waits or finds everything done.  A server that stops in the middle loses nothing: steps can be killed and run again.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ptedi.dates import now
from ptedi.errors import PtediError
from ptedi.web.errors import Changed

_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work: what it is, who began it, when it ended and with which words."""

    key: str
    what: str
    person: str
    began: datetime
    ended: datetime | None = None
    told: str = ""
    failed: bool = False

    @property
    def runs(self) -> bool:
        """Whether it is still at it."""
        return self.ended is None


class Jobs:
    """The jobs of one application."""

    def __init__(self, log: Callable[[str, str, str], None]) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._log = log

    def start(self, what: str, person: str, act: Callable[[], str]) -> Job:
        """Begins a piece of work; `act` returns what to tell of it.

        Raises:
            Changed: another one is still running.
        """
        with self._lock:
            running = next((one for one in self._jobs.values() if one.runs), None)
            if running is not None:
                raise Changed(f"{running.what} is running since {running.began:%H:%M} UTC, begun by {running.person}",
                              hint="wait until it is done; nothing was begun")  # fmt: skip
            job = Job(key=secrets.token_urlsafe(16), what=what, person=person, began=now())
            self._jobs[job.key] = job
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)
        threading.Thread(target=self._run, args=(job, act), daemon=True, name=f"job {what}").start()
        return job

    def get(self, key: str) -> Job | None:
        """A job by its key."""
        with self._lock:
            return self._jobs.get(key)

    def newest(self) -> Job | None:
        """The job that was begun last."""
        with self._lock:
            return next(reversed(self._jobs.values()), None)

    def _run(self, job: Job, act: Callable[[], str]) -> None:
        told, failed = "", False
        try:
            told = act()
        except PtediError as problem:
            told, failed = f"{problem}", True
        except Exception as problem:  # a thread's end is told, whatever ended it
            incident = secrets.token_hex(4)
            self._log(incident, type(problem).__name__, "job")
            told, failed = f"an unexpected fault, incident {incident}; run it again, nothing is lost", True
        with self._lock:
            self._jobs[job.key] = replace(job, ended=now(), told=told, failed=failed)
