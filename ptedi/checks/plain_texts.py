"""What plain claims are made of: strict patterns of texts that seldom repeat, remembered answers for those that do.

A pattern may be stricter than structure and rules, never looser (property tests compare the two).  A text that repeats
is judged once by the guide's own pattern and the rules themselves, alone or within a claim made up around it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from ptedi.checks import registry
from ptedi.checks.records import NONE, Billing, Claim, Line, Party, Seg, Service, Subscriber
from ptedi.checks.telling import Teller
from ptedi.checks.values import CENTS, ROOM, Remembered
from ptedi.x12.loops import Node, tree

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

GUIDE = "005010X222A1"
_WORDS = r"[A-Z0-9](?:[A-Z0-9 '/.,&#-]{0,28}[A-Z0-9])?"
_TOWN = r"[A-Z][A-Z0-9](?:[A-Z0-9 '/.,&#-]{0,27}[A-Z0-9])?"  # N401 is shorter than names are
_ID = r"[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])?"
_MEMBER = rf"NM1\*IL\*1\*{_WORDS}\*[A-Z]{_WORDS}\*(?:[A-Z]{{1,20}})?\*\*\*MI\*([A-Z0-9]{{2,20}})"
_HOME = (
    rf"N3\*{_WORDS}(?:\*{_WORDS})?~N4\*{_TOWN}\*([A-Z]{{2}})\*[0-9]{{5}}(?:[0-9]{{4}})?~"
    r"DMG\*D8\*((?:19[2-9][0-9]|20[01][0-9])(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)"
    r"|(?:0[13578]|1[02])31))"
    r"\*[FMU]"
)
INSURED = re.compile(_MEMBER, re.ASCII)
PERSON = re.compile(rf"{_MEMBER}~{_HOME}", re.ASCII)
PATIENT = re.compile(rf"NM1\*QC\*1\*{_WORDS}\*[A-Z]{_WORDS}(?:\*[A-Z]{{1,20}})?~{_HOME}", re.ASCII)
CLAIM = re.compile(rf"CLM\*({_ID})\*((?:[1-9][0-9]{{0,6}})(?:\.[0-9]?[1-9])?)\*(.*)", re.ASCII)
USUAL = re.compile(r"\*\*(1[1-9]|[2-9][0-9]):B:([178])\*Y\*[ABC]\*Y\*[IY]"  # behind CLM02
                   r"(?:\*P|\*P?\*((?:AA|EM):::[A-Z]{2}|OA|EM))?", re.ASCII)  # fmt: skip
CLAIM_REF = re.compile(rf"REF\*(?:EA|G1|9F|F8)\*{_ID}", re.ASCII)
LINE_REF = re.compile(rf"REF\*6R\*{_ID}", re.ASCII)
LINE_REFS = re.compile(rf"REF\*6R\*{_ID}(?:~REF\*6R\*{_ID})*", re.ASCII)
NEXT = re.compile(r"HL\*[0-9]{1,9}\*(?:[0-9]{1,9}\*22\*[01]|\*20\*1)|SE\*.*", re.ASCII)
Said: TypeAlias = tuple[int, str, int]
"""What an SV1 says: cents, code with modifiers, a bit for each diagnosis it points to."""
Situation: TypeAlias = tuple[str, str, int]
"""What rules on a service look at besides: kind of payer, place, number of diagnoses."""
MEDICARE, LIABILITY = ("MA", "MB"), ("WC", "AM")
_BITS = {str(number + 1): 1 << number for number in range(12)}  # of pointers to diagnoses
_NO_BIT = 1 << 12
_PARTIES = {
    "NM1*DN": "2310A/NM1", "NM1*82": "2310B/NM1", "PRV*PE": "2310B/PRV", "NM1*77": "2310C/NM1", "N3": "2310C/N3",
    "N4": "2310C/N4",
}  # fmt: skip


def sound(path: str, code: str = "") -> Remembered[bool]:
    """Whether a text of a node passes the structure and every rule that it decides by itself."""
    loop, _, identifier = path.partition("/")
    node: Node = next(
        node for node in tree(GUIDE)[1][identifier] if node.path == path and (not code or code in node.codes))
    faults, match = registry.segment_faults(loop, identifier), node.pattern.fullmatch
    return Remembered(lambda text: match(text) is not None and not (faults and faults(text)))


def asked(subject: str, *records: object) -> bool:
    """Whether the rules of a subject have nothing to tell of a record."""
    tell = Teller()
    for rule in registry.functions(subject):
        rule(*records, tell)
    return not tell.findings


def seg(text: str) -> Seg:
    """A segment that stands nowhere."""
    return text, 0, 0, 0


class Texts:
    """The remembered answers of one collector."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.payer, self.note, self.pat = sound("2010BB/NM1", "PR"), sound("2300/NTE"), sound("2000C/PAT")
        self.own = Remembered(lambda text: self._filing(text, "18"))
        self.dependent = Remembered(lambda text: self._filing(text, ""))
        self.states = {loop: self._states(loop) for loop in ("2010BA", "2010CA")}
        self.tail = Remembered(_place)
        self.casualty = sound("2010BA/REF", "Y4")
        dates = {f"DTP*{kind}*D8*": sound("2300/DTP", kind) for kind in ("431", "439", "454")}
        self.date = Remembered(lambda text: text[11:] if text[:11] in dates and dates[text[:11]][text] else "")
        day, paid = sound("2400/DTP", "472"), sound("2300/AMT", "F5")
        self.day = Remembered(lambda text: text[11:] if text[:11] == "DTP*472*D8*" and day[text] else "")
        self.paid = Remembered(lambda text: CENTS[text[7:]] if text[:7] == "AMT*F5*" and paid[text] else None)
        codes = sound("2300/HI", "ABK")
        self.principal = Remembered(lambda part: part[4:] if part[:4] == "ABK:" and codes[f"HI*{part}"] else "")
        self.further = Remembered(
            lambda part: part[4:] if part[:4] == "ABF:" and codes[f"HI*ABK:M5450*{part}"] else "")
        self._subscriber, self._service = sound("2000B/SBR"), sound("2400/SV1")
        self._party = {name: sound(path, name[4:]) for name, path in _PARTIES.items()}
        self._billing: Billing | None = None
        self._parties: dict[tuple[str, str], str] = {}
        self._services: dict[Situation, Remembered[Said | None]] = {}

    def _filing(self, text: str, relationship: str) -> str:
        """SBR09 of a subscriber; "" when the SBR is not plain or rules tell of it."""
        e = text.split("*")
        if (
            not self._subscriber[text] or e[1] not in ("P", "S", "T") or e[2] != relationship or len(e) < 10
            or (e[9] in LIABILITY and not relationship)
        ):  # fmt: skip
            return ""
        subscriber = Subscriber(NONE)
        subscriber.sbr, subscriber.sequence, subscriber.filing = seg(text), e[1], e[9]
        if not relationship and e[9] in MEDICARE:
            return ""
        return e[9] if asked("subscriber_sbr", self.collector, subscriber) else ""

    @staticmethod
    def _states(loop: str) -> Remembered[bool]:
        town = sound(f"{loop}/N4")
        return Remembered(lambda state: town[f"N4*A TOWN*{state}*45001"])

    def parties(self, joined: str, place: str) -> str:
        """The shape of a claim's providers and place of service, "" when they are not sound together."""
        billing = self.collector.billing
        if self._billing is not billing or len(self._parties) >= ROOM:
            self._billing, self._parties = billing, {}
        shape = self._parties.get((place, joined))
        if shape is None:
            shape = self._parties[place, joined] = self._judge_parties(joined, place)
        return shape

    def _judge_parties(self, joined: str, place: str) -> str:
        claim = made_up(self.collector.billing, place)
        shape, last, party = "-", "", Party("", NONE)
        for text in filter(None, joined.split("~")):
            name = text[:6] if text[0] != "N" or text[:2] == "NM" else text[:2]
            if name not in self._party or not self._party[name][text] or (name[:3] == "PRV" and last != "NM1*82"):
                return ""
            if name in ("N3", "N4"):
                setattr(party, name.lower(), seg(text))
            elif name != "PRV*PE":
                party = Party(_PARTIES[name].partition("/")[0], seg(text))
            if name == "NM1*DN":
                claim.referring.append(party)
            elif name == "NM1*82":
                claim.rendering = party
            elif name == "NM1*77":
                claim.facility = party
            shape, last = shape + name[-2:], name
        subjects = ("claim_providers", "claim_rare") if claim.facility else ("claim_providers",)
        return shape if all(asked(subject, self.collector, claim) for subject in subjects) else ""

    def services(self, situation: Situation) -> Remembered[Said | None]:
        """What SV1 texts say; None of those of which the rules have something to tell in this situation."""
        known = self._services.get(situation)
        if known is None:
            if len(self._services) >= ROOM // 100:
                self._services.clear()
            known = self._services[situation] = Remembered(lambda text: self._judge_service(text, situation))
        return known

    def _judge_service(self, text: str, situation: Situation) -> Said | None:
        if not self._service[text]:
            return None
        service, claim, line = Service(text), made_up(Billing(NONE), situation[1]), Line(seg(text), 1)
        claim.subscriber.filing, line.service = situation[0], service
        claim.diagnoses = [("ABK", "", NONE)] * situation[2]
        if service.charge is None or service.charge < 0 or not asked("service", claim, line):
            return None
        bits = sum({_BITS.get(pointer, _NO_BIT) for pointer in service.pointers})
        return service.charge, "".join((service.code, *sorted(service.modifiers))), bits


def made_up(billing: Billing, place: str, begins: str = "CLM*A*1*") -> Claim:
    """A claim around something to be judged, itself without anything to be told."""
    subscriber = Subscriber(NONE)
    subscriber.sequence, subscriber.filing = "P", "CI"
    claim = Claim(seg(f"{begins}**{place}:B:1*Y*A*Y*Y"), billing, subscriber, None)
    claim.lines = [Line(NONE, 1)]
    return claim


def _place(tail: str) -> tuple[str, str, str]:
    """CLM05-1, CLM05-3 and CLM11-1 from what follows CLM02 of a plain claim, three times "" for any other."""
    usual = USUAL.fullmatch(tail)
    if usual is None or not sound("2300/CLM")[f"CLM*A*1*{tail}"]:
        return "", "", ""
    return usual[1], usual[2], (usual[3] or "")[:2]
