"""A channel that was refused stays shut, so that a sweep every quarter of an hour does not lock the account.

The refusal is kept beside the workspace's files.  Other settings open the channel again, and so does a person who
tries it (`ptedi partners try`), for then a new password or a key installed on the other side can be the reason.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ptedi import dates
from ptedi.disk import write_whole
from ptedi.errors import ChannelRefused
from ptedi.payers.channel import SftpServer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    settings: str
    since: str
    sentence: str


class Stop:
    """What is remembered of a refusal by one partner's server."""

    def __init__(self, path: Path, settings: SftpServer) -> None:
        self._path = path
        self._settings = hashlib.sha256(repr(settings).encode()).hexdigest()

    def check(self) -> None:
        """Nothing where there was no refusal under these settings.

        Raises:
            ChannelRefused: there was one; the server was not asked again.
        """
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return
        if kept.settings == self._settings:
            raise ChannelRefused(f"{kept.sentence} (on {kept.since}; not tried again since)",
                                 hint=f"settle it, then `ptedi partners try {self._path.stem}`")  # fmt: skip

    def keep(self, problem: ChannelRefused) -> None:
        """Remembers a refusal."""
        since = dates.now().isoformat(timespec="minutes")
        kept = _Kept(settings=self._settings, since=since, sentence=str(problem))
        write_whole(self._path, msgspec.json.format(msgspec.json.encode(kept)) + b"\n")

    def clear(self) -> None:
        """Forgets it: we were let in."""
        self._path.unlink(missing_ok=True)
