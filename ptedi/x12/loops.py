"""The loops and segments of a guide as the automaton walks them, shared by all automata."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

from ptedi.x12.guide import LoopSpec, SegmentSpec, load
from ptedi.x12.patterns import compile_segment

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
    """A loop with its children in the guide's order; `head` is its first segment, None for a wrapper.

    Attributes:
        places: place of each child among the children.
        required: the required children with their places.
    """

    __slots__ = (
        "_entries", "children", "head", "id", "most", "name", "parent", "places", "position", "required", "usage",
    )  # fmt: skip

    def __init__(self, spec: LoopSpec, parent: Loop | None = None) -> None:
        self.id, self.name, self.usage, self.parent = spec.id, spec.name, spec.usage, parent
        self.position, self.most = spec.position, 1 if spec.id in WRAPPERS else spec.most
        children: list[Loop | Node] = [Loop(child, self) for child in spec.loops]
        children += [Node(child, self) for child in spec.segments]
        self.children = sorted(children, key=lambda child: child.position)
        first = self.children[0]
        self.head = first if isinstance(first, Node) and self.id not in WRAPPERS - {"ST_LOOP"} else None
        self.places = {child: place for place, child in enumerate(self.children)}
        self.required = [(place, child) for child, place in self.places.items() if child.usage == "R"]
        self._entries: dict[Loop | Node, tuple[int, ...]] = {}

    def entry(self, inner: Loop | Node) -> tuple[int, ...]:
        """How often each child was seen once the loop is entered by one of them."""
        seen = self._entries.get(inner)
        if seen is None:
            seen = self._entries[inner] = tuple(int(child is inner) for child in self.children)
        return seen

    def passed(self, position: int) -> int:
        """How many children stand before a position."""
        return bisect_left(self.children, position, key=lambda child: child.position)

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
