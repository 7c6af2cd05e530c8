"""The 835 listener: the 835 reader builds claims while the structure engine walks, so a file is split only once.

A claim is balanced and judged when the next one begins, then forgotten; what is wrong with the payment as a whole is
told when its set ends.  One giant set therefore costs no more memory than many small ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ptedi.checks import registry
from ptedi.checks.extents import Extents
from ptedi.checks.plain_payments import PlainPayments
from ptedi.checks.rules import MODULES
from ptedi.checks.telling import Teller
from ptedi.findings import Finding, Severity
from ptedi.remittances.balance import Balancing
from ptedi.remittances.model import ClaimPayment, Origin
from ptedi.transactions.remittance_835 import RemittanceReader

if TYPE_CHECKING:
    from ptedi.x12.structure import TransactionSummary

Handler = Callable[[str, int, int, int], None]
_NODES = (
    "HEADER/BPR", "HEADER/TRN", "2100/CLP", "2100/CAS", "2100/NM1", "2100/MIA", "2100/MOA", "2100/DTM", "2100/AMT",
    "2110/SVC", "2110/DTM", "2110/CAS", "2110/LQ", "FOOTER/PLB",
)  # fmt: skip
"""What balancing and the rules look at; names, references and allowed amounts are the structure's matter alone."""


_STATED = (None, "BPR", "BPR02", "BPR03")
"""Where an error of BPR leaves the amount of the payment unknown."""


class RemittanceListener:
    """`handlers`, `runs`, `start`, `end` for the engine; `extents` for the verdict of each claim.

    Without `rules` it only balances: money is money in any version, the other rules are those of 5010.

    Attributes:
        runs: takes plain claims whole.
        reversed: claims reversed and not yet corrected in this payment.
        seen_traces: TRN02 and TRN03 of the payments of this file.
    """

    def __init__(self, severities: Mapping[str, Severity] | None = None, *, rules: bool = True) -> None:
        self.reader = RemittanceReader()
        self.tell = Teller(severities)
        self.extents = Extents()
        self.seen_traces: set[tuple[str, str]] = set()
        self.reversed: dict[str, Origin] = {}
        self._places: dict[str, tuple[int, int, int]] = {}
        self._balancing: Balancing | None = None
        assert MODULES  # noqa: S101 - the rules are registered
        self._payment_rules = registry.functions("payment") if rules else ()
        self._claim_rules = registry.functions("payment_claim") if rules else ()
        self.handlers: dict[str, Handler] = {}
        for node in _NODES:
            self.handlers[node] = self.handlers[node + "!"] = self._handler(node)
        self.runs = {"2100/CLP": PlainPayments(self)} if rules else {}

    def _handler(self, node: str) -> Handler:
        identifier = node.partition("/")[2]
        if identifier == "CLP":
            return self._clp
        reader, take = self.reader, self.reader.handlers[identifier]

        def handler(text: str, index: int, position: int, offset: int) -> None:
            reader.index, reader.offset = index, offset
            take(text.split("*"))

        def placed(text: str, index: int, position: int, offset: int) -> None:
            self._places.setdefault(identifier, (index, position, offset))
            handler(text, index, position, offset)

        def crossover(text: str, index: int, position: int, offset: int) -> None:
            if text.startswith("NM1*TT"):
                handler(text, index, position, offset)

        def first_date(text: str, index: int, position: int, offset: int) -> None:
            claim = reader.claim
            if claim is not None and claim.statement_from is None:
                handler(text, index, position, offset)

        special = {"BPR": placed, "TRN": placed, "NM1": crossover, "DTM": first_date}
        return special.get(identifier, handler)

    def _clp(self, text: str, index: int, position: int, offset: int) -> None:
        self._close_claim()
        self.reader.index, self.reader.offset = index, offset
        self.reader.CLP(text.split("*"))
        claim = self.reader.claim
        self.extents.mark(4, position, claim.patient_control_number if claim else "")

    def start(self, transaction: TransactionSummary) -> None:
        """A transaction set begins."""
        self.tell = Teller(self.tell.severities)
        self.extents = Extents()
        self.reader.finish()
        self._places, self.reversed = {}, {}
        self.reader.feed(f"ST*835*{transaction.control_number}", transaction.first_index, 1, 0)
        payment = self.reader.payment
        self._balancing = Balancing(payment) if payment else None

    def end(self, transaction: TransactionSummary, findings: list[Finding]) -> None:
        """A transaction set ends: its last claim and the payment are judged."""
        self._close_claim()
        payment, balancing = self.reader.payment, self._balancing
        if payment is None or balancing is None:
            return
        self.reader.SE([])
        self.reader.ready.clear()
        self.tell.claim = ""
        for rule in self._payment_rules:
            rule(self, payment, self.tell)
        told = [*payment.findings, *balancing.finish(), *self.tell.findings]
        findings.extend(self.extents.settle(self._settled(told, findings), findings))
        self.extents.also_stopped(self.tell.stops)

    def take(self, first: str, others: list[tuple[int, str]], paid: Decimal, interest: Decimal) -> None:
        """Takes claims of which nothing is to be told: the one that is open, and others by position and number."""
        payment, balancing = self.reader.payment, self._balancing
        if payment is None or balancing is None:
            return
        payment.claims.clear()
        balancing.balanced(paid, interest)
        for position, number in others:
            self.extents.mark(4, position, number)
        if self.reversed:
            for number in (first, *(number for _, number in others)):
                self.reversed.pop(number, None)
        self.reader.claim = self.reader.line = None

    def _close_claim(self) -> None:
        payment, balancing = self.reader.payment, self._balancing
        if payment is None or balancing is None or not payment.claims:
            return
        claim = payment.claims.pop()
        balancing.claim(claim)
        self._note(claim)
        tell = self.tell
        tell.claim = claim.patient_control_number
        for rule in self._claim_rules:
            rule(payment, claim, tell)
        self.reader.claim = self.reader.line = None

    def _note(self, claim: ClaimPayment) -> None:
        """Remembers a reversal until its correction."""
        if claim.status_code == "22":
            self.reversed[claim.patient_control_number] = claim.origin
        elif self.reversed:
            self.reversed.pop(claim.patient_control_number, None)

    def _settled(self, told: list[Finding], structure: list[Finding]) -> list[Finding]:
        """Without what a broken header or trailer explains, with the profile's severity, at the right segment."""
        broken = {f.segment for f in structure
                  if f.severity.stops and (f.segment != "BPR" or f.element in _STATED)}  # fmt: skip
        negative = any(f.code == "RP007" and f.element == "BPR02" for f in told)
        dropped = set[str]()
        if negative or broken & {"BPR", "PLB"}:
            dropped.add("RP001")
        if "PLB" in broken:
            dropped.add("RP017")
        return [self._placed(f) for f in told if f.code not in dropped]

    def _placed(self, finding: Finding) -> Finding:
        severity = self.tell.severities.get(finding.code, finding.severity)
        if finding.byte_offset == 0:  # of the set as a whole: where it begins is not known here
            finding = replace(finding, byte_offset=None)
        place = self._places.get(finding.segment or "")
        if place is None or finding.claim is not None:
            return finding if severity is finding.severity else replace(finding, severity=severity)
        index, position, offset = place
        return replace(finding, severity=severity, segment_index=index, segment_position=position, byte_offset=offset)
