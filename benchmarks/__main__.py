"""`python -m benchmarks`: the figures of the README.

Every operation runs once a round, the rounds interleave all operations, and the median of the CPU seconds counts, so
that a busy minute of the machine touches all alike.  Ratios matter more than the numbers.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.make_835 import remittance_file
from benchmarks.make_837p import Mix, claims_file
from benchmarks.remittances import operations
from ptedi import cycles
from ptedi.checks import check_file, check_files
from ptedi.reports.rows import batches
from ptedi.submissions.batch import Batch, Envelope
from ptedi.transactions import claim_837p, remittance_835
from ptedi.x12.oracle import validate_at_length
from ptedi.x12.reader import read
from ptedi.x12.structure import check


@dataclass
class Case:
    """One operation on one file; `unit` things are counted besides bytes."""

    name: str
    size: int
    things: int
    run: Callable[[], object]
    slow: bool = False
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median CPU seconds."""
        return statistics.median(self.seconds)


def cases(claims: int, small: int) -> list[Case]:
    """All operations on a file of `claims` claims, the slow ones on `small` claims."""
    claim, remittance = b"".join(claims_file(claims, mix=Mix.PRACTICE)), b"".join(remittance_file(claims))
    plain = b"".join(claims_file(claims))
    few_claims, few_remittances = b"".join(claims_file(small, mix=Mix.PRACTICE)), b"".join(remittance_file(small))
    found: list[Case] = []
    files = (("837P", claim, few_claims), ("837P-plain", plain, b"".join(claims_file(small))),
             ("835", remittance, few_remittances))  # fmt: skip
    for name, data, few in files:
        found += _limits(name, data, claims) + _structure(name, data, claims) + _meaning(name, data, claims)
        found += _pyx12(name, few, small)
    found += [_written("837P", claim), _written("837P-plain", plain), *_objects(claim, remittance, claims)]
    return found + [Case(*operation) for operation in operations(claims)]


def _limits(name: str, data: bytes, claims: int) -> list[Case]:
    def both() -> None:
        for segment in data.decode("latin-1").split("~"):
            segment.split("*")

    return [
        Case(f"{name} limit: split on the terminator", len(data), claims, lambda: data.split(b"~")),
        Case(f"{name} limit: split on terminator and element", len(data), claims, both),
    ]


def _structure(name: str, data: bytes, claims: int) -> list[Case]:
    return [
        Case(f"{name} read into segments", len(data), claims, lambda: sum(1 for _ in read(data))),
        Case(f"{name} structure (SNIP 1-2)", len(data), claims, lambda: check(data)),
    ]


def _meaning(name: str, data: bytes, claims: int) -> list[Case]:
    return [Case(f"{name} structure and meaning (SNIP 1-5)", len(data), claims, lambda: check_file(data))]


def _pyx12(name: str, data: bytes, claims: int) -> list[Case]:
    return [
        Case(f"{name} pyx12 validation, small file", len(data), claims, lambda: validate_at_length(data), slow=True),
        Case(f"{name} structure, the same small file", len(data), claims, lambda: check(data), slow=True),
    ]


def _written(name: str, data: bytes) -> Case:
    objects = tuple(one for part in claim_837p.read_batches(data) for one in part.claims)
    envelope = Envelope(
        sender_id="BENCHSUB", receiver_id="BENCHCH", application_sender="BENCHSUB", application_receiver="BENCHCH",
        submitter_name="EXAMPLE PT GROUP", submitter_id="BENCHSUB", contact_name="EDI DESK", phone="5555550100",
        receiver_name="EXAMPLE CLEARINGHOUSE", receiver_identifier="BENCHCH", interchange_control_number=1,
        group_control_number=1, batch_reference="BENCH1", created=datetime(2026, 11, 5, 21, 30, tzinfo=UTC),
    )  # fmt: skip
    batch = Batch(envelope=envelope, claims=objects)
    return Case(f"{name} written from claim objects", len(data), len(objects), lambda: claim_837p.write(batch))


def _objects(claim: bytes, remittance: bytes, claims: int) -> list[Case]:
    return [
        Case("837P read into claim objects", len(claim), claims, lambda: claim_837p.read_batches(claim)),
        Case("835 read into payments", len(remittance), claims,
             lambda: sum(1 for _ in remittance_835.read(remittance))),
        *_tables(remittance, claims),
    ]  # fmt: skip


