"""Fills the records of an 837P as the structure engine walks it, and runs the rules when a record is complete.

One instance is a listener of one guide (005010X222A1): the engine calls a handler for each accepted segment of a node
that the rules look at.  A claim is judged when the next claim or hierarchical level begins, then forgotten, so memory
does not grow with the file; only the claim ids and their places stay, for the verdict of each claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from ptedi import dates
from ptedi.checks import registry, rules
from ptedi.checks.clean import CLEAN
from ptedi.checks.extents import Extents
from ptedi.checks.plain_claims import PlainClaims
from ptedi.checks.records import (
    ICD10,
    NO_SEGS,
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
from ptedi.checks.values import ROOM, Remembered, get
from ptedi.findings import Finding, Severity
from ptedi.x12.branches import BranchTaker

if TYPE_CHECKING:
    from ptedi.x12.structure import TransactionSummary

MOST_PARTS = 500  # far above what any guide allows: what comes beyond is told by the structure and not collected
Handler = Callable[[str, int, int, int], None]


class Collector:
    """The 837P listener: `handlers`, `start`, `end` for the engine; `extents` for the verdict of each claim."""

    def __init__(self, severities: Mapping[str, Severity] | None = None, *, errors_only: bool = False) -> None:
        self.tell, self.errors_only = Teller(severities), errors_only
        self.seen_claims: set[int] = set()
        self.seen_batches: set[str] = set()
        self.extents = Extents()
        self._services = Remembered(Service)
        self._sound: set[tuple[object, ...]] = set()
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
        self._open_patient = Patient(NONE)
        self.claim: Claim | None = None
        self.party = Party("", NONE)
        self._open_claim: Claim = Claim(NONE, self.billing, self.subscriber, None)
        self._open_line: Line = Line(NONE, 0)
        self._open_other: Other = Other(NONE)
        self._open_adjudication: Adjudication = Adjudication(NONE)

    @cached_property
    def branches(self) -> Mapping[str, BranchTaker]:
        """Plain claims are taken whole, behind the HL of their subscriber."""
        return {"2000B/HL": PlainClaims(self)}

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
        self.extents.also_stopped(self.tell.stops)

    # --- opening and closing of records ------------------------------------------------------------------------

    def _close_claim(self) -> None:
        claim = self.claim
        if claim is None:
            return
        self.claim = None
        claim.read(self._services)
        self._ask("claim", claim)
        self._ask_remembered(claim)
        if claim.dates or len(claim.elements) > 11:
            self._ask("claim_dates", claim)
        if claim.refs or claim.frequency != "1":
            self._ask("claim_references", claim)
        if not claim.plain:
            self._ask("claim_rare", claim)
        self._close_lines(claim)
        for other in claim.others:
            for rule in self._rules["other"]:
                rule(claim, other, self.tell)
        self.tell.claim = ""

    def _ask(self, subject: str, record: Claim | Subscriber) -> None:
        tell = self.tell
        for rule in self._rules[subject]:
            rule(self, record, tell)

    def _ask_once(self, subject: str, record: Claim | Subscriber, key: tuple[object, ...]) -> None:
        """Asks rules that `key` decides, unless they had nothing to tell of it before."""
        sound = self._sound
        if key in sound:
            return
        before = self.tell.told
        self._ask(subject, record)
        if self.tell.told == before and len(sound) < ROOM:
            sound.add(key)

    def _ask_remembered(self, claim: Claim) -> None:
        billing = claim.billing.provider
        texts = [party.nm1[0] for party in (billing, claim.rendering, *claim.referring) if party]
        on_lines = claim.line_providers < len(claim.lines)
        self._ask_once("claim_providers", claim, (claim.rendering is None, on_lines, *texts))
        self._ask_once("claim_diagnoses", claim, ("HI", claim.last >= ICD10, *[seg[0] for seg in claim.his]))

    def _close_lines(self, claim: Claim) -> None:
        tell, sound = self.tell, self._sound
        situation = (claim.subscriber.filing, claim.place, len(claim.diagnoses))
        for line in claim.lines:
            key = (line.sv1[0], line.notes is NO_SEGS, situation)
            if key not in sound:
                before = tell.told
                for rule in self._rules["service"]:
                    rule(claim, line, tell)
                if tell.told == before and len(sound) < ROOM:
                    sound.add(key)
            refs = line.refs
            if line.adjudications or len(refs) > 1 or line.last != line.first or not _only_6r(refs):
                for rule in self._rules["line"]:
                    rule(claim, line, tell)

    def _close_subscriber(self) -> None:
        self._close_claim()
        if self.subscriber.hl is not NONE:
            self._ask("subscriber", self.subscriber)
            self._ask_once("subscriber_sbr", self.subscriber, ("SBR", self.subscriber.sbr[0]))
        self.subscriber, self.patient = Subscriber(NONE), None

    def _close_billing(self) -> None:
        self._close_subscriber()
        self.billing = Billing(NONE)

    def _hl_billing(self, *seg: Any) -> None:
        self._close_billing()
        self.billing = Billing(seg)
        self.extents.mark(1, seg[2])

    def _hl_subscriber(self, *seg: Any) -> None:
        if self.subscriber.hl is not NONE or self.claim is not None:
            self._close_subscriber()
        if self.billing.hl is not NONE:
            self._judge_billing()
        self.subscriber, self.patient = Subscriber(seg), None
        self.extents.mark(2, seg[2])

    def _judge_billing(self) -> None:
        """The billing provider is judged once, when its first subscriber begins."""
        if self.billing.provider is not None and self.billing.hl is not NONE:
            for rule in self._rules["billing"]:
                rule(self, self.billing, self.tell)
            self.billing.hl = NONE

    def _hl_patient(self, *seg: Any) -> None:
        self._close_claim()
        self.patient = self._open_patient = self.subscriber.patient = Patient(seg)
        self.subscriber.patients += 1
        self.extents.mark(3, seg[2])

    def _clm(self, *seg: Any) -> None:
        self._close_claim()
        subscriber = self.subscriber
        claim = self.claim = self._open_claim = Claim(seg, self.billing, subscriber, self.patient)
        if self.patient is None:
            subscriber.claims += 1
        self.tell.claim = claim.id
        self.extents.mark(4, seg[2], claim.id)

    def _other_sbr(self, *seg: Any) -> None:
        self._open_other = Other(seg)
        self._open_claim.others.append(self._open_other)

    def _svd(self, *seg: Any) -> None:
        line = self._open_line
        self._open_adjudication = Adjudication(seg)
        line.adjudications = [*line.adjudications, self._open_adjudication]

    def _sbr(self, *seg: Any) -> None:
        e = seg[0].split("*")
        self.subscriber.sbr = seg
        self.subscriber.sequence, self.subscriber.filing = get(e, 1), get(e, 9)

    # --- the handlers, by node of the guide -------------------------------------------------------------------

    def _handlers(self) -> dict[str, Handler]:
        """A handler for each node and, for segments whose elements are in error, one that does not judge them too."""
        makers: dict[str, Callable[[Judging], Handler]] = {
            node: partial(self._step, step) for node, step in (
                ("2000A/HL", self._hl_billing), ("2000B/HL", self._hl_subscriber), ("2000C/HL", self._hl_patient),
                ("2000B/SBR", self._sbr), ("2300/CLM", self._clm), ("2320/SBR", self._other_sbr),
                ("2430/SVD", self._svd),
            )
        }  # fmt: skip
        makers |= {node: partial(self._put, owner, slot) for node, (owner, slot) in _SLOTS.items()}
        makers |= {node: partial(self._append, owner, slot) for node, (owner, slot) in _LISTS.items()}
        makers |= {f"{loop}/NM1": partial(self._nm1, loop, *at) for loop, at in _PARTIES.items()}
        makers["2400/SV1"] = self._line
        handlers = {node + "!": make(UNJUDGED) for node, make in makers.items()}
        makers |= {node: _only_judged for node in _JUDGED_ONLY}
        return handlers | {node: make(self._judging(node)) for node, make in makers.items()}

    def _judging(self, node: str) -> Judging:
        """How a segment of a node is judged by the rules that it decides by itself: a quick look, then the rules."""
        loop, _, identifier = node.partition("/")
        work_out = registry.segment_faults(loop, identifier)
        if work_out is None:
            return UNJUDGED
        faults_of, known = Remembered(work_out), set[str]()

        def judge(seg: Seg) -> None:
            faults = faults_of[seg[0]]
            if faults:
                self._tell(loop, seg, faults)
            elif len(known) < ROOM:
                known.add(seg[0])

        return Judging(CLEAN.get(node, known.__contains__), judge)

    def _tell(self, loop: str, seg: Seg, faults: tuple[registry.Fault, ...]) -> None:
        line = self._open_line.number if loop.startswith("24") else None
        for code, message, element, severity in faults:
            text = f"Line {line}: {message}" if line else message
            self.tell(code, seg, text, element, loop=loop, line=line, severity=severity)

    def _step(self, step: Handler, judging: Judging) -> Handler:
        """A segment that opens a record."""
        if judging is UNJUDGED:
            return step
        clean, judge = judging

        def take(*seg: Any) -> None:
            step(*seg)
            if not clean(seg[0]):
                judge(seg)

        return take

    def _line(self, judging: Judging) -> Handler:
        """SV1 opens the line: LX before it says nothing that the structure does not check."""
        clean, judge = judging

        def sv1(*seg: Any) -> None:
            lines = self._open_claim.lines
            number = len(lines) + 1
            line = self._open_line = Line(seg, number)
            if number <= MOST_PARTS:
                lines.append(line)
            if not clean(seg[0]):
                judge(seg)

        return sv1

    def _nm1(self, loop: str, owner: str, slot: str, judging: Judging) -> Handler:
        clean, judge = judging

        def nm1(*seg: Any) -> None:
            party = self.party = Party(loop, seg)
            if slot == "referring":
                self._open_claim.referring.append(party)
            elif slot:
                setattr(getattr(self, owner), slot, party)
            if not clean(seg[0]):
                judge(seg)

        return nm1

    def _put(self, owner: str, slot: str, judging: Judging) -> Handler:
        clean, judge = judging

        def put(*seg: Any) -> None:
            setattr(getattr(self, owner), slot, seg)
            if not clean(seg[0]):
                judge(seg)

        return put

    def _append(self, owner: str, slot: str, judging: Judging) -> Handler:
        clean, judge = judging
        list_of: Callable[[Collector], list[Seg]] = attrgetter(f"{owner}.{slot}")

        def append(*seg: Any) -> None:
            segs = list_of(self)
            if segs:
                if len(segs) < MOST_PARTS:
                    segs.append(seg)
            else:
                setattr(getattr(self, owner), slot, [seg])
            if not clean(seg[0]):
                judge(seg)

        return append


class Judging(NamedTuple):
    """Whether a text is surely without fault, and the judge of a segment that may not be."""

    clean: Callable[[str], object]
    judge: Callable[[Seg], None]


def _no_judge(seg: Seg) -> None:
    """Nobody is asked about a segment that has no rules, or is in error already."""


UNJUDGED = Judging(len, _no_judge)


def _only_judged(judging: Judging) -> Handler:
    """The handler of a node whose segments no record keeps."""
    clean, judge = judging

    def take(*seg: Any) -> None:
        if not clean(seg[0]):
            judge(seg)

    return take


def _only_6r(refs: list[Seg]) -> bool:
    return not refs or refs[0][0].startswith("REF*6R")


_PARTIES = {
    "1000A": ("header", "submitter"), "1000B": ("header", "receiver"), "2010AA": ("billing", "provider"),
    "2010AB": ("billing", "pay_to"), "2010BA": ("subscriber", "person"), "2010BB": ("subscriber", "payer"),
    "2010CA": ("_open_patient", "person"), "2310A": ("_open_claim", "referring"), "2310B": ("_open_claim", "rendering"),
    "2310C": ("_open_claim", "facility"), "2330B": ("_open_other", "payer"), "2420A": ("_open_line", "rendering"),
    "2420C": ("_open_line", "facility"), "2310D": ("header", ""), "2330A": ("header", ""), "2420D": ("header", ""),
    "2420E": ("header", ""), "2420F": ("header", ""),
}  # fmt: skip
"""NM1 loop -> the record and slot that keep it; no slot where only the segments are judged."""

_SLOTS = {
    "HEADER/BHT": ("header", "bht"), "2000B/PAT": ("subscriber", "pat"), "2000C/PAT": ("_open_patient", "pat"),
    "2010BA/DMG": ("party", "dmg"), "2010CA/DMG": ("party", "dmg"),
    **{f"{loop}/{name}": ("party", name.lower()) for loop in ("2010AA", "2010AB", "2010BA", "2310C")
       for name in ("N3", "N4")},
}  # fmt: skip
"""Node -> the record and slot that keep its segment."""

_LISTS = {
    "2300/DTP": ("_open_claim", "dates"), "2300/AMT": ("_open_claim", "amounts"), "2300/REF": ("_open_claim", "refs"),
    "2300/HI": ("_open_claim", "his"), "2320/CAS": ("_open_other", "cas"), "2320/AMT": ("_open_other", "amounts"),
    "2400/DTP": ("_open_line", "dates"), "2400/REF": ("_open_line", "refs"), "2400/NTE": ("_open_line", "notes"),
    "2430/CAS": ("_open_adjudication", "cas"), "2430/DTP": ("_open_adjudication", "dates"),
    "2430/AMT": ("_open_adjudication", "amounts"), "1000A/PER": ("party", "pers"), "2010AA/PER": ("party", "pers"),
    "2010AA/REF": ("party", "refs"), "2010BA/REF": ("party", "refs"), "2010CA/REF": ("party", "refs"),
    "2330B/DTP": ("party", "dates"),
}  # fmt: skip
"""Node -> the record and list that keep its segments."""

_JUDGED_ONLY = (
    "2000A/PRV", "2310B/PRV", "2420A/PRV", "2010CA/N3", "2010CA/N4", "2010BB/N4", "2330A/N3", "2420C/N3", "2420C/N4",
    "2310C/PER", "2300/PWK", "2400/PWK", "2300/NTE", "2400/AMT",
)  # fmt: skip
"""Nodes that no record keeps, but a segment rule looks at."""
