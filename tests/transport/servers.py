"""SFTP servers for tests: asyncssh in this process, whose files fail on demand, and a real OpenSSH; a line to cut."""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncssh
import pytest

from ptedi.errors import ChannelRefused
from ptedi.payers.channel import HostKey, SftpServer
from ptedi.transport.sftp import SftpChannel

USER, PASSWORD, VARIABLE = "cedarpt", "a synthetic secret", "PTEDI_TEST_PASSWORD"


@dataclass(slots=True)
class Site:
    """A running server: its folders on this machine, and how to reach it."""

    folder: Path
    settings: SftpServer
    root: Path
    server: Server | None = None

    @property
    def outbound(self) -> Path:
        return self.folder / "to"

    @property
    def inbound(self) -> Path:
        return self.folder / "from"

    def channel(self, **changes: object) -> SftpChannel:
        return SftpChannel(replace(self.settings, **changes), self.root)  # type: ignore[arg-type]


@dataclass(slots=True)
class Server:
    """What the server in this process counts, and how it misbehaves."""

    key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    open: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    fail: set[str] = field(default_factory=set)
    extra_names: list[bytes] = field(default_factory=list)
    lie_about_size: int = 0
    port: int = 0
    hang_up_at_login: bool = False


class _Login(asyncssh.SSHServer):
    def __init__(self, server: Server) -> None:
        self.server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.server.connections += 1
        self.server.open.add(conn)
        self.conn = conn

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.open.discard(self.conn)

    def password_auth_supported(self) -> bool:
        return True

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> object:
        self.server.logins.append("keyboard-interactive")
        return "", "", "", [("Password:", False)]

    def validate_kbdint_response(self, username: str, responses: object) -> bool:
        return False

    def validate_password(self, username: str, password: str) -> bool:
        self.server.logins.append("password")
        if self.server.hang_up_at_login:
            self.conn.abort()
        return (username, password) == (USER, PASSWORD)


def _files(server: Server, folder: Path) -> type[asyncssh.SFTPServer]:
    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: asyncssh.SSHServerChannel) -> None:
            super().__init__(chan, chroot=os.fsencode(folder))

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if "read" in server.fail and not pflags & asyncssh.FXF_WRITE:
                raise asyncssh.SFTPPermissionDenied("no reading")
            if "write" in server.fail and pflags & asyncssh.FXF_WRITE:
                raise asyncssh.SFTPPermissionDenied("no writing")
            return super().open(path, pflags, attrs)

        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            if "room" in server.fail:
                raise asyncssh.SFTPFailure("disk full")
            if "change" in server.fail:
                data = data.replace(b"~", b"\n")
            return super().write(file_obj, offset, data)

        def lstat(self, path: bytes) -> object:
            if "stat" in server.fail:
                raise asyncssh.SFTPPermissionDenied("no stat")
            return super().lstat(path)

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            if "posix" in server.fail:
                raise asyncssh.SFTPOpUnsupported("no posix rename")
            self._rename()
            super().posix_rename(oldpath, newpath)
            if "taken" in server.fail:
                os.unlink(folder / "to" / os.path.basename(os.fsdecode(newpath)))
            if "reply" in server.fail:
                server.fail.discard("reply")
                self.connection.abort()

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            self._rename()
            super().rename(oldpath, newpath)

        def _rename(self) -> None:
            if "rename" in server.fail:
                raise asyncssh.SFTPPermissionDenied("no renaming")

        def remove(self, path: bytes) -> None:
            if "remove" in server.fail:
                raise asyncssh.SFTPPermissionDenied("no deleting")
            super().remove(path)

        async def scandir(self, path: bytes) -> object:
            async for entry in super().scandir(path):
                if server.lie_about_size and entry.filename not in (b".", b".."):
                    entry.attrs.size = server.lie_about_size
                yield entry
            for name in server.extra_names:
                attrs = asyncssh.SFTPAttrs(size=3, permissions=0o100644, mtime=1, atime=1)
                yield asyncssh.SFTPName(name, attrs=attrs)

    return Files


