"""Waivers: an edit that a person let pass, written down with reason and expiry.

    # waivers.toml in the workspace
    [[waiver]]
    edit = "PT131"
    payer = "bluestone-ppo"         # only this payer; every payer when absent
    procedure = "97010"             # only lines with this procedure
    claim = ""                      # only this claim
    reason = "contract of 2026 pays hot packs"
    by = "M. Okafor"
    from = 2026-01-01
    expires = 2026-12-31

A waived finding stays on record as information.  A waiver that has expired, or that nothing needed, is itself a
finding, so that the list stays short.  Errors cannot be waived: the file would be rejected all the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ptedi.claims.model import CodedClaim
from ptedi.edits.registry import EDITS
from ptedi.errors import ConfigurationError
from ptedi.findings import Finding, Rule, Severity, register
from ptedi.payers.settings import Table

LONGEST_DAYS = 400
EXPIRED = register(Rule(
    code="WV101", title="A waiver has expired", severity=Severity.WARNING, snip=None,
    checks="Waivers whose last day lies before today.",
    matters="The edit stops claims again; somebody should decide anew, or remove the waiver.",
    example="A waiver that expired on 2026-10-31, looked at in November.",
    instead="Renew it with a new reason, or delete it.", reference="waivers.toml",
))  # fmt: skip
UNUSED = register(Rule(
    code="WV102", title="A waiver was not needed", severity=Severity.INFO, snip=None,
    checks="Waivers in effect that no finding of the run used.",
    matters="A waiver that nothing needs hides the next real problem.",
    example="A waiver of PT131 for 97010, and no claim with 97010 in the run.",
    instead="Delete it, if it is not for a rare case.", reference="waivers.toml",
))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One waiver; empty fields match everything."""

    edit: str
    reason: str
    by: str
    effective_from: date
    expires: date
    payer: str = ""
    procedure: str = ""
    claim: str = ""

    def covers(self, found: Finding, coded: CodedClaim, day: date) -> bool:
        """Whether this waiver lets a finding pass on a day."""
        return (
            found.code == self.edit and found.severity is not Severity.ERROR
            and self.effective_from <= day <= self.expires and self.payer in ("", coded.payer_id)
            and self.claim in ("", coded.claim.patient_control_number) and self._procedure(found, coded)
        )  # fmt: skip

    @property
    def mark(self) -> str:
        """The words by which a finding that this waiver let pass is known."""
        return f"Waived by {self.by} until {self.expires}"

    def _procedure(self, found: Finding, coded: CodedClaim) -> bool:
        if not self.procedure:
            return True
        return any(line.procedure == self.procedure for line in coded.claim.lines
                   if found.line in (None, line.number))  # fmt: skip


class Waivers:
    """The waivers of a practice, and which of them a run has used."""

    __slots__ = ("_all", "_by_edit", "_used")

    def __init__(self, waivers: Iterable[Waiver] = ()) -> None:
        self._all = tuple(waivers)
        self._by_edit: dict[str, list[int]] = {}
        self._used: set[int] = set()
        for place, one in enumerate(self._all):
            self._by_edit.setdefault(one.edit, []).append(place)

    def apply(self, findings: Iterable[Finding], coded: CodedClaim, today: date) -> list[Finding]:
        """The findings with the waived ones turned into information that says who let them pass, and why."""
        return [self._waived(found, coded, today) for found in findings]

    def _waived(self, found: Finding, coded: CodedClaim, today: date) -> Finding:
        for place in self._by_edit.get(found.code, ()):
            one = self._all[place]
            if found.severity is not Severity.INFO and one.covers(found, coded, today):
                self._used.add(place)
                said = f"{found.message} {one.mark}: {one.reason}."
                return replace(found, severity=Severity.INFO, message=said)
        return found

    @property
    def used(self) -> frozenset[int]:
        """The places of those that let something pass."""
        return frozenset(self._used)

    def also_used(self, places: Iterable[int]) -> None:
        """Notes what another process used of the same waivers."""
        self._used.update(places)

    def review(self, today: date) -> list[Finding]:
        """What is wrong with the waivers themselves, after a run."""
        return [found for _, found in self.reviewed(today)]

    def reviewed(self, today: date) -> list[tuple[Waiver, Finding]]:
        """The same, each with its waiver."""
        found = []
        for place, one in enumerate(self._all):
            if one.expires < today:
                found.append((one, _said(EXPIRED, one, f"The waiver of {one.edit} expired on {one.expires}.")))
            elif place not in self._used and one.effective_from <= today:
                found.append((one, _said(UNUSED, one, f"The waiver of {one.edit} was not needed.")))
        return found


def _said(rule: Rule, one: Waiver, message: str) -> Finding:
    return Finding(code=rule.code, severity=rule.severity, message=message, value=one.edit, hint=rule.instead)


def read(path: Path) -> Waivers:
    """The waivers of a file; none when there is no file.

    Raises:
        ConfigurationError: the file cannot be read, or a waiver lacks its reason, its end or a known edit.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Waivers()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigurationError(f"{path.name} cannot be read: {problem}") from None
    return load(document, path.name)


def load(document: Mapping[str, object], where: str = "waivers.toml") -> Waivers:
    """The waivers of a TOML document.

    Raises:
        ConfigurationError: a waiver lacks its reason, its end or a known edit.
    """
    at = Table(document, where)
    at.only("waiver")
    return Waivers(_waiver(one) for one in at.tables("waiver"))


def _waiver(at: Table) -> Waiver:
    at.only("edit", "payer", "procedure", "claim", "reason", "by", "from", "expires")
    code = at.text("edit")
    if code not in EDITS:
        raise at.wrong("edit", f"there is no edit {code}")
    if EDITS[code].rule.severity is Severity.ERROR:
        raise at.wrong("edit", f"{code} is an error and cannot be waived")
    one = Waiver(edit=code, payer=at.text("payer", ""), procedure=at.text("procedure", ""), claim=at.text("claim", ""),
                 reason=at.text("reason"), by=at.text("by"), effective_from=at.day("from"), expires=at.day("expires"))
    if not 0 <= (one.expires - one.effective_from).days <= LONGEST_DAYS:
        raise at.wrong("expires", f"must lie within {LONGEST_DAYS} days after from")
    return one
