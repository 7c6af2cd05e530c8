"""The registry of meaning rules: a page for people, a guide rule id, and the function that decides.

A rule looks at one subject (`on`): the transaction, a billing provider, a subscriber, a claim, a service line or
another payer's part of a claim.  `service` is a line whose verdict depends on its SV1, the claim's payer kind, place
and number of diagnoses and on having a note; `line` rules are asked of lines with another payer's decision, several
references or a date range only.  The collectors (`collect_837p`, `listen_835`) fill the subject's record and run every
function registered for it, in the order of the guide.  A rule that one segment decides by itself (`on_segment`) is
asked once per text and remembered, because a file repeats its providers, prices and days.
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
SUBJECTS = ("transaction", "billing", "subscriber", "claim", "service", "line", "other", "payment", "payment_claim")
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
