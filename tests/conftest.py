"""What the tests of several packages share."""

from hypothesis import HealthCheck, settings

from tests.postgresql import server

__all__ = ["server"]

# how long an example takes says something about the machine, not about the law
settings.register_profile("ptedi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ptedi")
