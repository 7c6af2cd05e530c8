"""What every answer carries, and what no request gets past: size, other sites' forms, and our own faults.

Plain ASGI, outermost: the answer to a fault has the same headers as any other, and a fault is logged by its kind and
place only, because the text of an exception may hold patient data.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ptedi.web.errors import NotAllowed, TooLarge, WebError

SMALL = 2 * 1024 * 1024  # bytes of any request that is no upload
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
Told = Callable[[Request, Exception, str], Response]


def policy(frame: str) -> str:
    """The content security policy: only our own files, no inline script or style, no foreign form or frame."""
    parts = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
             "connect-src 'self'", "form-action 'self'", "base-uri 'none'", f"frame-ancestors {frame}")  # fmt: skip
    return "; ".join(parts)


class Guard:
    """Puts the headers on every answer and answers what must not get through."""

    def __init__(self, app: ASGIApp, *, told: Told, log: Callable[[str, str, str], None], largest: Callable[[], int],
                 known: Callable[[Scope, str], None], framed: bool = False) -> None:  # fmt: skip
        self.app, self.told, self.log, self.largest, self.known = app, told, log, largest, known
        self.fixed = {
            "Content-Security-Policy": policy("'self'" if framed else "'none'"),
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
            "X-Frame-Options": "SAMEORIGIN" if framed else "DENY",
        }  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._dress(scope, message)
            await send(message)

        try:
            self._admit(scope)
            await self.app(scope, _counted(receive, self._most(scope)), dressed)
        except Exception as problem:
            incident = "" if isinstance(problem, WebError) else secrets.token_hex(4)
            if incident:
                self.log(incident, type(problem).__name__, _place(problem))
            if started:
                raise RuntimeError(f"incident {incident}") from None
            await self.told(Request(scope), problem, incident)(scope, receive, dressed)

    def _most(self, scope: Scope) -> int:
        return self.largest() if Headers(scope=scope).get("content-type", "").startswith("multipart/") else SMALL

    def _admit(self, scope: Scope) -> None:
        """Refuses what is too large, and changes that another site's page asked for (browsers say so)."""
        headers = Headers(scope=scope)
        self.known(scope, headers.get("host", ""))
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._most(scope):
            raise TooLarge("this is more than one request may bring",
                           hint="[web] largest_upload_mb in ptedi.toml says how much that is")  # fmt: skip
        if scope["method"] not in _UNSAFE:
            return
        # browsers say where a form stands; as we ask for no referrer, the Origin of our own forms is "null"
        site, origin = headers.get("sec-fetch-site"), headers.get("origin", "")
        ours = site in ("same-origin", "none") if site else origin == "" or (
            urlsplit(origin).netloc == headers.get("host", ""))  # fmt: skip
        if not ours:
            raise NotAllowed("this form was sent from another site")

    def _dress(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self.fixed.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")
        if scope.get("scheme") == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if "server" in headers:
            del headers["server"]


def _counted(receive: Receive, most: int) -> Receive:
    """A request without a length is counted while it comes."""
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise TooLarge("this is more than one request may bring")
        return message

    return counting


def _place(problem: Exception) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [one for one in frames if f"{Path(__file__).parents[1].name}/" in one.filename] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
