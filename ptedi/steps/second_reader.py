"""What others than its writer say of a file before it may leave: our own check of all of it, and pyx12.

`python -m ptedi.steps.second_reader`: the same in a process of its own; files come in by the pipe, verdicts go out.  It
reads nothing but the file, and ends with the process that started it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import msgspec

from ptedi import checks
from ptedi.findings import Finding, Severity
from ptedi.x12 import oracle, second_process
from ptedi.x12.oracle import OracleResult
from ptedi.x12.oracle_worker import leave, serve
from ptedi.x12.second_process import Judgement


@dataclass(frozen=True, slots=True)
class Read:
    """What is said against a file: by our own check, and by pyx12 of the file it was given."""

    ours: tuple[Finding, ...]
    theirs: OracleResult


@dataclass(frozen=True, slots=True)
class _Files:
    """A file, and the one with some of its claims for pyx12; None: the same."""

    data: bytes
    theirs: bytes | None


Opinion = Callable[[bytes, bytes], Callable[[], Read]]
"""Begins to read a file and pyx12's part of it; calling what it returns waits for what is said."""


def here(data: bytes, theirs: bytes) -> Callable[[], Read]:
    """Reads in this process, when the verdict is asked for."""
    return lambda: Read(ours(data), oracle.validate(theirs))


@contextmanager
def beside(workers: int) -> Iterator[Opinion]:
    """Reads in so many processes beside this one."""
    with second_process.beside(workers, _BESIDE) as judge:
        yield lambda data, theirs: judge(msgspec.msgpack.encode(_Files(data, None if theirs is data else theirs)))


def ours(data: bytes) -> tuple[Finding, ...]:
    """What our own check says against the file."""
    found = checks.check_file(data, errors_only=True).findings
    return tuple(one for one in found if one.severity is Severity.ERROR)


def _read(message: bytes) -> Read:
    files = msgspec.msgpack.decode(message, type=_Files)
    return here(files.data, files.data if files.theirs is None else files.theirs)()


_BESIDE: Judgement[Read] = Judgement("ptedi.steps.second_reader", _read, partial(msgspec.msgpack.decode, type=Read))


if __name__ == "__main__":
    serve(lambda message: msgspec.msgpack.encode(_read(message)))
    leave()
