"""What is doubtful in payer profiles although they can be read: `ptedi payers lint`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

from ptedi.codes import modifier as modifiers
from ptedi.codes import npi, procedures
from ptedi.findings import Finding, Rule, Severity, register
from ptedi.payers.profile import ClaimPer, Difference, PayerProfile

INDICATORS = frozenset("11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ".split())
KINDS = frozenset("ncci payment discipline assistant attestation liability telehealth repeat anatomic other".split())
FREQUENCIES = frozenset({"1", "6", "7", "8"})
SUPERVISED = frozenset({"assistants", "unenrolled"})


def _rule(code: str, title: str, severity: Severity, checks: str, matters: str, instead: str) -> Rule:
    return register(Rule(code=code, title=title, severity=severity, checks=checks, matters=matters, instead=instead,
                         example="", reference="schemas/payers/payer.schema.json"))


PARTNER = _rule("PY101", "The payer's trading partner is not configured", Severity.ERROR,
                "The partner of each profile against [partners] of ptedi.toml.",
                "Claims to this payer can be written but not delivered.", "Configure the partner, or correct its id.")
INDICATOR = _rule("PY102", "The filing indicator is not one of the guide", Severity.ERROR,
                  "SBR09 against the list of the guide.", "Every claim to this payer would be rejected.",
                  "MB for Medicare Part B, 16 Medicare Advantage, CI commercial, BL Blue Cross, MC Medicaid, WC.")
PROCEDURE = _rule("PY103", "A profile names a procedure that the tables do not know", Severity.WARNING,
                  "Procedures in instead, not_covered, notice_required and authorization_exempt.",
                  "A mistyped code makes the rule useless without a word.", "Correct the code, or add it to the table.")
VALUE = _rule("PY104", "A value of a profile cannot be used", Severity.ERROR,
              "Member number patterns, kinds in modifier_order and supervised, frequencies, telehealth modifiers, "
              "enrolled NPIs.",
              "The rule fails on the first claim that needs it.", "Correct the value.")
UNVERIFIED = _rule("PY105", "A value was never verified", Severity.INFO,
                   "Blocks whose verified is no, recalled or secondary.",
                   "Money is decided by something nobody has read at its source.",
                   "Read the source, then say verified = \"yes\".")
LIMIT = _rule("PY106", "The payer has no filing limit", Severity.WARNING, "timely_filing_days today.",
              "Nobody is warned before a claim is too late.", "Enter the days from the contract or manual.")
LAPSED = _rule("PY107", "A value has lapsed and nothing follows it", Severity.WARNING,
               "Values whose last block ended before today.",
               "The payer silently falls back to the guide; usually the block should have been renewed.",
               "Add the block that is in effect now, or say with a block of its own that the rule ended.")
HIDDEN = _rule("PY108", "A value is set twice for the same days", Severity.INFO,
               "Blocks that set the same value on overlapping days.",
               "The later block in the file wins; a reader may believe the other.",
               "End the earlier block where the later one begins.")

USELESS = _rule("PY109", "A value of a profile does nothing, or too much", Severity.WARNING,
                "span_period, span_days without claim_per = \"span\"; unenrolled in supervised without an enrollment.",
                "Somebody believes in a rule that never holds, or one holds for every claim.",
                "Add the value that it needs, or take it out.")


def lint(profiles: Collection[PayerProfile], today: date, partners: Collection[str] | None = None) -> list[Finding]:
    """Everything doubtful in these profiles.

    Args:
        profiles: the payers.
        today: the day of the look-ups.
        partners: ids of the configured trading partners; None leaves them unchecked.
    """
    found = []
    for profile in profiles:
        for rule, message, value in _problems(profile, today, partners):
            found.append(Finding(code=rule.code, severity=rule.severity, message=f"{profile.id}: {message}",
                                 value=value, hint=rule.instead))
    return sorted(found, key=lambda f: (f.severity.rank, f.message))


Told = tuple[Rule, str, str]


def _problems(profile: PayerProfile, today: date, partners: Collection[str] | None) -> Iterator[Told]:
    if partners is not None and profile.partner not in partners:
        yield PARTNER, f"the trading partner {profile.partner} is not configured.", profile.partner
    if profile.filing_indicator not in INDICATORS:
        yield INDICATOR, f"{profile.filing_indicator} is not a filing indicator.", profile.filing_indicator
    if not profile.on(today).timely_filing_days:
        yield LIMIT, "no filing limit is known today.", ""
    for one in profile.enrollments:
        if not npi.is_valid(one.npi):
            yield VALUE, f"{one.npi} is not an NPI.", one.npi
    for block in profile.differences:
        yield from _block(block)
    yield from _useless(profile)
    yield from _time(profile, today)


def _useless(profile: PayerProfile) -> Iterator[Told]:
    named = {name for block in profile.differences for name, _ in block.values}
    ever = profile.timeline[1]
    if not any(rules.claim_per is ClaimPer.SPAN for rules in ever):
        for name in sorted(named & {"span_period", "span_days"}):
            yield USELESS, f"{name} is set, but claim_per is never span.", name
    if not profile.enrollments and any("unenrolled" in rules.supervised for rules in ever):
        yield USELESS, "supervised has unenrolled, but no enrollment is listed: every claim asks for one.", "supervised"


def _block(block: Difference) -> Iterator[Told]:
    if block.verified in ("no", "recalled", "secondary"):
        names = ", ".join(name for name, _ in block.values)
        yield UNVERIFIED, f"{names} since {block.effective_from} is {block.verified} ({block.source}).", names
    for name, value in block.values:
        if isinstance(value, tuple):
            codes = [str(code) for pair in value for code in (pair if isinstance(pair, tuple) else (pair,))]
            yield from _list(name, codes)
        elif name == "member_id" and value != "mbi" and not _compiles(str(value)):
            yield VALUE, f"member_id {value} is not a regular expression.", str(value)


_KNOWN = {"modifier_order": KINDS, "allowed_frequency": FREQUENCIES, "supervised": SUPERVISED}
_PROCEDURES = ("instead", "not_covered", "notice_required", "authorization_exempt")


def _list(name: str, codes: list[str]) -> Iterator[Told]:
    for code in codes:
        if name in _PROCEDURES and not procedures.known(code):
            yield PROCEDURE, f"{name} has {code}, which is not in the table of procedures.", code
        if name in _KNOWN and code not in _KNOWN[name]:
            yield VALUE, f"{name} has {code}; known are {', '.join(sorted(_KNOWN[name]))}.", code
        if name == "telehealth_modifiers" and modifiers.kind(code) != "telehealth":
            yield VALUE, f"{code} is not a telehealth modifier.", code


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _time(profile: PayerProfile, today: date) -> Iterator[Told]:
    by_name: dict[str, list[Difference]] = {}
    for block in profile.differences:
        for name, _ in block.values:
            by_name.setdefault(name, []).append(block)
    for name, blocks in by_name.items():
        last = max(block.effective_to for block in blocks)
        if last < today:
            yield LAPSED, f"{name} lapsed on {last}.", name
        for place, block in enumerate(blocks):
            for later in blocks[place + 1:]:
                if later.effective_from <= block.effective_to and block.effective_from <= later.effective_to:
                    yield HIDDEN, f"{name} is set twice from {max(later.effective_from, block.effective_from)}.", name


def show(profile: PayerProfile, day: date) -> list[tuple[str, str, str, str]]:
    """What holds on a day: value name, value, its source (or `the guide`), verified."""
    rules, sources = profile.on(day), profile.sources(day)
    rows = []
    for name in type(rules).__slots__:
        block = sources.get(name)
        source = f"{block.source} (from {block.effective_from})" if block else "the guide"
        rows.append((name, _text(getattr(rules, name)), source, block.verified if block else ""))
    return rows


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(" -> ".join(one) if isinstance(one, tuple) else str(one) for one in value) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "-"
