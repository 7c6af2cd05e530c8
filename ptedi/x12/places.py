"""Places in a set, remembered in a bit each: what is counted but not listed still says which claims it stops."""

from __future__ import annotations

from collections.abc import Iterator


class Places:
    """A growing set of positions from ST: three megabytes for the segments of half a gigabyte."""

    __slots__ = ("_bits",)

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, position: int) -> None:
        """Remembers a position, 0 or more."""
        place, bit = divmod(position, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        self._bits[place] |= 1 << bit

    def __iter__(self) -> Iterator[int]:
        """The positions in rising order."""
        for place, byte in enumerate(self._bits):
            if byte:
                for bit in range(8):
                    if byte >> bit & 1:
                        yield place * 8 + bit
