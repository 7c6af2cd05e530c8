"""Problems as pages: what happened in one sentence, what to do in the next, the right status, no trace."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ptedi.errors import ConfigurationError, PtediError, Transient
from ptedi.web import cookies, urls, view
from ptedi.web.errors import Arrived, SignInNeeded, WebError
from ptedi.web.house import Door, house
from ptedi.web.seat import Seat, cookie, who

_WORDS = {404: "There is no such page", 405: "This page does not take that", 403: "You may not do that",
          413: "That is too much at once"}  # fmt: skip
_AGAIN = "nothing was changed; try again in a moment"
_HINTS = {404: "The address may be an old or a mistyped one.",
          405: "Go back and use the form of the page."}  # fmt: skip


def here(request: Request, problem: Exception) -> Response:
    """The answer to a problem of a page: for whoever is signed in, with the way around."""
    return told(request, problem, asker=who)


def told(request: Request, problem: Exception, incident: str = "", *,
         asker: Callable[[Request], Seat | None] = lambda _: None) -> Response:  # fmt: skip
    """The answer to a problem: a page, a sentence for HTMX, or JSON, whichever was asked for."""
    if isinstance(problem, Arrived):
        return _arrived(request, problem)
    status, said, hint = _said(problem, incident)
    if isinstance(problem, SignInNeeded) and not wants_json(request):
        return _to_sign_in(request)
    if wants_json(request):
        return JSONResponse({"error": said, "hint": hint, **({"incident": incident} if incident else {})}, status)
    if view.is_part(request):
        part = view.stranger_page(request, "problem_part.html", status, said=said, hint=hint)
        part.headers.update({"HX-Retarget": "#flashes", "HX-Reswap": "beforeend"})
        return part
    seat = asker(request)
    if seat is not None:
        return view.page(seat, "problem_here.html", status, said=said, hint=hint)
    return view.stranger_page(request, "problem.html", status, status=status, said=said, hint=hint)


def _arrived(request: Request, problem: Arrived) -> Response:
    answer = RedirectResponse(_here(request), status_code=303)
    cookies.write(request, answer, cookie(house(request)), problem.key)
    return answer


def _said(problem: Exception, incident: str) -> tuple[int, str, str]:
    if isinstance(problem, PtediError):
        hint = _AGAIN if isinstance(problem, Transient) else problem.hint
        return _status(problem), _sentence(str(problem)), _sentence(hint)
    if isinstance(problem, RequestValidationError):
        names = sorted({str(one["loc"][-1]) for one in problem.errors()})[:5]
        return 422, f"This cannot be understood: {', '.join(names)}.", "Go back, correct it and send it again."
    if isinstance(problem, HTTPException):
        said = f"{_WORDS.get(problem.status_code, 'This did not work')}."
        return problem.status_code, said, _HINTS.get(problem.status_code, "")
    return 500, "Something went wrong on our side.", (f"Nothing is half done.  Tell your administrator the number "
                                                      f"{incident}; the log says where it happened.")  # fmt: skip


def _status(problem: PtediError) -> int:
    if isinstance(problem, WebError):
        return problem.status
    if isinstance(problem, Transient):
        return 503
    return 400 if isinstance(problem, ConfigurationError) else 409


def _sentence(text: str) -> str:
    text = text.strip()
    return text and f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?' else '.'}"


def _to_sign_in(request: Request) -> Response:
    if house(request).door is Door.AIRFLOW:
        return view.stranger_page(request, "problem.html", 401, status=401, said="Please sign in to Airflow.",
                                  hint="The workbench opens for whoever is signed in there.")  # fmt: skip
    if view.is_part(request) and request.method != "GET":  # somebody is typing: the page must stay
        return HTMLResponse("", 401, headers={"HX-Reswap": "none"})
    target = urls.url(request, "sign_in", **({"next": _here(request)} if request.method == "GET" else {"lost": 1}))
    if view.is_part(request):
        return HTMLResponse("", 401, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


def _here(request: Request) -> str:
    path, query = quote(request.scope["path"]), request.url.query
    return f"{path}?{query}" if query else path


def wants_json(request: Request) -> bool:
    """Whether a program asks, not a browser."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted
