"""The inbox: which file belongs to whom, by its content."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ptedi import intake
from ptedi.steps.bank import is_bank
from ptedi.steps.night import Night
from ptedi.transport import settled_files

_BLANK = b" \t\r\n\xef\xbb\xbf\x00"
_SHEET = re.compile(rb"[^\r\n]*visit[_ ]?id", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A settled file in the inbox."""

    path: Path
    data: bytes


def holds_charges(name: str, data: bytes) -> bool:
    """Whether a file is for the reader of charges: HL7 and FHIR by content, CSV and XML by name or first line."""
    start = data[:4096].lstrip(_BLANK)
    if start[:3] == b"ISA" or is_bank(data):
        return False
    if intake.recognise(data):
        return True
    return name.lower().endswith((".csv", ".xml")) or start[:1] == b"<" or bool(_SHEET.match(start))


def charge_files(night: Night) -> list[Waiting]:
    """The settled charge files of the inbox, by name; everything else there is for `collect_inbound`."""
    found = []
    for path in settled_files(night.workspace.folder("inbox")):
        data = content(path)
        if data is not None and holds_charges(path.name, data):
            found.append(Waiting(path=path, data=data))
    return found


def content(path: Path) -> bytes | None:
    """What a file of our folders holds; None when another step has taken it in since the folder was listed."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None


def left_alone(folder: Path) -> int:
    """How many things lie in a folder that are never read: folders, links, pipes, devices, hidden files."""
    if not folder.is_dir():
        return 0
    with os.scandir(folder) as entries:
        return sum(entry.name.startswith(".") or not entry.is_file(follow_symlinks=False) for entry in entries)


def clear(path: Path, data: bytes) -> bool:
    """Deletes a file that is archived, unless another file has taken its name meanwhile: that one is read next time.

    One that cannot be deleted is known by its content and left.  Returns whether it is out of the way.
    """
    if content(path) != data:
        return True
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
