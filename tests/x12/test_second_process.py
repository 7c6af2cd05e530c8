"""pyx12 beside us: the same verdicts, whatever becomes of the other process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest

from benchmarks.make_837p import claims_file
from ptedi.x12 import oracle, second_process
from ptedi.x12.oracle import OracleResult
from ptedi.x12.second_process import Judgement, beside

GOOD = b"".join(claims_file(3))
BAD = GOOD.replace(b"~CLM*", b"~CLM**", 1)


def test_the_verdict_is_the_same_beside_and_here() -> None:
    with beside() as opinion:
        for data in (GOOD, BAD, b"", GOOD):
            assert opinion(data)() == oracle.validate(data)


def test_a_second_process_that_dies_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    start = second_process._started

    def remembered(module: str) -> subprocess.Popen[bytes] | None:
        started.append(start(module))
        return started[-1]

    monkeypatch.setattr(second_process, "_started", remembered)
    monkeypatch.setattr(second_process.os, "cpu_count", lambda: 2)
    with beside() as opinion:
        verdict = opinion(GOOD)
        started[0].kill()
        assert verdict().ok
        assert not opinion(BAD)().ok
    assert started[0].poll() is not None


def test_a_worker_judges_one_file_after_another() -> None:
    with beside() as opinion:
        verdicts = [opinion(data) for data in (GOOD, BAD, GOOD, b"")]
        assert [one().ok for one in reversed(verdicts)] == [False, True, False, True]


def test_of_a_worker_that_dies_every_file_is_judged_here(monkeypatch: pytest.MonkeyPatch) -> None:
    started, start = list[subprocess.Popen[bytes] | None](), second_process._started
    monkeypatch.setattr(second_process, "_started", lambda module: started.append(start(module)) or started[-1])
    monkeypatch.setattr(second_process.os, "cpu_count", lambda: 2)
    with beside() as opinion:
        verdicts = [opinion(data) for data in (GOOD, BAD, GOOD)]
        assert started[0] is not None
        started[0].kill()
        assert [one().ok for one in verdicts] == [True, False, True]
        assert opinion(GOOD)().ok


def test_of_a_worker_that_once_told_nonsense_no_other_verdict_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    receive, both, told, here = second_process.receive, threading.Event(), list[bytes | None](), list[bytes]()

    def received(stream: BinaryIO) -> bytes | None:
        told.append(receive(stream))
        if len(told) == 2:
            both.set()
        return told[-1]

    def read(answer: bytes) -> OracleResult:
        assert both.wait(60)
        if answer is told[0]:
            raise msgspec.DecodeError
        return OracleResult(ok=True)

    def judged_here(data: bytes) -> OracleResult:
        here.append(data)
        return oracle.validate(data)

    monkeypatch.setattr(second_process, "receive", received)
    monkeypatch.setattr(second_process.os, "cpu_count", lambda: 2)
    with beside(1, Judgement("ptedi.x12.oracle_worker", judged_here, read)) as opinion:
        verdicts = [opinion(data) for data in (GOOD, BAD)]
        assert [one().ok for one in verdicts] == [True, False]
    assert here == [GOOD, BAD]


def test_a_verdict_that_nobody_waits_for_holds_nobody_up() -> None:
    with beside() as opinion:
        opinion(b"".join(claims_file(300)))


def test_the_second_process_dies_with_the_first(tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "os.cpu_count = lambda: 2\n"
        "from ptedi.x12 import second_process\n"
        "start = second_process._started\n"
        "def told(module):\n    worker = start(module)\n    print(worker.pid, flush=True)\n    return worker\n"
        "second_process._started = told\n"
        "with second_process.beside():\n    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert _gone(child)


def _gone(pid: int) -> bool:
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
            if state == "Z":
                return True
            os.kill(pid, 0)
        except OSError:
            return True
        time.sleep(0.05)
    return False
