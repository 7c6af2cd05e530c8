"""The whole NCCI pair table as one sorted file that is opened, not read: look-ups by binary search in a memory map.

Layout, little endian: the name PTEDINCCI1 filled up to 12 bytes, the count (u32), then four columns: keys (u64, both
codes in base 36), first days (u32), last days (u32, 0 for none), indicators (u8).  Days are ordinals; 2.5 million
pairs are 43 MB.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from ptedi.errors import ConfigurationError

MAGIC = b"PTEDINCCI1\0\0"
_START = len(MAGIC) + 4
Entry = tuple[str, date, date]
"""Indicator, first day, last day."""


def key(column1: str, column2: str) -> int:
    """Both codes in one number, in the order of the codes."""
    return int(column1 + column2, 36)


def _ordinal(text: str) -> int:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8])).toordinal()


def pack(rows: Iterable[tuple[str, str, str, str, str]]) -> Iterator[int]:
    """(column 1, column 2, from CCYYMMDD, to CCYYMMDD or "", indicator), each as one number that sorts."""
    days: dict[str, int] = {"": 0}
    for one, two, first, last, indicator in rows:
        for text in (first, last):
            if text not in days:
                days[text] = _ordinal(text)
        yield key(one, two) << 48 | days[first] << 26 | days[last] << 4 | int(indicator)


def build(packed: Iterable[int], path: Path) -> int:
    """Writes the index of packed rows, each once; returns the count."""
    numbers = sorted(set(packed))
    with path.open("wb") as file:
        file.write(MAGIC + struct.pack("<I", len(numbers)))
        for column in (array("Q", (p >> 48 for p in numbers)), array("I", (p >> 26 & 0x3FFFFF for p in numbers)),
                       array("I", (p >> 4 & 0x3FFFFF for p in numbers)), array("B", (p & 15 for p in numbers))):
            if sys.byteorder == "big":
                column.byteswap()
            column.tofile(file)
        file.flush()
        os.fsync(file.fileno())
    return len(numbers)


class PairIndex:
    """An opened index."""

    __slots__ = ("_first", "_indicator", "_keys", "_last", "count")

    def __init__(self, path: Path) -> None:
        if path.stat().st_size < _START:
            raise ConfigurationError(f"{path.name} is cut short; run `ptedi codes load` again")
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if data[: len(MAGIC)] != MAGIC or sys.byteorder != "little":
            raise ConfigurationError(f"{path.name} is not a pair index of this machine; run `ptedi codes load` again")
        self.count = count = struct.unpack_from("<I", data, len(MAGIC))[0]
        ends = [_START + count * size for size in (0, 8, 12, 16, 17)]
        if len(data) != ends[-1]:
            raise ConfigurationError(f"{path.name} is cut short; run `ptedi codes load` again")
        self._keys = data[ends[0] : ends[1]].cast("Q")
        self._first = data[ends[1] : ends[2]].cast("I")
        self._last = data[ends[2] : ends[3]].cast("I")
        self._indicator = data[ends[3] : ends[4]]

    def entries(self, column1: str, column2: str) -> Iterator[Entry]:
        """All spans of a pair, oldest first."""
        try:
            wanted = key(column1, column2)
        except ValueError:
            return
        place = bisect_left(self._keys, wanted)
        while place < self.count and self._keys[place] == wanted:
            last = self._last[place]
            yield (str(self._indicator[place]), date.fromordinal(self._first[place]),
                   date.fromordinal(last) if last else date.max)
            place += 1
