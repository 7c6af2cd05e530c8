"""A seat: who sits there, in which night, with which session; every page takes one through the verb it needs.

    def worklist(seat: Annotated[Seat, allow(Verb.LOOK)]) -> Response: ...

Taking it checks the session, the role and, for anything that may change something, the CSRF token, and writes the
access log; a page can forget none of them.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastapi.dependencies.utils import get_flat_dependant
from starlette.requests import Request

from ptedi.errors import PtediError
from ptedi.pipeline import Night, people, presence
from ptedi.web import cookies, urls
from ptedi.web.access import UNLOGGED, Verb, may
from ptedi.web.errors import Arrived, BadForm, NotAllowed, SignInNeeded
from ptedi.web.house import Door, House, house

SESSION = "ptedi"
HEADER, FIELD = "X-CSRF-Token", "csrf"
POLL = "X-Poll"  # a page asks by itself, nobody clicked
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_EVERYWHERE = frozenset({"view", "sort", "page"})  # what any list may be asked for (web.grid)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What every page is given."""

    night: Night
    session: presence.Session
    request: Request
    verb: Verb

    @property
    def person(self) -> people.Person:
        """Who sits here."""
        return self.session.person

    @property
    def name(self) -> str:
        """The actor of what is done here."""
        return self.session.person.name

    def may(self, verb: Verb) -> bool:
        """Whether this person may do something else too."""
        return may(self.person.role, verb)

    def url(self, name: str, /, **params: object) -> str:
        """The address of a route by name."""
        return urls.url(self.request, name, **params)

    def flash(self, text: str, tone: str = "good") -> None:
        """Says a sentence on the next page; `tone` is good, attention or stopped."""
        presence.keep_flash(self.night, self.session, presence.Flash(text=text, tone=tone))

    def keep(self, page: str, document: str) -> str:
        """Keeps a filter on the server and returns the key that may stand in an address."""
        return presence.keep_view(self.night, self.person, page, document)

    def kept(self, page: str, key: str) -> str | None:
        """A filter that this person kept for a page."""
        return presence.kept_view(self.night, self.person, page, key) if key else None

    def once(self, key: str, act: Callable[[], str]) -> str:
        """Does something once, however often its form is sent; returns what the first time returned."""
        return presence.once(self.night, self.person, key, act)

    def saw(self, object: str, *, verb: Verb | None = None) -> None:
        """Writes to the access log what the route alone does not say (the ids behind a list, say)."""
        presence.log_access(self.night, self.name, verb=(verb or self.verb).value, page=_route(self.request),
                            object=object)  # fmt: skip


async def given_token(request: Request) -> str:
    """The CSRF token that a request carries in its header or its form."""
    if request.method in SAFE:
        return ""
    header = request.headers.get(HEADER)
    if header:
        return header
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return ""
    value = (await request.form()).get(FIELD, "")
    return value if isinstance(value, str) else ""


class Gate:
    """Gives a seat to who may have one; `verb` None is a public route and gives None."""

    def __init__(self, verb: Verb | None) -> None:
        self.verb = verb

    def __call__(self, request: Request, token: Annotated[str, Depends(given_token)]) -> Seat | None:
        """Checks session, token, role and the names in the address, in this order."""
        if self.verb is None:
            return None
        at = house(request)
        session = find(request, at)
        if request.method not in SAFE and not hmac.compare_digest(token.encode(), session.csrf.encode()):
            raise NotAllowed("this form is not one of this session's",
                             hint="load the page again and send it once more; nothing was changed")  # fmt: skip
        if not may(session.person.role, self.verb):
            _log(at, session, "refused", request)
            raise NotAllowed(f"{session.person.name} is {_an(session.person.role.value)} and may not do that",
                             hint="an administrator gives roles on the page People")  # fmt: skip
        _know(request)
        if self.verb not in UNLOGGED:
            _log(at, session, self.verb.value, request)
        return Seat(night=at.night, session=session, request=request, verb=self.verb)


def allow(verb: Verb) -> Any:
    """The dependency that gives a seat; each route takes exactly one."""
    return Depends(Gate(verb))


PUBLIC: Any = Depends(Gate(None))
"""The dependency of a route that everybody may open."""


def find(request: Request, at: House) -> presence.Session:
    """The session of a request.

    Raises:
        SignInNeeded: there is none.
        Arrived: Airflow vouches for somebody who has none yet.
    """
    session = presence.find_session(at.night, cookies.read(request, cookie(at)), at.settings.limits,
                                    touch=POLL not in request.headers)  # fmt: skip
    if at.door is Door.AIRFLOW:
        return _through_airflow(request, at, session)
    if session is None:
        raise SignInNeeded("please sign in")
    return session


def who(request: Request) -> Seat | None:
    """Who sits at a page that is none (a problem's), to show the way around; None for a stranger."""
    at = house(request)
    try:
        return Seat(night=at.night, session=find(request, at), request=request, verb=Verb.SEE)
    except PtediError:
        return None


def cookie(at: House) -> str:
    """The cookie of a session; another one behind Airflow, which may share a host with `ptedi serve`."""
    return SESSION if at.door is Door.OWN else f"{SESSION}-{at.door}"


def _through_airflow(request: Request, at: House, session: presence.Session | None) -> presence.Session:
    """Airflow is asked at each request: whom it signed out is out here too, whatever our own cookie says."""
    guest = at.identify(request) if at.identify else None
    if guest is None:
        raise SignInNeeded("please sign in to Airflow")
    role = at.role_of(guest)
    if role is None:
        raise NotAllowed("Airflow knows you, but you have no role here",
                         hint="[web.airflow.roles] or [web.airflow.people] in ptedi.toml gives one")  # fmt: skip
    source = Door.AIRFLOW.value
    if session is not None and (session.person.source, session.person.subject, session.person.role) == (
            source, guest.subject, role):  # fmt: skip
        return session
    if request.method not in SAFE:
        raise SignInNeeded("load the page again")
    person = people.arrive(at.night, source=source, subject=guest.subject, name=guest.name, role=role)
    if person is None:
        raise NotAllowed("you are locked out here", hint="an administrator can let you in again")
    raise Arrived(presence.open_session(at.night, person, at.settings.limits))


def _know(request: Request) -> None:
    """Refuses an address that asks for what its page does not know: it would be shown as if nothing was asked.

    Values are not repeated: somebody may have typed a patient's name.
    """
    declared = get_flat_dependant(request.scope["route"].dependant).query_params if request.query_params else []
    strange = sorted(set(request.query_params) - {one.alias for one in declared} - _EVERYWHERE)
    if strange:
        named = ", ".join(one[:40] for one in strange[:5])
        raise BadForm(f"this page does not know what its address asks for: {named}",
                      hint="take it out of the address; a list is narrowed by the form above it")  # fmt: skip


def _log(at: House, session: presence.Session, verb: str, request: Request) -> None:
    ids = [f"{key}={value}" for key, value in request.path_params.items()]
    view = request.query_params.get("view", "")
    presence.log_access(at.night, session.person.name, verb=verb, page=_route(request),
                        object=" ".join([*ids, *([f"view={view[:43]}"] if view else [])]))  # fmt: skip


def _route(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "name", ""))


def _an(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
