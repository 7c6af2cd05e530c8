"""What a structural check of a file leaves behind, and how others listen while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ptedi.findings import Finding, Severity
from ptedi.x12.automaton import Handler
from ptedi.x12.interchange import GroupHeader, InterchangeHeader
from ptedi.x12.places import Places

MOST_FINDINGS = 10_000


@dataclass(slots=True, kw_only=True)
class InterchangeSummary:
    """One ISA..IEA and the indexes of its first and last segment."""

    header: InterchangeHeader
    first_index: int
    last_index: int = 0
    groups: int = 0


@dataclass(slots=True, kw_only=True)
class GroupSummary:
    """One GS..GE; `declared` is GE01 as sent, None without a GE."""

    header: GroupHeader
    interchange: InterchangeHeader
    first_index: int
    last_index: int = 0
    sets: int = 0
    declared: int | None = None


@dataclass(slots=True, kw_only=True)
class TransactionSummary:
    """One ST..SE.

    Attributes:
        set: ST01.
        guide: the guide it was checked against, else what ST03 or GS08 said.
        control_number: ST02.
        reference: ST03 as sent, "" when absent.
        claims: how many claims (CLM, CLP or 277CA claim traces) it holds.
        checked: whether a guide was at hand.
        first_index: index of ST in the file.
        last_index: index of the last segment.
        segments: how many segments, ST and SE included.
        errors: findings of severity error in it.
        unlisted: by code, places of findings beyond those listed: of their claim, or of the segment outside of claims.
    """

    set: str
    guide: str
    control_number: str
    reference: str
    interchange: InterchangeHeader
    group: GroupHeader
    first_index: int
    last_index: int = 0
    segments: int = 0
    claims: int = 0
    unlisted: dict[str, Places] = field(default_factory=dict)
    checked: bool = False
    errors: int = 0


class Listener(Protocol):
    """Is told of every accepted segment of the sets of one guide, in the same pass.

    `handlers` maps `LOOP/SEG` (2300/CLM, HEADER/BPR) to a function of the canonical text, the index in the file, the
    position from ST and the byte offset.  A segment whose elements are in error goes to `LOOP/SEG!`, where given.
    A listener may also have `runs` and `branches`, see `ptedi.x12.runs` and `ptedi.x12.branches`.
    """

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The functions, read once before the first set."""
        ...

    def start(self, transaction: TransactionSummary) -> None:
        """A set begins."""
        ...

    def end(self, transaction: TransactionSummary, findings: list[Finding]) -> None:
        """A set has ended; its findings may be read and more appended."""
        ...


@dataclass(slots=True, kw_only=True)
class StructureReport:
    """The findings of a file in its order, and what it holds."""

    findings: list[Finding] = field(default_factory=list)
    transactions: list[TransactionSummary] = field(default_factory=list)
    groups: list[GroupSummary] = field(default_factory=list)
    interchanges: list[InterchangeSummary] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    def within(self, part: TransactionSummary | GroupSummary | InterchangeSummary) -> list[Finding]:
        """The findings between the first and last segment of a part."""
        return [f for f in self.findings if part.first_index <= (f.segment_index or 0) <= part.last_index]
