"""`python -m tests.x12.fuzz [SECONDS]`: a longer hunt for input that makes the reader or the check raise.

Guided by coverage where atheris is installed, by chance where it is not.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import time

from tests.x12.bases import GUIDES, base
from tests.x12.test_properties import _survive, broken


def by_chance(seconds: float) -> int:
    """Runs for a while; prints the seed of the first failure and raises."""
    end, seed = time.monotonic() + seconds, random.randrange(2**32)
    runs = 0
    while time.monotonic() < end:
        chance = random.Random(seed)
        data = broken(base(chance.choice(list(GUIDES))), chance, chance.randrange(1, 40))
        try:
            _survive(data, lenient=chance.random() < 0.5)
        except Exception:
            print(f"seed {seed}")
            raise
        seed, runs = seed + 1, runs + 1
    return runs


def guided() -> None:
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, _survive)
    atheris.Fuzz()


if __name__ == "__main__":
    if importlib.util.find_spec("atheris"):
        guided()
    else:
        print(by_chance(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0), "files, none raised")