def _tables(remittance: bytes, claims: int) -> list[Case]:
    """Typed tables (exact amounts, dates), claims balanced on the way; from disk, for a file is what they come from."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    path = folder / "era.835"
    path.write_bytes(remittance)
    return [
        Case("835 read in pieces, records only", len(remittance), claims,
             lambda: sum(len(part.claims) for part in remittance_835.parts(remittance))),
        Case("835 into typed tables", len(remittance), claims, lambda: sum(len(batch) for batch in batches([path]))),
    ]  # fmt: skip


def measure(found: list[Case], rounds: int) -> None:
    """Runs all cases round by round; the slow ones at most three times."""
    cycles.look_seldom()
    for number in range(rounds):
        for case in found:
            if case.slow and number >= 3:
                continue
            gc.collect()
            start = time.process_time()
            case.run()
            case.seconds.append(time.process_time() - start)


def show(found: list[Case]) -> list[dict[str, object]]:
    """Prints the table; distance to the limit is how many times slower than the split of the same set."""
    rows = []
    table = Table(title="Median CPU of interleaved runs; split: slower than bytes.split on terminator and element")
    table.add_column("operation", no_wrap=True)
    for column in ("MB", "CPU s", "MB/s", "claims/s", "x slower than split", "x faster than pyx12"):
        table.add_column(column, justify="right")
    for case in found:
        set_id = case.name.split()[0]
        speed = case.size / 1e6 / case.median
        limit = _speed(found, f"{set_id} limit: split on terminator and element")
        peer = _speed(found, f"{set_id} pyx12 validation, small file", f"{set_id[:3]} pyx12 validation, small file")
        row = {
            "operation": case.name, "megabytes": round(case.size / 1e6, 2), "seconds": round(case.median, 4),
            "megabytes_per_second": round(speed, 2), "claims_per_second": round(case.things / case.median),
            "times_slower_than_limit": round(limit / speed, 2), "times_faster_than_pyx12": round(speed / peer, 1),
        }  # fmt: skip
        rows.append(row)
        table.add_row(case.name, f"{case.size / 1e6:.2f}", f"{case.median:.3f}", f"{speed:.2f}",
                      f"{case.things / case.median:,.0f}", f"{limit / speed:.1f}", f"{speed / peer:.1f}")  # fmt: skip
    Console(width=132).print(table)
    return rows


def _speed(found: Iterable[Case], *names: str) -> float:
    """Megabytes a second of the first of these cases that there is."""
    speeds = {case.name: case.size / 1e6 / case.median for case in found if case.name in names}
    return next((speeds[name] for name in names if name in speeds), float("nan"))


# --- memory and processes ---------------------------------------------------------------------------------------------


def large(megabytes: int, *, one_set: bool) -> None:
    """Checks a large file from disk in a fresh process and prints its peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.edi"
        claims = megabytes * 1_000_000 // 620
        with path.open("wb") as file:
            file.writelines(claims_file(claims, per_set=0 if one_set else 5000, mix=Mix.PRACTICE))
        done = subprocess.run([sys.executable, "-m", "benchmarks.memory", str(path)], capture_output=True,
                              text=True, check=True)  # fmt: skip
        what = "one set" if one_set else "sets of 5,000 claims"
        print(f"837P {path.stat().st_size / 1e6:.0f} MB, {what}: {done.stdout.strip()}")


def processes(claims: int, rounds: int) -> dict[str, float]:
    """The sets of one file, checked by one and by two processes (wall clock, the best of several rounds each).

    Wall clock needs two idle processors; the CPU seconds beside it show what cutting costs whatever else runs.
    """
    found: dict[str, list[float]] = {"one": [], "two": [], "cpu_one": [], "cpu_two": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sets.837"
        with path.open("wb") as file:
            file.writelines(claims_file(claims, per_set=max(1, claims // 8), mix=Mix.PRACTICE))
        for _ in range(rounds):
            for name, jobs in (("one", 1), ("two", 2)):
                start, before = time.perf_counter(), os.times()
                list(check_files([path], jobs=jobs))
                found[name].append(time.perf_counter() - start)
                found[f"cpu_{name}"].append(sum(os.times()[:4]) - sum(before[:4]))
        size = path.stat().st_size / 1e6
    best = {name: min(seconds) for name, seconds in found.items()}
    best["times"] = best["one"] / best["two"]
    print(f"837P {size:.1f} MB with 8 sets: one process {best['one']:.2f} s ({best['cpu_one']:.2f} s CPU), two "
          f"{best['two']:.2f} s ({best['cpu_two']:.2f} s CPU): {best['times']:.2f} times "
          f"({os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f})")  # fmt: skip
    return best


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--claims", type=int, default=16_000, help="claims in the large files (16,000 are 10 MB)")
    options.add_argument("--small", type=int, default=400, help="claims in the file pyx12 gets")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--large", type=int, metavar="MB", default=0, help="also check files of this size for memory")
    options.add_argument("--json", type=Path, help="also write the table here")
    chosen = options.parse_args()
    found = cases(chosen.claims, chosen.small)
    measure(found, chosen.rounds)
    rows = show(found)
    two = processes(chosen.claims * 10, min(chosen.rounds, 3))
    for one_set in (False, True) if chosen.large else ():
        large(chosen.large, one_set=one_set)
    if chosen.json:
        chosen.json.write_text(json.dumps({"operations": rows, "processes": two}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
