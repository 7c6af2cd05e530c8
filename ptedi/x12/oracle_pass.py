"""pyx12 driven for one answer only: whether it finds nothing at all wrong with a file.

Every check is pyx12's own code on pyx12's own maps.  What is left out is what only describes errors (its tree of them,
its JSON, its log); what is remembered is what its pure functions answered: the same segment text at the same node of
the map has the same verdict, the same value in the same element too.  At the first thing that is not plainly in order
this gives up (`sound` is False) and `oracle` runs pyx12 as it comes, which finds the words.  Tests hold the two against
each other over samples and thousands of mutilations.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import pyx12.map_if
import pyx12.map_index
import pyx12.map_walker
import pyx12.nodeCounter
import pyx12.params
import pyx12.path
import pyx12.segment
import pyx12.x12file
from pyx12.errors import EngineError

_SEGMENTS = 20_000  # remembered per map node; beyond it the memory begins anew
_ELEMENTS = 5_000
_WATCHED = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "HL", "CLM", "LX"})  # pyx12's reader looks into these
_OLD = "004010"  # guides that pyx12 finds by BHT02; they go the long way


def sound(data: bytes, unchecked_codes: str) -> bool:
    """Whether pyx12 accepts a file; False also when only its long way can tell."""
    try:
        return _walk(data.decode("latin-1"), unchecked_codes)
    except Exception:  # pyx12 raises anything on hostile input; the long way says what
        return False


def _walk(text: str, unchecked_codes: str) -> bool:
    source = _Reader(io.StringIO(text))
    control = _map("x12.control.00501.xml" if source.icvn == "00501" else "x12.control.00401.xml", unchecked_codes)
    index, walker, chosen = _index(), _Walker(), None
    node = control.getnodebypath("/ISA_LOOP/ISA")
    version = ""
    for seg in source:
        name = seg.seg_id
        if name == "ISA":
            node, version = control.getnodebypath("/ISA_LOOP/ISA"), seg.get_value("ISA12")
            walker.forceWalkCounterToLoopStart("/ISA_LOOP", "/ISA_LOOP/ISA")
        elif name == "GS":
            node = control.getnodebypath("/ISA_LOOP/GS_LOOP/GS")
            walker.forceWalkCounterToLoopStart("/ISA_LOOP/GS_LOOP", "/ISA_LOOP/GS_LOOP/GS")
            guide = seg.get_value("GS08")
            file = index.get_filename(version, guide, seg.get_value("GS01"))
            if file is None or guide.startswith(_OLD):
                return False
            chosen = _map(file, unchecked_codes)
            source.check_837_lx = chosen.id == "837"
            node = chosen.getnodebypath("/ISA_LOOP/GS_LOOP/GS")
        else:
            node, _, _, errors = walker.walk_errors(node, seg, 0, 0, None)
            if node is None or errors:
                return False
        if source.err_list or not node.is_sound(seg):
            return False
    source.cleanup()
    return chosen is not None and not source.err_list


# --- the reader ---


class _Segment(pyx12.segment.Segment):  # type: ignore[misc]
    """A segment that never changes: it remembers its values, and does not parse `NM109` anew each time."""

    text: str
    values: dict[str, str | None]

    def get_value(self, ref_des: str) -> str | None:
        try:
            return self.values[ref_des]
        except KeyError:
            value: str | None = super().get_value(ref_des)
            self.values[ref_des] = value
            return value

    def _parse_refdes(self, ref_des: str) -> tuple[int | None, int | None]:
        name, element, part = _place(ref_des)
        if name is not None and name != self.seg_id:
            raise EngineError("another segment's designator")
        return element, part


@lru_cache(maxsize=4096)
def _place(ref_des: str) -> tuple[str | None, int | None, int | None]:
    path = pyx12.path.X12Path(ref_des)
    return (path.seg_id, None if path.ele_idx is None else path.ele_idx - 1,
            None if path.subele_idx is None else path.subele_idx - 1)  # fmt: skip


class _Reader(pyx12.x12file.X12Reader):  # type: ignore[misc]
    """pyx12's reader; a line that was read before is the same segment."""

    def __iter__(self) -> Iterator[Any]:
        known: dict[str, _Segment] = {}
        for line in self.raw:
            seg = known.get(line)
            if seg is None:
                seg = self._new(line)
                if len(known) >= _SEGMENTS:
                    known.clear()
                known[line] = seg
            if seg.seg_id in _WATCHED:
                self._parse_segment(seg)
            else:
                self.seg_count += 1
                self.cur_line += 1
            yield seg

    def _new(self, line: str) -> _Segment:
        seg = _Segment(line, str(self.seg_term), str(self.ele_term), str(self.subele_term))
        seg.text, seg.values = line, {}
        if line.startswith(" ") or line[-1] == self.ele_term or seg.is_empty() or not seg.is_seg_id_valid():
            raise EngineError("not plainly in order")
        return seg


# --- the map ---


@lru_cache(maxsize=16)
def _map(file: str, unchecked_codes: str) -> Any:
    """A map of pyx12, loaded once, whose nodes remember what they answered."""
    params = pyx12.params.ParamsBase()
    params.set("exclude_external_codes", unchecked_codes)
    loaded = pyx12.map_if.load_map_file(file, params)
    for node in loaded.loop_segment_iterator():
        if node.is_segment():
            _remember_segment(node)
    return loaded


@lru_cache(maxsize=1)
def _index() -> Any:
    return pyx12.map_index.map_index(None)


