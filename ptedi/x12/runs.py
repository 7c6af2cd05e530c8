"""Runs: stretches of a set that a listener knows to be without fault and takes at once instead of segment by segment.

A listener with an attribute `runs` (node of the guide -> `Taker`) is asked behind each segment of that node.  What it
offers is taken only when the automaton, too, passes through it without a fault; that is tried once for each shape.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple, Protocol

Shape = Hashable


class Run(NamedTuple):
    """A stretch of segments that holds one claim, or several that stand beside each other.

    Attributes:
        length: how many segments.
        shape: what decides the way through the guide: runs of one shape have the same nodes in the same order.
        claim: place in the run of the (last) claim's segment; -1: the run is the rest of the claim begun before it.
        line: place in the run of the last counted line (LX), or of the claim where lines are not counted.
        lines: how many counted lines, numbered from 1 without a gap.
        claims: how many claims begin in the run.
        start: from where the way is tried; with what stands before, the guide comes back to where the run begins.
    """

    length: int
    shape: Shape
    claim: int
    line: int
    lines: int
    claims: int = 1
    start: int = 0


class Taker(Protocol):
    """Offers and takes runs."""

    def offer(self, texts: list[str], at: int) -> Run | None:
        """The run that starts at `texts[at]`; None in case of any doubt.

        A run has no fault in any segment or between them, and the segment behind it, which is in `texts` too, opens
        the next level (HL, or the next claim of an 835) or ends the set.  Nothing is changed by asking.
        """
        ...

    def take(self, run: Run, texts: list[str], at: int, position: int) -> None:
        """The run offered last is taken; `position` is that of its first segment, counted from ST."""
        ...
