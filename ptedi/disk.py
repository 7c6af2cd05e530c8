"""Files written whole or not at all, private, and still there after a power cut."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

_UNFIT = re.compile(r"[^A-Za-z0-9._ ()+-]")
_OURS = re.compile(r"\..*\.\d+\.[0-9a-f]{8}\.tmp", re.DOTALL)
DAY = 86_400.0
_TEMPORARY = re.compile(r"\..*|.*(?:\.tmp|\.part|\.partial|\.filepart|\.crdownload|~)", re.IGNORECASE | re.DOTALL)


def write_whole(path: Path, data: bytes) -> None:
    """Writes under a temporary name, syncs, renames, syncs the folder; an older file of that name is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name[:80]}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    write_synced(temporary, data)
    temporary.replace(path)
    sync_folder(path.parent)


def sweep(folder: Path, *, older_than: float = DAY) -> int:
    """Takes away what processes that died left half written, below a folder; how many files that were."""
    horizon, gone = time.time() - older_than, 0
    for path in folder.rglob(".*.tmp"):
        with suppress(OSError):
            if _OURS.fullmatch(path.name) and path.lstat().st_mtime < horizon:
                path.unlink()
                gone += 1
    return gone


def write_synced(path: Path, data: bytes) -> None:
    """Writes a file that was not there (0600) and syncs it; what could not be written whole is taken away.

    Raises:
        FileExistsError: there is a file of that name.
    """
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Makes renames inside a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clean_name(name: str) -> str:
    """A partner's file name made harmless for people's eyes and our columns; never used as a path."""
    return _UNFIT.sub("_", name)[-255:] or "unnamed"


def is_temporary(name: str) -> bool:
    """Whether a name is one that programs give to a file they have not finished."""
    return bool(_TEMPORARY.fullmatch(name))
