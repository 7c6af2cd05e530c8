"""The structural check of a file (SNIP 1 and 2): envelopes always, sets by their compiled guide, in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import BinaryIO

from ptedi.findings import Finding, Severity
from ptedi.x12 import rules
from ptedi.x12.automaton import Automaton
from ptedi.x12.block import Block, looking_ahead
from ptedi.x12.envelope import Envelope
from ptedi.x12.guide import Guide, load
from ptedi.x12.stream import Blocks
from ptedi.x12.summary import (
    MOST_FINDINGS,
    GroupSummary,
    InterchangeSummary,
    Listener,
    StructureReport,
    TransactionSummary,
)
from ptedi.x12.walker import ENVELOPE, Walker

__all__ = [
    "GroupSummary", "InterchangeSummary", "Listener", "StructureReport", "TransactionSummary", "check",
]  # fmt: skip


def check(
    source: bytes | BinaryIO, listeners: Mapping[str, Listener] | None = None, *, lenient: bool = False
) -> StructureReport:
    """Checks all interchanges of a file, streaming.

    Args:
        source: bytes or an open binary file.
        listeners: by guide id, told of every accepted segment in the same pass.
        lenient: what is recovered from (missing ISA, collapsed blanks, U in ISA11) is a warning.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    return _Check(listeners or {}, lenient=lenient).run(source)


@cache
def _plain(reference: str) -> Automaton:
    """The automaton without handlers is kept from file to file."""
    return Automaton(load(reference))


