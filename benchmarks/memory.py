"""`python -m benchmarks.memory FILE`: `check_file` on one file, CPU seconds and peak memory of this process.

`python -m benchmarks.memory --make MB`: makes files of this size of the practice mix (sets of 5,000 claims; one set;
and one set in which every line is in error) and measures each in a process of its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.make_837p import Mix, claims_file
from ptedi.checks import check_file

CLAIM = 655  # bytes


def make(megabytes: int) -> None:
    """Makes the files one after the other and prints what each takes."""
    claims = megabytes * 1_000_000 // CLAIM
    for what, per_set, faulty in (("sets of 5,000", 5_000, False), ("one set", 0, False), ("all faulty", 0, True)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "large.837"
            with path.open("wb") as file:
                for piece in claims_file(claims, per_set=per_set, mix=Mix.PRACTICE):
                    file.write(piece.replace(b"*UN*1*", b"*UN*0*").replace(b"*UN*2*", b"*UN*0*") if faulty else piece)
            done = subprocess.run([sys.executable, "-m", "benchmarks.memory", str(path)], capture_output=True,
                                  text=True, check=True)  # fmt: skip
            print(f"837P {path.stat().st_size / 1e6:.0f} MB, {what}: {done.stdout.strip()}", flush=True)


def measure(path: Path) -> None:
    """Checks one file."""
    start = time.process_time()
    report = check_file(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.process_time() - start:.1f} CPU s, peak {peak:.0f} MB, {report.verdict}, "
          f"{len(report.findings)} findings")  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "--make":
        make(int(sys.argv[2]))
    else:
        measure(Path(sys.argv[1]))
