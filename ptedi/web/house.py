"""What one running application holds: the workspace, its settings, the open night, the door people come through."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import Scope

from ptedi import pipeline
from ptedi.config import open_workspace
from ptedi.dates import now
from ptedi.pipeline import Night, people
from ptedi.web.errors import NotAllowed
from ptedi.web.settings import WebSettings, load

_FRESH = 10.0  # seconds
_LINK = timedelta(minutes=15)


class Door(StrEnum):
    """How people come in: by our own sign-in page, or through Airflow, which has asked them already."""

    OWN = "own"
    AIRFLOW = "airflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody whom another system has signed in, and what they are there (`groups`)."""

    subject: str
    name: str
    groups: tuple[str, ...] = ()


@dataclass(slots=True)
class OneTime:
    """A link that signs somebody in once, for a quarter of an hour; only its hash is kept, and only in this process."""

    digest: str
    until: datetime
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def make(cls) -> tuple[OneTime, str]:
        """A link and what stands in it."""
        key = secrets.token_urlsafe(24)
        return cls(hashlib.sha256(key.encode()).hexdigest(), now() + _LINK), key

    def fits(self, key: str) -> bool:
        """Whether a key is this link's and the link still good."""
        return now() < self.until and hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), self.digest)

    def use(self, key: str) -> bool:
        """Uses the link up; whether it was good."""
        with self.lock:
            good = self.fits(key)
            self.until = now() if good else self.until
        return good


Identify = Callable[[Request], Guest | None]


@dataclass(slots=True, kw_only=True)
class House:
    """Opened at the first request, so that a broken workspace shows a page and not a server that does not start.

    Attributes:
        root: the workspace.
        door, identify: how people come in, and who says who they are behind Airflow's door.
        hosts: the only names under which it answers (another site's name that points here gets nothing); None: any.
        tls_only: what did not come over TLS is refused, unless it comes from this machine.
        link: the one-time link that was printed when the server started.
    """

    root: Path
    door: Door = Door.OWN
    identify: Identify | None = None
    hosts: frozenset[str] | None = None
    tls_only: bool = False
    link: OneTime | None = None
    _night: Night | None = None
    _settings: WebSettings | None = None
    _opening: threading.Lock = field(default_factory=threading.Lock)
    _waiting: tuple[float, int] = (0.0, 0)

    def admit(self, scope: Scope, host: str) -> None:
        """Refuses a request that came under another name or in the clear.

        Raises:
            NotAllowed: it did.
        """
        if self.hosts is not None and (urlsplit(f"//{host}").hostname or "") not in self.hosts:
            raise NotAllowed("this address is not one of ours")
        client = (scope.get("client") or ("",))[0]
        if self.tls_only and scope.get("scheme") != "https" and client not in ("127.0.0.1", "::1"):
            raise NotAllowed("this only answers over TLS")

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

    def role_of(self, guest: Guest) -> people.Role | None:
        """The role that our settings give somebody who comes through Airflow; None for no role."""
        settings = self.settings
        if guest.subject.lower() in settings.airflow_people:
            return settings.airflow_people[guest.subject.lower()]
        given = [settings.airflow_roles.get(group.lower()) for group in guest.groups]
        return max((one for one in given if one), key=list(people.Role).index, default=None)

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
