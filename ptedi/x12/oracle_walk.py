"""pyx12's walk over a map: its own code, without looking at children that cannot match and need not be there."""

from __future__ import annotations

from typing import Any

import pyx12.map_walker
import pyx12.nodeCounter
import pyx12.path


class Counter(pyx12.nodeCounter.NodeCounter):  # type: ignore[misc]
    """pyx12's counter of loops and segments, by the text of a path."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts

    def reset_to_node(self, xpath: Any) -> None:
        """Forgets the counts below a path."""
        start = _text(xpath) + "/"
        for path in [path for path in self.counts if path.startswith(start)]:
            del self.counts[path]

    def increment(self, xpath: Any) -> None:
        """Counts one more."""
        path = _text(xpath)
        self.counts[path] = self.counts.get(path, 0) + 1

    def get_count(self, xpath: Any) -> int:
        """The count of a path."""
        return self.counts.get(_text(xpath), 0)


def _text(xpath: Any) -> str:
    """A path's text; a path of the map remembers its own."""
    if isinstance(xpath, str):
        return str(pyx12.path.X12Path(xpath).format())
    known = xpath.__dict__.get("text")
    if known is None:
        known = xpath.__dict__["text"] = xpath.format()
    return str(known)


class Walker(pyx12.map_walker.walk_tree):  # type: ignore[misc]
    """pyx12's walk over the map; a child that cannot match and need not be there is passed by."""

    def __init__(self) -> None:
        super().__init__()
        self.counter = Counter({})

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
