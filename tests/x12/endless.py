"""`python -m tests.x12.endless HEAD PIECE MEGABYTES`: checks a file made while it is read, tells the peak of memory.

HEAD is the number of bytes of a valid file that come first, PIECE what follows again and again (an escaped string).
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time

from ptedi.checks import check_file
from tests.x12.bases import base


class Endless(io.RawIOBase):
    """The beginning of a valid file and then the same piece over and over, nothing of it kept."""

    def __init__(self, head: bytes, piece: bytes, total: int) -> None:
        self.head, self.left = head, total
        self.piece = piece * max(1, (1 << 20) // len(piece))

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self.head:
            head, self.head = self.head, b""
            return head
        part = self.piece[: min(size, self.left)]
        self.left -= len(part)
        return part


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(head: int, piece: bytes, megabytes: float) -> None:
    check_file(base("837"))
    before, start = _peak(), time.process_time()
    source = Endless(base("837")[:head], piece, int(megabytes * 1_000_000))
    report = check_file(source)  # type: ignore[arg-type]
    codes = sorted({finding.code for finding in report.findings})
    seconds = time.process_time() - start
    told = {"codes": codes, "findings": len(report.findings), "more": _peak() - before, "seconds": seconds}
    print(json.dumps(told | {"left": source.left}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2].encode().decode("unicode_escape").encode("latin-1"), float(sys.argv[3]))
