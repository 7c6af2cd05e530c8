"""Where to go on after a segment that has no place: the likeliest single mistake explains it.

In this order: a wrong qualifier of a segment that is due, a segment after its place in its own loop, a loop whose first
segment is missing (when the next segment fits inside it too), a segment or loop after its place further out.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ptedi.x12.automaton import State
from ptedi.x12.loops import WRAPPERS, Child, Loop, Node

if TYPE_CHECKING:
    from ptedi.x12.walker import Walker


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loop that may be entered without its first segment: frame, place of the child, loops on the way."""

    depth: int
    state: State
    place: int
    path: tuple[Loop, ...]
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How to go on: kind is qualifier, headless, late or late loop."""

    kind: str
    depth: int
    state: State
    place: int
    path: tuple[Loop, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Inner:
    """A segment inside a loop and the loops entered to reach it."""

    path: tuple[Loop, ...]
    node: Node


def frames(walker: Walker) -> Iterator[tuple[int, State]]:
    """The open loops, innermost first, with their depth."""
    yield len(walker.stack), walker.state
    for depth in range(len(walker.stack) - 1, -1, -1):
        yield depth, walker.stack[depth]


def plan(walker: Walker) -> Plan | None:
    """The likeliest explanation of a segment without a place."""
    text = walker.text
    due = _due(walker)
    if due:
        return due
    late = list(_late(walker, text))
    exact = [p for p in late if p.node.pattern.fullmatch(text)]
    inner = [p for p in exact if p.depth == len(walker.stack) and not p.state.full(p.node)]
    headless = _headless(walker, text)
    loops = list(_late_loops(walker, text))
    for choice in (inner, headless, exact or late, loops):
        if choice:
            return choice[0]
    return None


def _due(walker: Walker) -> Plan | None:
    """A required child that is due, called like this segment, whose qualifier is wrong."""
    text, name = walker.text, walker.text.partition("*")[0]
    if any(node.accepts(text) for node in _reachable(walker)):
        return None
    for depth, state in frames(walker):
        for place, child in enumerate(state.loop.children):
            if child.usage != "R" or state.seen[place] or child.position < state.position:
                continue
            for path, node in [((), child)] if isinstance(child, Node) else child.doors():
                if node.id == name and node.codes and not node.accepts(text):
                    return None if node.accepts(walker.following or "") else Plan(
                        "qualifier", depth, state, place, path, node)  # fmt: skip
    return None


def due_names(walker: Walker, name: str) -> list[str]:
    """Identifiers of required segments that are due and look like `name`, innermost loop first."""
    return [
        node.id
        for _, state in frames(walker)
        for child in state.lacking()
        for _, node in ([((), child)] if isinstance(child, Node) else child.doors())
        if SequenceMatcher(None, name.upper(), node.id).ratio() >= 0.5 and not node.accepts(walker.following or "")
    ]


def _reachable(walker: Walker) -> Iterator[Node]:
    """Optional segments of the innermost loop still possible."""
    for child in walker.state.loop.children:
        if isinstance(child, Node) and child.position >= walker.state.position:
            yield child


def _late(walker: Walker, text: str) -> Iterator[Plan]:
    for depth, state in frames(walker):
        for place, child in enumerate(state.loop.children):
            if isinstance(child, Node) and child is not state.loop.head and child.position <= state.position:
                if child.accepts(text):
                    yield Plan("late", depth, state, place, (), child)


def _late_loops(walker: Walker, text: str) -> Iterator[Plan]:
    for depth, state in frames(walker):
        for place, child in enumerate(state.loop.children):
            if isinstance(child, Loop) and child.position <= state.position and child.id not in WRAPPERS:
                for path, node in child.doors():
                    if node.accepts(text):
                        yield Plan("late loop", depth, state, place, path, node)


def _headless(walker: Walker, text: str) -> list[Plan]:
    """Loops the segment may stand in whose first segment is missing; required ones that are due come first."""
    due, others = list[Plan](), list[Plan]()
    stray = walker.fits_without()
    for depth, state in frames(walker):
        for candidate in _enterable(depth, state):
            for inner in inside(candidate.path[-1], text):
                if inner.node.pattern.fullmatch(text) is None:
                    continue
                child = state.loop.children[candidate.place]
                awaited = child.usage == "R" and not state.seen[candidate.place]
                found = Plan("headless", depth, state, candidate.place, candidate.path, inner.node)
                if awaited and not (stray and depth < len(walker.stack)):
                    due.append(found)
                elif not stray and _continues(walker, candidate, inner):
                    others.append(found)
    return due or others


def _enterable(depth: int, state: State) -> Iterator[Candidate]:
    """Loops that may still follow, through wrappers."""
    for place, child in enumerate(state.loop.children):
        if isinstance(child, Loop) and child.position >= state.position and not state.full(child):
            yield from _through(depth, state, place, (child,))


def _through(depth: int, state: State, place: int, path: tuple[Loop, ...]) -> Iterator[Candidate]:
    if path[-1].id not in WRAPPERS:
        yield Candidate(depth, state, place, path)
        return
    for child in path[-1].children:
        if isinstance(child, Loop):
            yield from _through(depth, state, place, (*path, child))


def inside(loop: Loop, text: str) -> list[Inner]:
    """Segments behind the first one of a loop that this text may be."""
    found = list[Inner]()
    for child in loop.children:
        if child is loop.head:
            continue
        for path, node in [((), child)] if isinstance(child, Node) else child.doors():
            if node.accepts(text):
                found.append(Inner(path, node))
    return found


def _continues(walker: Walker, candidate: Candidate, inner: Inner) -> bool:
    """Whether the next segment goes on inside the loop without a further mistake."""
    text = walker.following
    if text is None:
        return False
    automaton = candidate.state.automaton
    push, state = automaton.entered(
        candidate.state, (*candidate.path, *inner.path), inner.node, headless=True)
    return goes_on([*push[len(candidate.path) :], state], text)


def goes_on(open_loops: list[State], text: str) -> bool:
    """Whether a text fits behind these open loops (outermost first) without a mistake."""
    for state in reversed(open_loops):
        hop = state.find(text[:3], text)
        if hop is not None:
            return hop.clean and hop.match(text) is not None
        if state.lacks:
            return False
    return False


def early(plan: Plan, before: str, following: str | None) -> bool:
    """Whether the segment before belongs behind a late one: the next one is late in the same loop too."""
    loop, now = plan.state.loop, plan.state.position
    own = [child for child in loop.children if isinstance(child, Node) and child.position == now]
    if following is None or not any(child.accepts(before) for child in own):
        return False
    if goes_on([plan.state], following):
        return False
    return any(
        child.accepts(following) and plan.node.position <= child.position < now
        for child in loop.children if isinstance(child, Node)
    )  # fmt: skip


def halves(node: Node, text: str, names: Container[str]) -> tuple[str, str]:
    """The two segments in a text whose terminator between them is lost, ("", "") when it is not so."""
    values = text.split("*", 60)
    for place in range(1, len(values) - 1):
        for size in (3, 2):
            value, name = values[place][:-size], values[place][-size:]
            first = "*".join((*values[:place], value)).rstrip("*")
            if name in names and node.pattern.fullmatch(first):
                return first, "*".join((name, *values[place + 1 :]))
    return "", ""


def headless_loop(candidate: Candidate) -> Loop:
    """The loop that lacks its first segment."""
    return candidate.path[-1]


def inner_node(candidate: Candidate, text: str) -> Inner:
    """Where the text stands inside the candidate, with all loops entered on the way."""
    found = inside(candidate.path[-1], text)
    best = next((inner for inner in found if inner.node.pattern.fullmatch(text)), found[0])
    return Inner((*candidate.path, *best.path), best.node)


def fits(candidate: Candidate, text: str) -> bool:
    """Whether the text may stand inside the candidate."""
    return bool(inside(candidate.path[-1], text))


def loops_headed(walker: Walker, name: str) -> list[Candidate]:
    """Loops still possible whose first segment is called `name`, those that are due first."""
    found = list[Candidate]()
    for depth, state in frames(walker):
        for candidate in _enterable(depth, state):
            head = candidate.path[-1].head
            if head is not None and head.id == name and not state.full(state.loop.children[candidate.place]):
                found.append(candidate)
    return found


def qualifiers(walker: Walker, name: str) -> tuple[str, ...]:
    """The qualifiers this segment could have here."""
    codes: set[str] = set()
    for _, state in frames(walker):
        for child in state.loop.children:
            if child.position < state.position or child is state.loop.head:
                continue
            for _, node in [((), child)] if isinstance(child, Node) else child.doors():
                if node.id == name:
                    codes |= node.codes
    return tuple(sorted(codes))


def qualifier_ref(nodes: list[Node]) -> str:
    """The element that holds the qualifier: NM101, HI01-1."""
    node = next(node for node in nodes if node.codes)
    return f"{node.id}{node.element:02d}" + ("-1" if node.composite else "")


def passed(state: State, position: int) -> list[Child]:
    """Required children between where a loop stands and a position, not seen."""
    return [
        child for child, count in zip(state.loop.children, state.seen, strict=True)
        if child.usage == "R" and not count and state.position <= child.position < position
    ]  # fmt: skip
