"""A stretch of segment texts, all of one interchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from ptedi.x12.delimiters import Delimiters

OPENS = ("HL*", "CLP*", "PLB*", "SE*")  # what may follow a level or claim that is whole
_OFTEN, _NEAR = 400, 40  # offsets asked for one by one, before all are made


class Block:
    """Segment texts in canonical spelling with what is needed to place each in the file.

    Attributes:
        first: index in the file of the first text, from 1.
        cut: whether the only text is the end of a file without a terminator.
        isa: whether the first text is an ISA, whose raw bytes are in `header`.
        following: the first text of the next block, None when there is none or nobody has looked.
        even: whether each text stands `step` bytes behind the end of the one before.
    """

    __slots__ = (
        "_ahead", "_asked", "_known", "_offsets", "_text", "_texts", "base", "cut", "delimiters", "even", "first",
        "following", "header", "isa", "step",
    )  # fmt: skip

    def __init__(self, texts: list[str] | str, first: int, base: int, step: int, delimiters: Delimiters) -> None:
        """A block of segments, or of one text in which each is followed by "~": it is split when somebody asks."""
        self._texts: list[str] | None = None if isinstance(texts, str) else texts
        self._text: str | None = texts if isinstance(texts, str) else None
        self.first, self.base, self.step, self.delimiters = first, base, step, delimiters
        self.isa, self.cut, self.header = False, False, b""
        self.following: str | None = None
        self.even = True
        self._offsets: list[int] | None = None
        self._ahead: list[str] | None = None
        self._known, self._asked = (0, base), 0

    @property
    def texts(self) -> list[str]:
        """The segments, without terminator and line ends."""
        if self._texts is None:
            self._texts = self.text[:-1].split("~")
        return self._texts

    @property
    def text(self) -> str:
        """The segments as one text, each followed by "~"."""
        if self._text is None:
            self._text = "~".join([*self.texts, ""])
        return self._text

    @property
    def count(self) -> int:
        """How many segments there are."""
        return self.text.count("~") if self._texts is None else len(self._texts)

    @property
    def beginning(self) -> str:
        """The first segment."""
        return self.text[: self.text.index("~")] if self._texts is None else self._texts[0]

    def place(self, offsets: list[int]) -> None:
        """Sets offsets that are not simply text after text."""
        self._offsets, self.even = offsets, False

    @property
    def offsets(self) -> list[int]:
        """The byte offset of each text."""
        if self._offsets is None:
            step = self.step
            self._offsets = list(accumulate(map(step.__add__, map(len, self.texts)), initial=self.base))
        return self._offsets

    def offset(self, place: int) -> int:
        """The byte offset of one text; cheap for some places, asked for more or less in rising order."""
        known, at = self._known
        if self._offsets is not None or place < known - _NEAR or self._asked > _OFTEN:
            return self.offsets[place]
        if place < known:
            at -= sum(map(len, self.texts[place:known])) + self.step * (known - place)
        else:
            at += sum(map(len, self.texts[known:place])) + self.step * (place - known)
        self._known, self._asked = (place, at), self._asked + 1
        return at

    @property
    def ahead(self) -> list[str]:
        """The texts, and the one that follows when it shows that a level or claim before it is whole."""
        if self._ahead is None:
            following = self.following
            shows = following is not None and following.startswith(OPENS)
            self._ahead = [*self.texts, following] if shows and following else self.texts
        return self._ahead


def looking_ahead(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, each knowing the first text of the next one."""
    held: Block | None = None
    for block in blocks:
        if held is not None:
            held.following = block.beginning
            yield held
        held = block
    if held is not None:
        yield held
