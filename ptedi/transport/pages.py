"""The rule pages of what a partner's server offers and we do not take in (`ptedi explain TR001`)."""

from __future__ import annotations

from ptedi.findings import CATALOGUE, Finding, Rule, Severity, register


def _page(code: str, title: str, checks: str, matters: str, instead: str) -> str:
    return register(Rule(code=code, title=title, severity=Severity.WARNING, checks=checks, matters=matters,
                         instead=instead)).code  # fmt: skip


NAME = _page(
    "TR001",
    "A file at the partner's has a name that is not taken in",
    "A partner's file name has at most 255 bytes, no slash or backslash and no control characters.",
    "Such names lead programs out of their folders; the file may still hold remittances.",
    "Ask the partner what it is and to leave it again under a plain name.",
)
SIZE = _page(
    "TR002",
    "A file at the partner's is larger than the limit",
    "A partner's file is at most as large as receive_at_most_mb says.",
    "A file without end would fill the memory; a real one of that size waits at the partner's.",
    "Raise receive_at_most_mb of the partner's transport if the file is right.",
)


def finding(code: str, sentence: str, name: str) -> Finding:
    """A finding of one of these rules; `name` is the file's, made harmless."""
    rule = CATALOGUE[code]
    return Finding(code=code, severity=rule.severity, message=sentence, hint=rule.instead, value=name)
