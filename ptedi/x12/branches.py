"""Branches: an HL with all that hangs below it, known to a listener to be without fault and taken at once.

A listener with an attribute `branches` (node of an HL -> `BranchTaker`) is asked behind each HL of that node.  What it
offers is taken only when the automaton, too, passes through it without a fault; that is tried once for each shape.
The branches beside it are asked for in the same go, as long as their HLs count on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from ptedi.x12.numbering import Counter, Level
from ptedi.x12.runs import Shape

if TYPE_CHECKING:
    from ptedi.x12.automaton import Hop, State
    from ptedi.x12.block import Block
    from ptedi.x12.walker import Walker


class Piece(NamedTuple):
    """A stretch of segments; those of one shape have the same nodes of the guide in the same order.

    Attributes:
        length: how many segments.
        shape: what decides the way through the guide.
        goes_on: it goes on with the claim begun before it, from the level of the claim.
        opening: another piece follows with what its level or claim may still lack.
    """

    length: int
    shape: Shape
    goes_on: bool = False
    opening: bool = False


class Branch(NamedTuple):
    """What stands behind an HL, up to the next one beside it.

    Attributes:
        length: how many segments.
        opening: what stands before the first claim.
        pieces: what follows, begun by a claim segment.
        claims: places in the branch of the claim segments; at least one.
        inner: place in the branch of the HL of a level below, -1 when there is none.
        line: place in the branch of the last counted line (LX).
        lines: how many counted lines its last claim has, numbered from 1 without a gap.
    """

    length: int
    opening: Piece
    pieces: list[Piece]
    claims: list[int]
    inner: int
    line: int
    lines: int


class BranchTaker(Protocol):
    """Offers and takes branches."""

    def offer(self, texts: list[str], at: int) -> Branch | None:
        """The branch behind the HL at `texts[at - 1]`; None in case of any doubt.

        A branch has no fault in any segment or between them; an inner HL counts on from the HL before it and names it
        as parent; the segment behind the branch, which is in `texts` too, is an HL or ends the set.  Nothing is changed
        by asking.
        """
        ...

    def take(self, branch: Branch, position: int, *, beside: bool) -> None:
        """The branch offered last is taken; `position` is that of its first segment, counted from ST.

        `beside` says that the HL before it was taken as well, without its handler being called.
        """
        ...

    def leave(self, branch: Branch) -> None:
        """The branch taken last was the last of its row; segments are handed over one by one again."""
        ...


Way: TypeAlias = "tuple[list[State], State, int, int]"
"""Where a branch leads: frames opened behind its HL, the state reached, depths of its last claim and inner HL."""
Taken: TypeAlias = "tuple[Branch, Way, Hop, int]"
"""A branch taken, the way through it, the step of its HL, the place behind that."""


class Row:
    """The branches that stand side by side behind one HL."""

    def __init__(self, walker: Walker, hop: Hop, block: Block, at: int) -> None:
        self.walker, self.hop, self.block, self.at = walker, hop, block, at
        self.texts, self.last = block.ahead, len(block.texts)
        self.floor = len(walker.stack) - len(hop.push)
        self.parent = [*block.texts[at - 1].split("*"), "", ""][2]
        self.number = walker.numbering.hls.count

    def counts(self) -> bool:
        """Whether the HL the row begins with is numbered as it is counted, below a level that is known."""
        levels = self.walker.numbering.levels
        return (
            len(levels) > 1 and self.parent in levels[-2].numbers
            and self.walker.stack[self.floor :] == self.hop.push
            and self.texts[self.at - 1].startswith(f"HL*{self.number}*{self.parent}*")
        )  # fmt: skip

    def take(self) -> int:
        """Takes branch after branch; returns how many segments that was."""
        taker, texts, start = self.hop.branches, self.texts, self.at
        if taker is None or not self.counts():
            return 0
        last: Taken | None = None
        position = self.block.first - self.walker.base
        while True:
            branch = taker.offer(texts, self.at)
            way = None if branch is None else self._way(branch)
            if branch is None or way is None:
                self._end(last)
                if last is not None:
                    self._open()
                return self.at - start
            taker.take(branch, position + self.at, beside=last is not None)
            self.walker.claims += len(branch.claims)
            last = branch, way, self.hop, self.at
            self.at += branch.length
            if branch.inner >= 0:
                self.number += 1
            beside = self._beside(texts[self.at]) if self.at < self.last else None
            if beside is None:
                self._end(last)
                return self.at - start
            self.hop, self.at, self.number = beside, self.at + 1, self.number + 1

    def _way(self, branch: Branch) -> Way | None:
        """Through the guide: the opening, then each claim from the level it hangs below, and what belongs to it."""
        texts, at, here = self.texts, self.at, self.hop.goto
        length, shape, _, opening = branch.opening
        passage = here.passages.get(shape) or here.passage(shape, texts[at : at + length], opening=opening)
        if passage is None:
            return None
        frames, state, depth, home = passage
        for following, shape, goes_on, opening in branch.pieces:
            at, length = at + length, following
            floor = depth if goes_on else home
            here = frames[floor] if floor < len(frames) else state
            passage = here.passages.get(shape) or here.passage(
                shape, texts[at : at + length], opening=opening)
            if passage is None:
                return None
            frames = [*frames[:floor], *passage.frames]
            state = passage.state
            if not goes_on:
                depth = home + passage.claim_depth
        return frames, state, depth, home

    def _beside(self, text: str) -> Hop | None:
        """The step of an HL that stands beside the last one, counts on and has no fault."""
        prefix = f"HL*{self.number + 1}*{self.parent}*"
        if not text.startswith(prefix):
            return None
        outer, rest = self.hop.push[0], text[len(prefix) :]
        hop = outer.beside.get(rest)
        if hop is None:
            hop = outer.find("HL*", text)
            if (
                hop is None or hop.branches is not self.hop.branches or not hop.clean or hop.match(text) is None
                or len(hop.push) != len(self.hop.push)
            ):  # fmt: skip
                return None
            if len(outer.beside) < 10:
                outer.beside[rest] = hop
        return hop

    def _end(self, last: Taken | None) -> None:
        """Leaves the walker where it would stand had it walked."""
        if last is None:
            return
        branch, way, hop, at = last
        walker, block = self.walker, self.block
        frames, state, claim_depth, home = way
        texts = block.texts
        walker.stack[self.floor :] = [*hop.push, *frames]
        walker.state = state
        depth = self.floor + len(hop.push)
        self._levels(branch, at, depth, home)
        walker.claim_depth = depth + claim_depth
        walker.claim_text = texts[at + branch.claims[-1]]
        walker.claim_index = block.first + at + branch.claims[-1]
        line = at + branch.line
        walker.index, walker.text, walker.offset = block.first + line, texts[line], block.offset(line)
        walker.numbering.lines = Counter(branch.lines, branch.lines + 1, (walker.index, str(branch.lines)))
        if hop.branches is not None:
            hop.branches.leave(branch)

    def _levels(self, branch: Branch, at: int, depth: int, home: int) -> None:
        """The open levels and the count of HLs, as of the last branch."""
        numbering, block = self.walker.numbering, self.block
        del numbering.levels[-1:]
        places = [(at - 1, depth)]
        if branch.inner >= 0:
            places.append((at + branch.inner, depth + home))
        for place, deep in places:
            _, number, _, _, child, *_ = block.texts[place].split("*")
            index = block.first + place
            numbering.levels.append(Level(deep, (number, number), child, index, block.offset(place)))
            numbering.hls = Counter(int(number), int(number) + 1, (index, number))
        if branch.inner >= 0:
            numbering.levels[-2].parent = True

    def _open(self) -> None:
        """An HL beside the last branch whose own branch is not plain is taken as the walk takes it."""
        walker, hop, block, place = self.walker, self.hop, self.block, self.at - 1
        text, index = block.texts[place], block.first + place
        walker.stack[self.floor :] = hop.push
        walker.state, walker.index, walker.text, walker.offset = hop.goto, index, text, block.offset(place)
        walker.numbering.level(text)
        if hop.handler is not None:
            hop.handler(text, index, index - walker.base, walker.offset)
