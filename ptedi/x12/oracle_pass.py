"""pyx12 driven for one answer only: whether it finds nothing at all wrong with a file.

Every check is pyx12's own code on pyx12's own maps.  What is left out is what only describes errors (its tree of them,
its JSON, its log); what is remembered is what it answered to the same question before (`oracle_memory`).  At the first
thing that is not plainly in order this gives up (`sound` is False) and `oracle` runs pyx12 as it comes, which finds the
words.  Tests hold the two against each other over samples and thousands of mutilations.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pyx12.map_index
import pyx12.segment
import pyx12.x12file
from pyx12.errors import EngineError

from ptedi.x12.oracle_memory import Delimiters, Line, Memory, Place, load_map, segment

_LINES = 20_000  # segments of a file that are remembered; beyond it the memory begins anew
_LONGEST = 8_000  # pyx12 reads so much at once, and stops at a segment that is much longer
_WATCHED = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "HL", "CLM", "LX"})  # pyx12's reader looks into these
_OLD = "004010"  # guides that pyx12 finds by BHT02; they go the long way


def sound(data: bytes, unchecked_codes: str) -> bool:
    """Whether pyx12 accepts a file; False also when only its long way can tell."""
    try:
        return _walk(data.decode("latin-1"), unchecked_codes)
    except Exception:  # pyx12 raises anything on hostile input; the long way says what
        return False


def _walk(text: str, unchecked_codes: str) -> bool:
    source = _Reader(text)
    outer = _memory(f"x12.control.{source.icvn}.xml", unchecked_codes, source.delimiters)
    memory, guide, version = outer, "", ""
    place: Place | None = None
    for line in source.lines():
        if line.name == "ISA":
            version = line.parts[11]
            place = outer.begin(place, "/ISA_LOOP", "/ISA_LOOP/ISA")
        elif line.name == "GS":
            found = _index().get_filename(version, line.parts[7], line.parts[0])
            if found is None or line.parts[7].startswith(_OLD) or guide not in ("", found):
                return False
            guide, memory = found, _memory(found, unchecked_codes, source.delimiters)
            source.check_837_lx = memory.loaded.id == "837"
            place = memory.begin(place, "/ISA_LOOP/GS_LOOP", "/ISA_LOOP/GS_LOOP/GS")
        else:
            place = memory.walk(place, line) if guide and place is not None else None
        if place is None or source.err_list or not place.judge.sound(line):
            return False
    source.cleanup()
    return guide != "" and not source.err_list


@lru_cache(maxsize=8)
def _memory(file: str, unchecked_codes: str, delimiters: Delimiters) -> Memory:
    return Memory(load_map(file, unchecked_codes), delimiters)


@lru_cache(maxsize=1)
def _index() -> Any:
    return pyx12.map_index.map_index(None)


class _Reader(pyx12.x12file.X12Reader):  # type: ignore[misc]
    """pyx12's reader; a segment that was read before is the same line."""

    def __init__(self, text: str) -> None:
        super().__init__(io.StringIO(text))
        self._text = text
        self.delimiters = Delimiters(str(self.seg_term), str(self.ele_term), str(self.subele_term))

    def lines(self) -> Iterator[Line]:
        """The segments up to the first empty one, where pyx12 stops; pyx12's own counts have been taken of each."""
        known: dict[str, Line] = {}
        start, end = 0, self._text.find(self.delimiters.segment)
        while end >= 0:
            text = self._text[start:end].lstrip("\n\r")
            if text == "":
                return
            line = known.get(text)
            if line is None:
                if len(known) >= _LINES:
                    known.clear()
                line = known[text] = self._new(text)
            if line.name in _WATCHED:
                self._parse_segment(segment(text, self.delimiters))
            else:
                self.seg_count += 1
                self.cur_line += 1
            yield line
            start, end = end + 1, self._text.find(self.delimiters.segment, end + 1)

    def _new(self, text: str) -> Line:
        line = Line(text, self.delimiters)
        if len(text) > _LONGEST or text.startswith(" ") or text.endswith(self.delimiters.element):
            raise EngineError("not plainly in order")
        if not any(part.strip(self.delimiters.component) for part in line.parts) or not _is_name(line.name):
            raise EngineError("not plainly in order")
        return line


@lru_cache(maxsize=4096)
def _is_name(name: str) -> bool:
    """Whether pyx12 takes it for the name of a segment."""
    return bool(pyx12.segment.Segment(name, "~", "*", ":").is_seg_id_valid())
