"""The whole NCCI pair table as one sorted file that is opened, not read: look-ups by binary search in a memory map.

Layout, little endian: the name PTEDINCCI2 filled up to 12 bytes, the count of pairs (u32), the count of first codes
(u32), then four columns of the pairs: keys (u64, both codes in base 36), first days (u32), last days (u32, 0 for
none), indicators (u8); then two of the first codes: the code (u32, base 36) and the first day of the edition that
speaks for it (u32).  Days are ordinals; 2.5 million pairs are 43 MB.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from ptedi.errors import ConfigurationError

MAGIC = b"PTEDINCCI2\0\0"
_START = len(MAGIC) + 8
_SECOND = 36**5
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


def first_code(packed: int) -> int:
    """The first code of a packed pair, in base 36."""
    return (packed >> 48) // _SECOND


def first_day(packed: int) -> int:
    """The first day of a packed pair, as an ordinal."""
    return packed >> 26 & 0x3FFFFF


def build(packed: Iterable[int], path: Path, editions: Mapping[int, int] | None = None) -> int:
    """Writes the index of packed rows, each once; returns the count.

    Args:
        packed: the pairs.
        path: the file.
        editions: the edition (ordinal of its first day) of each first code; 0 where it is not named.
    """
    numbers = sorted(set(packed))
    codes = sorted({first_code(p) for p in numbers})
    days = editions or {}
    with path.open("wb") as file:
        file.write(MAGIC + struct.pack("<II", len(numbers), len(codes)))
        for column in (array("Q", (p >> 48 for p in numbers)), array("I", (p >> 26 & 0x3FFFFF for p in numbers)),
                       array("I", (p >> 4 & 0x3FFFFF for p in numbers)), array("B", (p & 15 for p in numbers)),
                       array("I", codes), array("I", (days.get(code, 0) for code in codes))):
            if sys.byteorder == "big":
                column.byteswap()
            column.tofile(file)
        file.flush()
        os.fsync(file.fileno())
    return len(numbers)


class PairIndex:
    """An opened index."""

    __slots__ = ("_codes", "_editions", "_first", "_indicator", "_keys", "_last", "count")

    def __init__(self, path: Path) -> None:
        if path.stat().st_size < _START:
            raise ConfigurationError(f"{path.name} is cut short; run `ptedi codes load` again")
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if data[: len(MAGIC)] != MAGIC or sys.byteorder != "little":
            raise ConfigurationError(f"{path.name} is not a pair index of this version; remove it and run "
                                     "`ptedi codes load` again")  # fmt: skip
        self.count, codes = struct.unpack_from("<II", data, len(MAGIC))
        ends = [_START]
        for size in (8, 4, 4, 1):
            ends.append(ends[-1] + self.count * size)
        if len(data) != ends[-1] + codes * 8:
            raise ConfigurationError(f"{path.name} is cut short; run `ptedi codes load` again")
        self._keys = data[ends[0] : ends[1]].cast("Q")
        self._first = data[ends[1] : ends[2]].cast("I")
        self._last = data[ends[2] : ends[3]].cast("I")
        self._indicator = data[ends[3] : ends[4]]
        self._codes = data[ends[4] : ends[4] + codes * 4].cast("I")
        self._editions = data[ends[4] + codes * 4 :].cast("I")

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

    def speaks_for(self, column1: str) -> bool:
        """Whether the table has any row of a first code, so that no row for a pair means that there is none."""
        try:
            wanted = int(column1, 36)
        except ValueError:
            return False
        place = bisect_left(self._codes, wanted)
        return place < len(self._codes) and self._codes[place] == wanted

    def editions(self) -> dict[int, int]:
        """The edition of each first code, as `build` takes them."""
        return dict(zip(self._codes, self._editions, strict=True))

    def packed(self) -> Iterator[int]:
        """All pairs as `build` takes them."""
        for one, first, last, indicator in zip(self._keys, self._first, self._last, self._indicator, strict=True):
            yield one << 48 | first << 26 | last << 4 | indicator
