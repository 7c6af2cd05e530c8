"""Named points at which tests pull the plug; in production they do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_hook: Callable[[str], None] | None = None


def point(name: str) -> None:
    """A moment between two instructions that matter; the test's hook may raise or kill here."""
    if _hook is not None:
        _hook(name)


@contextmanager
def watching(hook: Callable[[str], None]) -> Iterator[None]:
    """Calls the hook at every point inside the block (tests only)."""
    global _hook  # noqa: PLW0603 - one plug for the whole process
    before, _hook = _hook, hook
    try:
        yield
    finally:
        _hook = before
