"""How far a night is, told from the log of its steps: whichever process runs it, the log is the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ptedi.steps.night import Night

_TAIL = 256 * 1024  # bytes of the log that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step that ended: which, when, how long it took, what it counted, and the kind of its failure if it failed."""

    step: str
    at: datetime
    seconds: float
    counts: tuple[tuple[str, int], ...] = ()
    failed: str = ""


def steps_done(night: Night, *, limit: int = 40) -> list[StepDone]:
    """The newest steps that ended, the newest first; a log line that cannot be read is passed over."""
    path = night.workspace.folder("logs") / "ptedi.log"
    try:
        with path.open("rb") as log:
            log.seek(max(path.stat().st_size - _TAIL, 0))
            lines = log.read().splitlines()
    except OSError:
        return []
    found: list[StepDone] = []
    for line in reversed(lines):
        one = _read(line)
        if one is not None:
            found.append(one)
        if len(found) == limit:
            break
    return found


def _read(line: bytes) -> StepDone | None:
    try:
        told: dict[str, Any] = json.loads(line)
        if told.get("event") not in ("done", "failed") or "step" not in told:
            return None
        counts = told.get("counts") or {}
        return StepDone(
            step=str(told["step"]), at=datetime.fromisoformat(told["timestamp"]).astimezone(UTC),
            seconds=float(told.get("seconds") or 0), failed=str(told.get("error") or "?") if told["event"] == "failed"
            else "", counts=tuple((str(k), int(v)) for k, v in counts.items() if isinstance(v, int) and v),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
