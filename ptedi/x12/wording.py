"""Segments with the guide's words beside them: the loop each stands in, its name, the names of its elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from ptedi.findings import Finding
from ptedi.x12 import structure
from ptedi.x12.guide import Element, find
from ptedi.x12.loops import Node, tree
from ptedi.x12.reader import Segment
from ptedi.x12.summary import TransactionSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedElement:
    """A value of a segment with its reference (SV101-2) and the guide's name of it."""

    ref: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSegment:
    """A segment in canonical spelling (`* : ^`), where it stands in its file and in the guide, and its values."""

    index: int
    offset: int
    text: str
    loop: str
    name: str
    elements: tuple[NamedElement, ...]


def name(data: bytes, guide: str, wanted: Iterable[Segment]) -> list[NamedSegment]:
    """Names segments of a file whose sets follow this guide; what the guide does not know keeps its values only."""
    several = list(wanted)
    places = _Places(guide, {one.index for one in several})
    if find(guide) is not None:
        structure.check(data, {guide: places}, lenient=True)
    return [_named(one, places.found.get(one.index)) for one in several]


class _Places:
    """Listens where in the guide each wanted segment was accepted."""

    def __init__(self, guide: str, wanted: set[int]) -> None:
        self.wanted, self.found = wanted, dict[int, Node]()
        by_path: dict[str, list[Node]] = {}
        if find(guide) is not None:
            for node in tree(guide)[0].nodes():
                by_path.setdefault(node.path, []).append(node)
        told = {path: partial(self._note, nodes) for path, nodes in by_path.items()}
        self.handlers: Mapping[str, Callable[[str, int, int, int], None]] = told | {f"{p}!": f for p, f in told.items()}

    def _note(self, nodes: list[Node], text: str, index: int, _position: int, _offset: int) -> None:
        if index in self.wanted:
            fitting = [node for node in nodes if node.accepts(text)] or nodes
            self.found[index] = next((node for node in fitting if node.pattern.fullmatch(text)), fitting[0])

    def start(self, transaction: TransactionSummary) -> None:
        """A set begins."""

    def end(self, transaction: TransactionSummary, findings: list[Finding]) -> None:
        """A set has ended."""


def _named(segment: Segment, node: Node | None) -> NamedSegment:
    specs = {one.number: one for one in node.spec.elements} if node else {}
    values = tuple(
        named
        for number, value in enumerate(segment.elements[1:], 1) if value
        for named in _element(segment.id, number, value, specs.get(number))
    )  # fmt: skip
    loop, title = (node.loop.id, node.spec.name) if node else ("", "")
    return NamedSegment(index=segment.index, offset=segment.offset, text=str(segment), loop=loop, name=title,
                        elements=values)  # fmt: skip


def _element(segment: str, number: int, value: str, spec: Element | None) -> list[NamedElement]:
    ref = f"{segment}{number:02d}"
    if spec is None or not spec.components:
        return [NamedElement(ref=ref, name=spec.name if spec else "", value=value)]
    parts = {one.number: one for one in spec.components}
    return [
        NamedElement(ref=f"{ref}-{place}", name=parts[place].name if place in parts else "", value=part)
        for one in value.split("^") for place, part in enumerate(one.split(":"), 1) if part
    ]  # fmt: skip
