"""The 835 listener: the 835 reader builds payments while the structure engine walks, so a file is split only once.

When the set ends, balancing (`remittances.balance`) and the rules P look at the payment, then it is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ptedi.checks import registry, rules
from ptedi.checks.extents import Extents
from ptedi.checks.telling import Teller
from ptedi.findings import Finding, Severity
from ptedi.remittances import balance
from ptedi.remittances.model import Payment
from ptedi.transactions.remittance_835 import RemittanceReader

if TYPE_CHECKING:
    from ptedi.x12.structure import TransactionSummary

Handler = Callable[[str, int, int, int], None]
_NODES = (
    "HEADER/BPR", "HEADER/TRN", "HEADER/DTM", "1000A/N1", "1000A/REF", "1000B/N1", "1000B/REF",
    "2100/CLP", "2100/CAS", "2100/NM1", "2100/MIA", "2100/MOA", "2100/REF", "2100/DTM", "2100/AMT",
    "2110/SVC", "2110/DTM", "2110/CAS", "2110/REF", "2110/AMT", "2110/LQ", "FOOTER/PLB",
)  # fmt: skip


class RemittanceListener:
    """`handlers`, `start`, `end` for the engine; `extents` for the verdict of each claim."""

    def __init__(self, severities: Mapping[str, Severity] | None = None) -> None:
        self.reader = RemittanceReader()
        self.tell = Teller(severities)
        self.extents = Extents()
        self.seen_traces: set[tuple[str, str]] = set()
        self.places: dict[str, tuple[int, int, int]] = {}
        assert rules.MODULES  # noqa: S101 - the rules are registered
        self._payment_rules = registry.functions("payment")
        self._claim_rules = registry.functions("payment_claim")
        self.handlers: dict[str, Handler] = {}
        for node in _NODES:
            handler = self._handler(node.partition("/")[2])
            if node.startswith("HEADER"):
                handler = self._placed(handler)
            self.handlers[node] = self.handlers[node + "!"] = handler

    def _handler(self, identifier: str) -> Handler:
        reader = self.reader
        take = reader.handlers[identifier]

        def handler(text: str, index: int, position: int, offset: int) -> None:
            reader.index, reader.offset = index, offset
            take(text.split("*"))

        return handler

    def _placed(self, handler: Handler) -> Handler:
        """Remembers where the header's segments stand: a payment's own origin is its ST."""

        def placed(text: str, index: int, position: int, offset: int) -> None:
            self.places.setdefault(text[:3], (index, position, offset))
            handler(text, index, position, offset)

        return placed

    def start(self, transaction: TransactionSummary) -> None:
        """A transaction set begins."""
        self.tell = Teller(self.tell.severities)
        self.extents = Extents()
        self.reader.finish()
        self.places = {}
        self.reader.feed(f"ST*835*{transaction.control_number}", transaction.first_index, 1, 0)

    def end(self, transaction: TransactionSummary, findings: list[Finding]) -> None:
        """A transaction set ends: the payment is balanced and judged."""
        for payment in self._payments():
            self._judge(payment, findings)

    def _payments(self) -> list[Payment]:
        self.reader.SE([])
        ready, self.reader.ready = self.reader.ready, []
        return ready

    def _judge(self, payment: Payment, findings: list[Finding]) -> None:
        tell, start = self.tell, payment.origin.segment_index
        for claim in payment.claims:
            self.extents.mark(4, claim.origin.segment_index - start + 1, claim.patient_control_number)
        for rule in self._payment_rules:
            rule(self, payment, tell)
        for claim in payment.claims:
            tell.claim = claim.patient_control_number
            for rule in self._claim_rules:
                rule(payment, claim, tell)
        tell.claim = ""
        own = [*payment.findings, *balance.check(payment), *tell.findings]
        broken = {f.segment for f in findings if f.severity.stops}
        negative = any(f.code == "RP007" and f.element == "BPR02" for f in own)
        own = [
            self._settled(f) for f in own
            if not (f.code == "RP001" and (negative or broken & {"BPR", "PLB"})) and not (f.code == "RP017" and "PLB" in broken)
        ]  # fmt: skip
        findings.extend(self.extents.settle(own, findings))

    def _settled(self, finding: Finding) -> Finding:
        """With the profile's severity, and at the header segment it speaks of."""
        severity = self.tell.severities.get(finding.code, finding.severity)
        place = self.places.get(finding.segment or "")
        if place is None or finding.claim is not None:
            return finding if severity is finding.severity else replace(finding, severity=severity)
        index, position, offset = place
        return replace(
            finding, severity=severity, segment_index=index, segment_position=position, byte_offset=offset
        )
