"""`python -m tests.fuzz [SECONDS] [--seed N]`: a longer hunt for input that makes a reader or the check raise.

Guided by coverage where atheris is installed (`make fuzz`), by chance where it is not; see `tests.fuzz_targets`.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
import time
from pathlib import Path


def by_chance(seconds: float, seed: int) -> int:
    """Runs for a while; prints the seed of the first failure and raises."""
    from tests import fuzz_targets as targets

    end, runs, files = time.monotonic() + seconds, 0, targets.seeds()
    while time.monotonic() < end:
        chance = random.Random(seed)
        data = targets.changed(chance.choice(files), chance)
        try:
            targets.everywhere(data)
        except Exception:
            print(f"seed {seed}")
            raise
        seed, runs = seed + 1, runs + 1
    return runs


def guided(seconds: float, seed: int) -> None:
    """Lets atheris choose; it says where it leaves a file that raises."""
    import atheris

    with atheris.instrument_imports(include=["ptedi"]):
        from tests import fuzz_targets as targets

    def mutate(data: bytes, most: int, number: int) -> bytes:
        chance = random.Random(number)
        mutated = atheris.Mutate(data, most) if chance.random() < 0.2 else targets.changed(bytes(data), chance)
        return bytes(mutated[:most])

    folder = Path(tempfile.mkdtemp())
    for number, data in enumerate(targets.seeds()):
        (folder / f"{number}").write_bytes(data)
    options = [f"-max_total_time={int(seconds)}", f"-seed={seed % 2**31}", "-max_len=20000", "-timeout=60",
               f"-artifact_prefix={folder}/"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(folder)], targets.everywhere, custom_mutator=mutate)
    atheris.Fuzz()


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("seconds", type=float, nargs="?", default=60.0)
    options.add_argument("--seed", type=int, default=random.randrange(2**31))
    options.add_argument("--by-chance", action="store_true", help="even where atheris is installed")
    chosen = options.parse_args()
    if importlib.util.find_spec("atheris") and not chosen.by_chance:
        guided(chosen.seconds, chosen.seed)
    else:
        print(by_chance(chosen.seconds, chosen.seed), "files, none raised")


if __name__ == "__main__":
    main()
