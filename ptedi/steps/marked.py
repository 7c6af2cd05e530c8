"""Which interchanges of a file are marked as test (ISA15 T)."""

from __future__ import annotations

from bisect import bisect_right
from typing import TypeAlias

from ptedi.x12.reader import read

Usage: TypeAlias = tuple[list[int], list[bool]]
"""Where each interchange begins, and whether it is marked as test."""


def usage_of(data: bytes) -> Usage:
    """Where each interchange of a file begins and whether it is marked as test."""
    starts, flags = list[int](), list[bool]()
    for segment in read(data, lenient=True):
        if segment.id == "ISA":
            starts.append(segment.offset)
            flags.append(segment.get(15) == "T")
    return starts, flags


def is_test(usage: Usage, byte_offset: int) -> bool:
    """Whether what stands at this place is in an interchange that is marked as test."""
    at = bisect_right(usage[0], byte_offset) - 1
    return at >= 0 and usage[1][at]
