"""One HL7 v2 message as fields; the only module that knows the library `hl7`.

The library cuts a message by whatever delimiters its MSH names.  Escapes are resolved here, since the library writes
the text of a bad escape to the log, and drops what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ptedi.findings import Finding
from ptedi.intake.hl7_file import codec
from ptedi.intake.pages import found

_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_HEX = re.compile(r"X((?:[0-9A-Fa-f]{2})+)", re.ASCII)
_FORMATTING = re.compile(r"\.(?:br|sp|fi|nf|in|ti|sk|ce)[+-]?\d*|[HN]", re.ASCII)
_NULL = '""'
MAX_LENGTH = 1_000_000
"""Longest message that is cut, in characters; a visit has a few thousand."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: its id, and its fields as repetitions of components of subcomponents, escapes resolved."""

    id: str
    fields: tuple[tuple[tuple[tuple[str, ...], ...], ...], ...]

    def repetitions(self, number: int) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """The repetitions of a field; none when it is empty."""
        return self.fields[number] if number < len(self.fields) else ()

    def value(self, number: int, component: int = 1, subcomponent: int = 1, *, tag: str = "") -> str:
        """One value, "" when it is not there; with a tag, of the repetition that names it after its 4th component."""
        for repetition in self.repetitions(number):
            if not tag or any(tag in parts for parts in repetition[4:]):
                return part(repetition, component, subcomponent)
        return ""


@dataclass(frozen=True, slots=True)
class Message:
    """The segments of a message in order."""

    segments: tuple[Segment, ...]
    _by_name: dict[str, list[Segment]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for segment in self.segments:
            self._by_name.setdefault(segment.id, []).append(segment)

    def first(self, name: str) -> Segment:
        """The first segment of a name, an empty one when there is none."""
        named = self._by_name.get(name)
        return named[0] if named else Segment(name, ())

    def all(self, name: str) -> list[Segment]:
        """The segments of a name."""
        return self._by_name.get(name, [])


def part(repetition: Sequence[Sequence[str]], component: int, subcomponent: int = 1) -> str:
    """One value of a repetition, "" when it is not there."""
    parts = repetition[component - 1] if component <= len(repetition) else ()
    return parts[subcomponent - 1] if subcomponent <= len(parts) else ""


def npi(repetition: Sequence[Sequence[str]]) -> str:
    """The NPI of a person (XCN): the id that is said to be one, or the universal id of the assigning authority."""
    if part(repetition, 9, 3).upper() == "NPI":
        return part(repetition, 9, 2)
    return part(repetition, 1) if any("NPI" in parts for parts in repetition[4:]) else ""


def parse(text: str, encoding: str) -> tuple[Message, Finding | None]:
    """The message of a text that begins with MSH and has CR between segments, as far as it can be cut."""
    if len(text) > MAX_LENGTH:
        return Message(()), found("IN080", f"The message has more than {MAX_LENGTH:,} characters.")
    marks = _marks(text)
    if marks is None:  # with the usual marks at least the visit may be known, whose other messages must wait too
        usual = parse(f"MSH|^~\\&|\r{text.partition(chr(13))[2]}".rstrip("\r"), encoding)[0]
        return usual, found("IN080", "MSH-1 and MSH-2 do not name different marks that separate fields and parts.",
                            column="MSH-2")  # fmt: skip
    lines = text.split("\r")
    for number, line in enumerate(lines, 1):
        if not _SEGMENT.fullmatch(line[:3]) or (len(line) > 3 and line[3] != marks[0]):
            bad = found("IN080", f"Line {number} of the message is not a segment.")
            kept = [one for one in lines if _SEGMENT.fullmatch(one[:3]) and one[3:4] in (marks[0], "")]
            return _cut("\r".join(kept), marks, encoding)[0], bad
    return _cut(text, marks, encoding)


def _marks(text: str) -> str | None:
    """Field separator, then component, repetition, escape, subcomponent; None when they are not five marks."""
    separator = text[3:4]
    end = text.find(separator, 4)
    given = text[4:end] if end > 0 else ""
    marks = separator + (given + "^~\\&"[len(given):])[:4]
    usable = all(mark.isascii() and mark.isprintable() and not mark.isalnum() and mark != " " for mark in marks + given)
    return marks if given and len(given) <= 5 and usable and len(set(marks)) == 5 else None


def _cut(text: str, marks: str, encoding: str) -> tuple[Message, Finding | None]:
    import hl7  # type: ignore[import-untyped]  # noqa: PLC0415  # brings an event loop along; only for HL7 files

    try:
        parsed = hl7.parse(text)
        escapes = _Escapes(marks, codec(encoding) or "utf-8")
        return Message(tuple(Segment(_text(segment[0]), _fields(segment, escapes)) for segment in parsed)), None
    except (hl7.HL7Exception, ValueError, LookupError, AssertionError, TypeError, AttributeError, RecursionError):
        return Message(()), found("IN080", "The message cannot be cut into segments and fields.")


def _text(node: object) -> str:
    while isinstance(node, list):
        node = node[0] if node else ""
    return str(node)


def _fields(segment: Sequence[object], escapes: _Escapes) -> tuple[tuple[tuple[tuple[str, ...], ...], ...], ...]:
    """The fields of a segment; MSH-1 and MSH-2 are data of their own kind and stay out."""
    head = _text(segment[0]) == "MSH"
    return tuple(() if number == 0 or (head and number <= 2) else _field(field, escapes)
                 for number, field in enumerate(segment))  # fmt: skip


def _field(field: object, escapes: _Escapes) -> tuple[tuple[tuple[str, ...], ...], ...]:
    if isinstance(field, list) and len(field) == 1 and isinstance(field[0], str):
        text = escapes.resolve(field[0])
        return (((text,),),) if text else ()
    repetitions = tuple(
        tuple(tuple(escapes.resolve(_text(sub)) for sub in _nodes(component)) for component in _nodes(repetition))
        for repetition in _nodes(field)
    )  # fmt: skip
    return repetitions if any(text for rep in repetitions for parts in rep for text in parts) else ()


def _nodes(node: object) -> Sequence[object]:
    return node if isinstance(node, list) else (node,)


class _Escapes:
    """Resolves the escape sequences of a message."""

    def __init__(self, marks: str, encoding: str) -> None:
        field, component, repeat, self._mark, sub = tuple(marks)
        self._encoding = encoding
        self._single = {"F": field, "S": component, "R": repeat, "E": self._mark, "T": sub}

    def resolve(self, text: str) -> str:
        """The text meant; HL7's null is no text, an escape that nobody knows stays as it is."""
        if text == _NULL:
            return ""
        if self._mark not in text:
            return text
        parts = text.split(self._mark)
        out = [parts[0]]
        at = 1
        while at < len(parts) - 1:
            out.append(self._one(parts[at]))
            out.append(parts[at + 1])
            at += 2
        if at < len(parts):
            out.append(self._mark + parts[at])
        return "".join(out)

    def _one(self, inner: str) -> str:
        code = _HEX.fullmatch(inner)
        if inner in self._single:
            return self._single[inner]
        if code:
            return bytes.fromhex(code[1]).decode(self._encoding, "replace")
        if _FORMATTING.fullmatch(inner):
            return "" if inner in ("H", "N") else " "
        return f"{self._mark}{inner}{self._mark}"
