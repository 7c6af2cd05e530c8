"""How often Python looks for objects that hold each other: much is made here, and next to nothing in circles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 100_000  # made between two looks; Python's own 700 costs a fifth of the time of a long file
_IN_A_STEP = 1_000_000  # most objects of a step are gone before: a twentieth less time again


def look_seldom() -> None:
    """For the rest of this process; what there is by now is never looked at again."""
    gc.freeze()
    gc.set_threshold(_OBJECTS, 50, 50)


@contextmanager
def left_alone() -> Iterator[None]:
    """For a step of the night, in whatever process; where looking is switched off it stays so."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _IN_A_STEP) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
