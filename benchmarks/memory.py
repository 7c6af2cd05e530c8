"""`python -m benchmarks.memory FILE`: structure check of one file, CPU seconds and peak memory of this process."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from ptedi.x12.structure import check


def main() -> None:
    start = time.process_time()
    with Path(sys.argv[1]).open("rb") as file:
        report = check(file)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.process_time() - start:.1f} CPU s, peak {peak:.0f} MB, {len(report.findings)} findings")


if __name__ == "__main__":
    main()
