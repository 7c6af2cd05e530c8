"""What keeps a request from being answered, each with its status."""

from __future__ import annotations

from ptedi.errors import PtediError


class WebError(PtediError):
    """Base of these; `status` is what the browser is told."""

    status = 400


class SignInNeeded(WebError):
    """Nobody is signed in, or the session ended."""

    status = 401


class Arrived(WebError):
    """Somebody came through another system's door: `key` is the new session's, to be set before going on."""

    status = 303

    def __init__(self, key: str) -> None:
        super().__init__("signed in")
        self.key = key


class NotAllowed(WebError):
    """The person's role does not have the verb, or the form is not one of ours."""

    status = 403


class NotThere(WebError):
    """There is nothing under this id."""

    status = 404


class Changed(WebError):
    """Somebody else changed it meanwhile; nothing was overwritten."""

    status = 409


class BadForm(WebError):
    """What was typed cannot be understood."""

    status = 422


class TooLarge(WebError):
    """More bytes than one request may bring."""

    status = 413
