"""What the tests of several packages share."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from ptedi.codes import table
from tests.postgresql import server

__all__ = ["server"]

# how long an example takes says something about the machine, not about the law
settings.register_profile("ptedi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ptedi")


@pytest.fixture(autouse=True)
def shipped_tables() -> Iterator[None]:
    """Tables that a test's workspace installed end with the test."""
    yield
    table.use(None)
