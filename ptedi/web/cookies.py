"""The cookies: one for the session, one for the sign-in form before there is a session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ptedi.web import urls


def _name(request: Request, plain: str) -> str:
    """With the prefix that lets a browser refuse what another host or plain http would plant."""
    return f"__Host-{plain}" if _secure(request) and _path(request) == "/" else plain


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _path(request: Request) -> str:
    return urls.root(request) + "/"


def read(request: Request, plain: str) -> str:
    """What a cookie holds, "" when it is not there."""
    return request.cookies.get(_name(request, plain), "")


def write(request: Request, response: Response, plain: str, value: str, *, strict: bool = False) -> None:
    """Sets a cookie for this browser session: no script reads it, no other site's form sends it."""
    response.set_cookie(_name(request, plain), value, path=_path(request), secure=_secure(request), httponly=True,
                        samesite="strict" if strict else "lax")  # fmt: skip


def clear(request: Request, response: Response, plain: str) -> None:
    """Takes a cookie back."""
    response.delete_cookie(_name(request, plain), path=_path(request), secure=_secure(request), httponly=True,
                           samesite="lax")  # fmt: skip
