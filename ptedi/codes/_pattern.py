"""An identifier that is defined by its shape alone."""

from __future__ import annotations

import re

from stdnum.exceptions import InvalidFormat, InvalidLength


class Shape:
    """compact and validate for one regular expression; `lengths` only decides which error is the truer one."""

    __slots__ = ("_drop", "_lengths", "_pattern")

    def __init__(self, pattern: str, *, lengths: range, drop: str = " -") -> None:
        self._pattern = re.compile(pattern, re.ASCII)
        self._lengths = lengths
        self._drop = str.maketrans("", "", drop)

    def compact(self, text: str) -> str:
        """Upper case without the marks that people type."""
        return text.translate(self._drop).upper()

    def validate(self, text: str) -> str:
        """The compact form, or a ValidationError."""
        text = self.compact(text)
        if len(text) not in self._lengths:
            raise InvalidLength()
        if not self._pattern.fullmatch(text):
            raise InvalidFormat()
        return text

    def is_valid(self, text: str) -> bool:
        """Whether the text has the shape."""
        return bool(self._pattern.fullmatch(self.compact(text)))
