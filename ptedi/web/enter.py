"""The one-time link that `ptedi serve` prints: into the demo, or to make the first administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from ptedi.config import open_workspace
from ptedi.pipeline import people
from ptedi.web import view
from ptedi.web.errors import NotAllowed
from ptedi.web.house import House, OneTime, house
from ptedi.web.seat import PUBLIC
from ptedi.web.sign_in import admit

router = APIRouter()
DEMO = "demo"
_Key = Annotated[str, Form(max_length=64)]
_Text = Annotated[str, Form(max_length=256)]


def link(at: House) -> str:
    """What stands in the link to print now; "" when there is nothing to enter by one.

    Into a practice in a box (test mode, a table [sandbox]) it leads at once; elsewhere only while nobody can sign in.
    """
    if not _is_demo(at) and people.list_people(at.night):
        return ""
    at.link, key = OneTime.make()
    return key


@router.get("/enter", name="enter")
def enter(request: Request, _: Annotated[None, PUBLIC], key: str = "") -> Response:
    """Asks before the link is used up, so that a program that only looks at addresses uses nothing."""
    at = house(request)
    if at.link is None or not at.link.fits(key[:64]):
        raise NotAllowed("this link was used or has grown old", hint="stop the server and start it again for a new one")
    return view.stranger_page(request, "enter.html", key=key[:64], demo=_is_demo(at), problem="")


@router.post("/enter", name="enter_send")
def send(request: Request, _: Annotated[None, PUBLIC], key: _Key = "", name: _Text = "", password: _Text = "",
         again: _Text = "") -> Response:  # fmt: skip
    """Signs in as the demo's administrator, or makes the first one."""
    at = house(request)
    if at.link is None or not at.link.fits(key):
        raise NotAllowed("this link was used or has grown old", hint="stop the server and start it again for a new one")
    if _is_demo(at):
        person = people.arrive(at.night, source=DEMO, subject=DEMO, name=DEMO, role=people.Role.ADMINISTRATOR)
    else:
        if password != again:
            return view.stranger_page(request, "enter.html", 422, key=key, demo=False,
                                      problem="The two passwords are not the same.")  # fmt: skip
        person = _first(at, name, password)
    if person is None or not at.link.use(key):
        raise NotAllowed("this link was used or has grown old")
    return admit(request, person)


def _first(at: House, name: str, password: str) -> people.Person:
    if people.list_people(at.night):
        raise NotAllowed("somebody can sign in already", hint="ask them to add you on the page People")
    return people.make_person(at.night, name, people.Role.ADMINISTRATOR, password=password, by="first link")


def _is_demo(at: House) -> bool:
    workspace = open_workspace(at.root)
    return workspace.environment == "T" and bool(workspace.table("sandbox"))