def _remember_segment(node: Any) -> None:
    """Gives a segment node `is_sound`, and answers that need no search."""
    key = node._resolve_unique_key_field(node.id, with_qual=False)
    place = None if key is None else f"{key[1]:02d}-{key[2]}" if key[2] else f"{key[1]:02d}"
    codes = frozenset() if key is None else key[0]._valid_codes_set

    def is_match(seg: Any) -> bool:
        return seg.seg_id == node.id and (place is None or seg.get_value(place) in codes)

    children = {child.seq - 1: child for child in node.children}
    node.__dict__["is_match"] = is_match
    if len(children) == len(node.children):
        node.__dict__["get_child_node_by_idx"] = children.get
    for child in node.children:
        for element in child.children if child.is_composite() else [child]:
            _remember_element(element)
    node.__dict__["is_sound"] = _sound_at(node)


def _sound_at(node: Any) -> Callable[[Any], bool]:
    known: set[str] = set()

    def is_sound(seg: Any) -> bool:
        if seg.text in known:
            return True
        valid, errors = node.is_valid_errors(seg)
        if not valid or errors:
            return False
        if len(known) >= _SEGMENTS:
            known.clear()
        known.add(seg.text)
        return True

    return is_sound


def _remember_element(element: Any) -> None:
    """An element node remembers the plain values that it found in order."""
    judge, known = element.is_valid_errors, set[tuple[str, tuple[str, ...]]]()

    def is_valid_errors(value: Any, type_list: list[str] | None = None) -> tuple[bool, list[Any]]:
        if value is not None and value.is_composite():
            return judge(value, type_list)  # type: ignore[no-any-return]
        key = ("" if value is None else value.get_value(), tuple(type_list or ()))
        if key in known:
            return True, []
        valid, errors = judge(value, type_list)
        if valid and not errors:
            if len(known) >= _ELEMENTS:
                known.clear()
            known.add(key)
        return valid, errors

    element.__dict__["is_valid_errors"] = is_valid_errors


# --- the walk ---


class _Counter(pyx12.nodeCounter.NodeCounter):  # type: ignore[misc]
    """pyx12's counter of loops and segments, by the text of a path."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def reset_to_node(self, xpath: Any) -> None:
        start = _text(xpath) + "/"
        for path in [path for path in self._counts if path.startswith(start)]:
            del self._counts[path]

    def increment(self, xpath: Any) -> None:
        path = _text(xpath)
        self._counts[path] = self._counts.get(path, 0) + 1

    def get_count(self, xpath: Any) -> int:
        return self._counts.get(_text(xpath), 0)


def _text(xpath: Any) -> str:
    """A path's text; a path of the map remembers its own."""
    if isinstance(xpath, str):
        return str(pyx12.path.X12Path(xpath).format())
    known = xpath.__dict__.get("text")
    if known is None:
        known = xpath.__dict__["text"] = xpath.format()
    return str(known)


class _Walker(pyx12.map_walker.walk_tree):  # type: ignore[misc]
    """pyx12's walk over the map; a child that cannot match and need not be there is passed by."""

    def __init__(self) -> None:
        super().__init__()
        self.counter = _Counter()

    def _scan_loop_at_position(
        self, node: Any, node_pos: int, seg_data: Any, orig_node: Any, seg_count: int, cur_line: int,
        ls_id: str | None, pop_node_list: list[Any],
    ) -> tuple[Any, list[Any], list[Any]] | None:  # fmt: skip
        for child, first in _candidates(node, node_pos, seg_data.seg_id):
            if first is not None and first != seg_data.seg_id and self.counter.get_count(child.x12path) > 0:
                continue  # it must be there, and it is
            if child.is_segment():
                found = self._try_match_segment_child(node, child, seg_data, orig_node, seg_count, cur_line, ls_id,
                                                      pop_node_list)  # fmt: skip
            else:
                found = self._try_match_loop_child(child, seg_data, seg_count, cur_line, ls_id, pop_node_list)
            if found is not None:
                return found  # type: ignore[no-any-return]
        return None

    def _is_loop_match(self, loop_node: Any, seg_data: Any, seg_count: int, cur_line: int, ls_id: str | None) -> bool:
        first = loop_node.__dict__.get("begins")
        if first is None:
            first = loop_node.get_first_node()
            if first is None or not first.is_segment():
                return bool(super()._is_loop_match(loop_node, seg_data, seg_count, cur_line, ls_id))
            loop_node.__dict__["begins"] = first
        if first.is_match(seg_data):
            return True
        self._record_loop_missing_if_required(loop_node, first, seg_count, cur_line, ls_id)
        return False


def _candidates(node: Any, start: int, name: str) -> list[tuple[Any, str | None]]:
    """The children of a loop from a position on that may match a segment of this name, or that must be there.

    Each with the segment it begins with, None where a loop begins with a loop: pyx12 then has to look inside.
    """
    known = node.__dict__.setdefault("candidates", {})
    found = known.get((start, name))
    if found is None:
        ordered = [child for position in sorted(node.pos_map) if position >= start for child in node.pos_map[position]]
        found = known[start, name] = [
            (child, _first(child)) for child in ordered
            if _first(child) in (name, None) or child.usage == "R"
        ]  # fmt: skip
    return found  # type: ignore[no-any-return]


def _first(child: Any) -> str | None:
    if child.is_segment():
        return str(child.id)
    first = child.get_first_node()
    return str(first.id) if first is not None and first.is_segment() else None
