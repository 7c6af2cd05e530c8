"""A guide as a pushdown automaton whose states are made on first use and kept: one dictionary step a segment.

One frame per open loop holds how far the loop has come and how often each child was seen (saturating).  A state also
remembers texts it has accepted, so that a repeated segment costs one lookup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple, TypeAlias

from ptedi.x12.branches import BranchTaker
from ptedi.x12.guide import Guide, LoopSpec, SegmentSpec, load
from ptedi.x12.patterns import compile_segment
from ptedi.x12.runs import Shape, Taker

Handler: TypeAlias = Callable[[str, int, int, int], None]
HOP_ROOM, MEMO_ROOM, MAX_STATES, PASSAGE_ROOM = 400, 60_000, 20_000, 4_000
WRAPPERS = frozenset({"HEADER", "DETAIL", "FOOTER", "ST_LOOP"})


class Node:
    """A segment of the guide at its place; `key` tells it from namesakes: (element, in composite, codes)."""

    __slots__ = ("_pattern", "codes", "composite", "element", "id", "loop", "most", "path", "position", "spec", "usage")

    def __init__(self, spec: SegmentSpec, loop: Loop) -> None:
        self.spec, self.loop, self.id, self.usage = spec, loop, spec.id, spec.usage
        self.position, self.most, self.path = spec.position, spec.most, f"{loop.id}/{spec.id}"
        self._pattern: re.Pattern[str] | None = None
        self.element, self.composite, self.codes = self._key()

    def _key(self) -> tuple[int, bool, frozenset[str]]:
        elements = self.spec.elements
        if self.id == "HL" and elements[2].codes:
            return 3, False, frozenset(elements[2].codes)
        first = elements[0] if elements else None
        if first is None:
            return 0, False, frozenset()
        if first.components:
            part = first.components[0]
            return (1, True, frozenset(part.codes)) if part.codes else (0, False, frozenset())
        if first.type == "ID" and first.usage == "R" and first.codes:
            return 1, False, frozenset(first.codes)
        return 0, False, frozenset()

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern a valid segment fully matches, compiled on first use."""
        if self._pattern is None:
            self._pattern = compile_segment(self.spec)
        return self._pattern

    def qualifier(self, text: str) -> str | None:
        """The value in the element that tells namesakes apart, None when the segment is too short."""
        parts = text.split("*", self.element + 1)
        if len(parts) <= self.element:
            return None
        value = parts[self.element]
        return value.partition(":")[0].partition("^")[0] if self.composite else value

    def accepts(self, text: str) -> bool:
        """Whether the text is this segment by identifier and qualifier, whatever its other elements."""
        if text.partition("*")[0] != self.id:
            return False
        return not self.codes or self.qualifier(text) in self.codes


class Loop:
    """A loop with its children in the guide's order; `head` is its first segment, None for a wrapper."""

    __slots__ = ("children", "head", "id", "most", "name", "parent", "position", "usage")

    def __init__(self, spec: LoopSpec, parent: Loop | None = None) -> None:
        self.id, self.name, self.usage, self.parent = spec.id, spec.name, spec.usage, parent
        self.position, self.most = spec.position, 1 if spec.id in WRAPPERS else spec.most
        children: list[Loop | Node] = [Loop(child, self) for child in spec.loops]
        children += [Node(child, self) for child in spec.segments]
        self.children = sorted(children, key=lambda child: child.position)
        first = self.children[0]
        self.head = first if isinstance(first, Node) and self.id not in WRAPPERS - {"ST_LOOP"} else None

    def doors(self) -> list[tuple[tuple[Loop, ...], Node]]:
        """The loops entered and the segment by which this loop may be entered."""
        if self.head is not None:
            return [((self,), self.head)]
        found: list[tuple[tuple[Loop, ...], Node]] = []
        for child in self.children:
            if isinstance(child, Loop):
                found += [((self, *path), node) for path, node in child.doors()]
            else:
                found.append(((self,), child))
        return found

    def nodes(self) -> Iterator[Node]:
        """Every segment below."""
        for child in self.children:
            if isinstance(child, Loop):
                yield from child.nodes()
            else:
                yield child


