"""How a partner is reached: the `[partners.NAME.transport]` table, read strictly.

    [partners.harbor.transport]
    kind = "local"                  # two folders on this machine or mounted on it
    outbound = "clearinghouse/to"
    inbound = "clearinghouse/from"
    environment = ""                # T or P where the folders belong to one world only

    [partners.harbor.transport]
    kind = "sftp"
    environment = "T"               # the world this login leads to: T (test) or P (production)
    host = "sftp.example.org"
    port = 22
    user = "cedarpt"
    host_key = "ssh-ed25519 SHA256:..."     # or SHA256:... alone, or a known_hosts line; a list while keys change
    key = "keys/harbor_ed25519"     # our private key; key_passphrase_env names the variable with its passphrase
    password_env = "HARBOR_PASSWORD"        # or instead of a key: the variable that holds the password
    outbound = "to-harbor"          # where our files go
    inbound = "from-harbor"         # where theirs lie
    staging = "to-harbor"           # where a file lies until it is whole; as outbound unless said otherwise
    rename = true                   # false: their server lets nobody rename, so files are written under their own name
    read_back = true                # false: compare sizes only
    after_fetch = "leave"           # or "delete", or "move" (to the folder moved_to)
    send_at_most_mb = 100
    receive_at_most_mb = 256
    settle_seconds = 2              # a file that changes within this time is still being written
    timeout_seconds = 30            # for one answer of the server
    attempts = 4                    # when the connection fails; a rejected login is never tried again
    retry_seconds = 2               # doubled after each attempt

Anything else in the table is refused, a password above all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from ptedi.errors import ConfigurationError
from ptedi.payers.settings import Table

HOST_KEYS = frozenset({"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"})
SFTP_SETTINGS = (
    "environment", "host", "port", "user", "host_key", "key", "key_passphrase_env", "password_env", "outbound",
    "inbound", "staging", "rename", "read_back", "after_fetch", "moved_to", "send_at_most_mb", "receive_at_most_mb",
    "settle_seconds", "timeout_seconds", "attempts", "retry_seconds",
)  # fmt: skip
LOCAL_SETTINGS = ("environment", "outbound", "inbound")
_FINGERPRINT = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_FOLDER = re.compile(r"/?[A-Za-z0-9_][^\x00-\x1f\x7f\\]{0,299}|/|\.")
_SECRET = re.compile(r"(?i)(password|passwd|pwd|passphrase|secret)(?!.*_env$)")
_WORDS = {"T": frozenset({"test", "tests", "testing", "editest", "sandbox", "uat"}),
          "P": frozenset({"prod", "production", "live"})}  # fmt: skip
_MEGABYTE = 1_000_000


class AfterFetch(StrEnum):
    """What happens to a partner's file once it is safe with us."""

    LEAVE = "leave"
    DELETE = "delete"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFolders:
    """`kind = "local"`: two folders; relative ones stand in the workspace."""

    outbound: str = "clearinghouse/to"
    inbound: str = "clearinghouse/from"
    environment: str = ""


@dataclass(frozen=True, slots=True)
class HostKey:
    """A pinned host key: the SHA-256 fingerprint, and its algorithm where the setting says it ("" otherwise)."""

    algorithm: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpServer:
    """`kind = "sftp"`: see the module's example; secrets are named here, never held."""

    environment: str
    host: str
    port: int = 22
    user: str
    host_keys: tuple[HostKey, ...]
    key: str = ""
    key_passphrase_env: str = ""
    password_env: str = ""
    outbound: str
    inbound: str
    staging: str = ""
    rename: bool = True
    read_back: bool = True
    after_fetch: AfterFetch = AfterFetch.LEAVE
    moved_to: str = ""
    send_at_most: int = 100 * _MEGABYTE
    receive_at_most: int = 256 * _MEGABYTE
    settle_seconds: float = 2.0
    timeout_seconds: float = 30.0
    attempts: int = 4
    retry_seconds: float = 2.0


def read(kind: str, at: Table) -> LocalFolders | SftpServer:
    """The settings of a channel; `at` is the transport table.

    Raises:
        ConfigurationError: a kind that ptedi does not have, or a setting that cannot work; the sentence names it.
    """
    for name, _ in at.items():
        if _SECRET.search(name):
            raise at.wrong(name, "a password does not belong in ptedi.toml; put it into an environment variable and "
                                 f"write the variable's name as {_env_of(name)}")  # fmt: skip
    if kind == "local":
        return _local(at)
    if kind == "sftp":
        return _sftp(at)
    raise ConfigurationError(f"{at.where}: the kind {kind!r} is not known",
                             hint='kind = "local" writes into a folder, kind = "sftp" to a server')  # fmt: skip


def _env_of(name: str) -> str:
    return "key_passphrase_env" if "phrase" in name.lower() else "password_env"


def _local(at: Table) -> LocalFolders:
    at.only("kind", *LOCAL_SETTINGS)
    settings = LocalFolders(
        outbound=at.text("outbound", LocalFolders().outbound), inbound=at.text("inbound", LocalFolders().inbound),
        environment=at.text("environment", ""),
    )  # fmt: skip
    if settings.environment not in ("", "T", "P"):
        raise at.wrong("environment", "must be T (test) or P (production)")
    _worlds(at, settings.environment, settings.outbound, settings.inbound)
    return settings


