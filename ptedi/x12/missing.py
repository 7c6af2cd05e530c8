"""A required child a loop went past."""

from __future__ import annotations

from dataclasses import dataclass

from ptedi.x12.loops import Child, Loop


@dataclass(slots=True)
class Missed:
    """A required child passed over: told when its loop ends, unless it comes after all."""

    depth: int
    loop: Loop
    child: Child
    index: int
    offset: int
