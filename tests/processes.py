"""The tests in several processes (`make test`): what shares a costly fixture stays together, the longest begin first.

Each process has an Airflow home, a PostgreSQL and nights of its own; ports are free ones, folders temporary ones.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# folders whose files share a night, a month, an Airflow, a browser; of all others each file is a unit
TOGETHER = ("tests/dags", "tests/faults", "tests/reports/practice", "tests/web")
# units in the order in which they begin, by their CPU seconds (the two clusters not at once); the rest takes a few each
FIRST = (
    "tests/servers/test_servers.py[postgresql",  # 130
    "tests/faults",  # 140
    "tests/servers/test_servers.py[sqlite",  # 120
    "tests/web",  # 80
    "tests/reports/test_spark.py",
    "tests/reports/practice",  # 40
    "tests/dags",  # 35
    "tests/checks/test_plain_claims.py",  # 35
    "tests/steps/test_kill.py",  # 20
    "tests/x12/test_corpus.py",
    "tests/cli/test_commands.py",
    "tests/transactions/test_claim_837p.py",
    "tests/x12/test_against_pyx12.py",
    "tests/steps/test_inbound.py",
    "tests/x12/test_oracle_pass.py",
    "tests/transport",
    "tests/steps",
    "tests/sandbox",
)
MEMORY = Path("/dev/shm")  # noqa: S108
ENOUGH = 4 << 30  # bytes; the tests use a quarter of it
MOST = 4  # processes: each has up to a gigabyte of its own


def unit(name: str) -> str:
    """What a test shares its process with: its file, its folder, or of two clusters the one it asks."""
    file, _, rest = name.partition("::")
    if file == "tests/servers/test_servers.py":
        return file + rest[rest.index("[") :]
    return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)


def place(name: str) -> int:
    """When a test's unit begins."""
    found = unit(name)
    return next((number for number, start in enumerate(FIRST) if found.startswith(start)), len(FIRST))


class Units(LoadScopeScheduling):
    """Hands out whole units in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def pytest_xdist_auto_num_workers() -> int:
    """As many as this process may use cores."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    config.option.loadscopereorder = False
    return Units(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Temporary folders in memory, where there is enough of it: a night syncs every file that it writes."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None
