"""Finding: one problem, said once, that a person can act on.

A problem is a value, not an exception: readers, checks, edits and the ledger all collect findings and go on,
so that one bad claim never stops the others.  The same record serves a file finding (place in bytes) and a charge or
claim finding (place in a row or a line).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How far a finding goes: an error stops its claim or file, a hold waits for a person, the rest inform."""

    ERROR = "error"
    HOLD = "hold"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst; sorts findings worst first."""
        return ("error", "hold", "warning", "info").index(self.value)

    @property
    def stops(self) -> bool:
        """Whether the thing found may not go on by itself."""
        return self in (Severity.ERROR, Severity.HOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem: what rule, how bad, where, what was found, one plain sentence and a hint.

    Attributes:
        code: stable code of the rule, two letters and three digits (`ptedi explain CODE` prints its page).
        severity: error, hold, warning or info.
        message: one plain sentence without patient data beyond the value itself.
        snip: WEDI SNIP type 1-7, or None where the levels do not apply.
        segment_position: 1-based position counted from ST (ST is 1), as the 999 counts in IK302.
        segment_index: 1-based position counted from the start of the file.
        segment: segment identifier, for example `NM1`.
        element: element reference, for example `NM109` or `SV101-3`.
        loop: loop identifier of the guide, for example `2010AA`.
        claim: CLM01 or CLP01 the finding belongs to, or the claim's patient control number.
        value: the value found.  May hold patient data: shown to people, never logged.
        allowed: the values wanted, where there are few.
        hint: what to do about it.
        byte_offset: 0-based offset of the segment in the file.
        line: service line number (LX01 or SVC order) from 1.
        row: row of the captured charge file, from 1 for the first data row.
    """

    code: str
    severity: Severity
    message: str
    snip: int | None = None
    segment_position: int | None = None
    segment_index: int | None = None
    segment: str | None = None
    element: str | None = None
    loop: str | None = None
    claim: str | None = None
    value: str | None = None
    allowed: tuple[str, ...] = ()
    hint: str | None = None
    byte_offset: int | None = None
    line: int | None = None
    row: int | None = None

    def as_json(self) -> dict[str, object]:
        """The published shape of `ptedi check --format json`; null where a field does not apply."""
        return {
            "code": self.code, "severity": self.severity.value, "snip": self.snip,
            "segment_position": self.segment_position, "segment": self.segment, "element": self.element,
            "loop": self.loop, "claim": self.claim, "value": self.value, "message": self.message,
            "hint": self.hint, "byte_offset": self.byte_offset, "allowed": list(self.allowed),
            "line": self.line, "row": self.row,
        }  # fmt: skip


def counted(number: int, noun: str, several: str = "") -> str:
    """A number with its noun: `1 unit`, `2 units`, `1,200 rows`; `several` is a plural that is not the noun with s."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among findings, or None when there are none."""
    return min((f.severity for f in findings), key=lambda s: s.rank, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The page of a finding code: what `ptedi explain CODE` prints and what the generated index lists.

    Attributes:
        code: two letters and three digits, never reused.
        title: a few words.
        severity: the severity without a profile that says otherwise.
        checks: what it checks.
        matters: why it matters to a practice.
        example: an input that fails, in a line or two.
        instead: what to send instead.
        reference: guide loop and segment, CMS manual chapter or X12 RFI number.
        snip: WEDI SNIP type, or None.
        guide_rule: id of the guide rule it implements (`C01`, `P02`), "" for none.
        status: stable, preview or retired.
    """

    code: str
    title: str
    severity: Severity
    checks: str
    matters: str = ""
    example: str = ""
    instead: str = ""
    reference: str = ""
    snip: int | None = None
    guide_rule: str = ""
    status: str = "stable"


_CODE = re.compile(r"[A-Z]{2}[0-9]{3}")
CATALOGUE: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Enters a rule into the catalogue when its module is imported.

    Raises:
        ValueError: a malformed code, or a code that another rule has.
    """
    if not _CODE.fullmatch(rule.code):
        raise ValueError(f"finding code {rule.code!r} is not two letters and three digits")
    if CATALOGUE.setdefault(rule.code, rule) != rule:
        raise ValueError(f"finding code {rule.code} is registered twice")
    return rule
