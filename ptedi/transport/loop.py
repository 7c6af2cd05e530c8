"""Coroutines run from plain code: one event loop in a thread of its own, so that the caller may have a loop himself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")


class Loop:
    """An event loop that starts at first use and ends with `close`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def here(self) -> bool:
        """Whether the caller is inside this very loop and so must not wait for it."""
        return threading.current_thread() is self._thread

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Runs a coroutine to its end and gives its result; an interrupted caller takes it along."""
        if self._loop is None:
            self._start()
        assert self._loop is not None  # noqa: S101 - just started
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def abandon(self, last: Callable[[], None]) -> None:
        """Has the loop do one last thing and end, without waiting for either.

        For finalizers: the garbage collector may run in the middle of anything, for example while its thread holds the
        lock of a log handler that the loop's thread needs to end; waiting there would wait for ever.
        """
        loop, self._loop, self._thread = self._loop, None, None
        if loop is None:
            return
        with suppress(RuntimeError):  # it has ended already
            loop.call_soon_threadsafe(last)
            loop.call_soon_threadsafe(loop.stop)

    def close(self) -> None:
        """Ends the loop and its thread."""
        if self._loop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        if not self.here:
            self._thread.join()
        self._loop = self._thread = None

    def _start(self) -> None:
        loop = asyncio.new_event_loop()
        self._loop, self._thread = loop, threading.Thread(target=_serve, args=(loop,), name="sftp", daemon=True)
        self._thread.start()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
        loop.run_until_complete(_tidy())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


async def _tidy() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
