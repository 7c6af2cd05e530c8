"""The verdict on a file: structure and meaning in one pass, whatever the bytes.

`check_file` never raises for bad data: a file that holds no X12 is `unreadable`, one with an error is `rejected`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from ptedi.checks import rules  # noqa: F401 - registers every rule
from ptedi.checks.collect_837p import Collector
from ptedi.checks.extents import Extents
from ptedi.checks.listen_835 import RemittanceListener
from ptedi.errors import UnreadableFile
from ptedi.findings import CATALOGUE, Finding, Rule, Severity, register
from ptedi.x12 import structure
from ptedi.x12.branches import BranchTaker
from ptedi.x12.runs import Taker
from ptedi.x12.structure import Listener, StructureReport, TransactionSummary

CLAIM_837P, REMITTANCE_835, OLD_REMITTANCE_835 = "005010X222A1", "005010X221A1", "004010X091A1"
ACCEPTED, REJECTED, UNREADABLE = "accepted", "rejected", "unreadable"

NOT_X12 = register(
    Rule(
        code="CX001", title="The file is not X12", severity=Severity.ERROR, snip=1,
        checks="The file holds an interchange: ISA, or at least GS or ST.",
        matters="Nothing in it can be read; it is kept whole and put aside.",
        example="a PDF, a web page, an empty file", instead="Fetch the file again, or ask the sender what it is.",
        reference="X12.5 ISA",
    )
)  # fmt: skip
NO_ACCESS = register(
    Rule(
        code="CX002", title="The file could not be opened", severity=Severity.ERROR,
        checks="The file exists and may be read.", matters="Nothing was checked.",
        example="a name that does not exist", instead="Check name and permissions.",
    )
)  # fmt: skip
UNCHECKED = register(
    Rule(
        code="CX003", title="The check could not be finished", severity=Severity.ERROR,
        checks="Every file is checked to its end, whatever its bytes.",
        matters="A defect of this program, not necessarily of the file; nothing is said about the rest of the file.",
        example="", instead="Report it with the kind of the error; the file itself is not needed at first.",
    )
)  # fmt: skip


UNLISTED = register(
    Rule(
        code="CX004", title="Not every finding is listed", severity=Severity.INFO,
        checks="At most ten thousand findings of meaning are listed for a set; all of them count for the verdicts.",
        matters="A file this wrong has one cause; the first findings show it.",
        example="", instead="Correct the first findings and check again.",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTransaction:
    """One transaction set: ST01, the guide, ST02, how many claims."""

    set: str
    guide: str
    control_number: str
    claims: int

    def as_json(self) -> dict[str, object]:
        """The published shape."""
        return {
            "set": self.set, "guide": self.guide, "control_number": self.control_number, "claims": self.claims,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimVerdicts:
    """Which claims of one set are stopped: compact, since a file may hold a million claims."""

    first_index: int
    last_index: int
    extents: Extents
    stopped: set[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """The verdict on one file.

    Attributes:
        verdict: accepted, rejected (an error or a hold was found) or unreadable (no X12).
        transactions: the sets in file order.
        findings: every problem in file order.
        structure: what the structure engine left behind, for acknowledgements; None when unreadable.
    """

    verdict: str
    transactions: tuple[CheckedTransaction, ...] = ()
    findings: tuple[Finding, ...] = ()
    structure: StructureReport | None = None
    verdicts: tuple[ClaimVerdicts, ...] = field(default=(), repr=False)

    @property
    def claims(self) -> dict[str, str]:
        """Accepted or rejected for each CLM01 or CLP01; rejected when any claim of that id is."""
        result: dict[str, str] = {}
        spans = [f.segment_index for f in self.findings if f.code.startswith("IE") and f.severity.stops]
        for part in self.verdicts:
            inside = [i for i in spans if i is not None and part.first_index <= i <= part.last_index]
            outside = [i for i in spans if i is None or not self._in_any_set(i)]
            for ordinal, claim in enumerate(part.extents.claims):
                if inside or outside or ordinal in part.stopped:
                    result[claim] = REJECTED
                else:
                    result.setdefault(claim, ACCEPTED)
        return result

    def _in_any_set(self, index: int) -> bool:
        return any(part.first_index <= index <= part.last_index for part in self.verdicts)

    def as_json(self, file: str) -> dict[str, object]:
        """The object that `ptedi check --format json` prints for a file."""
        return {
            "file": file,
            "verdict": self.verdict,
            "transactions": [t.as_json() for t in self.transactions],
            "findings": [f.as_json() for f in self.findings],
        }


def check_file(
    source: bytes | BinaryIO | Path,
    *,
    lenient: bool = False,
    severities: Mapping[str, Severity] | None = None,
    errors_only: bool = False,
) -> FileReport:
    """Checks structure and meaning of a file in one streaming pass; never raises for what the file holds.

    Args:
        source: bytes, an open binary file or a path.
        lenient: recover what real payers send (missing ISA, collapsed blanks); recovered problems are warnings.
        severities: severities by finding code that differ from the rules' own.
        errors_only: what stops nothing may stay untold where that is quicker, for who asks whether a file may leave.
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                return check_file(file, lenient=lenient, severities=severities, errors_only=errors_only)
        except OSError as why:
            return _unreadable(NO_ACCESS, f"The file could not be opened: {why.strerror or type(why).__name__}.")
    outcome = judge(source, lenient=lenient, severities=severities or {}, errors_only=errors_only)
    return outcome if isinstance(outcome, FileReport) else outcome.report()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one pass over a file leaves behind; the batches, payments and claims it saw serve other parts of a file.

    Attributes:
        once: what may stand in a file only once: batch numbers (BHT03) and payment traces.
        dropped: findings that are counted but not listed.
    """

    structure: StructureReport
    verdicts: list[ClaimVerdicts]
    severities: Mapping[str, Severity]
    dropped: int
    once: set[object]

    def report(self) -> FileReport:
        """The verdict on the file."""
        return _report(self.structure, self.verdicts, self.severities, self.dropped)


def judge(
    source: bytes | BinaryIO, *, lenient: bool, severities: Mapping[str, Severity], errors_only: bool = False
) -> Outcome | FileReport:
    """One pass over a file or a part of it; a report where it cannot be finished."""
    collector, listener = Collector(severities, errors_only=errors_only), RemittanceListener(severities)
    claims, remittances = _Judged(collector, severities), _Judged(listener, severities)
    archived = _Judged(RemittanceListener(severities, rules=False), severities)
    listeners: dict[str, Listener] = {
        CLAIM_837P: claims, REMITTANCE_835: remittances, OLD_REMITTANCE_835: archived,
    }  # fmt: skip
    try:
        report = structure.check(source, listeners, lenient=lenient)
    except UnreadableFile as why:
        return _unreadable(NOT_X12, f"The file is not X12: {why}.".replace("..", "."))
    except Exception as why:
        return _unreadable(UNCHECKED, f"The check could not be finished ({type(why).__name__}).")
    judged = [*claims.verdicts, *remittances.verdicts, *archived.verdicts]
    return Outcome(
        structure=report, verdicts=sorted(judged, key=lambda v: v.first_index), severities=severities,
        dropped=claims.dropped + remittances.dropped + archived.dropped,
        once={*collector.seen_batches, *listener.seen_traces},
    )  # fmt: skip


class _Judged:
    """A listener whose sets' claims are judged by all findings, the structure's and its own."""

    def __init__(self, inner: Collector | RemittanceListener, severities: Mapping[str, Severity]) -> None:
        self.inner, self.severities = inner, severities
        self.handlers = inner.handlers
        self.start = inner.start
        self.verdicts: list[ClaimVerdicts] = []
        self.dropped = 0

    @property
    def runs(self) -> Mapping[str, Taker]:
        """What the listener takes at once."""
        return {} if isinstance(self.inner, Collector) else self.inner.runs

    @property
    def branches(self) -> Mapping[str, BranchTaker]:
        """The levels the listener takes with all that hangs below them."""
        return self.inner.branches if isinstance(self.inner, Collector) else {}

    def end(self, transaction: TransactionSummary, findings: list[Finding]) -> None:
        """A set has ended."""
        findings[:] = _with_severities(findings, self.severities)
        self.inner.end(transaction, findings)
        self.dropped += self.inner.tell.dropped
        extents = self.inner.extents
        for code, places in transaction.unlisted.items():
            if (self.severities.get(code) or CATALOGUE[code].severity).stops:
                extents.also_stopped(places)
        self.verdicts.append(
            ClaimVerdicts(
                first_index=transaction.first_index, last_index=transaction.last_index, extents=extents,
                stopped=extents.stopped(findings),
            )
        )  # fmt: skip


def _report(
    report: StructureReport, verdicts: list[ClaimVerdicts], severities: Mapping[str, Severity], dropped: int
) -> FileReport:
    findings = tuple(_with_severities(report.findings, severities))
    if dropped:
        rule = UNLISTED
        text = f"{dropped:,} further findings are not listed."
        findings += (Finding(code=rule.code, severity=rule.severity, message=text, hint=rule.instead),)
    stops = any(finding.severity.stops for finding in findings) or any(part.stopped for part in verdicts)
    sets = tuple(
        CheckedTransaction(set=t.set, guide=t.guide, control_number=t.control_number, claims=t.claims)
        for t in report.transactions
    )
    return FileReport(
        verdict=REJECTED if stops else ACCEPTED, transactions=sets, findings=findings, structure=report,
        verdicts=tuple(verdicts),
    )  # fmt: skip


def _with_severities(findings: Iterable[Finding], severities: Mapping[str, Severity]) -> list[Finding]:
    if not severities:
        return list(findings)
    return [
        replace(finding, severity=severities[finding.code]) if finding.code in severities else finding
        for finding in findings
    ]


def _unreadable(rule: Rule, message: str) -> FileReport:
    finding = Finding(
        code=rule.code, severity=rule.severity, message=message, snip=rule.snip, hint=rule.instead or None,
    )  # fmt: skip
    return FileReport(verdict=UNREADABLE, findings=(finding,))
