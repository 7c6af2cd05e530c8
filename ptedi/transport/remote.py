"""Single acts on a partner's SFTP server, each answer within its time, each refusal in our words."""

from __future__ import annotations

import asyncio
import stat
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import cast

import asyncssh

from ptedi.errors import ConfigurationError, ContractViolation
from ptedi.payers.channel import SftpServer
from ptedi.transport.link import NoUse

_CHUNK = 256 * 1024
_MOST_ENTRIES = 100_000
_GONE = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_CLOSED = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)
_UNKNOWN_TIME = 0


class Sight(Enum):
    """What we see of a file of ours: not there, the same bytes (or the same size), others, or the server hides it."""

    ABSENT = "absent"
    SAME = "same"
    OTHER = "other"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Facts:
    """Size and time of a file there; -1 and 0 where the server does not say."""

    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Remote:
    """A session with the settings that bound it."""

    session: asyncssh.SFTPClient
    settings: SftpServer

    async def write(self, path: bytes, data: bytes) -> None:
        """Writes a whole file, cutting off whatever an unfinished earlier copy left; durable where that can be asked.

        Raises:
            ConfigurationError: the folder is not there or closed to us.
        """
        try:
            async with asyncio.timeout(self.settings.timeout_seconds):
                file = await self.session.open(path, "wb", encoding=None)
            for start in range(0, len(data), _CHUNK):
                async with asyncio.timeout(self.settings.timeout_seconds):
                    await file.write(data[start : start + _CHUNK], start)
            async with asyncio.timeout(self.settings.timeout_seconds):
                with suppress(asyncssh.SFTPOpUnsupported, asyncssh.SFTPFailure):
                    await file.fsync()
                await file.close()
        except _GONE:
            raise _no_folder(self.settings, path, "outbound or staging") from None
        except _CLOSED:
            raise _closed(self.settings, path, "write into", "outbound or staging") from None

    async def read(self, path: bytes, limit: int) -> bytes:
        """The first `limit` bytes of a file, in pieces."""
        async with asyncio.timeout(self.settings.timeout_seconds):
            file = await self.session.open(path, "rb", encoding=None)
        pieces: list[bytes] = []
        length = 0
        try:
            while length < limit:
                async with asyncio.timeout(self.settings.timeout_seconds):
                    piece = cast(bytes, await file.read(min(_CHUNK, limit - length), length))
                if not piece:
                    break
                pieces.append(piece)
                length += len(piece)
        finally:
            with suppress(asyncssh.Error, TimeoutError, OSError):
                async with asyncio.timeout(self.settings.timeout_seconds):
                    await file.close()
        return b"".join(pieces)

    async def facts(self, path: bytes) -> Facts | None:
        """Size and time, None when there is no such file."""
        try:
            async with asyncio.timeout(self.settings.timeout_seconds):
                return _facts(await self.session.lstat(path))
        except _GONE:
            return None

    async def sight(self, path: bytes, data: bytes) -> Sight:
        """Whether a file there is the one we wrote: by its bytes, or its size where the server lets us see no more."""
        try:
            facts = await self.facts(path)
        except (*_CLOSED, asyncssh.SFTPOpUnsupported):
            return Sight.HIDDEN
        if facts is None:
            return Sight.ABSENT
        if facts.size not in (-1, len(data)):
            return Sight.OTHER
        if not self.settings.read_back:
            return Sight.SAME if facts.size >= 0 else Sight.HIDDEN
        try:
            return Sight.SAME if await self.read(path, len(data) + 1) == data else Sight.OTHER
        except _GONE:
            return Sight.ABSENT
        except (*_CLOSED, asyncssh.SFTPOpUnsupported):
            return Sight.SAME if facts.size >= 0 else Sight.HIDDEN

    async def rename(self, old: bytes, new: bytes) -> None:
        """Renames in one step where the server can (posix-rename); the caller has looked that `new` is free.

        Raises:
            ConfigurationError: the server does not let us rename.
            ContractViolation: there is a file of that name.
        """
        try:
            async with asyncio.timeout(self.settings.timeout_seconds):
                try:
                    await self.session.posix_rename(old, new)
                except asyncssh.SFTPOpUnsupported:
                    await self.session.rename(old, new)
        except (*_CLOSED, asyncssh.SFTPOpUnsupported):
            raise ConfigurationError(
                f"{self.settings.host} does not let us rename a file, so it stays under its temporary name",
                hint="ask the partner for the permission, or set rename = false in the partner's transport",
            ) from None
        except asyncssh.SFTPFileAlreadyExists:
            raise ContractViolation("a file of that name is at the partner's already; nothing was replaced") from None

    async def remove(self, path: bytes) -> None:
        """Takes a file away; one that is gone already is fine.

        Raises:
            ConfigurationError: the server does not let us delete.
        """
        try:
            async with asyncio.timeout(self.settings.timeout_seconds):
                await self.session.remove(path)
        except _GONE:
            return
        except _CLOSED:
            raise _closed(self.settings, path, "delete from", "after_fetch and rename") from None

    async def listing(self, folder: bytes) -> dict[bytes, Facts]:
        """The regular files of a folder by the very bytes of their names.

        Raises:
            ConfigurationError: the folder is not there or closed to us.
        """
        found: dict[bytes, Facts] = {}
        entries = self.session.scandir(folder)
        try:
            while len(found) < _MOST_ENTRIES:
                async with asyncio.timeout(self.settings.timeout_seconds):
                    entry = await anext(entries, None)
                if entry is None:
                    return found
                if _is_regular(entry.attrs):
                    found[bytes(entry.filename)] = _facts(entry.attrs)  # type: ignore[arg-type]
        except _GONE:
            raise _no_folder(self.settings, folder + b"/", "inbound") from None
        except _CLOSED:
            raise _closed(self.settings, folder + b"/", "list", "inbound") from None
        raise NoUse(f"{self.settings.host} lists more than {_MOST_ENTRIES} files", hint="ask the partner to tidy up")


def _facts(attributes: asyncssh.SFTPAttrs) -> Facts:
    size, modified = attributes.size, attributes.mtime
    return Facts(size=-1 if size is None else size, modified=_UNKNOWN_TIME if modified is None else int(modified))


def _is_regular(attributes: asyncssh.SFTPAttrs) -> bool:
    if attributes.permissions is not None:
        kind = stat.S_IFMT(attributes.permissions)
        return kind in (stat.S_IFREG, 0)
    return attributes.type in (asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN)


def _folder_of(path: bytes) -> str:
    return path.rpartition(b"/")[0].decode("utf-8", "replace") or "/"


def _no_folder(settings: SftpServer, path: bytes, setting: str) -> ConfigurationError:
    return ConfigurationError(f"{settings.host} has no folder {_folder_of(path)!r}",
                              hint=f"compare {setting} of the transport with what the partner says")  # fmt: skip


def _closed(settings: SftpServer, path: bytes, act: str, setting: str) -> ConfigurationError:
    return ConfigurationError(f"{settings.host} does not let us {act} {_folder_of(path)!r}",
                              hint=f"compare {setting} of the transport with what the partner says")  # fmt: skip
