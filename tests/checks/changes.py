"""Files in which a few segments are not as they were: drawn with a seed, the same in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What may happen to a sample: odd `values`, `extra` segments, at how many places; `head` stays as it is."""

    sample: bytes
    values: Sequence[str]
    extra: Sequence[str] = ()
    places: Sequence[int] = (1, 1, 1, 2, 3)
    head: int = 2

    def files(self, count: int, seed: int) -> Iterator[bytes]:
        """So many files."""
        for number in range(count):
            chance, texts = random.Random(seed + number), self.sample.decode("ascii").split("~")
            for _ in range(chance.choice(self.places)):
                self._change(texts, chance)
            yield "~".join(texts).encode("latin-1")

    def _change(self, texts: list[str], chance: random.Random) -> None:
        """A segment left out, doubled, moved, added, or with an element that is another one's, odd, or gone."""
        at = chance.randrange(self.head, len(texts) - 3)
        elements = texts[at].split("*")
        match chance.randrange(9 if self.extra else 7):
            case 0:
                del texts[at]
            case 1:
                texts.insert(at, texts[at])
            case 2:
                texts.insert(chance.randrange(self.head, len(texts) - 3), texts.pop(at))
            case 3:
                texts.insert(at, chance.choice(texts))
            case 4:
                other = chance.choice(texts).split("*")
                elements[chance.randrange(len(elements))] = chance.choice(other)
                texts[at] = "*".join(elements)
            case 5 | 6:
                place = chance.randrange(1, len(elements) + 1)
                elements[place : place + 1] = [chance.choice(self.values)]
                texts[at] = "*".join(elements)
            case _:
                texts.insert(at, chance.choice(self.extra))
