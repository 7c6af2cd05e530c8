"""Refused HL7 messages as they were, each with an NTE after the FT1 that says why; readers pass over these NTE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptedi.intake import hl7_file
from ptedi.intake.hl7_file import RawMessage

_AUTHOR = b"PTEDI"


def rejects(data: bytes, comments: Mapping[int, str]) -> bytes:
    """The messages of a file that have a row among the comments, without framing and batch headers."""
    out: list[bytes] = []
    for message, numbers in hl7_file.rows(hl7_file.cut(data).messages):
        if any(number in comments for number in numbers):
            out += [line + message.ending for line in _lines(message, numbers, comments)]
    return b"".join(out)


def _lines(message: RawMessage, numbers: range, comments: Mapping[int, str]) -> Iterator[bytes]:
    """The message's lines; the comment of a row stands after its FT1, or after MSH when there is no FT1."""
    number, without = numbers.start, not message.charges
    for nth, line in enumerate(message.lines):
        if _is_ours(message, line):
            continue
        yield line
        if message.is_charge(line) or (without and nth == 0):
            if number in comments:
                yield _note(message, comments[number])
            number += 1


def _is_ours(message: RawMessage, line: bytes) -> bool:
    fields = line.split(message.separator, 3)
    return fields[0] == b"NTE" and len(fields) > 2 and fields[2] == _AUTHOR


def _note(message: RawMessage, comment: str) -> bytes:
    mark = message.separator.decode("latin-1")
    given = message.lines[0][4:8].decode("latin-1").split(mark)[0]
    escape = given[2] if len(given) > 2 else ""
    text = comment.replace(escape, f"{escape}E{escape}") if escape else comment
    for character, code in zip(mark + given.replace(escape, "", 1) if escape else mark, "FSRT", strict=False):
        text = text.replace(character, f"{escape}{code}{escape}" if escape else " ")
    words = " ".join(text.split()).encode(hl7_file.codec(message.encoding) or "ascii", "replace")
    return message.separator.join((b"NTE", b"1", _AUTHOR, words))
