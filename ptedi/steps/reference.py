"""What codes mean: findings and edits, adjustments, remarks, claim statuses, procedures, modifiers, claim states."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ptedi import dates
from ptedi.checks import explain
from ptedi.codes import adjustments, claim_status, modifier, procedures, remarks
from ptedi.denials import actions
from ptedi.denials.classify import classify
from ptedi.findings import CATALOGUE, Rule
from ptedi.submissions.status import MOVES, State

_ADJUSTMENT = re.compile(r"(?:(CO|PR|OA|PI)[- ]?)?([A-Z]?\d{1,3})")
_STATUS = re.compile(r"([A-Z]\w{1,2})(?::(\d{1,3})(?::\w{2})?)?")
_EDITS = "Edits: "

Fields = tuple[tuple[str, str], ...]


class Family(StrEnum):
    """What kind of code it is."""

    EDIT = "edit"
    FINDING = "finding"
    ADJUSTMENT = "adjustment"
    REMARK = "remark"
    STATUS = "claim status"
    PROCEDURE = "procedure"
    MODIFIER = "modifier"
    STATE = "claim state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A code in a list; `about` groups codes of one family (Edits: therapy, discipline modifiers ...)."""

    family: Family
    code: str
    title: str
    about: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePage:
    """A code explained: named facts in the order a person wants them, or a sentence where there are none."""

    family: Family
    code: str
    title: str
    fields: Fields = ()
    note: str = ""


def entries(on: date | None = None) -> tuple[Entry, ...]:
    """All codes known here, on a day (today unless said)."""
    return tuple(_entries(on or dates.today()))


def code_page(code: str, *, family: Family | None = None, on: date | None = None) -> CodePage | None:
    """The page of any code, None when nobody knows it.

    Codes are as people write them: CV001 or V01, CO-97 or 97, N20, A7:164, 97110, KX, `partly paid`.  Where two
    families have the same code (16 is an adjustment and a claim status), `family` says which one is meant.
    """
    looks = _LOOKS.values() if family is None else (_LOOKS[family],)
    pages = (look(code.strip().upper(), on or dates.today()) for look in looks)
    return next((page for page in pages if page is not None), None)


# --- lists ---


def _entries(on: date) -> Iterator[Entry]:
    for _, rule in sorted(CATALOGUE.items()):
        group = explain.GROUPS.get(rule.code[:2], "Other")
        yield Entry(family=_family(rule.code), code=rule.code, title=rule.title,
                    about=_capital(group.removeprefix(_EDITS)), severity=rule.severity.value)  # fmt: skip
    yield from _named(Family.ADJUSTMENT, adjustments.reasons(), adjustments.reason)
    yield from _named(Family.REMARK, remarks.known(), remarks.label)
    yield from _named(Family.STATUS, claim_status.known(), lambda code: claim_status.category(code) or
                      claim_status.status(code))  # fmt: skip
    for one in procedures.listed(on):
        yield Entry(family=Family.PROCEDURE, code=one.code, title=one.label, about=one.kind)
    for two in modifier.known(on):
        yield Entry(family=Family.MODIFIER, code=two.code, title=two.label, about=two.kind)
    for state in State:
        yield Entry(family=Family.STATE, code=state.value, title=_reached(state))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _named(family: Family, codes: tuple[str, ...], words: Callable[[str], str | None]) -> Iterator[Entry]:
    for code in codes:
        yield Entry(family=family, code=code, title=words(code) or "")


# --- pages ---


def _rule(code: str, on: date) -> CodePage | None:
    found = explain.find(code)
    if not found:
        return None
    return CodePage(family=_family(found[0].code), code=found[0].code, title=found[0].title,
                    fields=tuple(pair for rule in found for pair in _facts(rule)))  # fmt: skip


def _family(code: str) -> Family:
    return Family.EDIT if explain.GROUPS.get(code[:2], "").startswith(_EDITS) else Family.FINDING


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    snip = f", SNIP type {rule.snip}" if rule.snip else ""
    yield "Severity", f"{rule.severity.value}{snip}"
    yield from _filled(
        ("Checks", rule.checks), ("Matters", rule.matters), ("Example", rule.example), ("Instead", rule.instead),
        ("Reference", rule.reference), ("Guide rule", rule.guide_rule),
        ("Status", "" if rule.status == "stable" else rule.status),
    )  # fmt: skip


