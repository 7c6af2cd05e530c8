"""A partner's drop folders on this machine (or mounted on it)."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ptedi.disk import is_temporary, sync_folder, write_synced
from ptedi.errors import ChannelUnavailable, ContractViolation
from ptedi.findings import Finding
from ptedi.transport.base import Presence, RemoteFile, safe_name
from ptedi.transport.writing import being_written

SETTLED_SECONDS = 2.0  # older than this and unchanged: nobody is still writing it
_PAUSE_SECONDS = 0.05  # a younger file is looked at twice


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChannel:
    """Two folders: `outbound` takes our files, `inbound` holds the partner's.

    `environment` says which world the folders lead to, "" when they do not say.
    """

    outbound: Path
    inbound: Path
    environment: str = ""

    def stage(self, name: str, data: bytes) -> None:
        """Lays the file ready under a hidden temporary name."""
        staged = self._staged(name)
        with _channel_errors():
            self.outbound.mkdir(parents=True, exist_ok=True, mode=0o700)
            staged.unlink(missing_ok=True)
            write_synced(staged, data)
            _verify(staged, data)

    def publish(self, name: str, data: bytes) -> None:
        """Gives the staged file its name.

        A rename, not a link: a staged file must be gone the moment the partner can take the published one, or a
        send that was cut off between the two would look as if it had not happened.
        """
        staged, final = self._staged(name), self._final(name)
        with _channel_errors():
            _verify(staged, data)
            if final.exists():
                raise ContractViolation(f"{name} is at the partner's already; nothing was replaced")
            staged.rename(final)
            sync_folder(self.outbound)
            if _read(final) is not None:  # else the partner was quick and has it
                _verify(final, data)

    def withdraw(self, name: str) -> None:
        """Takes a staged file away."""
        staged = self._staged(name)
        with _channel_errors():
            staged.unlink(missing_ok=True)

    def look(self, name: str, data: bytes) -> Presence:
        """Where a send of this file stands."""
        with _channel_errors():
            found = _read(self._final(name))
            if found is not None:
                return Presence.PUBLISHED if found == data else Presence.DIFFERENT
            return Presence.ABSENT if _read(self._staged(name)) is None else Presence.STAGED

    def list(self) -> list[RemoteFile]:
        """The finished files that the partner left, by name."""
        with _channel_errors():
            facts = [(path.name, path.stat()) for path in settled_files(self.inbound)]
        return [RemoteFile(name=name, size=one.st_size, modified=int(one.st_mtime)) for name, one in facts]

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Nothing: a folder of this machine has no hostile names and no limits."""
        return ()

    def get(self, name: str) -> bytes:
        """The bytes of a file that the partner left; a name that leads elsewhere is refused."""
        if name in ("", ".", "..") or "/" in name or "\0" in name:
            raise ContractViolation("the partner's file name leads out of its folder")
        with _channel_errors():
            data = _read(self.inbound / name)
        if data is None:
            raise ChannelUnavailable("a file that the partner listed is not there any more")
        return data

    def done(self, name: str) -> None:
        """Nothing: the partner's files stay where they are."""

    def close(self) -> None:
        """Nothing: folders need no connection."""

    def _final(self, name: str) -> Path:
        return self.outbound / safe_name(name)

    def _staged(self, name: str) -> Path:
        return self.outbound / f".{safe_name(name)}.part"


def settled_files(folder: Path) -> list[Path]:
    """The regular files of a folder that nobody is still writing, by name.

    Hidden and temporary names, links, folders and devices are left alone, and so is a file that grows or that
    somebody has open for writing, however long he pauses.
    """
    first = dict(_regular(folder))
    if any(_age(facts) < SETTLED_SECONDS for facts in first.values()):
        time.sleep(_PAUSE_SECONDS)
        again = dict(_regular(folder))
        first = {path: facts for path, facts in first.items() if path in again and _same(facts, again[path])}
    return sorted(path for path in first if not being_written(path))


def _regular(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                facts = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # another step has taken it since the folder was listed
            if stat.S_ISREG(facts.st_mode) and not is_temporary(entry.name):
                yield Path(entry.path), facts


def _age(facts: os.stat_result) -> float:
    return abs(time.time() - facts.st_mtime)  # a clock that went back does not make a file old


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns, one.st_ino) == (other.st_size, other.st_mtime_ns, other.st_ino)


def _read(path: Path) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as stream:
        return stream.read()


def _verify(path: Path, data: bytes) -> None:
    found = _read(path)
    if found is None or hashlib.sha256(found).digest() != hashlib.sha256(data).digest():
        raise ContractViolation(f"{path.name} at the partner's is not the file we wrote; nothing was replaced",
                                hint="look at the partner's folder, then run the step again")  # fmt: skip


@contextmanager
def _channel_errors() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise ChannelUnavailable(f"the drop folder cannot be used: {problem.strerror}",
                                 hint="check that it exists, is writable and has room") from problem  # fmt: skip
