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

    Each of them judges one file at a time: as many verdicts may be waited for as there are workers; what is more is
    judged here.  A verdict is begun by a call with the file, and waited for by calling what that returns.
    """
    if (os.cpu_count() or 1) < 2:
        yield lambda message: lambda: judgement.here(message)
        return
    with ExitStack() as stack:
        crew = _Crew(judgement)
        for worker in filter(None, (_started(judgement.module) for _ in range(workers))):
            stack.callback(crew.end, worker)
            crew.free.append(worker)
        yield crew.judge


class _Crew(Generic[_Told]):
    """Workers, which of them has nothing to do, and who listens to the others."""

    def __init__(self, judgement: Judgement[_Told]) -> None:
        self.free: list[subprocess.Popen[bytes]] = []
        self._judgement = judgement
        self._listening: dict[int, Thread] = {}

    def judge(self, message: bytes) -> Callable[[], _Told]:
        if not self.free:
            return lambda: self._judgement.here(message)
        worker, answer = self.free.pop(0), list[bytes]()
        self._listening[worker.pid] = thread = Thread(target=_talk, args=(worker, message, answer), daemon=True)
        thread.start()
        return lambda: self._told(worker, message, answer)

    def _told(self, worker: subprocess.Popen[bytes], message: bytes, answer: list[bytes]) -> _Told:
        self._listening.pop(worker.pid).join()
        with suppress(msgspec.MsgspecError):
            if answer:
                found = self._judgement.read(answer[0])
                self.free.append(worker)
                return found
        worker.kill()  # what it may still say belongs to no file any more
        return self._judgement.here(message)

    def end(self, worker: subprocess.Popen[bytes]) -> None:
        """Ends a worker; one whose verdict nobody wants any more is killed."""
        thread = self._listening.pop(worker.pid, None)
        if thread is not None:
            worker.kill()
            thread.join()
        end(worker)


def _talk(worker: subprocess.Popen[bytes], message: bytes, answer: list[bytes]) -> None:
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
