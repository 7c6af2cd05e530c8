"""What pyx12 answered about one of its maps, remembered: its walk from segment to segment, its verdict on a segment.

The walk hangs on three things only: the node where it stands, how often each loop and segment was counted, and of the
next segment the name and the qualifiers by which the map tells segments apart; it is shown nothing else (`Kind`).  A
count counts only up to one more than the map allows.  So a walk from the same place on the same kind of segment is the
same walk.

The verdict on a segment is made up of verdicts on its elements, one by one, and of which of them are there.  A segment
of which each element was in order at this very place of the map, beside the same elements, is in order.  Where pyx12
looks only at an element's length and its classes of characters, one digit is as good as another, and one capital too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyx12.map_if
import pyx12.params
import pyx12.path
import pyx12.segment
from pyx12.errors import EngineError
from pyx12.map_if._element import element_if

from ptedi.x12.oracle_walk import Counter, Walker

_REMEMBERED = 50_000  # places and kinds of segments per map; beyond it the memory begins anew
_ELEMENTS = 5_000  # remembered per element of the map
_ALIKE = str.maketrans("123456789BCDEFGHIJKLMNOPQRSTUVWXYZ", "0" * 9 + "A" * 25)
_ENDLESS = 1_000_000  # pyx12 has a number of this size for "any number of times"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """As pyx12 takes them from the ISA."""

    segment: str
    element: str
    component: str


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """All that the walk is told of a segment; if it asks for more there is an error, and the long way says which."""

    seg_id: str
    values: dict[str, str | None]

    def get_seg_id(self) -> str:
        """As pyx12's segment."""
        return self.seg_id

    def get_value(self, place: str) -> str | None:
        """As pyx12's segment."""
        return self.values[place]


class Line:
    """A segment of a file; its elements as text, and who found it in order last."""

    __slots__ = ("judged", "kind", "name", "parts", "text")

    def __init__(self, text: str, delimiters: Delimiters) -> None:
        self.text = text
        self.name, *self.parts = text.split(delimiters.element)
        self.kind: Kind | None = None
        self.judged: Judge | None = None


class _Segment(pyx12.segment.Segment):  # type: ignore[misc]
    """pyx12's own segment, which does not parse `NM109` anew each time."""

    def _parse_refdes(self, ref_des: str) -> tuple[int | None, int | None]:
        name, element, component = _position(ref_des)
        if name is not None and name != self.seg_id:
            raise EngineError("another segment's designator")
        return element, component


@lru_cache(maxsize=4096)
def _position(ref_des: str) -> tuple[str | None, int | None, int | None]:
    path = pyx12.path.X12Path(ref_des)
    return (path.seg_id, None if path.ele_idx is None else path.ele_idx - 1,
            None if path.subele_idx is None else path.subele_idx - 1)  # fmt: skip


def segment(text: str, delimiters: Delimiters) -> Any:
    """A segment for pyx12."""
    return _Segment(text, delimiters.segment, delimiters.element, delimiters.component)


@lru_cache(maxsize=16)
def load_map(file: str, unchecked_codes: str) -> Any:
    """A map of pyx12, loaded once, whose segment nodes match and find their elements without a search."""
    params = pyx12.params.ParamsBase()
    params.set("exclude_external_codes", unchecked_codes)
    loaded = pyx12.map_if.load_map_file(file, params)
    for node in loaded.loop_segment_iterator():
        if node.is_segment():
            _find_at_once(node)
    return loaded


def _find_at_once(node: Any) -> None:
    place, codes = _qualifier(node)
    children = {child.seq - 1: child for child in node.children}
    node.__dict__["is_match"] = lambda seg: seg.seg_id == node.id and (place is None or seg.get_value(place) in codes)
    if len(children) == len(node.children):
        node.__dict__["get_child_node_by_idx"] = children.get


def _qualifier(node: Any) -> tuple[str | None, frozenset[str | None]]:
    """The element whose value tells this segment from others of its name, and its values; None: the name is enough."""
    key = node._resolve_unique_key_field(node.id, with_qual=False)
    if key is None:
        return None, frozenset()
    child, element, component = key
    return f"{element:02d}-{component}" if component else f"{element:02d}", child._valid_codes_set


class Place:
    """A node of the map together with the counts of loops and segments; `after`: where each kind of segment leads."""

    __slots__ = ("after", "counts", "judge", "node")

    def __init__(self, node: Any, counts: dict[str, int], judge: Judge) -> None:
        self.node, self.counts, self.judge = node, counts, judge
        self.after: dict[Kind, Place] = {}


