"""Logs that cannot hold patient data: one JSON line an event, only keys on the list below, only numbers, hashes, ids.

A text value passes only when it looks like an id, a count, a hash, a code or a state; whatever else is withheld.  So a
name that slips into a log call is lost in the log, not leaked by it.
"""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

KEYS = frozenset({
    "event", "timestamp", "level", "step", "seconds", "count", "counts", "service_date", "file_id", "batch_id",
    "claim_id", "payment_id", "partner_id", "kind", "state", "code", "sha256", "control_number", "error", "attempt",
})  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")


def _safe(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return {str(k): _safe(v) for k, v in value.items() if _PLAIN.fullmatch(str(k))}
    text = str(value)
    return text if _PLAIN.fullmatch(text) else "(withheld)"


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keeps the keys on the list and the values that cannot be a person's."""
    return {key: _safe(value) for key, value in event.items() if key in KEYS}


def open_log(folder: Path) -> structlog.typing.FilteringBoundLogger:
    """A logger that appends to FOLDER/ptedi.log, which only its owner reads.

    It is its own and not structlog's global one, which Airflow configures for itself in the same process.
    """
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        _Appender(folder / "ptedi.log"),
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.JSONRenderer(),
        ],
    )
    return logger


class _Appender:
    """Writes whole lines; opened for each, so that a rotated file is left alone and none stays open."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def msg(self, line: str) -> None:
        handle = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, line.encode() + b"\n")
        finally:
            os.close(handle)

    info = warning = error = critical = debug = msg
