"""One SFTP session with a partner, opened when first needed, opened anew when it was cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import asyncssh

from ptedi.errors import ChannelRefused, ChannelUnavailable
from ptedi.payers.channel import SftpServer
from ptedi.transport import ssh
from ptedi.transport.loop import Loop
from ptedi.transport.stopped import Stop

_T = TypeVar("_T")
_LONGEST_PAUSE = 60.0
_CUT = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.SFTPBadMessage, asyncssh.DisconnectError,
        asyncssh.ChannelOpenError, OSError, TimeoutError, EOFError)  # fmt: skip


class NoUse(ChannelUnavailable):
    """Trying again is right, but not at once: the server answered, and the answer was no."""


class Link:
    """Runs work on a session; what the connection breaks is done again, a few times, with growing pauses."""

    def __init__(self, settings: SftpServer, root: Path, stop: Stop | None = None) -> None:
        self._settings, self._root, self._stop = settings, root, stop
        self._loop = Loop()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._session: asyncssh.SFTPClient | None = None

    def run(self, work: Callable[[asyncssh.SFTPClient], Awaitable[_T]]) -> _T:
        """Does the work; it may be begun several times.

        Raises:
            ChannelUnavailable: every attempt failed, or an answer of the server makes another one useless now.
            ChannelRefused: the server is another one or rejects us; there was one attempt.
        """
        return self._loop.run(self._attempts(work))

    def close(self) -> None:
        """Ends the session and its thread."""
        if self._connection is not None:
            if self._loop.here:
                self._connection.abort()
            else:
                self._loop.run(self._part())
        self._loop.close()

    def forget(self) -> None:
        """Ends the session without a goodbye and without waiting; for whoever must not wait, as a finalizer."""
        self._loop.abandon(self._drop)

    async def _attempts(self, work: Callable[[asyncssh.SFTPClient], Awaitable[_T]]) -> _T:
        attempt = 1
        while True:
            try:
                return await self._attempt(work)
            except (ssh.CutDuringLogin, NoUse):
                raise
            except ChannelUnavailable:
                if attempt >= self._settings.attempts:
                    raise
            await asyncio.sleep(min(self._settings.retry_seconds * 2 ** (attempt - 1), _LONGEST_PAUSE))
            attempt += 1

    async def _attempt(self, work: Callable[[asyncssh.SFTPClient], Awaitable[_T]]) -> _T:
        try:
            return await work(await self._open())
        except _CUT as problem:
            self._drop()
            raise ChannelUnavailable(f"the connection to {self._settings.host} was cut",
                                     hint="try again later") from problem  # fmt: skip
        except asyncssh.SFTPError as problem:
            raise NoUse(f"{self._settings.host} could not do it (SFTP status {problem.code})",
                        hint="perhaps it has no room left; ask the partner if it lasts") from problem  # fmt: skip
        except asyncio.CancelledError:
            self._drop()
            raise

    async def _open(self) -> asyncssh.SFTPClient:
        if self._session is None:
            self._connection = await self._login()
            async with asyncio.timeout(self._settings.timeout_seconds):
                self._session = await self._connection.start_sftp_client(path_encoding=None)
        return self._session

    async def _login(self) -> asyncssh.SSHClientConnection:
        try:
            connection = await ssh.connect(self._settings, self._root)
        except ChannelRefused as problem:
            if self._stop:
                self._stop.keep(problem)
            raise
        if self._stop:
            self._stop.clear()
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.abort()
        self._connection = self._session = None

    async def _part(self) -> None:
        """Says goodbye, but not for long."""
        connection, self._connection, self._session = self._connection, None, None
        if connection is None:
            return
        connection.close()
        with suppress(asyncssh.Error, OSError, TimeoutError):
            async with asyncio.timeout(2):
                await connection.wait_closed()
