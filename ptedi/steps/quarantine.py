"""What could not be read is kept whole, with the reason beside it, under a name that tells nothing about patients."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath

from ptedi.disk import write_whole
from ptedi.findings import Finding
from ptedi.steps.night import Night
from ptedi.store.files import StoredFile

REASON = ".reason.txt"


def keep(night: Night, file: StoredFile, data: bytes, reasons: Iterable[Finding | str]) -> Path:
    """Writes a file and its reason into quarantine/; the same file again writes the same."""
    suffix = PurePath(file.original_name).suffix[:8]
    path = night.workspace.folder("quarantine") / f"{file.sha256[:16]}{suffix}"
    write_whole(path, data)
    lines = [_line(reason) for reason in reasons]
    head = (f"file: {file.original_name}", f"sha256: {file.sha256}", f"received: {file.received_at:%Y-%m-%d %H:%M} UTC")
    write_whole(path.with_name(path.name + REASON), "\n".join([*head, "", *lines, ""]).encode())
    return path


def sentence(reasons: Iterable[Finding | str]) -> str:
    """The reasons, each once, as one short text for the store."""
    return " ".join(dict.fromkeys(_line(reason) for reason in reasons))[:500]


def _line(reason: Finding | str) -> str:
    if isinstance(reason, str):
        return reason
    return f"{reason.code} {reason.message}" + (f" {reason.hint}" if reason.hint else "")
