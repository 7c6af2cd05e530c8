"""The registry of edits: a function, its code and severity, and its page, which is its docstring.

    @edit("PT110", Severity.ERROR)
    def discipline_missing(c: Context) -> Iterator[Problem]:
        '''A therapy line lacks its discipline modifier.

        What it checks: ...
        Why it matters: ...
        Example: ...
        Use instead: ...
        Reference: ...
        '''

A preview edit is run and shown but never stops a claim; a retired one is not run, its page and its code stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ptedi.edits.context import Context, Problem
from ptedi.findings import Rule, Severity, register

SECTIONS = ("What it checks", "Why it matters", "Example", "Use instead", "Reference")
STATUSES = ("stable", "preview", "retired")
_HEAD = re.compile(rf"^({'|'.join(SECTIONS)}):\s*", re.MULTILINE)
Check = Callable[[Context], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Edit:
    """A rule page with the function that checks it."""

    rule: Rule
    check: Check

    @property
    def code(self) -> str:
        """The finding code."""
        return self.rule.code


EDITS: dict[str, Edit] = {}


def edit(code: str, severity: Severity, *, status: str = "stable") -> Callable[[Check], Check]:
    """Enters a function into the registry under a code.

    Raises:
        ValueError: the docstring lacks a section, the status is unknown, or the code is taken.
    """

    def enter(check: Check) -> Check:
        title, sections = page(check.__doc__ or "")
        missing = [name for name in SECTIONS if not sections.get(name)]
        if missing or status not in STATUSES:
            raise ValueError(f"edit {code}: the page lacks {', '.join(missing) or 'a known status'}")
        rule = Rule(
            code=code, title=title, severity=severity, checks=sections["What it checks"],
            matters=sections["Why it matters"], example=sections["Example"], instead=sections["Use instead"],
            reference=sections["Reference"], snip=7, status=status,
        )  # fmt: skip
        EDITS[code] = Edit(register(rule), check)
        return check

    return enter


def page(docstring: str) -> tuple[str, dict[str, str]]:
    """The title and the sections of an edit's docstring, each as one running text."""
    head, *rest = _HEAD.split(re.sub(r"(?m)^[ \t]+", "", docstring))
    texts = (" ".join(text.split()) for text in rest[1::2])
    return " ".join(head.split()).rstrip("."), dict(zip(rest[0::2], texts, strict=True))
