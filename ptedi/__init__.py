"""ptedi: from captured physical-therapy charges to posted remittances, and back to the person who must act."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ptedi.reports.frames import read_835
    from ptedi.reports.practice.frames import PracticeFrames

__all__ = ["frames", "read_835"]
__version__ = "0.1.0"


def frames(workspace: str | Path) -> PracticeFrames:
    """Reads a workspace into pandas frames, all of one moment: claims, lines, payments, postings, work and the like.

    Args:
        workspace: its folder.

    Raises:
        ConfigurationError: the folder is no workspace.
    """
    # by name: this package stands below its steps, which bring pandas
    made: PracticeFrames = import_module("ptedi.steps.reporting").frames(workspace)
    return made


def __getattr__(name: str) -> object:
    """`ptedi.read_835`, which brings pandas, is imported when it is first asked for."""
    if name == "read_835":
        from ptedi.reports.frames import read_835  # noqa: PLC0415

        return read_835
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