class Memory:
    """What pyx12 answered about a map for files with the same delimiters."""

    def __init__(self, loaded: Any, delimiters: Delimiters) -> None:
        self.loaded = loaded
        self._delimiters, self._walker = delimiters, Walker()
        self._places: dict[tuple[int, frozenset[tuple[str, int]]], Place] = {}
        self._judges: dict[int, Judge] = {}
        self._most: dict[str, int] = {}
        self._kinds: dict[tuple[str | None, ...], Kind] = {}
        self._qualifiers: dict[str, tuple[str, ...]] = {}
        for node in loaded.loop_segment_iterator():
            if node.is_map_root():
                continue
            path, most = str(node.x12path.format()), node.get_max_repeat()
            self._most[path] = max(self._most.get(path, 1), most + 1 if most < _ENDLESS else 1)
            if node.is_segment() and (place := _qualifier(node)[0]) is not None:
                self._qualifiers[node.id] = tuple(dict.fromkeys((*self._qualifiers.get(node.id, ()), place)))

    def begin(self, before: Place | None, loop: str, first: str) -> Place:
        """Where a loop of the envelope begins, whatever went before."""
        counter = self._walker.counter = Counter(dict(before.counts) if before is not None else {})
        self._walker.forceWalkCounterToLoopStart(loop, first)
        node = self.loaded.getnodebypath(first)
        return Place(node, counter.counts, self._judge(node))

    def _judge(self, node: Any) -> Judge:
        found = self._judges.get(id(node))
        if found is None:
            found = self._judges[id(node)] = Judge(node, self._delimiters)
        return found

    def _place(self, node: Any, counts: dict[str, int]) -> Place:
        """A node with these counts; what is more than too many, or than one of any number, says nothing new."""
        counts = {path: min(count, self._most.get(path, count)) for path, count in counts.items()}
        key = (id(node), frozenset(counts.items()))
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = Place(node, counts, self._judge(node))
        return found

    def walk(self, place: Place, line: Line) -> Place | None:
        """Where a segment leads; None: pyx12 has something to say."""
        kind = line.kind = line.kind or self._kind(line)
        after = place.after.get(kind)
        if after is None:
            if len(self._places) >= _REMEMBERED or len(self._kinds) >= _REMEMBERED:
                self._forget()
            counter = self._walker.counter = Counter(dict(place.counts))
            node, _, _, errors = self._walker.walk_errors(place.node, kind, 0, 0, None)
            if node is None or errors:
                return None
            after = place.after[kind] = self._place(node, counter.counts)
        return after

    def _forget(self) -> None:
        for one in self._places.values():
            one.after.clear()
        self._places.clear()
        self._kinds.clear()

    def _kind(self, line: Line) -> Kind:
        places = self._qualifiers.get(line.name, ())
        values = tuple(self._value(line, place) for place in places)
        found = self._kinds.get((line.name, *values))
        if found is None:
            found = self._kinds[line.name, *values] = Kind(line.name, dict(zip(places, values, strict=True)))
        return found

    def _value(self, line: Line, place: str) -> str | None:
        """What pyx12's segment has there; it is looked for only where it is not plain."""
        _, element, component = _position(place)
        part = line.parts[element] if element is not None and element < len(line.parts) else self._delimiters.component
        if self._delimiters.component not in part and not component:
            return part
        found: str | None = segment(line.text, self._delimiters).get_value(place)
        return found


class Judge:
    """What pyx12 said of segments at one node of its map."""

    __slots__ = ("_alike", "_delimiters", "_known", "_node", "_shapes")

    def __init__(self, node: Any, delimiters: Delimiters) -> None:
        self._node, self._delimiters = node, delimiters
        children = [node.get_child_node_by_idx(place) for place in range(node.get_child_count())]
        plain = not any(map(str.isalnum, (delimiters.segment, delimiters.element, delimiters.component)))
        self._alike = [plain and node.id != "ISA" and alike(child) for child in children]
        self._known: list[set[str]] = [set() for _ in children]
        self._shapes: set[tuple[bool, ...]] = set()

    def sound(self, line: Line) -> bool:
        """Whether pyx12 finds nothing wrong with a segment at this node."""
        if line.judged is not self:
            parts = self._parts(line)
            if not self._by_parts(parts) and not self._as_a_whole(line, parts):
                return False
            line.judged = self
        return True

    def _parts(self, line: Line) -> list[str]:
        """The elements, as what they are judged by: the date of a DTP together with its format."""
        if self._node.id != "DTP" or len(line.parts) < 3:
            return line.parts
        return [*line.parts[:2], f"{line.parts[1]} {line.parts[2]}" if line.parts[2] else "", *line.parts[3:]]

    def _by_parts(self, parts: Sequence[str]) -> bool:
        if tuple(map(bool, parts)) not in self._shapes:
            return False
        for part, known, is_alike in zip(parts, self._known, self._alike, strict=False):
            if (part.translate(_ALIKE) if is_alike else part) not in known:
                return False
        return True

    def _as_a_whole(self, line: Line, parts: Sequence[str]) -> bool:
        whole = segment(line.text, self._delimiters)
        valid, errors = self._node.is_valid_errors(whole)
        if not valid or errors:
            return False
        if all(bool(part) == bool(whole.get_value(f"{place:02d}")) for place, part in enumerate(line.parts, 1)):
            self._shapes.add(tuple(map(bool, parts)))
            for part, known, is_alike in zip(parts, self._known, self._alike, strict=False):
                if len(known) >= _ELEMENTS:
                    known.clear()
                known.add(part.translate(_ALIKE) if is_alike else part)
        return True


def alike(element: Any) -> bool:
    """Whether pyx12 looks only at the length of an element's text and at the classes of its characters."""
    if not isinstance(element, element_if) or element.valid_codes or element.external_codes or element.rec:
        return False
    kind = element.data_type or ""
    return element.data_ele != "1251" and (kind in ("AN", "ID", "R") or kind.startswith("N"))
