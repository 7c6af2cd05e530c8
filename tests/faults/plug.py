"""Killing a real process at a chosen instruction, or at a moment of the clock; nothing of ours runs afterwards."""

from __future__ import annotations

import functools
import mmap
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ptedi.steps import faults
from ptedi.store.store import Store
from ptedi.x12 import oracle
from tests.faults.whole_night import STEPS

Run = Callable[[Callable[[str], None]], None]
Hit = tuple[str, str]  # the step and the point in it
Place = tuple[Hit, int]  # a pass of a point, counted from 0
KILLED, DONE = -signal.SIGKILL, 0


@contextmanager
def everywhere(hook: Callable[[str], None]) -> Iterator[None]:
    """Calls the hook at every named point, around every rename and commit, and after every sync of a file."""
    real_begin, replace, rename, sync = Store.begin, os.replace, os.rename, os.fsync

    @contextmanager
    def begin(store: Store) -> Iterator[Any]:
        with real_begin(store) as conn:
            yield conn
            hook("before commit")
        hook("committed")

    def around(call: Callable[..., None]) -> Callable[..., None]:
        def moved(*args: Any, **kwargs: Any) -> None:
            hook("before rename")
            call(*args, **kwargs)
            hook("renamed")

        return moved

    def synced(handle: int) -> None:
        sync(handle)
        hook("synced")

    Store.begin, os.replace, os.rename, os.fsync = begin, around(replace), around(rename), synced  # type: ignore
    try:
        with faults.watching(hook):
            yield
    finally:
        Store.begin, os.replace, os.rename, os.fsync = real_begin, replace, rename, sync  # type: ignore


@contextmanager
def remembered_verdicts() -> Iterator[None]:
    """pyx12 judges the same bytes once: children inherit its verdicts, and their time is spent on work of our own."""
    real = oracle.validate
    oracle.validate = functools.cache(real)
    try:
        yield
    finally:
        oracle.validate = real


def hits_of(run: Run) -> list[Hit]:
    """Every point that an undisturbed run passes, in order."""
    found: list[Hit] = []
    step = ["start"]
    with everywhere(lambda name: found.append((step[0], name))):
        run(lambda name: step.__setitem__(0, name))
    return found


@dataclass(slots=True)
class Process:
    """A forked child at work; which step it reached can be read even when it is dead."""

    pid: int
    shared: mmap.mmap

    @property
    def step(self) -> str:
        """The step that it had entered last."""
        number = self.shared[0]
        return STEPS[number - 1] if number else "start"

    def kill_after(self, seconds: float) -> int:
        """Kills it at a moment counted from its beginning; DONE when it was faster."""
        while self.shared[1] == 0:
            time.sleep(0.0002)
        time.sleep(seconds)
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> int:
        """How it ended: DONE, KILLED, or something that must not be."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def forked(run: Run, *, kill_at: Place | None = None) -> Process:
    """Runs in a child that imported everything already; at that pass of that point the child kills itself."""
    shared = mmap.mmap(-1, 16)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Process(pid, shared)
    code = 1
    try:
        shared[1] = 1
        with everywhere(_killing(shared, kill_at)):
            run(lambda name: shared.__setitem__(0, STEPS.index(name) + 1))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _killing(shared: mmap.mmap, kill_at: Place | None) -> Callable[[str], None]:
    passes = 0

    def hook(name: str) -> None:
        nonlocal passes
        if kill_at is None or kill_at[0] != (STEPS[shared[0] - 1], name):
            return
        if passes == kill_at[1]:
            os.kill(os.getpid(), signal.SIGKILL)
        passes += 1

    return hook