Child: TypeAlias = Loop | Node
Seen: TypeAlias = tuple[int, ...]


class Hop:
    """One step: the segment met, the frames opened, the state reached.

    Attributes:
        again: it repeats too often, for the first time.
        missed: required children passed over.
        skipped: required children passed over in wrappers on the way, with how much deeper they stand.
        room: how many texts it may still teach its state.
        special: what the walker does besides (claim, hl, line, end).
        runs: who may take what follows at once.
        branches: who may take what hangs below at once (HL).
    """

    __slots__ = (
        "again", "branches", "child", "clean", "failed", "goto", "handler", "match", "missed", "node", "push", "room",
        "runs", "skipped", "special",
    )  # fmt: skip

    def __init__(self, node: Node, child: Child, push: list[State], goto: State) -> None:
        self.node, self.child, self.push, self.goto = node, child, push, goto
        self.match = node.pattern.fullmatch
        self.again, self.missed, self.clean = False, list[Child](), True
        self.skipped: list[tuple[int, Loop, Child]] = []
        self.handler: Handler | None = None
        self.failed: Handler | None = None
        self.special, self.room = "", 0
        self.runs: Taker | None = None
        self.branches: BranchTaker | None = None


class Passage(NamedTuple):
    """Where a run leads: the frames it opens, the state reached, how many frames its claim and its HL stand in."""

    frames: list[State]
    state: State
    claim_depth: int
    home: int = 0


Way: TypeAlias = tuple[int, tuple[Loop, ...], Node]


class Choice:
    """Namesakes told apart by a qualifier."""

    __slots__ = ("composite", "cut", "element", "hops", "ways")

    def __init__(self, node: Node) -> None:
        self.element, self.cut, self.composite = node.element, node.element + 1, node.composite
        self.ways: dict[str, list[Way]] = {}
        self.hops: dict[str, Hop] = {}

    def pick(self, text: str, state: State) -> Hop | None:
        """The step for the qualifier in the text, or None when it is not among those known here."""
        try:
            code = text.split("*", self.cut)[self.element]
        except IndexError:
            return None
        if self.composite:
            code = code.partition(":")[0].partition("^")[0]
        hop = self.hops.get(code)
        if hop is None and code in self.ways:
            hop = self.hops[code] = state.best(self.ways[code])
        return hop


