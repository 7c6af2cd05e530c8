"""pyx12's opinion found by other processes while this one does its own checks; the verdict is the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO, cast

import msgspec

from ptedi.x12 import oracle
from ptedi.x12.oracle import OracleResult
from ptedi.x12.oracle_worker import decoded, receive, send

Verdict = Callable[[], OracleResult]
Opinion = Callable[[bytes], Verdict]
"""Begins to judge a file; calling what it returns waits for the verdict."""


def here(data: bytes) -> Verdict:
    """Judges in this process, when the verdict is asked for."""
    return lambda: oracle.validate(data)


@contextmanager
def beside(workers: int = 1) -> Iterator[Opinion]:
    """Judges in processes that live as long as the block; in this one where there are none or they fail.

    Each of them judges one file at a time: as many verdicts may be waited for as there are workers; what is more is
    judged here.
    """
    if (os.cpu_count() or 1) < 2:
        yield here
        return
    with ExitStack() as stack:
        started = [worker for worker in (_started() for _ in range(workers)) if worker is not None]
        for worker in started:
            stack.callback(end, worker)
        yield _Crew(started).judge


class _Crew:
    """Workers, and which of them has nothing to do."""

    def __init__(self, workers: list[subprocess.Popen[bytes]]) -> None:
        self._free = workers

    def judge(self, data: bytes) -> Verdict:
        if not self._free:
            return here(data)
        worker = self._free.pop(0)
        try:
            send(cast(BinaryIO, worker.stdin), data)
        except (OSError, ValueError):
            return here(data)  # it has died, and is asked no more
        return lambda: self._verdict(worker, data)

    def _verdict(self, worker: subprocess.Popen[bytes], data: bytes) -> OracleResult:
        try:
            answer = receive(cast(BinaryIO, worker.stdout))
            if answer is not None:
                found = decoded(answer)
                self._free.append(worker)
                return found
        except (OSError, ValueError, msgspec.MsgspecError):
            pass
        worker.kill()  # what it may still say belongs to no file any more
        return oracle.validate(data)


def _started() -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-m", "ptedi.x12.oracle_worker"]
    try:
        return subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None


def end(worker: subprocess.Popen[bytes]) -> None:
    """Ends a worker: its pipes are closed, and what does not end then is killed."""
    for stream in (worker.stdin, worker.stdout):
        with suppress(OSError):
            if stream is not None:
                stream.close()
    try:
        worker.wait(timeout=5)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
