"""JSON from a stranger: refused when it is too deep, says a name twice, or holds what is no JSON.

Numbers keep the very text in which they were written, so that what is handed back is what came: 0.0 stays 0.0.
"""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import Self

MAX_DEPTH = 64
MAX_DIGITS = 40
MAX_PARTS = 6_000_000
_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


class Unreadable(ValueError):
    """The text is refused; the sentence holds nothing of it."""


class Written(Decimal):
    """A number with the text in which it was written: `0.0`, `1E5`, `-0`."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """The number a JSON text states."""
        made = super().__new__(cls, text)
        made.text = text
        return made


def dump(value: object, source: str) -> str:
    """A value that was loaded from `source` as indented ASCII JSON, its numbers in their own text."""
    mark = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()  # no text of the source holds its hash

    def shown(number: object) -> str | None:
        return f"{mark} {number.text}" if isinstance(number, Written) else None

    plain = json.dumps(value, indent=2, ensure_ascii=True, default=shown)
    return re.sub(rf'"{mark} ([-+0-9.eE]+)"', r"\1", plain) + "\n"


def load(text: str) -> object:
    """The value of a JSON text: numbers exact, no name of an object twice.

    Raises:
        Unreadable: the text is no JSON, or is built to do harm.
    """
    _not_too_deep(text)
    try:
        return json.loads(text, parse_float=_part, parse_int=_whole, parse_constant=_no_number,
                          object_pairs_hook=_object)  # fmt: skip
    except json.JSONDecodeError as problem:
        raise Unreadable(f"line {problem.lineno}, column {problem.colno}: {problem.msg}") from None
    except ArithmeticError:
        raise Unreadable("a number is malformed") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None


def _not_too_deep(text: str) -> None:
    """Counts texts, and brackets outside of texts, before anything is built."""
    depth = 0
    for count, match in enumerate(_MARKS.finditer(text)):
        mark = match[0]
        if count > MAX_PARTS:
            raise Unreadable(f"it has more than {MAX_PARTS:,} parts")
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Unreadable(f"it is nested more than {MAX_DEPTH} levels deep")
        elif mark in "]}":
            depth -= 1


def _whole(digits: str) -> int | Written:
    if len(digits) > MAX_DIGITS:
        raise Unreadable("a number has too many digits")
    return Written(digits) if digits == "-0" else int(digits)


def _part(digits: str) -> Written:
    number = Written(digits if len(digits) <= MAX_DIGITS else "NaN")
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise Unreadable("a number has too many digits")
    return number


def _no_number(word: str) -> object:
    raise Unreadable(f"{word} is no JSON number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise Unreadable("an object says a name twice")
    return made
