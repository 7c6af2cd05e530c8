"""The two folders of the clearinghouse: what the sender drops and what is left for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_UNFINISHED = (".part", ".tmp", ".temp", ".filepart", ".crdownload", ".partial", ".lock")
_COMPANIONS = (".json", ".sha256", ".manifest", ".md5")
LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dropped:
    """A finished file of the drop folder; `data` is None when it is larger than the clearinghouse takes."""

    name: str
    sha256: str
    data: bytes | None


def dropped(folder: Path) -> Iterator[Dropped]:
    """Every finished file, by name: no folders, links, hidden or temporary names, nor what accompanies a file."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        name = path.name.lower()
        if name.startswith((".", "~")) or name.endswith(_UNFINISHED + _COMPANIONS):
            continue
        if path.is_symlink() or not path.is_file():
            continue
        try:
            size = path.stat().st_size
            data = path.read_bytes() if size <= LIMIT else None
        except OSError:  # gone, or not ours to read: perhaps next time
            continue
        digest = sha256(f"{size}".encode() if data is None else data).hexdigest()
        yield Dropped(path.name, digest, data)


def leave(folder: Path, name: str, data: bytes) -> None:
    """Writes a file so that nobody ever sees half of it: temporary name, fsync, rename."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f".{name}.part"
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / name)
