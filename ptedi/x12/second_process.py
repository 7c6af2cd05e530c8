"""Files judged by other processes while this one goes on; the verdict is the one that this process would give."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import BinaryIO, Generic, TypeVar, cast

import msgspec

from ptedi.x12 import oracle
from ptedi.x12.oracle import OracleResult
from ptedi.x12.oracle_worker import decoded, receive, send

_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class Judgement(Generic[_Told]):
    """What another process does with a message: the module that does it there, the same done here, its answer read."""

    module: str
    here: Callable[[bytes], _Told]
    read: Callable[[bytes], _Told]


PYX12: Judgement[OracleResult] = Judgement("ptedi.x12.oracle_worker", oracle.validate, decoded)


@contextmanager
def beside(
    workers: int = 1, judgement: Judgement[_Told] = PYX12  # type: ignore[assignment]
) -> Iterator[Callable[[bytes], Callable[[], _Told]]]:  # fmt: skip
    """Judges in processes that live as long as the block; in this one where there are none or they fail.

    Each of them judges one file after another.  A verdict is begun by a call with the file, and waited for by calling
    what that returns.
    """
    if (os.cpu_count() or 1) < 2:
        yield lambda message: lambda: judgement.here(message)
        return
    with ExitStack() as stack:
        crew = _Crew(judgement)
        for process in filter(None, (_started(judgement.module) for _ in range(workers))):
            crew.workers.append(_Worker(process))
            stack.callback(crew.workers[-1].end)
        yield crew.judge


class _Worker:
    """A process, and the threads that talk to it one after another."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.talks: list[Thread] = []

    def begin(self, message: bytes, answer: list[bytes]) -> Thread:
        before = self.talks[-1] if self.talks else None
        thread = Thread(target=_talk, args=(self.process, message, answer, before), daemon=True)
        self.talks.append(thread)
        thread.start()
        return thread

    def end(self) -> None:
        """Ends it; when nobody wants its verdict any more it is killed."""
        if self.talks:
            self.process.kill()
        for thread in self.talks:
            thread.join()
        end(self.process)


class _Crew(Generic[_Told]):
    """The workers; a file goes to the one with the fewest before it."""

    def __init__(self, judgement: Judgement[_Told]) -> None:
        self.workers: list[_Worker] = []
        self._judgement = judgement

    def judge(self, message: bytes) -> Callable[[], _Told]:
        if not self.workers:
            return lambda: self._judgement.here(message)
        worker, answer = min(self.workers, key=lambda one: len(one.talks)), list[bytes]()
        thread = worker.begin(message, answer)
        return lambda: self._told(worker, thread, message, answer)

    def _told(self, worker: _Worker, thread: Thread, message: bytes, answer: list[bytes]) -> _Told:
        thread.join()
        worker.talks.remove(thread)
        with suppress(msgspec.MsgspecError):
            if answer and worker in self.workers:
                return self._judgement.read(answer[0])
        worker.process.kill()  # what it may still say belongs to no file any more
        if worker in self.workers:
            self.workers.remove(worker)
        return self._judgement.here(message)


def _talk(worker: subprocess.Popen[bytes], message: bytes, answer: list[bytes], before: Thread | None) -> None:
    if before is not None:
        before.join()
    with suppress(OSError, ValueError):
        send(cast(BinaryIO, worker.stdin), message)
        found = receive(cast(BinaryIO, worker.stdout))
        if found is not None:
            answer.append(found)


def _started(module: str) -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-m", module]
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
