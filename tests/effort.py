"""How often a law is tried: enough for every run of the tests, ten times as often with PTEDI_TESTS=long."""

import os

LONG = os.environ.get("PTEDI_TESTS") == "long"


def many(usual: int) -> int:
    """As many examples as usual, or ten times that."""
    return 10 * usual if LONG else usual
