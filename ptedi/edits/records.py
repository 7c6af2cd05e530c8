"""What a practice keeps beside the claims, as small CSV files in its workspace: authorizations and progress reports.

    # authorizations.csv
    number,patient_id,payer,visits,from,to,procedures
    AU2611-00017,P00017,bluestone-ppo,12,2026-11-01,2027-01-31,97110 97140

    # progress_reports.csv
    patient_id,date
    P00017,2026-11-12

Empty `visits`, `to` and `procedures` mean no limit.  A row that cannot be read is a finding and is left out.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ptedi.edits.history import Grant
from ptedi.findings import Finding, Rule, Severity, register

UNREADABLE = register(Rule(
    code="RC101", title="A record of the practice cannot be read", severity=Severity.WARNING,
    checks="The rows of authorizations.csv and progress_reports.csv.",
    matters="The edits that need the record stay silent.", example="A date written 11/20/2026.",
    instead="Dates as 2026-11-20, visits as a whole number, procedures separated by blanks.",
    reference="authorizations.csv, progress_reports.csv",
))  # fmt: skip


@dataclass(slots=True)
class Records:
    """Authorizations and progress reports by patient, and what was wrong with their files."""

    grants: dict[str, dict[str, Grant]] = field(default_factory=dict)
    reports: dict[str, list[date]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def grants_of(self, patient_id: str) -> dict[str, Grant]:
        """The patient's authorizations by number."""
        return self.grants.get(patient_id, {})

    def reports_of(self, patient_id: str) -> tuple[date, ...]:
        """Days of the patient's progress reports."""
        return tuple(self.reports.get(patient_id, ()))


def read(folder: Path) -> Records:
    """The records of a workspace; absent files are empty."""
    records = Records()
    for number, row in _rows(folder / "authorizations.csv", records):
        try:
            grant = Grant(number=row["number"], visits=int(row["visits"] or 0),
                          procedures=tuple(row["procedures"].split()),
                          effective_from=date.fromisoformat(row["from"]) if row["from"] else date.min,
                          effective_to=date.fromisoformat(row["to"]) if row["to"] else date.max)
            records.grants.setdefault(row["patient_id"], {})[grant.number] = grant
        except (KeyError, ValueError):
            records.findings.append(_wrong("authorizations.csv", number))
    for number, row in _rows(folder / "progress_reports.csv", records):
        try:
            records.reports.setdefault(row["patient_id"], []).append(date.fromisoformat(row["date"]))
        except (KeyError, ValueError):
            records.findings.append(_wrong("progress_reports.csv", number))
    return records


def _rows(path: Path, records: Records) -> Iterator[tuple[int, dict[str, str]]]:
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 1):
                yield number, {str(key): str(value or "").strip() for key, value in row.items()}
    except (UnicodeDecodeError, csv.Error):
        records.findings.append(_wrong(path.name, 0))


def _wrong(name: str, row: int) -> Finding:
    return Finding(code=UNREADABLE.code, severity=UNREADABLE.severity, row=row or None, hint=UNREADABLE.instead,
                   message=f"Row {row} of {name} cannot be read." if row else f"{name} cannot be read.")
