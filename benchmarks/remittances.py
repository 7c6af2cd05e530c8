"""`python -m benchmarks.remittances`: an 835 checked, read, and laid into tables; memory on a large one.

`operations` gives the same to `python -m benchmarks`.  The file is `mix_835` (contract prices, sequestration, denials
with remarks, reversals, claim-level adjustments, interest, PLB); CPU seconds, rounds interleaved, the median counts.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.make_835 import remittance_file
from benchmarks.mix_835 import mixed_file
from ptedi import cycles
from ptedi.checks import check_file
from ptedi.reports.frames import read_835
from ptedi.reports.rows import batches
from ptedi.transactions import remittance_835


class Operation(NamedTuple):
    """What is measured, on how many bytes and claims."""

    name: str
    size: int
    claims: int
    run: Callable[[], object]


def limit(data: bytes) -> None:
    """What no reader in pure Python can undercut: every segment and element split, and forgotten."""
    for segment in data.decode("latin-1").split("~"):
        segment.split("*")


def operations(claims: int) -> list[Operation]:
    """The operations on a mixed file of about so many claims; the first is the limit."""
    data = b"".join(mixed_file(claims))
    odd = b"".join(remittance_file(claims))
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    path, other = folder / "era.835", folder / "odd.835"
    path.write_bytes(data)
    other.write_bytes(odd)

    def of(name: str, run: Callable[[], object], size: int = len(data)) -> Operation:
        return Operation(f"835-mix {name}", size, claims, run)

    return [
        of("limit: split on terminator and element", lambda: limit(data)),
        of("structure and meaning (SNIP 1-5)", lambda: check_file(data)),
        of("structure and meaning, every amount different", lambda: check_file(odd), len(odd)),
        of("into typed tables", lambda: sum(map(len, batches([path])))),
        of("into typed tables, every amount different", lambda: sum(map(len, batches([other]))), len(odd)),
        of("into frames (read_835)", lambda: read_835(path)),
        of("read into payments, as posting does", lambda: sum(1 for _ in remittance_835.read(data))),
    ]


def measure(found: list[Operation], rounds: int) -> list[float]:
    """Median CPU seconds of each."""
    cycles.look_seldom()
    seconds: list[list[float]] = [[] for _ in found]
    for _ in range(rounds):
        for operation, taken in zip(found, seconds, strict=True):
            gc.collect()
            start = time.process_time()
            operation.run()
            taken.append(time.process_time() - start)
    return list(map(statistics.median, seconds))


def show(found: list[Operation], seconds: list[float]) -> None:
    """Prints the table."""
    print(f"{'operation':<50}{'MB':>7}{'CPU s':>9}{'MB/s':>8}{'claims/s':>10}{'x limit':>9}")
    at_best = seconds[0] / found[0].size
    for one, median in zip(found, seconds, strict=True):
        print(f"{one.name:<50}{one.size / 1e6:7.2f}{median:9.3f}{one.size / 1e6 / median:8.2f}"
              f"{one.claims / median:10.0f}{median / one.size / at_best:9.2f}")  # fmt: skip


def large(megabytes: int, *, one_set: bool) -> None:
    """Checks and tabulates a large file, each in a fresh process, and prints peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.835"
        with path.open("wb") as file:
            file.writelines(mixed_file(megabytes * 1_000_000 // 541, per_set=0 if one_set else 1200))
        for what in ("check", "tables"):
            done = subprocess.run([sys.executable, "-m", "benchmarks.remittances", "--alone", what, str(path)],
                                  capture_output=True, text=True, check=True)  # fmt: skip
            kind = "one set" if one_set else "sets of 1,200 claims"
            print(f"835 {path.stat().st_size / 1e6:.0f} MB, {kind}, {what}: {done.stdout.strip()}")


def alone(what: str, path: Path) -> None:
    """One operation on one file in this process."""
    start = time.process_time()
    told = len(check_file(path).findings) if what == "check" else sum(map(len, batches([path])))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.process_time() - start:.1f} CPU s, peak {peak:.0f} MB, {told} {'findings' * (what == 'check')}")


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.remittances", description=__doc__)
    options.add_argument("--claims", type=int, default=16_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--large", type=int, metavar="MB", default=0, help="also files of this size for memory")
    options.add_argument("--alone", nargs=2, metavar=("check|tables", "FILE"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.alone:
        alone(chosen.alone[0], Path(chosen.alone[1]))
        return
    if chosen.large:
        for one_set in (False, True):
            large(chosen.large, one_set=one_set)
        return
    found = operations(chosen.claims)
    show(found, measure(found, chosen.rounds))


if __name__ == "__main__":
    main()
