"""A partner's folders on an SFTP server.

`stage` uploads under a temporary name and compares; `publish` renames.  Where the server lets nobody rename, `stage`
only proves that the way is open and `publish` writes under the final name; a cut upload then leaves a beginning of our
own file, which is the one thing that is ever written over.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from pathlib import Path

import asyncssh

from ptedi.disk import clean_name, is_temporary
from ptedi.errors import ChannelUnavailable, ContractViolation
from ptedi.findings import Finding
from ptedi.payers.channel import AfterFetch, SftpServer
from ptedi.transport import pages
from ptedi.transport.base import Presence, RemoteFile, refusal, safe_name
from ptedi.transport.link import Link, NoUse
from ptedi.transport.remote import Facts, Remote, Sight
from ptedi.transport.stopped import Stop

_DAY = 86_400  # older than this by whatever clock: nobody is still writing it


class SftpChannel:
    """See the module.  One connection serves the channel for its life; it ends with `close` or with the channel."""

    def __init__(self, settings: SftpServer, root: Path, stop: Stop | None = None) -> None:
        """`root` is where relative key files stand; `stop` remembers a refusal."""
        self._settings = settings
        self._link = Link(settings, root, stop)
        self._fetched: dict[str, Facts] = {}
        self._refused: tuple[Finding, ...] = ()
        self._finalizer = weakref.finalize(self, self._link.forget)

    @property
    def environment(self) -> str:
        """The world this login leads to."""
        return self._settings.environment

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What the last `list` would not take in."""
        return self._refused

    def stage(self, name: str, data: bytes) -> None:
        """Uploads under a temporary name and compares what arrived."""
        staged, final = self._staged(name), self._final(name)
        if len(data) > self._settings.send_at_most:
            raise ContractViolation(f"{name} has {len(data)} bytes; this partner takes {self._settings.send_at_most}",
                                    hint="lower claims_per_set or raise send_at_most_mb")  # fmt: skip

        async def work(session: asyncssh.SFTPClient) -> None:
            remote = self._remote(session)
            if not self._settings.rename:
                await remote.sight(final, data)
                return
            await remote.write(staged, data)
            if await remote.sight(staged, data) in (Sight.OTHER, Sight.ABSENT):
                raise ContractViolation(f"what arrived of {name} is not the file we wrote; it was not published",
                                        hint="perhaps the partner's server changes or takes files at once")  # fmt: skip

        self._link.run(work)

    def publish(self, name: str, data: bytes) -> None:
        """Gives the staged file its name; what the connection swallowed is looked up, never guessed."""
        asked = False

        async def work(session: asyncssh.SFTPClient) -> None:
            nonlocal asked
            remote, before = self._remote(session), asked
            if await self._is_there(remote, name, data, before):
                return
            asked = True
            await (self._rename if self._settings.rename else self._write)(remote, name, data, before)
            if await remote.sight(self._final(name), data) is Sight.OTHER:  # absent: the partner has taken it already
                raise ContractViolation(f"{name} at the partner's is not the file we wrote",
                                        hint="look at the partner's folder with the partner")  # fmt: skip

        self._link.run(work)

    async def _is_there(self, remote: Remote, name: str, data: bytes, asked: bool) -> bool:
        """Whether an earlier attempt of this publish came through.

        Raises:
            ContractViolation: the name is taken, and not by us just now.
        """
        sight = await remote.sight(self._final(name), data)
        if sight is Sight.SAME and asked:
            return True
        unfinished = sight is Sight.OTHER and await self._is_beginning(remote, name, data)
        if sight in (Sight.SAME, Sight.OTHER) and not unfinished:
            raise ContractViolation(f"{name} is at the partner's already; nothing was replaced")
        return False

    async def _rename(self, remote: Remote, name: str, data: bytes, asked: bool) -> None:
        staged = self._staged(name)
        sight = await remote.sight(staged, data)
        if sight is Sight.ABSENT and asked:
            raise _unsettled(name)
        if sight is Sight.ABSENT:
            raise ContractViolation(f"{name} is not there any more under its temporary name",
                                    hint="the partner may have taken it")  # fmt: skip
        if sight is Sight.OTHER:
            raise ContractViolation(f"{name} was changed under its temporary name; it was not published")
        try:
            await remote.rename(staged, self._final(name))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            raise _unsettled(name) from None

    async def _write(self, remote: Remote, name: str, data: bytes, asked: bool) -> None:
        if asked and await remote.sight(self._final(name), data) is Sight.ABSENT:
            raise _unsettled(name)
        if await remote.sight(self._staged(name), data) in (Sight.SAME, Sight.OTHER):  # from before `rename = false`;
            await remote.remove(self._staged(name))  # were it left, a file taken at once would look as not yet sent
        await remote.write(self._final(name), data)

    async def _is_beginning(self, remote: Remote, name: str, data: bytes) -> bool:
        """Whether what lies there is what a cut upload of ours without renaming leaves."""
        if self._settings.rename:
            return False
        try:
            found = await remote.read(self._final(name), len(data) + 1)
        except asyncssh.SFTPPermissionDenied:
            return False
        return len(found) < len(data) and data.startswith(found)

    def withdraw(self, name: str) -> None:
        """Takes a staged file away."""
        staged = self._staged(name)
        self._link.run(lambda session: self._remote(session).remove(staged))

    def look(self, name: str, data: bytes) -> Presence:
        """Where a send of this file stands; what the server hides counts as absent."""

        async def work(session: asyncssh.SFTPClient) -> Presence:
            remote = self._remote(session)
            final = await remote.sight(self._final(name), data)
            if final is Sight.SAME:
                return Presence.PUBLISHED
            if final is Sight.OTHER:
                return Presence.STAGED if await self._is_beginning(remote, name, data) else Presence.DIFFERENT
            staged = await remote.sight(self._staged(name), data)
            return Presence.STAGED if staged in (Sight.SAME, Sight.OTHER) else Presence.ABSENT

        return self._link.run(work)

    def list(self) -> list[RemoteFile]:
        """The finished files that the partner left, by name; see `refused` for the rest."""
        files, refused = [], []
        for raw, facts in sorted(self._link.run(self._settled).items()):
            name = raw.decode("utf-8", "surrogateescape")
            if why := refusal(name):
                refused.append((name, pages.NAME, f"A file's name {why}; it is not taken in."))
            elif is_temporary(name):
                continue
            elif facts.size > self._settings.receive_at_most:
                refused.append((name, pages.SIZE, f"A file has {facts.size} bytes, more than are taken in."))
            else:
                files.append(RemoteFile(name=name, size=max(facts.size, 0), modified=facts.modified))
        self._refused = tuple(pages.finding(code, sentence, clean_name(name)) for name, code, sentence in refused)
        return files

    async def _settled(self, session: asyncssh.SFTPClient) -> dict[bytes, Facts]:
        """Files that nobody is still writing: old ones, and younger ones that did not change between two looks."""
        remote, folder = self._remote(session), self._settings.inbound.encode()
        first = await remote.listing(folder)
        if all(abs(time.time() - facts.modified) > _DAY for facts in first.values()):
            return first
        await asyncio.sleep(self._settings.settle_seconds)
        again = await remote.listing(folder)
        return {name: facts for name, facts in first.items() if again.get(name) == facts}

    def get(self, name: str) -> bytes:
        """The bytes of a file that the partner left; a name that leads elsewhere is refused."""
        path, limit = self._inbound(name), self._settings.receive_at_most

        async def work(session: asyncssh.SFTPClient) -> tuple[Facts, bytes]:
            remote = self._remote(session)
            try:
                facts = await remote.facts(path)
                data = await remote.read(path, limit + 1)
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied):
                raise NoUse("a file that the partner listed cannot be read") from None
            if facts is None or (facts.size not in (-1, len(data)) and len(data) <= limit):
                raise NoUse("a file changed while it was read; it is taken in when the partner has finished it")
            return facts, data

        self._fetched[name], data = self._link.run(work)
        if len(data) > limit:
            raise ContractViolation(f"a file at the partner's has more than {limit} bytes",
                                    hint="see receive_at_most_mb")  # fmt: skip
        return data

    def done(self, name: str) -> None:
        """Deletes or moves a fetched file where the settings say so and it is still the one that was fetched."""
        how, path, fetched = self._settings.after_fetch, self._inbound(name), self._fetched.pop(name, None)
        if how is AfterFetch.LEAVE or fetched is None:
            return

        async def work(session: asyncssh.SFTPClient) -> None:
            remote = self._remote(session)
            if await remote.facts(path) != fetched:
                return
            if how is AfterFetch.DELETE:
                await remote.remove(path)
                return
            target = _join(self._settings.moved_to, name)
            if await remote.facts(target) is None:  # else it stays: nothing is replaced, and its content is known
                await remote.rename(path, target)

        self._link.run(work)

    def close(self) -> None:
        """Ends the connection; the next use opens another."""
        self._link.close()

    def _remote(self, session: asyncssh.SFTPClient) -> Remote:
        return Remote(session, self._settings)

    def _final(self, name: str) -> bytes:
        return _join(self._settings.outbound, safe_name(name))

    def _staged(self, name: str) -> bytes:
        return _join(self._settings.staging or self._settings.outbound, f".{safe_name(name)}.part")

    def _inbound(self, name: str) -> bytes:
        if why := refusal(name):
            raise ContractViolation(f"the partner's file name {why}")
        return _join(self._settings.inbound, name)


def _join(folder: str, name: str) -> bytes:
    return f"{folder.rstrip('/')}/{name}".encode("utf-8", "surrogateescape")


def _unsettled(name: str) -> ChannelUnavailable:
    return NoUse(f"the connection was cut while {name} was published and now it is not there: it may have been taken",
                 hint="an acknowledgement or the partner will tell; nothing is sent again before")  # fmt: skip
