"""What one running application holds: the workspace, its settings, the open night, the door people come through."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from time import monotonic

from starlette.requests import Request

from ptedi import pipeline
from ptedi.config import open_workspace
from ptedi.pipeline import Night, people
from ptedi.web.settings import WebSettings, load

_FRESH = 10.0  # seconds


class Door(StrEnum):
    """How people come in: by our own sign-in page, or through Airflow, which has asked them already."""

    OWN = "own"
    AIRFLOW = "airflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody whom another system has signed in, and the role its settings give them."""

    subject: str
    name: str
    role: people.Role


Identify = Callable[[Request], Guest | None]


@dataclass(slots=True, kw_only=True)
class House:
    """Opened at the first request, so that a broken workspace shows a page and not a server that does not start."""

    root: Path
    door: Door = Door.OWN
    identify: Identify | None = None
    _night: Night | None = None
    _settings: WebSettings | None = None
    _opening: threading.Lock = field(default_factory=threading.Lock)
    _waiting: tuple[float, int] = (0.0, 0)

    @property
    def night(self) -> Night:
        """The open workspace, shared by all requests."""
        with self._opening:
            if self._night is None:
                self._night = pipeline.open_night(self.root)
        return self._night

    @property
    def settings(self) -> WebSettings:
        """The table [web]."""
        if self._settings is None:
            self._settings = load(open_workspace(self.root))
        return self._settings

    @property
    def waiting(self) -> int:
        """How many items the worklist has, looked up at most every few seconds."""
        at, number = self._waiting
        if not at or monotonic() - at > _FRESH:
            number = pipeline.tonight.waiting_count(self.night)
            self._waiting = (monotonic(), number)
        return number

    def close(self) -> None:
        """Lets go of the store."""
        with self._opening:
            if self._night is not None:
                self._night.close()
                self._night = None


def house(request: Request) -> House:
    """The house a request came to."""
    found: House = request.app.state.house
    return found
