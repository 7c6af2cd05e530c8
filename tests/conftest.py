"""What all tests share: one Hypothesis profile, no time limits (speed lives in benchmarks/)."""

from hypothesis import HealthCheck, settings

settings.register_profile("ptedi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ptedi")
