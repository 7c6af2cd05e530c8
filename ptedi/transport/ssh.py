"""A login at a partner's SSH server: the pinned key or nothing, one try of one credential."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import asyncssh

from ptedi.errors import ChannelRefused, ChannelUnavailable, ConfigurationError
from ptedi.payers.channel import HostKey, SftpServer

_RSA = ["rsa-sha2-512", "rsa-sha2-256"]
_ANY = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", *_RSA]
_REFUSED = (asyncssh.PermissionDenied, asyncssh.IllegalUserName, asyncssh.ServiceNotAvailable)
_NO_COMMON_GROUND = (asyncssh.KeyExchangeFailed, asyncssh.ProtocolNotSupported, asyncssh.CompressionError)


class CutDuringLogin(ChannelUnavailable):
    """The server hung up while it looked at our credential: it may have rejected it, so there is no second try soon."""


class _Client(asyncssh.SSHClient):
    """Compares the server's key with the pinned ones and remembers how far the login came."""

    def __init__(self, pinned: tuple[HostKey, ...]) -> None:
        self._pinned = {key.fingerprint for key in pinned}
        self.shown = ""
        self.connected = self.logging_in = False

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """There is a server, whoever it is."""
        self.connected = True

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether this is the server we know."""
        self.shown = f"{key.get_algorithm()} {key.get_fingerprint('sha256')}"
        return key.get_fingerprint("sha256") in self._pinned

    def begin_auth(self, username: str) -> None:
        """From here on the server counts."""
        self.logging_in = True

    def auth_completed(self) -> None:
        """We are in."""
        self.logging_in = False


async def connect(settings: SftpServer, root: Path) -> asyncssh.SSHClientConnection:
    """A connection with a verified server and an accepted login.

    Raises:
        ChannelRefused: another host key, a rejected login, no algorithm in common.
        ChannelUnavailable: refused, cut or timed out before the login.
        CutDuringLogin: cut during the login.
        ConfigurationError: our key file or variable is missing.
    """
    client = _Client(settings.host_keys)
    options = _options(settings, root)
    try:
        async with asyncio.timeout(settings.timeout_seconds):
            connection, _ = await asyncssh.create_connection(lambda: client, settings.host, settings.port,
                                                             options=options)  # fmt: skip
    except asyncssh.HostKeyNotVerifiable:
        raise ChannelRefused(
            f"{settings.host} showed the host key {client.shown or '(unreadable)'}, which is not the pinned one; "
            "nothing was sent and no login was tried",
            hint="ask the partner by another way whether the key changed, then change host_key",
        ) from None
    except _REFUSED as problem:
        raise _rejected(settings) from problem
    except _NO_COMMON_GROUND as problem:
        raise ChannelRefused(f"{settings.host} and ptedi have no way to talk in common",
                             hint="perhaps the server has no key of the pinned algorithm") from problem  # fmt: skip
    except (asyncssh.Error, OSError, TimeoutError) as problem:
        raise _failed(settings, client, problem) from problem
    return connection


def _failed(settings: SftpServer, client: _Client, problem: BaseException) -> ChannelRefused | ChannelUnavailable:
    """What a connection that did not come about means."""
    where = f"{settings.host}:{settings.port}"
    if client.logging_in:
        if isinstance(problem, asyncssh.DisconnectError) and not isinstance(problem, asyncssh.ConnectionLost):
            return _rejected(settings)
        return CutDuringLogin(f"{where} hung up during the login",
                              hint="perhaps it rejected it: look before trying again")  # fmt: skip
    if client.connected and not client.shown:
        return ChannelUnavailable(f"{where} hung up before it showed its key",
                                  hint="it is busy, or it has no key of the pinned algorithm")  # fmt: skip
    return ChannelUnavailable(f"{where} cannot be reached: {_reason(problem)}", hint="try again later")


def _reason(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError):
        return "no answer in time"
    if isinstance(problem, ConnectionRefusedError):
        return "connection refused"
    if isinstance(problem, OSError):
        return os.strerror(problem.errno) if problem.errno and problem.errno > 0 else "name or network unknown"
    return "the connection was cut"


def _rejected(settings: SftpServer) -> ChannelRefused:
    what = "key" if settings.key else "password"
    return ChannelRefused(f"{settings.host} rejected the login of {settings.user} with our {what}",
                          hint="it was tried once; more tries could lock the account")  # fmt: skip


def _options(settings: SftpServer, root: Path) -> asyncssh.SSHClientConnectionOptions:
    """Only what the settings say: no agent, no ~/.ssh, no second method."""
    key, password = None, None
    if settings.key:
        key = _key(settings, root)
    else:
        password = _variable(settings.password_env)
    try:
        return asyncssh.SSHClientConnectionOptions(
            config=None, known_hosts=([], [], []), x509_trusted_certs=None, agent_path=None, gss_host=None,
            username=settings.user, client_keys=[key] if key else None, password=password,
            preferred_auth=["publickey"] if key else ["password"],
            server_host_key_algs=_algorithms(settings.host_keys), keepalive_interval=15, keepalive_count_max=3,
            connect_timeout=settings.timeout_seconds, login_timeout=settings.timeout_seconds,
        )  # fmt: skip
    except (ValueError, asyncssh.Error) as problem:
        raise ConfigurationError(f"the SFTP settings of {settings.host} do not fit: {type(problem).__name__}") from None


def _algorithms(pinned: tuple[HostKey, ...]) -> list[str]:
    """What we let the server prove: only the algorithms of the pinned keys, where they are known."""
    if any(not key.algorithm for key in pinned):
        return _ANY
    wanted = [name for key in pinned for name in (_RSA if key.algorithm == "ssh-rsa" else [key.algorithm])]
    return list(dict.fromkeys(wanted))


def _key(settings: SftpServer, root: Path) -> asyncssh.SSHKey:
    path = root / Path(settings.key).expanduser()
    phrase = _variable(settings.key_passphrase_env) if settings.key_passphrase_env else None
    try:
        facts = path.stat()
        if facts.st_uid == os.geteuid() and facts.st_mode & 0o077:
            raise ConfigurationError(f"the private key {settings.key} can be read by others", hint="chmod 600")
        return asyncssh.read_private_key(path, phrase)
    except OSError as problem:
        raise ConfigurationError(f"the private key {settings.key} cannot be read: {problem.strerror}") from None
    except asyncssh.KeyEncryptionError:
        raise ConfigurationError(f"the passphrase of {settings.key} is wrong",
                                 hint="key_passphrase_env names the variable that holds it") from None  # fmt: skip
    except asyncssh.KeyImportError:
        raise ConfigurationError(f"{settings.key} is no private key that ptedi can use, or it has a passphrase",
                                 hint="ssh-keygen -t ed25519 makes one; key_passphrase_env names the variable with its "
                                      "passphrase") from None  # fmt: skip


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(f"the environment variable {name} is not set", hint="it holds the partner's secret")
    return value
