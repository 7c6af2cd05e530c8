"""What every channel to a partner can do, whatever carries it.

A send has two moments, so that one that was cut off can be told apart afterwards: `stage` lays the whole file under a
temporary name, `publish` gives it the name the partner looks for.  Before the first the partner has nothing, after
the second he has everything, and `look` says where a send stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ptedi.errors import ContractViolation
from ptedi.findings import Finding

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class Presence(StrEnum):
    """Where a send stands at the partner's: nothing, laid ready, there, or another file under that name."""

    ABSENT = "absent"
    STAGED = "staged"
    PUBLISHED = "published"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file that waits at the partner's; `name` is as the partner wrote it and is never used as a path of ours."""

    name: str
    size: int
    modified: int = 0
    """Seconds since 1970 by their clock, 0 where they do not say."""


class Channel(Protocol):
    """A way to one partner.

    Every method raises `ChannelUnavailable` when trying again later is right and `ChannelRefused` when it is not.
    """

    @property
    def environment(self) -> str:
        """T, P, or "" where the channel's address does not say which world it leads to."""
        ...

    def stage(self, name: str, data: bytes) -> None:
        """Lays a file ready under a temporary name, durable and verified; an unfinished earlier copy is replaced."""
        ...

    def publish(self, name: str, data: bytes) -> None:
        """Gives the staged file its name and verifies by reading back; never replaces a file."""
        ...

    def withdraw(self, name: str) -> None:
        """Takes a staged file away that will not be published; a published one stays."""
        ...

    def look(self, name: str, data: bytes) -> Presence:
        """Where a send of this file stands."""
        ...

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What the last `list` would not take in: names that are no names, files beyond the limit."""
        ...

    def list(self) -> list[RemoteFile]:
        """The finished files that the partner left for us, by name."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes of a file that the partner left."""
        ...

    def done(self, name: str) -> None:
        """Tells that a fetched file is safe with us; it is left, deleted or moved as the settings say."""
        ...

    def close(self) -> None:
        """Lets go of the connection; the channel opens another when it is used again."""
        ...


def safe_name(name: str) -> str:
    """A name we may write under.

    Raises:
        ContractViolation: it could leave its folder, hide itself, or carry something else than a name.
    """
    if not _SAFE.fullmatch(name) or ".." in name:
        raise ContractViolation("a file name for the partner may hold letters, digits, '.', '_' and '-'")
    return name


def refusal(name: str) -> str:
    """Why a partner's file name is not taken in, "" when it is; it is never used as a path of ours either way."""
    if name in ("", ".", ".."):
        return "is no name"
    if "/" in name or "\\" in name or "\0" in name:
        return "leads out of its folder"
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in name):
        return "holds control characters"
    return "is longer than 255 bytes" if len(name.encode("utf-8", "surrogateescape")) > 255 else ""
