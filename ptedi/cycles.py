"""How often Python looks for objects that hold each other: much is made here, and next to nothing in circles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_OBJECTS = 100_000  # made between two looks; Python's own 700 costs a fifth of the time of a long file
_IN_A_STEP = 1_000_000  # most objects of a step are gone before: a twentieth less time again
_LOCK = Lock()
_steps = 0
_before = (0, 0, 0)


def look_seldom() -> None:
    """For the rest of this process; what there is by now is never looked at again."""
    gc.freeze()
    gc.set_threshold(_OBJECTS, 50, 50)


@contextmanager
def left_alone() -> Iterator[None]:
    """For a step of the night; where looking is switched off it stays so.

    Steps may run in several threads at once: the last to end restores what was before the first.
    """
    global _steps, _before  # noqa: PLW0603 - the threshold is the process's, too
    with _LOCK:
        if _steps == 0:
            _before = gc.get_threshold()
            gc.set_threshold(max(_before[0], _IN_A_STEP) if _before[0] else 0, *_before[1:])
        _steps += 1
    try:
        yield
    finally:
        with _LOCK:
            _steps -= 1
            if _steps == 0:
                gc.set_threshold(*_before)
