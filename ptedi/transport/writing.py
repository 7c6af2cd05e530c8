"""Whether somebody has a file open for writing, however long he pauses: a fact of the kernel, not of the clock.

Linux grants a read lease on a file only while nobody has it open for writing.  It is given back at once; a writer who
comes in between waits for that moment and notices nothing.  Where that cannot be asked (another system, a file of
another user, a network file system, which refuses leases for reasons of its own) the answer is no, and size and time
must tell.
"""

from __future__ import annotations

import errno
import os
import signal
from functools import cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system
    _ASKS = False
else:
    _ASKS = hasattr(fcntl, "F_SETLEASE") and hasattr(fcntl, "F_SETSIG")

_LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "f2fs", "tmpfs", "overlay"})


def being_written(path: Path) -> bool:
    """Whether it is known that somebody has a file open for writing."""
    if not _ASKS:
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return _kind_of(os.fstat(handle).st_dev) in _LOCAL and _refused(handle)
    finally:
        os.close(handle)


def _refused(handle: int) -> bool:
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # who wants to write meanwhile: a signal that is ignored
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as problem:
        return problem.errno == errno.EAGAIN
    return False


@cache
def _kind_of(device: int) -> str:
    """The kind of file system on a device, "" when that is not told."""
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        mount, _, kind = line.partition(" - ")
        if mount.split()[2:3] == [wanted]:
            return kind.split(maxsplit=1)[0]
    return ""
