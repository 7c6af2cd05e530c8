"""`[night] jobs` in ptedi.toml: how many processes a night may keep busy.  The result is the same with any number.

    [night]
    jobs = 2        # one a core, at most 4, unless said otherwise; 1: everything in one process

Nights of some thousand visits use them; for less they are not worth their start.
"""

from __future__ import annotations

import os

from ptedi.errors import ConfigurationError
from ptedi.steps.night import Night

MOST = 4  # unless somebody asks for more: the database and the disk are shared


def jobs_of(night: Night) -> int:
    """The setting; without it as many as there are cores for us, at most four.

    Raises:
        ConfigurationError: it is no number from 1 to 64.
    """
    value = night.workspace.table("night").get("jobs", "cores")
    if value == "cores":
        return min(MOST, _cores())
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 64:
        raise ConfigurationError("[night] jobs must be a number of processes from 1 to 64", hint="see ptedi.toml")
    return value


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
