"""A guide as a pushdown automaton whose states are made on first use and kept: one dictionary step a segment.

One frame per open loop holds how far the loop has come and how often each child was seen (saturating).  A state also
remembers texts it has accepted, so that a repeated segment costs one lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from ptedi.x12.branches import BranchTaker
from ptedi.x12.guide import Guide
from ptedi.x12.loops import WRAPPERS, Child, Loop, Node, Seen, tree
from ptedi.x12.runs import Shape, Taker

Handler: TypeAlias = Callable[[str, int, int, int], None]
HOP_ROOM, MEMO_ROOM, MAX_STATES, PASSAGE_ROOM = 400, 60_000, 20_000, 4_000


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

    def __init__(self, node: Node, ways: dict[str, list[Way]]) -> None:
        self.element, self.cut, self.composite = node.element, node.element + 1, node.composite
        self.ways = ways
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
        seen, position = self.seen, self.position
        return [child for place, child in self.loop.required if not seen[place] and child.position >= position]

    def find(self, prefix: str, text: str) -> Hop | None:
        """The step for a text whose first three characters are `prefix`, or None when this loop has no place for it."""
        if prefix not in self.hops:
            self.hops[prefix] = self._ways(prefix)
        way = self.hops[prefix]
        return way.pick(text, self) if isinstance(way, Choice) else way

    def _ways(self, prefix: str) -> Hop | Choice | None:
        everything, by_code = self.automaton.ways(self.loop, self.position, prefix)
        ways = [way for way in everything if self._open(way)]
        if not ways:
            return None
        if not ways[0][2].codes:
            return self.best(ways)
        return Choice(ways[0][2], by_code if len(ways) == len(everything) else _by_code(ways))

    def _open(self, way: Way) -> bool:
        """A wrapper is not entered twice: its segments are late then, not repeated."""
        child = self.loop.children[way[0]]
        return child.id not in WRAPPERS or isinstance(child, Node) or not self.full(child)

    def best(self, ways: list[Way]) -> Hop:
        """The first of several places that is not full, else the first."""
        if len(ways) == 1:
            return self.hop(*ways[0])
        hops = [self.hop(*way) for way in ways]
        return next((hop for hop in hops if not self.full(hop.child)), hops[0])

    def full(self, child: Child) -> bool:
        """Whether a child has been seen as often as it may."""
        return bool(child.most) and self.seen[self.loop.places[child]] >= child.most

    def passage(self, shape: Shape, texts: list[str], *, opening: bool = False) -> Passage | None:
        """Where a run of a shape leads from here; None when it is not without fault.  Found out once for a shape.

        Behind an opening the level or claim it ends in may still lack what follows.
        """
        if shape not in self.passages:
            if len(self.passages) >= PASSAGE_ROOM:
                return None
            known = self.automaton.likeness(self)
            if shape not in known:
                known[shape] = self._pass(texts, opening=opening)
            self.passages[shape] = self._moved(known[shape])
        return self.passages[shape]

    def _moved(self, passage: Passage | None) -> Passage | None:
        """A passage from a state alike to one from here: counts of children already passed are those of here."""
        if passage is None:
            return None
        begun, *inner = *passage.frames, passage.state
        passed = self.loop.passed(self.position)
        if begun.seen[:passed] == self.seen[:passed]:
            return passage
        begun = self.automaton.state(self.loop, begun.position, self.seen[:passed] + begun.seen[passed:])
        if not inner:
            return Passage([], begun, passage.claim_depth, passage.home)
        return Passage([begun, *inner[:-1]], inner[-1], passage.claim_depth, passage.home)

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
            other for at, other in self.loop.required
            if not self.seen[at] and self.position <= other.position < child.position
        ]  # fmt: skip
        for depth, loop in enumerate(path, 1):
            inner: Child = path[depth] if depth < len(path) else node
            if loop.head is None:
                hop.skipped += [
                    (depth, loop, other) for _, other in loop.required if other.position < inner.position
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
        self.found: dict[tuple[int, int, str], tuple[list[Way], dict[str, list[Way]]]] = {}
        self.room = MEMO_ROOM
        self.alike: dict[tuple[int, int, Seen], dict[Shape, Passage | None]] = {}

    def likeness(self, state: State) -> dict[Shape, Passage | None]:
        """The passages known from states like this one: those that differ only in children already passed."""
        key = (id(state.loop), state.position, state.seen[state.loop.passed(state.position) :])
        return self.alike.setdefault(key, {})

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
            if headless:
                seen: Seen = tuple(
                    int(child is inner or child.position < inner.position) for child in loop.children)
            else:
                seen = loop.entry(inner)
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

    def ways(self, loop: Loop, position: int, prefix: str) -> tuple[list[Way], dict[str, list[Way]]]:
        """(place, loops entered, segment) for every segment so called that may follow, in the guide's order.

        The same again by qualifier.
        """
        key = (id(loop), position, prefix)
        found = self.found.get(key)
        if found is None:
            ways = [
                (place, path, node)
                for place, child in enumerate(loop.children)
                if child.position >= position and child is not loop.head
                for path, node in ([((), child)] if isinstance(child, Node) else child.doors())
                if (node.id + "*")[:3] == prefix
            ]
            found = self.found[key] = ways, _by_code(ways)
        return found

    def refresh(self) -> None:
        """Between sets: forgets what was learnt when there is no room to learn more."""
        if self.room <= 0 or len(self.states) >= MAX_STATES:
            self.states, self.alike, self.room = {}, {}, MEMO_ROOM

    def trim(self, stack: list[State], state: State) -> State:
        """Forgets all states when they are too many; the open frames are made anew."""
        if len(self.states) < MAX_STATES:
            return state
        self.states, self.alike, self.room = {}, {}, MEMO_ROOM
        stack[:] = [self.state(s.loop, s.position, s.seen) for s in stack]
        return self.state(state.loop, state.position, state.seen)


def _by_code(ways: list[Way]) -> dict[str, list[Way]]:
    result: dict[str, list[Way]] = {}
    for way in ways:
        for code in way[2].codes:
            result.setdefault(code, []).append(way)
    return result
