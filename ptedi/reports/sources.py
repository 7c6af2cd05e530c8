"""The files meant by paths, folders and patterns."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from ptedi.disk import is_temporary

Paths = str | Path | Iterable[str | Path]


def expand(paths: Paths, *, recursive: bool = False) -> list[Path]:
    """The files meant, each once, in the order of the paths and by name within a folder or pattern.

    Args:
        paths: one or several files, folders or patterns (`eras/*.835`); what matches nothing is kept as it is.
        recursive: whether the folders below a folder count too.
    """
    named = [paths] if isinstance(paths, str | Path) else paths
    return list(dict.fromkeys(file for path in named for file in _meant(Path(path), recursive)))


def _meant(path: Path, recursive: bool) -> Iterator[Path]:
    if path.is_dir():
        inside = path.rglob("*") if recursive else path.iterdir()
        yield from sorted(file for file in inside if file.is_file() and not is_temporary(file.name))
        return
    found = [] if path.exists() else sorted(glob.glob(str(path), recursive=recursive))
    if not found:
        yield path
    for one in map(Path, found):
        yield from _meant(one, recursive) if one.is_dir() else (one,)


def sha256(path: Path) -> str:
    """The hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
