"""What was fetched from a partner who leaves his files where they are, so that none is fetched at every sweep.

By name, size and time of the partner's listing to the hash of the content.  It is only a memory: when it is lost the
files are fetched again, and their content says that they are known.  A file whose size or time is not told, or that
was as young as the clock is coarse when it was fetched, is fetched again too.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import msgspec

from ptedi.disk import write_whole
from ptedi.payers.channel import AfterFetch, SftpServer
from ptedi.payers.partner import TradingPartner
from ptedi.steps.night import Night
from ptedi.store import files
from ptedi.transport import RemoteFile

FOLDER = "fetched"
_YOUNG = 60  # seconds: somebody may write it again within the same second and to the same size


class _Seen(msgspec.Struct, frozen=True, array_like=True):
    size: int
    modified: int
    sha256: str


@dataclass(slots=True)
class Fetched:
    """The memory of one partner; files he shall delete or move are always fetched, so that this can be done."""

    path: Path
    leaves: bool
    known: dict[str, _Seen]
    listed: dict[str, _Seen] = field(default_factory=dict)

    @classmethod
    def of(cls, night: Night, partner: TradingPartner) -> Self:
        """What is remembered of a partner, as far as the store has it."""
        settings, path = partner.channel, night.workspace.folder(FOLDER) / f"{partner.id}.json"
        leaves = isinstance(settings, SftpServer) and settings.after_fetch is AfterFetch.LEAVE
        remembered = _read(path) if leaves else {}
        with night.store.read() as conn:
            known = {name: seen for name, seen in remembered.items() if files.find(conn, seen.sha256) is not None}
        return cls(path, leaves, known)

    def knows(self, file: RemoteFile) -> bool:
        """Whether a file is as it was when its content was taken in."""
        name = _name(file)
        seen = self.known.get(name)
        if seen is None or (seen.size, seen.modified) != (file.size, file.modified):
            return False
        self.listed[name] = seen
        return True

    def remember(self, file: RemoteFile, data: bytes) -> None:
        """A file's content is safe with us."""
        told = file.modified and file.size == len(data) and abs(time.time() - file.modified) > _YOUNG
        if self.leaves and told:
            self.listed[_name(file)] = _Seen(file.size, file.modified, hashlib.sha256(data).hexdigest())

    def keep(self) -> None:
        """Writes down what the partner lists now; the rest is forgotten."""
        if self.leaves and self.listed != self.known:
            write_whole(self.path, msgspec.json.encode(self.listed))


def _name(file: RemoteFile) -> str:
    """A hash: a partner's file name may name a patient."""
    return hashlib.sha256(file.name.encode("utf-8", "surrogateescape")).hexdigest()


def _read(path: Path) -> dict[str, _Seen]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Seen])
    except (OSError, msgspec.MsgspecError):
        return {}
