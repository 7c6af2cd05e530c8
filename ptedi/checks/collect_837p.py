"""Fills the records of an 837P as the structure engine walks it, and runs the rules when a record is complete.

One instance is a listener of one guide (005010X222A1): the engine calls a handler for each accepted segment of a node
that the rules look at.  A claim is judged when the next claim or hierarchical level begins, then forgotten, so memory
does not grow with the file; only the claim ids and their places stay, for the verdict of each claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ptedi import dates
from ptedi.checks import registry, rules
from ptedi.checks.extents import Extents
from ptedi.checks.records import (
    NONE,
    Adjudication,
    Billing,
    Claim,
    Header,
    Line,
    Other,
    Party,
    Patient,
    Seg,
    Service,
    Subscriber,
)
from ptedi.checks.telling import Teller
from ptedi.checks.values import Remembered, get
from ptedi.findings import Finding, Severity

if TYPE_CHECKING:
    from ptedi.x12.structure import TransactionSummary

Handler = Callable[[str, int, int, int], None]


class Collector:
    """The 837P listener: `handlers`, `start`, `end` for the engine; `extents` for the verdict of each claim."""

    def __init__(self, severities: Mapping[str, Severity] | None = None) -> None:
        self.tell = Teller(severities)
        self.seen_claims: set[int] = set()
        self.seen_batches: set[str] = set()
        self.extents = Extents()
        self._services = Remembered(Service)
        assert rules.MODULES  # noqa: S101 - the rules are registered
        self._rules = {subject: registry.functions(subject) for subject in registry.SUBJECTS}
        self._today = f"{dates.today():%Y%m%d}"
        self._reset(Header(NONE, NONE, "", self._today))
        self.handlers: Mapping[str, Handler] = self._handlers()

    def _reset(self, header: Header) -> None:
        self.header = header
        self.billing = Billing(NONE)
        self.subscriber = Subscriber(NONE)
        self.patient: Patient | None = None
        self.claim: Claim | None = None
        self.line: Line | None = None
        self.other: Other | None = None
        self.adjudication: Adjudication | None = None
        self.party = Party("", NONE)
        self._open_claim: Claim = Claim(NONE, self.billing, self.subscriber, None)
        self._open_line: Line = Line(NONE, 0)
        self._open_other: Other = Other(NONE)
        self._open_adjudication: Adjudication = Adjudication(NONE)

    # --- what the engine calls -----------------------------------------------------------------------------------

    def start(self, transaction: TransactionSummary) -> None:
        """A transaction set begins."""
        isa, gs = transaction.interchange.segment, transaction.group.segment
        self.tell = Teller(self.tell.severities)
        self.extents = Extents()
        self._reset(
            Header(
                ("*".join(isa.elements), isa.index, 0, isa.offset), ("*".join(gs.elements), gs.index, 0, gs.offset),
                transaction.control_number, self._today,
            )
        )  # fmt: skip

    def end(self, transaction: TransactionSummary, findings: list[Finding]) -> None:
        """A transaction set ends: the last records are judged, what the structure explains is left out."""
        self._close_billing()
        self.tell.claim = ""
        for rule in self._rules["transaction"]:
            rule(self, self.header, self.tell)
        findings.extend(self.extents.settle(self.tell.findings, findings))

    # --- opening and closing of records ------------------------------------------------------------------------

    def _close_claim(self) -> None:
        claim = self.claim
        if claim is None:
            return
        self.claim = None
        claim.read(self._services)
        tell, rules = self.tell, self._rules
        for rule in rules["claim"]:
            rule(self, claim, tell)
        line_rules = rules["line"]
        for line in claim.lines:
            for rule in line_rules:
                rule(claim, line, tell)
        for other in claim.others:
            for rule in rules["other"]:
                rule(claim, other, tell)
        tell.claim = ""

    def _close_subscriber(self) -> None:
        self._close_claim()
        if self.subscriber.hl is not NONE:
            for rule in self._rules["subscriber"]:
                rule(self, self.subscriber, self.tell)
        self.subscriber, self.patient = Subscriber(NONE), None

    def _close_billing(self) -> None:
        self._close_subscriber()
        self.billing = Billing(NONE)

    def _hl_billing(self, *seg: Any) -> None:
        self._close_billing()
        self.billing = Billing(seg)
        self.extents.mark(1, seg[2])

    def _hl_subscriber(self, *seg: Any) -> None:
        self._close_subscriber()
        self._judge_billing()
        self.subscriber = Subscriber(seg)
        self.extents.mark(2, seg[2])

    def _judge_billing(self) -> None:
        """The billing provider is judged once, when its first subscriber begins."""
        if self.billing.provider is not None and self.billing.hl is not NONE:
            for rule in self._rules["billing"]:
                rule(self, self.billing, self.tell)
            self.billing.hl = NONE

    def _hl_patient(self, *seg: Any) -> None:
        self._close_claim()
        self.patient = self.subscriber.patient = Patient(seg)
        self.subscriber.patients += 1
        self.extents.mark(3, seg[2])

    def _clm(self, *seg: Any) -> None:
        self._close_claim()
        self.claim = self._open_claim = Claim(seg, self.billing, self.subscriber, self.patient)
        if self.patient is None:
            self.subscriber.claims += 1
        self.tell.claim = self.claim.id
        self.extents.mark(4, seg[2], self.claim.id)

    def _lx(self, *seg: Any) -> None:
        lines = self._open_claim.lines
        self._open_line = Line(seg, len(lines) + 1)
        lines.append(self._open_line)

    def _sv1(self, *seg: Any) -> None:
        self._open_line.sv1 = seg

    def _other_sbr(self, *seg: Any) -> None:
        self._open_other = Other(seg)
        self._open_claim.others.append(self._open_other)

    def _svd(self, *seg: Any) -> None:
        self._open_adjudication = Adjudication(seg)
        self._open_line.adjudications.append(self._open_adjudication)

    def _sbr(self, *seg: Any) -> None:
        e = seg[0].split("*")
        self.subscriber.sbr = seg
        self.subscriber.sequence, self.subscriber.filing = get(e, 1), get(e, 9)

    # --- the handlers, by node of the guide -------------------------------------------------------------------

    def _handlers(self) -> dict[str, Handler]:
        table: dict[str, Handler] = {
            "2000A/HL": self._hl_billing, "2000B/HL": self._hl_subscriber, "2000C/HL": self._hl_patient,
            "2000B/SBR": self._sbr, "2300/CLM": self._clm, "2320/SBR": self._other_sbr, "2400/LX": self._lx,
            "2400/SV1": self._sv1, "2430/SVD": self._svd,
        }  # fmt: skip
        for loop in ("HEADER", "ST_LOOP"):
            table[f"{loop}/BHT"] = self._put("header", "bht")
        table["2000A/PRV"] = self._put("billing", "prv")
        table["2000B/PAT"] = self._put("subscriber", "pat")
        table["2000C/PAT"] = self._put("patient", "pat")
        table["2320/OI"] = self._put("_open_other", "oi")
        self._add_parties(table)
        self._add_lists(table)
        failed = {node + "!": handler for node, handler in table.items()}
        return failed | {node: self._watched(node, handler) for node, handler in table.items()}

    def _watched(self, node: str, handler: Handler) -> Handler:
        """The handler preceded by the rules that a segment decides by itself, remembered by its text."""
        loop, _, identifier = node.partition("/")
        work_out = registry.segment_faults(loop, identifier)
        if work_out is None:
            return handler
        remembered = Remembered(work_out)

        def watched(text: str, index: int, position: int, offset: int) -> None:
            handler(text, index, position, offset)
            if faults := remembered[text]:
                self._tell(loop, (text, index, position, offset), faults)

        return watched

    def _tell(self, loop: str, seg: Seg, faults: tuple[registry.Fault, ...]) -> None:
        line = self._open_line.number if loop.startswith("24") else None
        for code, message, element, severity in faults:
            text = f"Line {line}: {message}" if line else message
            self.tell(code, seg, text, element, loop=loop, line=line, severity=severity)

    def _add_lists(self, table: dict[str, Handler]) -> None:
        lists = {
            "DTP": "dates", "AMT": "amounts", "REF": "refs", "PWK": "pwks", "NTE": "notes", "CAS": "cas", "HI": "his",
        }  # fmt: skip
        nodes = {
            "2300": ("_open_claim", ("DTP", "AMT", "REF", "PWK", "NTE", "HI")),
            "2320": ("_open_other", ("CAS", "AMT")),
            "2400": ("_open_line", ("DTP", "AMT", "REF", "PWK", "NTE")),
            "2430": ("_open_adjudication", ("CAS", "DTP", "AMT")),
        }
        for loop, (owner, names) in nodes.items():
            for name in names:
                table[f"{loop}/{name}"] = self._append(owner, lists[name])

    def _add_parties(self, table: dict[str, Handler]) -> None:
        owners = {
            "1000A": ("header", "submitter"), "1000B": ("header", "receiver"), "2010AA": ("billing", "provider"),
            "2010AB": ("billing", "pay_to"), "2010BA": ("subscriber", "person"), "2010BB": ("subscriber", "payer"),
            "2010CA": ("patient", "person"), "2310B": ("_open_claim", "rendering"),
            "2310C": ("_open_claim", "facility"), "2310D": ("_open_claim", "supervising"),
            "2330A": ("_open_other", "subscriber"), "2330B": ("_open_other", "payer"),
            "2420A": ("_open_line", "rendering"), "2420C": ("_open_line", "facility"),
            "2310A": ("", ""), "2420D": ("", ""), "2420E": ("", ""), "2420F": ("", ""),
        }  # fmt: skip
        for loop, (owner, slot) in owners.items():
            table[f"{loop}/NM1"] = self._nm1(loop, owner, slot)
            for name in ("N3", "N4", "DMG", "PRV"):
                table[f"{loop}/{name}"] = self._put("party", name.lower())
            for name, slot_ in (("REF", "refs"), ("PER", "pers"), ("DTP", "dates")):
                table[f"{loop}/{name}"] = self._append("party", slot_)

    def _nm1(self, loop: str, owner: str, slot: str) -> Handler:
        def nm1(*seg: Any) -> None:
            party = self.party = Party(loop, seg)
            if slot:
                target = getattr(self, owner)
                if target is not None:
                    setattr(target, slot, party)
            elif loop == "2310A":
                self._open_claim.referring.append(party)

        return nm1

    def _put(self, owner: str, slot: str) -> Handler:
        def put(*seg: Any) -> None:
            target = getattr(self, owner)
            if target is not None:
                setattr(target, slot, seg)

        return put

    def _append(self, owner: str, slot: str) -> Handler:
        def append(*seg: Any) -> None:
            getattr(getattr(self, owner), slot).append(seg)

        return append
