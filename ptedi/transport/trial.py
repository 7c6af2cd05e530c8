"""A first look at a partner's channel: does the way work before a claim depends on it?"""

from __future__ import annotations

from dataclasses import dataclass

from ptedi.findings import Finding
from ptedi.transport.base import Channel, Presence

NAME = "ptedi-connection-test.txt"
_DATA = b"ptedi looks whether files can be left here; this one is taken away again\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial found: files that wait for us, what of them is refused, whether a file was left and withdrawn."""

    waiting: int
    refused: tuple[Finding, ...]
    written: bool


def try_out(channel: Channel, *, write: bool = False) -> Trial:
    """Logs in and lists; with `write` also lays a file ready under a temporary name, compares it and takes it away.

    Nothing is published, fetched or changed otherwise.

    Raises:
        ChannelRefused: the server is another one, or it rejects our login.
        ChannelUnavailable: it cannot be reached now.
        ConfigurationError: a folder, a permission, a key or a variable is missing.
        ContractViolation: what arrived is not what was sent.
    """
    waiting = channel.list()
    refused = channel.refused
    if write:
        channel.stage(NAME, _DATA)
        written = channel.look(NAME, _DATA) is Presence.STAGED
        channel.withdraw(NAME)
    else:
        written = False
    return Trial(waiting=len(waiting), refused=refused, written=written)
