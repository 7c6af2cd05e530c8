"""From bytes to segment texts, a block at a time: delimiters, joined interchanges, line ends, junk.

A block is a stretch of one interchange in which all segments were split in one C call; `read` and the structure engine
both sit on it.  Nothing here raises for bad data except when a file holds no X12 at all.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ptedi.errors import UnreadableFile
from ptedi.findings import Finding, Rule, Severity
from ptedi.x12 import rules
from ptedi.x12.block import Block
from ptedi.x12.delimiters import Delimiters
from ptedi.x12.lookalike import looks_like

CHUNK = 1 << 17  # with its segments and records it stays in the processor's cache
NEAR = CHUNK >> 2  # how far before its end a block may be cut, that a level or claim is not
_SAME = bytes(range(256))
MAX_SEGMENT = 1_000_000
PADDING = b" \t\r\n\0\x1a"
_ISA_AT = re.compile(rb"ISA(?=[^A-Za-z0-9])")
_HEADLESS = re.compile(rb"(?:GS|ST)([^A-Za-z0-9\s])")
_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}(?=\*|$)")
_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)


class _Source:
    """Bytes with a window: `data` starts at `base` in the file and can be made longer until `ended`."""

    def __init__(self, source: bytes | BinaryIO) -> None:
        self.file = io.BytesIO(source) if isinstance(source, bytes | bytearray | memoryview) else source
        self.data, self.base, self.ended = b"", 0, False

    def more(self) -> bool:
        if self.ended:
            return False
        chunk = self.file.read(CHUNK)
        self.ended = not chunk
        self.data += chunk
        return bool(chunk)

    def drop(self, count: int) -> None:
        self.data, self.base = self.data[count:], self.base + count

    def drop_padding(self) -> None:
        while True:
            self.drop(len(self.data) - len(self.data.lstrip(PADDING)))
            if self.data or not self.more():
                return


class Blocks:
    """Iterates over the blocks of a source; findings about bytes are appended to `findings`."""

    def __init__(self, source: bytes | BinaryIO, findings: list[Finding], *, lenient: bool = False) -> None:
        self.source, self.findings, self.lenient = _Source(source), findings, lenient
        self.index = 0
        self.delimiters = Delimiters()
        self.told: set[str] = set()

    def __iter__(self) -> Iterator[Block]:
        """Yields block after block; raises UnreadableFile when there is no X12 at all."""
        source = self.source
        self._start()
        while source.data or source.more():
            header = self._header()
            if header is not None:
                yield header
            yield from self._body()

    def tell(self, rule: Rule, message: str, *, offset: int, once: bool = False, **where: object) -> None:
        """Adds a finding; the lenient reader only warns of what it recovers from."""
        if once and rule.code in self.told:
            return
        self.told.add(rule.code)
        if self.lenient and rule.severity is Severity.ERROR and rule in (
            rules.NO_ISA, rules.ISA_WIDTH, rules.REPETITION_U, rules.NOT_ASCII
        ):  # fmt: skip
            where.setdefault("severity", Severity.WARNING)
        self.findings.append(rules.finding(rule, message, byte_offset=offset, **where))

    # --- the beginning ---

    def _start(self) -> None:
        source = self.source
        source.more()
        if source.data.startswith(b"\xef\xbb\xbf"):
            self.tell(rules.BYTE_ORDER_MARK, "The file starts with a byte order mark.", offset=0)
            source.drop(3)
        source.drop_padding()
        while len(source.data) < 1000 and source.more():
            pass
        if _ISA_AT.match(source.data) or _HEADLESS.match(source.data):
            return
        found = _ISA_AT.search(source.data)
        if found is None:
            seems = looks_like(source.data[:1000])
            raise UnreadableFile(f"the file holds no X12 interchange{f'; it looks like {seems}' if seems else ''}",
                                 hint="Is it encrypted, zipped or another format?")
        self.tell(rules.JUNK_BEFORE, f"{found.start()} bytes stand before the first ISA.", offset=source.base)
        source.drop(found.start())

    def _header(self) -> Block | None:
        """Reads the delimiters where an interchange starts; the ISA becomes a block of its own."""
        source = self.source
        while len(source.data) < 1000 and source.more():
            pass
        if not _ISA_AT.match(source.data):
            self._headless()
            return None
        raw, length = self._isa(source.data[:1000])
        if not length:
            self.tell(rules.CUT_OFF, "The file ends inside the ISA segment.", offset=source.base, segment="ISA")
            source.drop(3)
            self._skip_to_isa()
            return None
        self.index += 1
        text = raw.translate(self.delimiters.swap()).decode("latin-1")[:-1]
        block = Block([text], self.index, source.base, 1, self.delimiters)
        block.isa, block.header = True, raw
        source.drop(length)
        return block

    def _isa(self, data: bytes) -> tuple[bytes, int]:
        """The ISA segment with its terminator, read by its sixteen separators, and its length in the file.

        Sets the delimiters; line ends inside (a file wrapped at 80 bytes) are left out.
        """
        data, raw = data.translate(None, b"\r\n") if self._wrapped(data) else data, data
        parts = data[4:].split(data[3:4], 15)
        if len(parts) < 16 or len(parts[15]) < 2 or any(len(part) > 60 for part in parts[:15]):
            return b"", 0
        end = len(data) - len(parts[15]) + 2
        widths = tuple(map(len, parts[:15]))
        if widths != _WIDTHS[:15]:
            wrong = next(i for i, (a, b) in enumerate(zip(widths, _WIDTHS, strict=False), 1) if a != b)
            self.tell(
                rules.ISA_WIDTH, f"ISA{wrong:02d} is {widths[wrong - 1]} characters wide, not {_WIDTHS[wrong - 1]}.",
                offset=self.source.base, segment="ISA", element=f"ISA{wrong:02d}", segment_index=self.index + 1,
                value=parts[wrong - 1].decode("latin-1"))
        self._choose(data[3:4], parts[15][:1], parts[10], parts[15][1:2], old=parts[11].startswith(b"004"))
        length = end
        while len(raw[:length].translate(None, b"\r\n")) < end and data is not raw:
            length += 1
        return data[:end], length

    @staticmethod
    def _wrapped(data: bytes) -> bool:
        """Whether line ends stand inside the fixed width of the ISA."""
        line = re.split(rb"[\r\n]", data, maxsplit=1)[0]
        return len(line) < 105 and data[3:4] not in (b"\r", b"\n") and line.count(data[3:4]) < 16

    def _choose(self, element: bytes, component: bytes, repetition: bytes, terminator: bytes, *, old: bool) -> None:
        """Takes the delimiters; version 4010 has no repetition separator, a sign nobody uses stands in."""
        at = self.source.base
        where: dict[str, Any] = {"segment": "ISA", "segment_index": self.index + 1}
        sign = repetition.decode("latin-1")
        if len(sign) != 1 or sign.isalnum() or sign == " ":
            if len(sign) == 1 and not old:
                self.tell(rules.REPETITION_U, f"ISA11 is {sign!r}, which is no separator.", offset=at, element="ISA11",
                          value=sign, allowed=("^",), **where)  # fmt: skip
            taken = (element + component + terminator).decode("latin-1")
            sign = next(free for free in "^\x1e\x1d\x1c" if free not in taken)
        chosen = [element.decode("latin-1"), component.decode("latin-1"), sign, terminator.decode("latin-1")]
        if len(set(chosen)) < 4 or any(c.isalnum() or c == " " for c in chosen):
            self.tell(rules.BAD_DELIMITERS, "The delimiters announced in ISA cannot be told apart.",
                      offset=at, value=" ".join(chosen), element="ISA16", **where)  # fmt: skip
        self.delimiters = Delimiters(element=chosen[0], component=chosen[1], repetition=sign, segment=chosen[3])

    def _headless(self) -> None:
        """Guesses the delimiters of a file that starts at GS or ST."""
        source, match = self.source, _HEADLESS.match(self.source.data)
        if match is None:
            return
        self.tell(rules.NO_ISA, "The interchange header ISA is missing.", offset=source.base, once=True, segment="ISA")
        element = match[1]
        own = re.escape(element)
        follower = rb"([^A-Za-z0-9 " + own + rb"])[\r\n]*(?:ST|BHT|BPR|AK1|BGN)" + own
        found = re.search(follower, source.data[:1000])
        self.delimiters = Delimiters(
            element=element.decode("latin-1"), segment=found[1].decode("latin-1") if found else "~")

    def _skip_to_isa(self) -> None:
        source = self.source
        while True:
            found = _ISA_AT.search(source.data)
            if found:
                source.drop(found.start())
                return
            source.drop(max(0, len(source.data) - 3))
            if not source.more():
                source.drop(len(source.data))
                return

    # --- the segments ---

    def _body(self) -> Iterator[Block]:
        """Blocks until the next ISA or the end of the file."""
        source = self.source
        raw = self.delimiters.as_bytes()
        terminator, drop = raw[3:], bytes(b for b in b"\r\n" if b not in raw)
        table, searched = self.delimiters.swap(), 0
        while True:
            isa = self._next_isa(searched, terminator)
            if isa is not None:
                yield from self._split(source.data[:isa], terminator, table, drop, last=True)
                source.drop(isa)
                return
            cut = self._cut(raw)
            if cut:
                yield from self._split(source.data[:cut], terminator, table, drop, last=False)
                source.drop(cut)
            searched = max(0, len(source.data) - 4)
            if len(source.data) > MAX_SEGMENT:
                self._too_long(terminator)
                searched = 0
            if not source.more():
                yield from self._split(source.data, terminator, table, drop, last=True)
                source.drop(len(source.data))
                return

    def _cut(self, raw: bytes) -> int:
        """Behind the last whole segment, or before the last level or claim that begins near the end."""
        data, element, terminator = self.source.data, raw[:1], raw[3:]
        end = data.rfind(terminator) + 1
        least, at = max(1, end - NEAR), end
        claim, level = b"CLP" + element, b"HL" + element
        name = claim if data.find(claim, least, end) >= 0 else level
        while (at := data.rfind(name, least, at)) > 0:
            before = data[max(0, at - 3) : at].rstrip(b"\r\n".replace(terminator, b""))
            if not before.endswith(terminator):
                continue
            if name == level:  # the first below another one belongs to it
                number, parent, *_ = [*data[at : at + 40].split(element, 3)[1:], b"", b""]
                if parent and parent.isdigit() and number.isdigit() and int(number) == int(parent) + 1:
                    continue
            return at - min(3, at) + len(before)
        return end

    def _next_isa(self, start: int, terminator: bytes) -> int | None:
        """Where the next ISA starts that follows a terminator or nothing but padding."""
        data = self.source.data
        for match in _ISA_AT.finditer(data, start):
            before = data[max(0, match.start() - 200) : match.start()].rstrip(PADDING.replace(terminator, b""))
            if not before or before.endswith(terminator) or self._is_header(data[match.start() : match.start() + 106]):
                return match.start()
        return None

    @staticmethod
    def _is_header(data: bytes) -> bool:
        parts = data[4:].split(data[3:4], 15)
        return len(parts) == 16 and tuple(map(len, parts[:15])) == _WIDTHS[:15]

    def _too_long(self, terminator: bytes) -> None:
        """Passes over a segment that does not end, holding only a window of it."""
        source = self.source
        self.index += 1
        self.tell(rules.TOO_LONG, f"The segment is longer than {MAX_SEGMENT:,} bytes.", offset=source.base,
                  segment_index=self.index)  # fmt: skip
        while True:
            cut = source.data.find(terminator) + 1
            if cut or source.ended:
                source.drop(cut or len(source.data))
                return
            source.drop(len(source.data))
            source.more()

    def _split(self, data: bytes, terminator: bytes, table: bytes, drop: bytes, *, last: bool) -> Iterator[Block]:
        """One block of whole segments; what is left behind the last terminator is only looked at when `last`."""
        base = self.source.base
        lead = len(data) - len(data.lstrip(drop)) if drop else 0
        data, base = data[lead:], base + lead
        rest = b""
        if last:
            cut = data.rfind(terminator) + 1
            data, rest = data[:cut], data[cut:]
        if data:
            if not data.isascii():
                self._not_ascii(data, terminator, base)
            block = self._fast(data, terminator, table, drop, base) or self._slow(data, table, drop, base)
            if count := block.count:
                self.index += count
                yield block
        if rest.strip(PADDING):
            yield from self._rest(rest, table, drop, base + len(data))

    def _fast(self, data: bytes, terminator: bytes, table: bytes, drop: bytes, base: int) -> Block | None:
        """All segments end alike (no line ends, or the same one behind each), so one split does it."""
        if data.find(terminator + b" ") >= 0 or data.find(terminator + b"\t") >= 0 or data[:1] in (b" ", b"\t"):
            return None
        ends = {sign: data.count(sign) if sign in data else 0 for sign in drop}
        gap = b""
        if any(ends.values()):
            start = data.find(terminator) + 1
            gap = data[start : start + 2]
            gap = gap[: len(gap) - len(gap.lstrip(drop))]
            count = data.count(terminator)
            if not gap or data.count(terminator + gap) != count - 1 or any(
                number != (count - 1) * gap.count(bytes((sign,))) for sign, number in ends.items()
            ):  # fmt: skip
                return None
        if data.find(terminator + gap + terminator) >= 0 or data.startswith(terminator):  # empty segments
            return None
        text = (data if table == _SAME else data.translate(table)).decode("latin-1")
        if gap:
            text = text.replace("~" + gap.translate(table).decode("latin-1"), "~")
        return Block(text, self.index + 1, base, 1 + len(gap), self.delimiters)

    def _slow(self, data: bytes, table: bytes, drop: bytes, base: int) -> Block:
        """Line ends anywhere, empty segments: each piece is cleaned by itself."""
        texts, offsets, at = [], [], base
        drop = drop.translate(table)
        for piece in data[:-1].translate(table).split(b"~"):
            text = piece.translate(None, drop)
            if text.strip(PADDING):
                texts.append(text.lstrip(PADDING).decode("latin-1"))
                offsets.append(at + len(piece) - len(piece.lstrip(drop + PADDING)))
                if text[:1] in (b" ", b"\t"):
                    self.tell(rules.BLANKS, "Blanks stand between two segments.", offset=at, once=True,
                              segment_index=self.index + len(texts))  # fmt: skip
            elif b"~" not in (table[10:11], table[13:14]):  # blank lines are none where a line end terminates
                self.tell(rules.EMPTY_SEGMENT, "Two segment terminators follow each other.", offset=at, once=True,
                          segment_index=self.index + len(texts) + 1)  # fmt: skip
            at += len(piece) + 1
        block = Block(texts, self.index + 1, base, 1, self.delimiters)
        block.place(offsets)
        return block

    def _rest(self, rest: bytes, table: bytes, drop: bytes, base: int) -> Iterator[Block]:
        """What follows the last terminator: a segment cut off, or no X12."""
        lead = len(rest) - len(rest.lstrip(PADDING))
        text = rest.translate(None, drop).translate(table).decode("latin-1").strip("\0\x1a \t")
        if _ID.match(text) and len(text) <= MAX_SEGMENT:
            self.tell(rules.CUT_OFF, "The file ends inside a segment.", offset=base + lead, segment=text.split("*")[0],
                      segment_index=self.index + 1)  # fmt: skip
            block = Block([text], self.index + 1, base + lead, 1, self.delimiters)
            block.cut = True
            self.index += 1
            yield block
        else:
            self.tell(rules.JUNK, f"{len(rest) - lead} bytes at the end of the interchange are no X12.",
                      offset=base + lead)  # fmt: skip

    def _not_ascii(self, data: bytes, terminator: bytes, base: int) -> None:
        at = next(i for i, byte in enumerate(data) if byte > 127)
        start = data.rfind(terminator, 0, at) + 1
        self.tell(rules.NOT_ASCII, "The file holds a character outside ASCII.", offset=base + start, once=True,
                  value=data[at : at + 1].decode("latin-1"),
                  segment_index=self.index + 1 + data.count(terminator, 0, at))  # fmt: skip
