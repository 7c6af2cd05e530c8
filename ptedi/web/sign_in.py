"""Signing in and out."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ptedi.pipeline import people, presence
from ptedi.web import cookies, urls, view
from ptedi.web.access import Verb
from ptedi.web.errors import NotThere
from ptedi.web.house import Door, house
from ptedi.web.seat import PUBLIC, Seat, allow, cookie

router = APIRouter()
FORM = "ptedi-form"  # the cookie that ties the sign-in form to this browser
WRONG = "The name and the password do not belong together."
LOST = "Your session was over: what you sent was not taken, nothing was changed.  Sign in and do it once more."
Next = Annotated[str, Form(max_length=500)]


@router.get("/sign-in", name="sign_in")
def sign_in(request: Request, _: Annotated[None, PUBLIC], next: str = "", lost: bool = False) -> HTMLResponse:
    """The form; `lost` when something was sent that nobody took, because the session was over."""
    if house(request).door is Door.AIRFLOW:
        raise NotThere("you sign in to Airflow")
    return _form(request, LOST if lost else "", next=next)


@router.post("/sign-in", name="sign_in_send")
def send(
    request: Request, _: Annotated[None, PUBLIC], name: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=256)], token: Annotated[str, Form(max_length=64)] = "", next: Next = "",
) -> Response:  # fmt: skip
    """Signs in, always with a new session, and goes where the person wanted to be."""
    at = house(request)
    if at.door is Door.AIRFLOW or not _ours(token, cookies.read(request, FORM)):
        return _form(request, "The form had grown old.  Please try once more.", status=403, next=next)
    found = people.check_password(at.night, name, password)
    if isinstance(found, people.Refusal):
        wait = f"  Try again after {found.until:%H:%M:%S} UTC." if found.until else ""
        return _form(request, f"{WRONG}{wait}", status=429 if found.until else 401, next=next, name=name)
    return admit(request, found, next)


def admit(request: Request, person: people.Person, next: str = "") -> Response:
    """Gives a person's browser a new session; an old one of this browser ends."""
    at = house(request)
    before = presence.find_session(at.night, cookies.read(request, cookie(at)), at.settings.limits)
    if before is not None:
        presence.sign_out(at.night, before)
    answer = RedirectResponse(inside(request, next), status_code=303)
    cookies.write(request, answer, cookie(at), presence.open_session(at.night, person, at.settings.limits))
    cookies.clear(request, answer, FORM)
    return answer


@router.post("/sign-out", name="sign_out")
def sign_out(seat: Annotated[Seat, allow(Verb.OWN)]) -> RedirectResponse:
    """Signs this browser out."""
    presence.sign_out(seat.night, seat.session)
    answer = RedirectResponse(seat.url("sign_in"), status_code=303)
    cookies.clear(seat.request, answer, cookie(house(seat.request)))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _form(request: Request, problem: str = "", *, status: int = 200, next: str = "", name: str = "") -> HTMLResponse:
    given = cookies.read(request, FORM)
    key = given if len(given) == 43 else secrets.token_urlsafe(32)
    answer = view.stranger_page(
        request, "sign_in.html", status, problem=problem, token=_token(key), name=name, next=inside(request, next),
        oidc=one.title if (one := house(request).settings.oidc) else "",
        first=not people.list_people(house(request).night))
    cookies.write(request, answer, FORM, key, strict=True)
    return answer


def _token(key: str) -> str:
    return hashlib.sha256(f"sign in {key}".encode()).hexdigest()


def _ours(token: str, key: str) -> bool:
    """Whether a form was made for the browser that has this cookie."""
    return bool(key) and hmac.compare_digest(token.encode(), _token(key).encode())


def inside(request: Request, next: str) -> str:
    """Where to go after signing in: an address of ours, never another site's."""
    home = urls.url(request, "tonight")
    ours = next.startswith(urls.root(request) + "/") and not next.startswith("//")
    return next if ours and "\\" not in next and next.isprintable() else home
