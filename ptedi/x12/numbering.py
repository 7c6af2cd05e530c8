"""Running numbers of a set: hierarchical levels (HL) and service lines (LX), resynchronised after a wrong one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptedi.findings import Rule
from ptedi.x12 import rules

if TYPE_CHECKING:
    from ptedi.x12.walker import Walker


@dataclass(slots=True)
class Counter:
    """A running number, and what the next one may also be after a wrong one."""

    count: int = 0
    other: int = -1
    last: tuple[int, str] = (-1, "")  # index and value, to know a segment sent twice


@dataclass(slots=True)
class Level:
    """An open HL: its depth in the stack, its number (as sent, as counted), HL04, its place, whether one came below."""

    depth: int
    numbers: tuple[str, ...]
    child_code: str
    index: int
    offset: int
    parent: bool = False


class Numbering:
    """HL01, HL02, HL04 and LX01 of one set."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.levels: list[Level] = []
        self.hls, self.lines = Counter(), Counter()

    def place(self) -> tuple[int, int]:
        """Index and byte offset of the segment at hand."""
        return self.walker.index, self.walker.offset

    def line(self, text: str) -> None:
        """LX01 counts the lines of a claim."""
        value = text[3:].partition("*")[0]
        if len(value) > 6:
            self.lines.count += 1
            return
        self._number(self.lines, value, rules.LX_NUMBER, "LX01", "line")

    def _number(self, counter: Counter, value: str, rule: Rule, ref: str, what: str) -> None:
        """Compares a running number; after a wrong one the count may go on either way."""
        again, counter.last = counter.last == (self.walker.index - 1, value), (self.walker.index, value)
        if again:
            return  # the doubled segment is told as such
        if _is_number(value) and len(value) <= 12:
            wanted = counter.count + 1
            said = int(value)
            if said != wanted and said == counter.other:
                wanted = said
            elif said != wanted:
                self.walker.bad(rule, f"{ref} is {value}, this is {what} {wanted}.", element=ref, value=value,
                         allowed=(str(wanted),))  # fmt: skip
            counter.count, counter.other = wanted, said + 1
        else:
            counter.count += 1

    def level(self, text: str) -> None:
        """HL01 counts, HL02 names the level above, HL04 says whether one below follows."""
        elements = [*text.split("*"), "", "", "", ""]
        value, parent, child_code = elements[1], elements[2], elements[4]
        depth = len(self.walker.stack)
        if self.hls.last == (self.walker.index - 1, value) and self.levels and self.levels[-1].depth == depth:
            self.levels.pop()
        self.close(depth)
        self._number(self.hls, value, rules.HL_NUMBER, "HL01", "level")
        if 0 < len(value) <= 12 and not _is_number(value):  # the guide types HL01 and HL02 as text
            message = f"HL01 is {value}, this is level {self.hls.count}."
            self.walker.bad(rules.HL_NUMBER, message, element="HL01", value=value, allowed=(str(self.hls.count),))
        self._below(parent)
        self.levels.append(Level(depth, (value, str(self.hls.count)), child_code, *self.place()))

    def _below(self, parent: str) -> None:
        """HL02 names the level above."""
        if self.levels:
            above = self.levels[-1]
            above.parent = True
            if 0 < len(parent) <= 12 and parent not in above.numbers:
                message = f"HL02 is {parent}, the level above is {above.numbers[0]}."
                self.walker.bad(rules.HL_PARENT, message, element="HL02", value=parent,
                                allowed=above.numbers[:1])  # fmt: skip

    def assume(self, depth: int, text: str = "") -> None:
        """A level whose HL is missing or wrong still counts."""
        self.close(depth)
        self.hls.count += 1
        self.hls.other = self.hls.count if not text else -1  # the sender may have numbered without it
        if self.levels:
            self.levels[-1].parent = True
        number = text.split("*")[1:2]
        self.levels.append(Level(depth, (str(self.hls.count), *number), "", *self.place()))

    def close(self, depth: int) -> None:
        """Ends the levels at `depth` and deeper; only now it is known whether one came below."""
        while self.levels and self.levels[-1].depth >= depth:
            level = self.levels.pop()
            if level.child_code in ("0", "1") and level.parent != (level.child_code == "1"):
                says = "no level below follows" if level.child_code == "1" else "a level below follows"
                self.walker.bad(
                    rules.HL_CHILD, f"HL04 is {level.child_code}, but {says}.", element="HL04", segment="HL",
                    value=level.child_code, segment_index=level.index, byte_offset=level.offset,
                    allowed=("0" if level.child_code == "1" else "1",), claim=None,
                )  # fmt: skip


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit()
