"""What a stage costs: wall time, CPU of this process and of those it started, and its own peak of memory."""

from __future__ import annotations

import gc
import json
import os
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a run: `things` are visits, claims or claim payments; the peak is of the whole process."""

    name: str
    things: int
    seconds: float
    cpu_seconds: float
    peak_megabytes: float

    @property
    def per_second(self) -> float:
        """Things per second of wall time."""
        return self.things / self.seconds if self.seconds else 0.0


class Meter:
    """Measures stages one after another."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []

    @contextmanager
    def stage(self, name: str, things: int) -> Iterator[None]:
        """Measures the block; what runs in child processes counts once they have ended."""
        gc.collect()
        _reset_peak()
        wall, cpu = time.perf_counter(), cpu_seconds()
        yield
        self.stages.append(Stage(name=name, things=things, seconds=time.perf_counter() - wall,
                                 cpu_seconds=cpu_seconds() - cpu, peak_megabytes=peak_megabytes()))  # fmt: skip

    def count(self, things: int) -> None:
        """Says of how many things the last stage was, once that is known."""
        self.stages[-1] = replace(self.stages[-1], things=things)


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children, those that still live included (on Linux)."""
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used) + _living()


def _living() -> float:
    """CPU seconds of children that have not ended: helpers that stay from step to step."""
    ticks = 0
    with suppress(OSError):  # a thread or a child ends this very moment
        for task in Path("/proc/self/task").glob("*/children"):
            for child in task.read_text(encoding="ascii").split():
                after_name = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_megabytes() -> float:
    """The most memory this process held since the last reset."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _reset_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        pass  # not Linux: the peak is of the whole run so far


def total(name: str, stages: Sequence[Stage], things: int) -> Stage:
    """Several stages as one."""
    return Stage(name=name, things=things, seconds=sum(one.seconds for one in stages),
                 cpu_seconds=sum(one.cpu_seconds for one in stages),
                 peak_megabytes=max(one.peak_megabytes for one in stages))  # fmt: skip


def table(title: str, stages: Sequence[Stage], unit: str) -> str:
    """The stages as text."""
    head = f"{'stage':<44}{unit:>10}{'seconds':>9}{'CPU s':>8}{unit + '/s':>12}{'peak MB':>9}"
    rows = [f"{one.name:<44}{one.things:>10,}{one.seconds:>9.2f}{one.cpu_seconds:>8.2f}{one.per_second:>12,.0f}"
            f"{one.peak_megabytes:>9.0f}" for one in stages]  # fmt: skip
    return "\n".join((title, head, *rows))


def as_json(stages: Sequence[Stage]) -> str:
    """The stages as JSON."""
    return json.dumps([asdict(one) | {"per_second": round(one.per_second, 1)} for one in stages])


_SEGMENTS = b"SV1*HC:97110:GP*120*UN*2***1:2~" * 100_000


def pace() -> float:
    """Megabytes a second that one core splits into segments and elements in this minute.

    Other programs and other guests of its host slow a machine down: figures of different hours compare only beside it.
    """
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        for segment in _SEGMENTS.split(b"~"):
            segment.split(b"*")
        seconds.append(time.perf_counter() - start)
    return len(_SEGMENTS) / 1e6 / sorted(seconds)[3]


def machine() -> str:
    """The machine in words, and how fast it is now."""
    return f"{os.cpu_count()} cores, bytes.split on one at {pace():.0f} MB/s in this minute"
