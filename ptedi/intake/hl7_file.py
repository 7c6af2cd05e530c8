"""An HL7 file cut into messages: MLLP framing taken off, batch envelopes checked, each message in its own encoding.

Segments may end with CR, LF or CRLF.  What belongs to no message makes the whole file wait: a torn file bills half.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from ptedi.findings import Finding
from ptedi.intake.pages import found

_START = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x0b\x1c]*(?:MSH|FHS|BHS)[!-/:-@\[-`{-~]")
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
_HEAD = re.compile(rb"(MSH|FHS|BHS)([!-/:-@\[-`{-~])")
_TAIL = re.compile(rb"(BTS|FTS)(?:[!-/:-@\[-`{-~](.*))?", re.DOTALL)
_SPLITTER = re.compile(rb"[^0-9]")
_ENCODINGS = {"": "utf-8", "ASCII": "utf-8", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "UNICODE": "utf-8",
              "WINDOWS-1252": "cp1252", "CP1252": "cp1252"}  # fmt: skip
_LATIN = re.compile(r"(?:ISO[ -]?)?8859[/-](\d{1,2})")


@dataclass(slots=True)
class RawMessage:
    """The lines of one message as they were, and the number of the line (from 1) with its MSH."""

    line: int
    ending: bytes
    lines: list[bytes] = field(default_factory=list)

    @property
    def separator(self) -> bytes:
        """MSH-1."""
        return self.lines[0][3:4]

    @property
    def encoding(self) -> str:
        """What MSH-18 says, in capitals; the first repetition counts."""
        fields = self.lines[0].split(self.separator)
        repeat = self.lines[0][5:6] or b"~"
        said = fields[17] if len(fields) > 17 else b""
        return said.split(repeat)[0].decode("ascii", "replace").strip().upper()

    @property
    def charges(self) -> int:
        """How many FT1 there are."""
        return sum(self.is_charge(line) for line in self.lines)

    def is_charge(self, line: bytes) -> bool:
        """Whether a line is an FT1."""
        return line[:3] == b"FT1" and line[3:4] in (self.separator, b"")

    def text(self) -> tuple[str, Finding | None]:
        """The message with CR between segments; what could not be decoded is replaced, and said."""
        data = b"\r".join(self.lines)
        name = codec(self.encoding)
        if name is None:
            return data.decode("utf-8", "replace"), found(
                "IN083", "MSH-18 of the message names an encoding that is not read.", column="MSH-18",
                value=self.encoding[:40])  # fmt: skip
        try:
            return data.decode(name), None
        except UnicodeDecodeError as problem:
            bad = data[problem.start]
            return data.decode(name, "replace"), found(
                "IN083", f"The message from line {self.line} on has a byte that is not {self.encoding or 'UTF-8'}.",
                column="MSH-18", value=f"0x{bad:02X}")  # fmt: skip


@dataclass(slots=True)
class Cut:
    """The messages of a file and what is wrong with the file as a whole."""

    messages: list[RawMessage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def holds(data: bytes) -> bool:
    """Whether the bytes begin as HL7 v2 does: MSH, or the header of a file or batch."""
    return bool(_START.match(data[:4096]))


def codec(said: str) -> str | None:
    """Python's name of an encoding of table 0211, None when it is not read."""
    latin = _LATIN.fullmatch(said)
    if latin:
        try:
            return codecs.lookup(f"iso8859-{latin[1]}").name
        except LookupError:
            return None
    return _ENCODINGS.get(said)


class _Cutter:
    """Goes through the lines once; counts what the trailers count."""

    def __init__(self) -> None:
        self.cut = Cut()
        self._current: RawMessage | None = None
        self._file_open = self._batch_open = False
        self._in_batch = self._batches = 0

    def line(self, number: int, text: bytes, ending: bytes) -> None:
        head, tail = _HEAD.match(text), _TAIL.fullmatch(text)
        if head and head[1] == b"MSH":
            self._current = RawMessage(number, ending or b"\r", [text])
            self.cut.messages.append(self._current)
            self._in_batch += 1
        elif head:
            self._open(number, head[1])
        elif tail:
            self._close(number, tail[1], tail[2] or b"")
        elif self._current is not None:
            self._current.lines.append(text)
        else:
            self._wrong("IN085", f"Line {number} belongs to no message.")

    def _open(self, number: int, kind: bytes) -> None:
        if self._batch_open or (kind == b"FHS" and self._file_open):
            self._wrong("IN082", f"{kind.decode()} in line {number} comes before the end of what it follows.")
        if kind == b"FHS":
            self._file_open, self._batches = True, 0
        else:
            self._batch_open, self._in_batch = True, 0
            self._batches += 1
        self._current = None

    def _close(self, number: int, kind: bytes, rest: bytes) -> None:
        batch = kind == b"BTS"
        if not (self._batch_open if batch else self._file_open):
            self._wrong("IN082", f"{kind.decode()} in line {number} ends what has not begun.")
        said, there = _SPLITTER.split(rest.strip(), maxsplit=1)[0], self._in_batch if batch else self._batches
        if said and int(said[:9]) != there:
            what = "messages" if batch else "batches"
            self._wrong("IN082", f"{kind.decode()} in line {number} counts {int(said[:9])} {what}, there are {there}.")
        if batch:
            self._batch_open = False
        else:
            self._file_open = False
        self._current = None

    def end(self) -> Cut:
        for still_open, kind in ((self._batch_open, "BTS"), (self._file_open, "FTS")):
            if still_open:
                self._wrong("IN082", f"The file ends without {kind}; it may have been cut off.")
        return self.cut

    def _wrong(self, code: str, message: str) -> None:
        if len(self.cut.findings) < 100:
            self.cut.findings.append(found(code, message))


def cut(data: bytes) -> Cut:
    """The messages of a file."""
    cutter = _Cutter()
    for number, match in enumerate(_LINE.finditer(data.removeprefix(codecs.BOM_UTF8)), 1):
        text = match[1].strip(b"\x0b\x1c \t") if match[1][:1] in b"\x0b\x1c \t" else match[1].rstrip(b"\x0b\x1c")
        if text:
            cutter.line(number, text, match[2])
    return cutter.end()


def lines(data: bytes) -> list[bytes]:
    """Every line of a file, also those that are empty."""
    return [match[1] for match in _LINE.finditer(data.removeprefix(codecs.BOM_UTF8))]


def rows(messages: list[RawMessage]) -> list[tuple[RawMessage, range]]:
    """Each message with the numbers of its rows: one per FT1; a message without one counts as one row."""
    places, number = [], 1
    for message in messages:
        count = max(1, message.charges)
        places.append((message, range(number, number + count)))
        number += count
    return places