@contextmanager
def own_server(tmp: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An asyncssh server in a thread of its own, its world a temporary folder."""
    server, folder = Server(), _folders(tmp)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen(port: int) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", port, server_factory=lambda: _Login(server), server_host_keys=[server.key],
            sftp_factory=_files(server, folder), allow_scp=False, gss_host=None,
        )  # fmt: skip

    acceptor = asyncio.run_coroutine_threadsafe(listen(0), loop).result()
    server.port = acceptor.get_port()
    monkeypatch.setenv(VARIABLE, PASSWORD)
    settings = SftpServer(
        environment="T", host="127.0.0.1", port=server.port, user=USER, password_env=VARIABLE, outbound="to",
        inbound="from", host_keys=(HostKey("", server.key.get_fingerprint("sha256")),), settle_seconds=0.15,
        timeout_seconds=5, attempts=3, retry_seconds=0.02,
    )  # fmt: skip
    try:
        yield Site(folder=folder, settings=settings, root=tmp, server=server)
    finally:

        async def stop() -> None:
            acceptor.close()
            for connection in list(server.open):
                connection.abort()
            with suppress(TimeoutError):
                await asyncio.wait_for(acceptor.wait_closed(), 2)
            await asyncio.sleep(0.01)
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def find_sshd() -> str | None:
    return shutil.which("sshd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))


@contextmanager
def openssh(tmp: Path) -> Iterator[Site]:
    """A real sshd with its own configuration, keys and log on a free port; needs no root."""
    sshd = find_sshd()
    if sshd is None:
        pytest.skip("openssh-server is not installed; `make test` installs it from Debian where it can")
    folder, port = _folders(tmp), free_port()
    host, ours = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    for name, key in (("host_key", host), ("our_key", ours)):
        key.write_private_key(str(tmp / name))
        (tmp / name).chmod(0o600)
    ours.write_public_key(str(tmp / "authorized_keys"))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True, mode=0o755)
    (tmp / "sshd_config").write_text("\n".join((
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {tmp / 'host_key'}", f"PidFile {tmp / 'sshd.pid'}",
        f"AuthorizedKeysFile {tmp / 'authorized_keys'}", "StrictModes no", "PermitRootLogin prohibit-password",
        "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no", "LogLevel VERBOSE",
        f"Subsystem sftp internal-sftp -d {folder}", "ForceCommand internal-sftp -d " + str(folder), "",
    )))  # fmt: skip
    with (tmp / "sshd.log").open("wb") as log:
        process = subprocess.Popen([sshd, "-D", "-e", "-f", str(tmp / "sshd_config")], stderr=log)
    try:
        _wait_for(port, process, tmp / "sshd.log")
        settings = SftpServer(
            environment="T", host="127.0.0.1", port=port, user=pwd.getpwuid(os.geteuid()).pw_name, key="our_key",
            host_keys=(HostKey("ssh-ed25519", host.get_fingerprint("sha256")),), outbound="to", inbound="from",
            settle_seconds=0.15, timeout_seconds=5, attempts=3, retry_seconds=0.02,
        )  # fmt: skip
        site = Site(folder=folder, settings=settings, root=tmp)
        _let_in(site, tmp / "sshd.log")
        yield site
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(100):
        if process.poll() is not None:
            pytest.skip(f"sshd does not start here: {log.read_text(errors='replace')[-300:]}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("sshd does not answer")


def _let_in(site: Site, log: Path) -> None:
    """Skips where sshd lets nobody of this account in, which is the machine's doing and not ours."""
    try:
        channel = site.channel()
        channel.list()
        channel.close()
    except ChannelRefused:
        reason = re.search(r"User .* not allowed because .*", log.read_text(errors="replace"))
        if reason:
            pytest.skip(f"sshd refuses this account: {reason[0]}")
        raise


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _folders(tmp: Path) -> Path:
    folder = tmp / "partner"
    for name in ("to", "from", "kept"):
        (folder / name).mkdir(parents=True)
    return folder


@dataclass(slots=True)
class Line:
    """A TCP line to a server that can be cut: after so many bytes towards it, or before a certain answer."""

    target: int
    cut_after: int = 0  # bytes towards the server on one connection
    cut_answers: Callable[[], bool] = lambda: False  # looked at before every answer is passed on
    silent: bool = False  # answers are swallowed
    connections: int = 0
    cuts: int = 0
    port: int = 0
    _listener: socket.socket = field(init=False)
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Line:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        _shut(self._listener)
        self._threads[0].join()
        _shut(*self._open)
        for thread in self._threads:
            thread.join()
        for one in (self._listener, *self._open):
            one.close()

    def _start(self, act: Callable[..., None], *arguments: object) -> None:
        self._threads.append(threading.Thread(target=act, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(("127.0.0.1", self.target))
            self._open += [near, far]
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._pump, near, far, True)
            self._start(self._pump, far, near, False)

    def _pump(self, source: socket.socket, sink: socket.socket, towards: bool) -> None:
        passed = 0
        with suppress(OSError):
            while piece := source.recv(4096):
                passed += len(piece)
                if (self.cut_after and passed > self.cut_after) if towards else self.cut_answers():
                    self.cuts += 1
                    break
                if towards or not self.silent:
                    sink.sendall(piece)
        _shut(source, sink)


def _shut(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
