"""How a meaning rule says what it found: severity by profile, place of the segment, the page's hint.

A place is what the structure engine hands over: canonical text, index in the file, position from ST, byte offset.
"""

from __future__ import annotations

from collections.abc import Mapping

from ptedi.findings import CATALOGUE, Finding, Severity
from ptedi.x12.places import Places

MOST = 10_000


class Teller:
    """Collects findings; `claim` is the CLM01 or CLP01 spoken of at present, "" outside of claims.

    Of a set with more than ten thousand findings the further ones are only counted, and their places kept where they
    stop a claim, so that a file in which every line is wrong costs no more memory than a sound one.
    """

    __slots__ = ("claim", "dropped", "findings", "severities", "stops")

    def __init__(self, severities: Mapping[str, Severity] | None = None) -> None:
        self.severities = severities or {}
        self.findings: list[Finding] = []
        self.claim = ""
        self.dropped = 0
        self.stops = Places()

    @property
    def told(self) -> int:
        """How many findings, listed or only counted."""
        return len(self.findings) + self.dropped

    def __call__(  # noqa: PLR0913 - one place that knows how a finding is told
        self,
        code: str,
        place: tuple[str, int, int, int],
        message: str,
        element: str = "",
        value: str | None = None,
        *,
        loop: str = "",
        line: int | None = None,
        allowed: tuple[str, ...] = (),
        severity: Severity | None = None,
        claim: str | None = None,
    ) -> None:
        """Writes one finding down; `element` is a reference such as NM109, empty for the whole segment."""
        rule = CATALOGUE[code]
        text, index, position, offset = place
        if len(self.findings) >= MOST:
            self.dropped += 1
            if (self.severities.get(code) or severity or rule.severity).stops:
                self.stops.add(position)
            return
        if value is None and element:
            value = value_of(text, element)
        self.findings.append(
            Finding(
                code=code,
                severity=self.severities.get(code) or severity or rule.severity,
                snip=rule.snip,
                message=message,
                segment=text.partition("*")[0] or None,
                segment_position=position or None,
                segment_index=index or None,
                byte_offset=offset if index else None,
                element=element or None,
                loop=loop or None,
                claim=(self.claim if claim is None else claim) or None,
                value=value or None,
                allowed=allowed,
                hint=rule.instead or None,
                line=line,
            )
        )


def value_of(text: str, reference: str) -> str:
    """The value an element reference names in a segment's text: `CLM05-3`, `NM109`."""
    number, _, component = reference.partition("-")
    digits = number[len(text.partition("*")[0]) :]
    if not digits.isdecimal():
        return ""
    elements = text.split("*")
    value = elements[int(digits)] if int(digits) < len(elements) else ""
    if not component.isdecimal():
        return value
    parts = value.split(":")
    return parts[int(component) - 1] if int(component) <= len(parts) else ""
