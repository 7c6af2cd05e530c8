"""ptedi: from captured physical-therapy charges to posted remittances, and back to the person who must act."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptedi.reports.frames import read_835
    from ptedi.steps.reporting import frames

__all__ = ["frames", "read_835"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`ptedi.read_835` and `ptedi.frames`, which bring pandas, are imported when they are first asked for."""
    if name == "read_835":
        from ptedi.reports.frames import read_835  # noqa: PLC0415

        return read_835
    if name == "frames":
        from ptedi.steps.reporting import frames  # noqa: PLC0415

        return frames
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