class State:
    """Where one loop stands: the position reached and how often each child was seen."""

    __slots__ = ("automaton", "beside", "hops", "lacks", "loop", "made", "memo", "passages", "position", "seen")

    def __init__(self, automaton: Automaton, loop: Loop, position: int, seen: Seen) -> None:
        self.automaton, self.loop, self.position, self.seen = automaton, loop, position, seen
        self.hops: dict[str, Hop | Choice | None] = {}
        self.memo: dict[str, Hop] = {}
        self.made: dict[Node, Hop] = {}
        self.passages: dict[Shape, Passage | None] = {}
        self.beside: dict[str, Hop] = {}
        self.lacks = bool(self.lacking())

    def lacking(self) -> list[Child]:
        """Required children not seen and still possible."""
        return [
            child for child, count in zip(self.loop.children, self.seen, strict=True)
            if child.usage == "R" and not count and child.position >= self.position
        ]  # fmt: skip

    def find(self, prefix: str, text: str) -> Hop | None:
        """The step for a text whose first three characters are `prefix`, or None when this loop has no place for it."""
        if prefix not in self.hops:
            self.hops[prefix] = self._ways(prefix)
        way = self.hops[prefix]
        return way.pick(text, self) if isinstance(way, Choice) else way

    def _ways(self, prefix: str) -> Hop | Choice | None:
        ways = [way for way in self.automaton.ways(self.loop, self.position, prefix) if self._open(way)]
        if not ways:
            return None
        if not ways[0][2].codes:
            return self.best(ways)
        choice = Choice(ways[0][2])
        for way in ways:
            for code in way[2].codes:
                choice.ways.setdefault(code, []).append(way)
        return choice

    def _open(self, way: Way) -> bool:
        """A wrapper is not entered twice: its segments are late then, not repeated."""
        child = self.loop.children[way[0]]
        return child.id not in WRAPPERS or isinstance(child, Node) or not self.full(child)

    def best(self, ways: list[Way]) -> Hop:
        """The first of several places that is not full, else the first."""
        hops = [self.hop(*way) for way in ways]
        return next((hop for hop in hops if not self.full(hop.child)), hops[0])

    def full(self, child: Child) -> bool:
        """Whether a child has been seen as often as it may."""
        return bool(child.most) and self.seen[self.loop.children.index(child)] >= child.most

    def passage(self, shape: Shape, texts: list[str], *, opening: bool = False) -> Passage | None:
        """Where a run of a shape leads from here; None when it is not without fault.  Found out once for a shape.

        Behind an opening the level or claim it ends in may still lack what follows.
        """
        if shape not in self.passages:
            if len(self.passages) >= PASSAGE_ROOM:
                return None
            self.passages[shape] = self._pass(texts, opening=opening)
        return self.passages[shape]

    def _pass(self, texts: list[str], *, opening: bool) -> Passage | None:
        """Walks the texts as the walker does, but tells nobody."""
        stack, state, claim_depth, home = list[State](), self, 0, 0
        for text in texts:
            depth, here = len(stack), state
            while (hop := here.find(text[:3], text)) is None and depth:
                depth -= 1
                here = stack[depth]
            if hop is None or not hop.clean or hop.match(text) is None or hop.special == "end":
                return None
            if depth < len(stack) and (state.lacks or any(left.lacks for left in stack[depth + 1 :])):
                return None
            stack[depth:] = hop.push
            state = hop.goto
            if hop.special == "claim":
                claim_depth = len(stack)
            elif hop.special == "hl":
                home = len(stack)
        left = [*stack, state]
        if opening:
            del left[max(home, claim_depth)]
        return None if any(one.lacks for one in left) else Passage(stack, state, claim_depth, home)

    def hop(self, place: int, path: tuple[Loop, ...], node: Node) -> Hop:
        """The step to a child, or into it along `path`."""
        made = self.made.get(node)
        if made is None:
            made = self.made[node] = self._make(place, path, node)
        return made

    def counted(self, place: int) -> Seen:
        """The counts with one more of a child, saturating above its limit."""
        most = self.loop.children[place].most
        return (*self.seen[:place], min(self.seen[place] + 1, (most or 0) + 1), *self.seen[place + 1 :])

    def _make(self, place: int, path: tuple[Loop, ...], node: Node) -> Hop:
        child = self.loop.children[place]
        goto = self.automaton.state(self.loop, child.position, self.counted(place))
        push, state = self.automaton.entered(goto, path, node)
        hop = Hop(node, child, push, state)
        hop.missed = [
            other for other, count in zip(self.loop.children, self.seen, strict=True)
            if other.usage == "R" and not count and self.position <= other.position < child.position
        ]  # fmt: skip
        for depth, loop in enumerate(path, 1):
            inner: Child = path[depth] if depth < len(path) else node
            hop.skipped += [
                (depth, loop, other) for other in loop.children
                if other.usage == "R" and loop.head is None and other.position < inner.position
            ]  # fmt: skip
        hop.again = bool(child.most) and self.seen[place] == child.most
        hop.clean = not (hop.again or hop.missed or hop.skipped or node.usage == "N")
        self.automaton.dress(hop)
        if hop.clean and not push and not hop.special:
            hop.room = HOP_ROOM
        return hop


