"""What the tests of several packages share."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ptedi.airflow import local
from ptedi.codes import table
from tests.effort import LONG, many
from tests.postgresql import server

__all__ = ["server"]

# airflow reads its settings once, at its first import, whichever test that is: one home for the whole session
_HOME = Path(tempfile.mkdtemp(prefix="ptedi-airflow-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ.update(local.settings(_HOME, Path(__file__).resolve().parents[1] / "dags", _HOME / "nobody"))
del os.environ["PTEDI_WORKSPACE"]  # a test names its own

# how long an example takes says something about the machine, not about the law
settings.register_profile("ptedi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("ptedi"), max_examples=many(100))
settings.load_profile("long" if LONG else "ptedi")


@pytest.fixture(autouse=True)
def shipped_tables() -> Iterator[None]:
    """Tables that a test's workspace installed end with the test."""
    yield
    table.use(None)
