"""What an edit sees, and how it says what it found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ptedi.claims.model import Claim, CodedClaim, Coverage, LineTrace, Practice, ServiceLine, Therapist, Visit
from ptedi.codes import procedures
from ptedi.codes.ncci import Pair
from ptedi.codes.procedures import Procedure
from ptedi.edits.history import History
from ptedi.findings import Severity
from ptedi.payers.profile import PayerProfile, PayerRules


def shifted(day: date, days: int) -> date:
    """So many days later, held within the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What an edit found: a sentence, and where.  `severity` only where it differs from the edit's own."""

    message: str
    line: int | None = None
    value: str | None = None
    allowed: tuple[str, ...] = ()
    hint: str | None = None
    severity: Severity | None = None
    loop: str | None = None
    segment: str | None = None
    element: str | None = None


@dataclass(slots=True)
class BilledLine:
    """A service line with what the tables say of its procedure and how it was coded."""

    line: ServiceLine
    item: Procedure | None
    trace: LineTrace | None

    @property
    def number(self) -> int:
        """LX01."""
        return self.line.number

    @property
    def code(self) -> str:
        """The procedure."""
        return self.line.procedure

    @property
    def modifiers(self) -> tuple[str, ...]:
        """SV101-3 to SV101-6."""
        return self.line.modifiers

    def has(self, codes: frozenset[str]) -> bool:
        """Whether one of these modifiers is on the line."""
        return not codes.isdisjoint(self.line.modifiers)

    def is_kind(self, *kinds: str) -> bool:
        """Whether the procedure is of one of these kinds."""
        return self.item is not None and self.item.kind in kinds


@dataclass(slots=True)
class Context:
    """A claim on the scrubber's bench."""

    coded: CodedClaim
    visit: Visit
    practice: Practice
    profile: PayerProfile
    history: History
    claim: Claim
    day: date
    rules: PayerRules
    coverage: Coverage | None
    therapist: Therapist | None
    lines: list[BilledLine]
    codes: frozenset[str]
    pairs: tuple[tuple[Pair, BilledLine, BilledLine], ...] | None = None
    """NCCI pairs among the lines, once an edit looked them up."""

    @classmethod
    def of(cls, coded: CodedClaim, visit: Visit, practice: Practice, profile: PayerProfile,
           history: History) -> Context:
        """Looks everything up once."""
        day = coded.service_date
        traces = {trace.line: trace for trace in coded.trace}
        lines = [BilledLine(line, procedures.find(line.procedure, day), traces.get(line.number))
                 for line in coded.claim.lines]  # fmt: skip
        return cls(
            coded=coded, visit=visit, practice=practice, profile=profile, history=history, claim=coded.claim, day=day,
            rules=profile.on(day), coverage=next((c for c in visit.coverages if c.payer_id == coded.payer_id), None),
            therapist=practice.therapist(visit.therapist_id), lines=lines,
            codes=frozenset(line.procedure for line in coded.claim.lines),
        )  # fmt: skip

    def procedure(self, code: str) -> Procedure | None:
        """What the tables say of a captured procedure on the day of service."""
        return procedures.find(code, self.day)
