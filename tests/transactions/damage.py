"""Seeded damage to files: segments lost, doubled, cut, shuffled, with other characters in them."""

from __future__ import annotations

import random
from collections.abc import Iterator


def damaged(texts: list[str], times: int, seed: int = 20261121) -> Iterator[bytes]:
    """So many damaged copies of a file given as segment texts; the first (ISA) stays whole."""
    chance = random.Random(seed)
    for _ in range(times):
        yield "~".join([texts[0], *(piece for text in texts[1:] for piece in _hurt(text, chance))]).encode("latin-1")


def _hurt(text: str, chance: random.Random) -> list[str]:
    elements = text.split("*")
    match chance.randrange(25):
        case 0:
            return []
        case 1:
            return [text, text]
        case 2:
            return ["*".join(chance.sample(elements, len(elements)))]
        case 3:
            return [text[: chance.randrange(len(text) + 1)]]
        case 4:
            return [text.replace(chance.choice(text or " "), chance.choice("*:^x\xe9 -."))]
        case 5:
            return [chance.choice(["SVC", "CLP", "CAS", "HL", "STC", "AK2", "IK3", "IK4", "LX", "SV1", "PLB", text])]
        case _:
            return [text]