def _sftp(at: Table) -> SftpServer:
    at.only("kind", *SFTP_SETTINGS)
    host, outbound, inbound = _host(at), _folder(at, "outbound"), _folder(at, "inbound")
    settings = SftpServer(
        environment=at.text("environment"), host=host, port=_between(at, "port", 22, 1, 65535), user=_user(at),
        host_keys=_host_keys(at), key=at.text("key", ""), key_passphrase_env=_variable(at, "key_passphrase_env"),
        password_env=_variable(at, "password_env"), outbound=outbound, inbound=inbound,
        staging=_folder(at, "staging", outbound), rename=at.flag("rename", True), read_back=at.flag("read_back", True),
        after_fetch=_after_fetch(at), moved_to=_folder(at, "moved_to", "") if "moved_to" in at else "",
        send_at_most=_between(at, "send_at_most_mb", 100, 1, 1000) * _MEGABYTE,
        receive_at_most=_between(at, "receive_at_most_mb", 256, 1, 1000) * _MEGABYTE,
        settle_seconds=_between(at, "settle_seconds", 2, 0, 600),
        timeout_seconds=_between(at, "timeout_seconds", 30, 1, 600), attempts=_between(at, "attempts", 4, 1, 10),
        retry_seconds=_between(at, "retry_seconds", 2, 0, 60),
    )  # fmt: skip
    _agree(at, settings)
    return settings


def _agree(at: Table, settings: SftpServer) -> None:
    """What no single setting shows."""
    if settings.environment not in ("T", "P"):
        raise at.wrong("environment", "must be T (test) or P (production): the world this login leads to")
    if bool(settings.key) == bool(settings.password_env):
        raise at.wrong("key", "either key (a private key file) or password_env (a variable's name) is needed")
    if settings.key_passphrase_env and not settings.key:
        raise at.wrong("key_passphrase_env", "is for a private key; there is no key")
    if _plain(settings.inbound) in (_plain(settings.outbound), _plain(settings.staging)):
        raise at.wrong("inbound", "must be another folder than outbound, or we would take in our own files")
    if (settings.after_fetch is AfterFetch.MOVE) != bool(settings.moved_to):
        raise at.wrong("moved_to", 'names the folder for after_fetch = "move", and belongs to it only')
    if settings.moved_to and _plain(settings.moved_to) == _plain(settings.inbound):
        raise at.wrong("moved_to", "must be another folder than inbound")
    _worlds(at, settings.environment, settings.host, settings.outbound, settings.staging, settings.inbound)


def _worlds(at: Table, environment: str, *places: str) -> None:
    """Refuses a test channel that leads to a place named production, and the reverse."""
    other = _WORDS.get({"T": "P", "P": "T"}.get(environment, ""), frozenset())
    for place in places:
        told = other & set(re.split(r"[^a-z0-9]+", place.lower()))
        if told:
            raise at.wrong("environment", f"is {environment}, but {place!r} says {min(told)!r}: test and production "
                                          "would mix")  # fmt: skip


def _plain(folder: str) -> str:
    return "/".join(part for part in folder.split("/") if part not in ("", "."))


def _host(at: Table) -> str:
    host = at.text("host")
    if not _HOST.fullmatch(host):
        raise at.wrong("host", "must be a host name or an address without user, port or path")
    return host


def _user(at: Table) -> str:
    user = at.text("user", longest=100)
    if not user.isprintable():
        raise at.wrong("user", "holds a character that no login has")
    return user


def _folder(at: Table, key: str, default: str | None = None) -> str:
    folder = at.text(key, default)
    if not _FOLDER.fullmatch(folder) or ".." in folder.split("/"):
        raise at.wrong(key, "must be a folder on the partner's server, with / between its parts and without ..")
    return folder


def _between(at: Table, key: str, default: int, least: int, most: int) -> int:
    value = at.number(key, default)
    if not least <= value <= most:
        raise at.wrong(key, f"must be between {least} and {most}")
    return value


def _variable(at: Table, key: str) -> str:
    name = at.text(key, "")
    if name and not _VARIABLE.fullmatch(name):
        raise at.wrong(key, "must be the name of an environment variable in capitals, not the secret itself")
    return name


def _after_fetch(at: Table) -> AfterFetch:
    try:
        return AfterFetch(at.text("after_fetch", "leave"))
    except ValueError:
        raise at.wrong("after_fetch", 'must be "leave", "delete" or "move"') from None


def _host_keys(at: Table) -> tuple[HostKey, ...]:
    several = isinstance(dict(at.items()).get("host_key"), list)
    lines = at.texts("host_key") if several else (at.text("host_key"),)
    pinned = tuple(_host_key(line) for line in lines)
    if not pinned or None in pinned:
        raise at.wrong("host_key", "must be SHA256: and 43 characters, with or without the key's algorithm before it, "
                                   "or a line of known_hosts")  # fmt: skip
    return tuple(key for key in pinned if key is not None)


def _host_key(line: str) -> HostKey | None:
    """A fingerprint, an algorithm and a fingerprint, or a line of known_hosts or of a .pub file."""
    words = line.split()
    algorithm = next((word for word in words if word in HOST_KEYS), "")
    if algorithm:
        words = words[words.index(algorithm) + 1 :]
    found = _FINGERPRINT.fullmatch(words[0]) if words else None
    if found:
        return HostKey(algorithm, f"SHA256:{found[1]}")
    return HostKey(algorithm, fingerprint(words[0])) if algorithm and words and _is_key(words[0], algorithm) else None


def fingerprint(public_key: str) -> str:
    """The SHA-256 fingerprint of a base64 public key, as ssh-keygen prints it."""
    digest = hashlib.sha256(base64.b64decode(public_key)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _is_key(text: str, algorithm: str) -> bool:
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return blob[4 : 4 + int.from_bytes(blob[:4], "big")] == algorithm.encode()
