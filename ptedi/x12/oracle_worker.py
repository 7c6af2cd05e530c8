"""`python -m ptedi.x12.oracle_worker`: pyx12 in a process of its own; files come in by the pipe, verdicts go out.

It ends when its pipe ends, and on Linux with the process that started it, however that one dies.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO, NoReturn

import msgspec

from ptedi import cycles
from ptedi.x12.oracle import OracleResult, validate

LENGTH = 8  # bytes before each message: its length, big-endian
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def send(stream: BinaryIO, message: bytes) -> None:
    """Writes a message with its length before it."""
    stream.write(len(message).to_bytes(LENGTH, "big"))
    stream.write(message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Reads a message; None when the pipe has ended."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        return None
    size = int.from_bytes(head, "big")
    message = stream.read(size)
    return message if len(message) == size else None


def die_with_parent() -> bool:
    """Lets the system end this process with the one that started it; False when that one is dead already."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    return os.getppid() == parent  # it may have died before it could be watched


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Answers messages until the pipe ends."""
    if not die_with_parent():
        return
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    cycles.look_seldom()
    with cycles.left_alone():
        while (message := receive(sys.stdin.buffer)) is not None:
            send(answers, answer(message))


def leave() -> NoReturn:
    """Ends this process at once: who closed the pipe waits for it, and the system clears up faster than Python does."""
    os._exit(0)


def decoded(answer: bytes) -> OracleResult:
    """The verdict of an answer."""
    return msgspec.json.decode(answer, type=OracleResult)


if __name__ == "__main__":
    serve(lambda data: msgspec.json.encode(validate(data)))
    leave()