class _Check:
    def __init__(self, listeners: Mapping[str, Listener], *, lenient: bool) -> None:
        self.listeners, self.lenient = listeners, lenient
        self.report = StructureReport()
        self.envelope = Envelope(self.report, self.tell, lenient=lenient)
        self.automata: dict[str, Automaton] = {}
        self.walker: Walker | None = None
        self.summary: TransactionSummary | None = None
        self.blind = False
        self.dropped = 0
        self.found: list[Finding] = []
        self.stray = False

    def tell(self, finding: Finding) -> None:
        """Keeps a finding while there is room."""
        if len(self.report.findings) < MOST_FINDINGS:
            self.report.findings.append(finding)
        else:
            self.dropped += 1

    def run(self, source: bytes | BinaryIO) -> StructureReport:
        found = self.found
        last = 0
        for block in looking_ahead(Blocks(source, found, lenient=self.lenient)):
            self._block(block)
            last = block.first + len(block.texts) - 1
        cut = self._cut_off()
        self.envelope.at(last, self.envelope.offset)
        self._close_set(cut=True)
        if cut:
            self.envelope.abandon()
        else:
            self.envelope.close_interchange()
        self._merge(found)
        return self.report

    def _merge(self, found: list[Finding]) -> None:
        """Adds what the reader found, unless the same character or header is already explained."""
        report = self.report
        told = {f.byte_offset for f in report.findings if f.code == rules.EL_CHARACTER.code}
        for finding in found:
            if finding.code != rules.NOT_ASCII.code or finding.byte_offset not in told:
                self.tell(finding)
        if self.lenient:
            report.findings = [_lenient(f) for f in report.findings]
        report.findings.sort(key=lambda f: (f.segment_index or 0, f.byte_offset or 0))
        if self.dropped:
            report.findings.append(
                rules.finding(rules.NOT_LISTED, f"{self.dropped} further findings are not listed."))

    def _block(self, block: Block) -> None:
        texts, at = block.texts, 0
        if block.isa:
            self._close_set(cut=True, index=block.first, offset=block.base)
            self.envelope.at(block.first, block.base)
            self.envelope.isa(texts[0], block.delimiters)
            self.stray = False
            return
        if not self.report.interchanges:
            self.envelope.headless = True
        if block.cut and texts[0].partition("*")[0] not in ("SE", "GE", "IEA"):
            return
        while at < len(texts):
            if self.walker is not None:
                at = self.walker.walk(block, at)
                if self.walker.ended is not None:
                    self._end(block, at - 1)
                elif at < len(texts):
                    self._close_set(cut=True, index=block.first + at, offset=block.offsets[at])
            elif self.blind:
                at = self._skip(block, at)
            else:
                self._outside(block, at)
                at += 1

    # --- sets ---

    def _open(self, block: Block, at: int, text: str) -> None:
        index, offset = block.first + at, block.offsets[at]
        summary, guide = self.envelope.st(text.split("*"))
        self.summary = summary
        self.report.transactions.append(summary)
        if guide is None:
            self.blind = True
            return
        listener = self.listeners.get(guide.id)
        self.walker = Walker(self._automaton(guide, listener), index, block.delimiters)
        if listener is not None:
            listener.start(summary)
        self.walker.open(text, offset)

    def _automaton(self, guide: Guide, listener: Listener | None) -> Automaton:
        if listener is None:
            automaton = _plain(guide.id)
            automaton.refresh()
            return automaton
        if guide.id not in self.automata:
            self.automata[guide.id] = Automaton(
                guide, listener.handlers, getattr(listener, "runs", None), getattr(listener, "branches", None))
        return self.automata[guide.id]

    def _end(self, block: Block, at: int) -> None:
        """SE was reached."""
        assert self.summary is not None and self.walker is not None and self.walker.ended is not None  # noqa: S101
        index = block.first + at
        self.envelope.at(index, block.offsets[at])
        self.walker.index, self.walker.offset, self.walker.text = index, block.offsets[at], "SE"
        counted = index - self.summary.first_index + 1
        elements = self.walker.ended.split("*")
        if self.walker.glued and elements[1:2] == [str(counted + self.walker.glued)]:
            counted += self.walker.glued  # the sender counted the segments whose terminator is lost
        self.envelope.se(elements, self.summary, counted)
        self._close_set(cut=False, index=index, offset=block.offsets[at], closed=True)

    def _close_set(self, *, cut: bool, index: int | None = None, offset: int = 0, closed: bool = False) -> None:
        """Ends the open set, if any; without SE that is a finding."""
        summary, walker = self.summary, self.walker
        if summary is None:
            return
        if index is not None:
            self.envelope.at(index, offset)
        last = self.envelope.index if closed or index is None else self.envelope.index - 1
        if not closed and not (index is None and self._cut_off()):
            self.envelope.bad(rules.SE_MISSING, "The transaction set is not closed by SE.", "SE",
                              segment_position=self.envelope.index - summary.first_index + 1)
        summary.last_index, summary.segments = last, last - summary.first_index + 1
        if walker is not None:
            self._collect(summary, walker, cut=cut)
        self.summary, self.walker, self.blind = None, None, False

    def _cut_off(self) -> bool:
        """Whether the file ends inside a segment, which explains every missing trailer."""
        return any(finding.code == rules.CUT_OFF.code for finding in self.found)

    def _collect(self, summary: TransactionSummary, walker: Walker, *, cut: bool) -> None:
        findings = _without_echoes(walker.finish(cut=cut))
        summary.claims, summary.unlisted = walker.claims, walker.unlisted
        listener = self.listeners.get(summary.guide)
        if listener is not None:
            listener.end(summary, findings)
        summary.errors = sum(finding.severity is Severity.ERROR for finding in findings)
        for finding in findings:
            self.tell(finding)
        self.dropped += max(0, walker.told - MOST_FINDINGS)

    def _skip(self, block: Block, at: int) -> int:
        """Passes over a set without a guide."""
        for place in range(at, len(block.texts)):
            name = block.texts[place].partition("*")[0]
            if name == "SE" and self.summary is not None:
                index = block.first + place
                self.envelope.at(index, block.offsets[place])
                self.envelope.se(block.texts[place].split("*"), self.summary, index - self.summary.first_index + 1)
                self._close_set(cut=False, index=index, offset=block.offsets[place], closed=True)
                return place + 1
            if name in ENVELOPE:
                self._close_set(cut=True, index=block.first + place, offset=block.offsets[place])
                return place
        return len(block.texts)

    # --- between sets ---

    def _outside(self, block: Block, at: int) -> None:
        text, envelope = block.texts[at], self.envelope
        envelope.at(block.first + at, block.offsets[at])
        elements = text.split("*")
        name = elements[0]
        stray, self.stray = self.stray, False
        match name:
            case "ST":
                self._open(block, at, text)
            case "GS":
                envelope.gs(elements)
            case "GE":
                envelope.ge(elements)
            case "IEA":
                envelope.iea(elements)
            case "TA1":
                envelope.ta1(elements)
            case "SE":
                self._lone_trailer(stray)
            case _:
                self._stray(name, stray)

    def _lone_trailer(self, stray: bool) -> None:
        """SE without ST: told already when the set's segments were found without a header."""
        if self.envelope.group is not None and stray:
            self.envelope.group.sets += 1
        elif not stray:
            self.envelope.bad(rules.STRAY_TRAILER, "SE closes no ST.", "SE")

    def _stray(self, name: str, stray: bool) -> None:
        """The first of several segments outside of a set is told, the others follow from it."""
        if not stray:
            shown = name[:3] if name.isalnum() else ""
            if shown in ("BHT", "BPR", "AK1", "BGN"):
                self.envelope.bad(rules.ST_MISSING, f"{shown} stands without an ST before it.", "ST")
            elif self.envelope.interchange is None and not self.envelope.headless:
                self.envelope.bad(rules.JUNK, "This is no segment of an interchange.", shown)
            else:
                self.envelope.bad(rules.STRAY, f"{shown or 'A segment'} stands outside of a transaction set.", shown)
        self.stray = True


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """An element of HL that is told by its shape is not told again for what follows from it."""
    echoes = {rules.HL_NUMBER.code, rules.HL_PARENT.code, rules.HL_CHILD.code}
    wrong = {(f.segment_index, f.element) for f in findings if f.segment == "HL" and f.code not in echoes}
    if not wrong:
        return findings
    return [f for f in findings if f.code not in echoes or (f.segment_index, f.element) not in wrong]


def _lenient(finding: Finding) -> Finding:
    """What the lenient reader recovers from is a warning."""
    soft = finding.code == rules.ISA_VALUE.code and finding.element in ("ISA11", "ISA06", "ISA08")
    return replace(finding, severity=Severity.WARNING) if soft else finding
