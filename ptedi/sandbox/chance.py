"""Chance that can be repeated: every draw is a hash of the seed, the purpose and a key, never of order or time.

So a claim meets the same fate whatever the file it came in, the order of the files or the number of runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

_T = TypeVar("_T")


def number(seed: int, purpose: str, key: str, below: int) -> int:
    """A whole number from 0 to `below` - 1 that belongs to the key."""
    digest = sha256(f"{seed}|{purpose}|{key}".encode()).digest()
    return int.from_bytes(digest[:16], "big") % below


def permille(seed: int, purpose: str, key: str) -> int:
    """0 to 999: `permille(...) < 25` happens to one key in forty."""
    return number(seed, purpose, key, 1000)


def pick(seed: int, purpose: str, key: str, options: Sequence[_T]) -> _T:
    """The one of the options that belongs to the key."""
    return options[number(seed, purpose, key, len(options))]


def digits(seed: int, purpose: str, key: str, length: int) -> str:
    """So many decimal digits that belong to the key."""
    return str(number(seed, purpose, key, 10**length)).zfill(length)