def _adjustment(code: str, on: date) -> CodePage | None:
    match = _ADJUSTMENT.fullmatch(code)
    if match is None or adjustments.reason(match[2]) is None:
        return None
    if match[1]:
        return _adjusted(match[1], match[2], on)
    fields = ((f"{group}-{match[2]}", _in_short(group, match[2], on)) for group in ("CO", "PR", "OA", "PI"))
    return CodePage(family=Family.ADJUSTMENT, code=match[2], title=adjustments.reason(match[2]) or "",
                    fields=tuple(fields))  # fmt: skip


def _adjusted(group: str, reason: str, on: date) -> CodePage:
    denial = classify(group, reason, on=on)
    title = adjustments.label(group, reason) or ""
    fields = () if denial is None else _filled(
        ("Category", denial.category), ("Cause", denial.cause), ("Do", actions.words(denial.action)),
        ("How", denial.how), ("Reworkable", denial.reworkable), ("Source", denial.source))  # fmt: skip
    note = "" if denial else "Not a denial: it prices the line or moves an amount, and is posted as it stands."
    return CodePage(family=Family.ADJUSTMENT, code=f"{group}-{reason}", title=title, fields=fields, note=note)


def _in_short(group: str, reason: str, on: date) -> str:
    denial = classify(group, reason, on=on)
    if denial is None:
        return "not a denial: posted as it stands"
    return f"denial, {denial.category}: {actions.words(denial.action)}"


def _status(code: str, on: date) -> CodePage | None:
    match = _STATUS.fullmatch(code)
    label = claim_status.label(match[1], match[2] or "") if match else claim_status.status(code)
    if not label:
        return None
    return CodePage(family=Family.STATUS, code=code, title=label,
                    note="A claim status of a 277CA: before adjudication, not a denial.")  # fmt: skip


def _remark(code: str, on: date) -> CodePage | None:
    label = remarks.label(code)
    note = "A remark (RARC) of an 835: it says more about the adjustment beside it."
    return CodePage(family=Family.REMARK, code=code, title=label, note=note) if label else None


def _modifier(code: str, on: date) -> CodePage | None:
    known = modifier.find(code, on)
    if known is None:
        return None
    note = f"A procedure modifier ({known.kind}), SV101-3 to SV101-6."
    return CodePage(family=Family.MODIFIER, code=code, title=known.label, note=note)


def _procedure(code: str, on: date) -> CodePage | None:
    known = procedures.find(code, on)
    if known is None:
        return None
    limit = procedures.unit_limit(code, on)
    return CodePage(family=Family.PROCEDURE, code=code, title=known.label, fields=_filled(
        ("Kind", known.kind),
        ("Counted", f"{known.basis} {known.minutes} minutes" if known.minutes else str(known.basis)),
        ("Therapy", known.therapy), ("Add-on to", known.parent), ("Medicare", known.medicare_status),
        ("MUE", str(limit.units) if limit else ""), ("Assistant", known.assistant),
    ))  # fmt: skip


def _state(code: str, on: date) -> CodePage | None:
    if code.lower() not in {state.value for state in State}:
        return None
    state = State(code.lower())
    return CodePage(family=Family.STATE, code=state.value, title=_reached(state), fields=tuple(
        (move.event.value, f"becomes {move.goal.value}: {move.words}")
        for move in MOVES if state in move.sources and move.goal is not state))  # fmt: skip


def _reached(state: State) -> str:
    return next((move.words for move in MOVES if move.goal is state), "")


def _filled(*fields: tuple[str, str | None]) -> Fields:
    return tuple((name, value) for name, value in fields if value)


_LOOKS: dict[Family, Callable[[str, date], CodePage | None]] = {
    Family.EDIT: _rule, Family.FINDING: _rule, Family.ADJUSTMENT: _adjustment, Family.STATUS: _status,
    Family.REMARK: _remark, Family.MODIFIER: _modifier, Family.PROCEDURE: _procedure, Family.STATE: _state,
}  # fmt: skip
