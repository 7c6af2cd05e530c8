"""pyx12's opinion found by a second process while the first one does its own checks; the verdict is the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
def beside() -> Iterator[Opinion]:
    """Judges in a process that lives as long as the block; in this one where there is none or it fails."""
    if (os.cpu_count() or 1) < 2:
        yield here
        return
    worker = _started()
    try:
        yield here if worker is None else _opinion_of(worker)
    finally:
        if worker is not None:
            _end(worker)


def _started() -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-m", "ptedi.x12.oracle_worker"]
    try:
        return subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None


def _opinion_of(worker: subprocess.Popen[bytes]) -> Opinion:
    def judge(data: bytes) -> Verdict:
        try:
            send(cast(BinaryIO, worker.stdin), data)
        except (OSError, ValueError):
            return here(data)
        return lambda: _answer(worker, data)

    return judge


def _answer(worker: subprocess.Popen[bytes], data: bytes) -> OracleResult:
    try:
        answer = receive(cast(BinaryIO, worker.stdout))
        if answer is not None:
            return decoded(answer)
    except (OSError, ValueError, msgspec.MsgspecError):
        pass
    worker.kill()  # what it may still say belongs to no file any more
    return oracle.validate(data)


def _end(worker: subprocess.Popen[bytes]) -> None:
    for stream in (worker.stdin, worker.stdout):
        with suppress(OSError):
            if stream is not None:
                stream.close()
    try:
        worker.wait(timeout=5)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
