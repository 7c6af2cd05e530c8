"""The registry of meaning rules: a page for people, a guide rule id, and the function that decides.

A rule looks at one subject (`on`, see `SUBJECTS`).  The collectors (`collect_837p`, `listen_835`) fill the subject's
record and ask every function registered for it.  Most claims are plain, so rules on what few claims have are subjects
of their own, asked only where it is there; and a file repeats its providers, prices and days, so a rule that a few
texts decide is asked once for these texts (`remembered` subjects, and `on_segment` for those that one segment decides).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from ptedi.findings import Rule, Severity, register

E, H, W, I = Severity.ERROR, Severity.HOLD, Severity.WARNING, Severity.INFO  # noqa: E741
RuleFunction = TypeVar("RuleFunction", bound=Callable[..., None])


class Fault(NamedTuple):
    """What a segment rule found: code, sentence, element reference, and a severity other than the page's if need be."""

    code: str
    message: str
    element: str = ""
    severity: Severity | None = None


SegmentRule = Callable[[str, list[str]], Iterator[Fault]]
SUBJECTS = {
    "transaction": "the header, at the end of its set",
    "billing": "each billing provider (2000A)",
    "subscriber": "each subscriber (2000B)",
    "subscriber_sbr": "remembered: by the text of SBR",
    "claim": "each claim",
    "claim_providers": "remembered: by the NM1 texts of billing, referring and rendering provider",
    "claim_diagnoses": "remembered: by the text of HI and whether the service is of the time of ICD-10",
    "claim_dates": "a claim with dates of its own (2300 DTP) or a related cause (CLM11)",
    "claim_references": "a claim with references (2300 REF) or a frequency other than 1",
    "claim_rare": "a claim with other payers, amounts, a facility, providers of lines, telehealth, or an unusual CLM",
    "service": "remembered: by SV1, having a note, and the claim's payer kind, place and number of diagnoses",
    "line": "a line with another payer's decision, several references or a date range",
    "other": "each other payer of a claim (2320)",
    "payment": "each 835, at its end",
    "payment_claim": "each claim of an 835",
}
"""What a rule may look at, and when it is asked."""
_FUNCTIONS: dict[str, list[Callable[..., None]]] = {subject: [] for subject in SUBJECTS}


def functions(subject: str) -> tuple[Callable[..., None], ...]:
    """The functions registered for a subject, in order of registration."""
    return tuple(_FUNCTIONS[subject])


_SEGMENT_RULES: dict[str, list[SegmentRule]] = {}


def on_segment(*identifiers: str) -> Callable[[SegmentRule], SegmentRule]:
    """Registers a rule `(loop, elements) -> faults` for every segment with one of these identifiers."""

    def enter(rule: SegmentRule) -> SegmentRule:
        for identifier in identifiers:
            _SEGMENT_RULES.setdefault(identifier, []).append(rule)
        return rule

    return enter


def segment_faults(loop: str, identifier: str) -> Callable[[str], tuple[Fault, ...]] | None:
    """The faults of one text of a node, by every rule registered for its segment; None when there is no rule."""
    rules = _SEGMENT_RULES.get(identifier)
    if not rules:
        return None

    def faults(text: str) -> tuple[Fault, ...]:
        elements = text.split("*")
        return tuple(fault for rule in rules for fault in rule(loop, elements))

    return faults


def page(  # noqa: PLR0913 - a page has this many lines
    code: str,
    guide_rule: str,
    snip: int,
    severity: Severity,
    title: str,
    *,
    checks: str,
    matters: str,
    example: str,
    instead: str,
    reference: str,
) -> str:
    """Registers a rule page and returns its code."""
    return register(
        Rule(
            code=code, title=title, severity=severity, checks=checks, matters=matters, example=example,
            instead=instead, reference=f"005010{reference}", snip=snip, guide_rule=guide_rule,
        )
    ).code  # fmt: skip


def on(subject: str) -> Callable[[RuleFunction], RuleFunction]:
    """Registers the function below for a subject; the pages it tells of are registered beside it."""

    def enter(function: RuleFunction) -> RuleFunction:
        _FUNCTIONS[subject].append(function)
        return function

    return enter