class Automaton:
    """The states of one guide with the handlers of one listener."""

    def __init__(
        self, guide: Guide, handlers: Mapping[str, Handler] | None = None, runs: Mapping[str, Taker] | None = None,
        branches: Mapping[str, BranchTaker] | None = None,
    ) -> None:  # fmt: skip
        self.guide, self.handlers, self.runs, self.branches = guide, handlers or {}, runs or {}, branches or {}
        self.root, self.ids = tree(guide.id)
        self.claim = guide.claim[:-2]
        self.claim_element = int(guide.claim[-2:] or 0)
        self.states: dict[tuple[int, int, Seen], State] = {}
        self.found: dict[tuple[int, int, str], list[Way]] = {}
        self.room = MEMO_ROOM

    def start(self) -> State:
        """The state before ST."""
        return self.state(self.root, 0, (0,) * len(self.root.children))

    def state(self, loop: Loop, position: int, seen: Seen) -> State:
        """The one state of a loop at a position with these counts."""
        key = (id(loop), position, seen)
        state = self.states.get(key)
        if state is None:
            state = self.states[key] = State(self, loop, position, seen)
        return state

    def entered(
        self, outer: State, path: tuple[Loop, ...], node: Node, *, headless: bool = False
    ) -> tuple[list[State], State]:
        """The frames opened on the way to `node` and the state after it; headless takes what stands before as seen."""
        push, state = list[State](), outer
        for place, loop in enumerate(path):
            inner: Child = path[place + 1] if place + 1 < len(path) else node
            push.append(state)
            seen = tuple(
                int(child is inner or (headless and child.position < inner.position)) for child in loop.children)
            state = self.state(loop, inner.position, seen)
        return push, state

    def dress(self, hop: Hop) -> None:
        """Binds handlers and names what the walker does besides."""
        path = hop.node.path
        hop.handler = self.handlers.get(path)
        hop.failed = self.handlers.get(path + "!")
        hop.runs = self.runs.get(path)
        hop.branches = self.branches.get(path)
        if path == self.claim:
            hop.special = "claim"
        elif hop.node.id == "HL":
            hop.special = "hl"
        elif path == self.guide.counted_lines:
            hop.special = "line"
        elif hop.node.id == "SE":
            hop.special = "end"

    def ways(self, loop: Loop, position: int, prefix: str) -> list[Way]:
        """(place, loops entered, segment) for every segment so called that may follow, in the guide's order."""
        key = (id(loop), position, prefix)
        ways = self.found.get(key)
        if ways is None:
            ways = self.found[key] = [
                (place, path, node)
                for place, child in enumerate(loop.children)
                if child.position >= position and child is not loop.head
                for path, node in ([((), child)] if isinstance(child, Node) else child.doors())
                if (node.id + "*")[:3] == prefix
            ]
        return ways

    def refresh(self) -> None:
        """Between sets: forgets what was learnt when there is no room to learn more."""
        if self.room <= 0 or len(self.states) >= MAX_STATES:
            self.states, self.room = {}, MEMO_ROOM

    def trim(self, stack: list[State], state: State) -> State:
        """Forgets all states when they are too many; the open frames are made anew."""
        if len(self.states) < MAX_STATES:
            return state
        self.states, self.room = {}, MEMO_ROOM
        stack[:] = [self.state(s.loop, s.position, s.seen) for s in stack]
        return self.state(state.loop, state.position, state.seen)


@cache
def tree(reference: str) -> tuple[Loop, dict[str, list[Node]]]:
    """The loops of a guide and its segments by identifier, shared by all automata so that patterns compile once."""
    root = Loop(load(reference).root)
    ids: dict[str, list[Node]] = {}
    for node in root.nodes():
        ids.setdefault(node.id, []).append(node)
    return root, ids


def loop_id(loop: Loop) -> str | None:
    """The loop as a finding names it."""
    return None if loop.id == "ST_LOOP" else loop.id
