"""Claims without anything unusual, taken whole: most of a file, at a fraction of the cost of the rules one by one.

`PlainClaims.offer` looks at the segments behind a subscriber's HL.  It offers a claim of a self-insured patient only
where nothing can be told of it: each text is one that structure and segment rules pass (a strict pattern for texts that
do not repeat, remembered answers for those that do), what rules tell of repeated texts the collector has found sound
before, and the few rules that compare values of one claim hold.  In any doubt it offers nothing, and the rules judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptedi.checks import registry
from ptedi.checks.records import DIAGNOSES, ICD10, NO_SERVICE, NONE, Claim, Line, Party, Service
from ptedi.checks.rules_subscriber import PLACEHOLDERS
from ptedi.checks.values import CENTS, ROOM, Remembered
from ptedi.codes import mbi
from ptedi.x12.automaton import Node, tree
from ptedi.x12.runs import Run

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

_WORDS = r"[A-Z0-9](?:[A-Z0-9 '/.,&#-]{0,28}[A-Z0-9])?"
_ID = r"[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])?"
_PERSON = re.compile(
    rf"NM1\*IL\*1\*{_WORDS}\*[A-Z]{_WORDS}\*(?:[A-Z]{{1,20}})?\*\*\*MI\*([A-Z0-9]{{2,20}})~N3\*{_WORDS}(?:\*{_WORDS})?~"
    rf"N4\*[A-Z]{_WORDS}\*([A-Z]{{2}})\*[0-9]{{5}}(?:[0-9]{{4}})?~"
    r"DMG\*D8\*((?:19[1-9][0-9]|200[0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8]))\*[FMU]", re.ASCII)  # fmt: skip
_CLAIM = re.compile(rf"CLM\*({_ID})\*((?:[1-9][0-9]{{0,6}})(?:\.[0-9]?[1-9])?)\*(.*)", re.ASCII)
_CLAIM_REF = re.compile(rf"REF\*(?:EA|G1|9F)\*{_ID}", re.ASCII)
_LINE_REF = re.compile(rf"REF\*6R\*{_ID}", re.ASCII)
_NEXT = re.compile(r"HL\*[0-9]{1,9}\*(?:[0-9]{1,9}\*22\*[01]|\*20\*1)|SE\*.*", re.ASCII)
_USUAL = re.compile(r"\*\*(1[1-9]|[2-9][0-9]):B:1\*Y\*[ABC]\*Y\*[IY](?:\*P)?", re.ASCII)  # behind CLM02
_NUMBERS = [frozenset(map(str, range(1, count + 1))) for count in range(13)]
_LX = [f"LX*{number}" for number in range(51)]
MOST_LINES = 50


class PlainClaims:
    """Offers plain claims of one collector and takes them."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self._payer, self._doctor = _sound("2010BB/NM1", "PR"), _sound("2310A/NM1", "DN")
        self._therapist, self._taxonomy = _sound("2310B/NM1", "82"), _sound("2310B/PRV", "PE")
        self._onset, self._start = _sound("2300/DTP", "431"), _sound("2300/DTP", "454")
        self._codes, self._service, self._day = _sound("2300/HI", "ABK"), _sound("2400/SV1"), _sound("2400/DTP", "472")
        self._subscriber, self._tail, town = _sound("2000B/SBR"), Remembered(_place), _sound("2010BA/N4")
        self._state = Remembered(lambda state: town[f"N4*A TOWN*{state}*45001"])
        self._filings: dict[str, str] = {}
        self._lines: dict[tuple[str, str, int], dict[str, Service]] = {}
        self._dead = Claim(NONE, collector.billing, collector.subscriber, None)
        self._control = ""

    # --- what the walker calls ---

    def take(self, run: Run, texts: list[str], at: int, position: int) -> None:
        """Leaves behind what the collector leaves behind of a claim without findings."""
        collector = self.collector
        collector.extents.mark(4, position + run.claim, self._control)
        collector.seen_claims.add(hash(self._control))
        collector.subscriber.hl = NONE  # judged
        collector.party = Party("", NONE)
        self._dead.lines = [NO_LINE] * run.lines
        collector._open_claim, collector._open_line = self._dead, Line(NONE, run.lines)

    def offer(self, texts: list[str], at: int) -> Run | None:
        """The claim behind the HL of a subscriber, when it is plain."""
        try:
            return self._look(texts, at)
        except (LookupError, ValueError):  # the texts end before the claim
            return None

    def _look(self, texts: list[str], at: int) -> Run | None:
        if len(texts) < at + 15 or texts[at - 1][-2:] != "*0":
            return None
        person = _PERSON.fullmatch("~".join(texts[at + 1 : at + 5]))
        claim = _CLAIM.fullmatch(texts[at + 6])
        filing = self._filing(texts[at])
        if person is None or claim is None or not filing or not self._payer[texts[at + 5]]:
            return None
        member, state, born = person.groups()
        control, amount, tail = claim.groups()
        place = self._tail[tail]
        if (
            not place or not self._state[state] or member in PLACEHOLDERS or hash(control) in self.collector.seen_claims
            or (filing == "MB" and not (len(member) == 11 and mbi.is_valid(member)))
        ):  # fmt: skip
            return None
        self._control = control
        head = self._head(texts, at + 7)
        if head is None:
            return None
        i, dates, diagnoses, shape = head
        codes = DIAGNOSES[diagnoses]
        lines = self._service_lines(texts, i, (filing, place, len(codes)))
        if lines is None:
            return None
        end, total, first, last, count = lines
        if CENTS[amount] != total or born > first:
            return None
        if dates and any(day > (last if kind == "431" else first) for kind, day in dates):
            return None
        if ("HI", last >= ICD10, diagnoses) not in self.collector._sound or _NEXT.fullmatch(texts[end]) is None:
            return None
        return Run(end - at, (shape, count), 6, end - at - 4, count)

    # --- the parts ---

    def _filing(self, text: str) -> str:
        """SBR09 of a primary payer's subscriber who is the patient; "" when the SBR is anything else."""
        filing = self._filings.get(text, "")
        if not filing and ("SBR", text) in self.collector._sound and self._subscriber[text]:
            e = text.split("*")
            if e[1:3] == ["P", "18"] and len(e) > 9 and e[9] not in ("WC", "AM"):
                if len(self._filings) >= ROOM:
                    self._filings.clear()
                filing = self._filings[text] = e[9]
        return filing

    def _head(self, texts: list[str], i: int) -> tuple[int, list[tuple[str, str]], str, str] | None:
        """From behind CLM to the first LX: where that is, dates of the claim, the HI, what decides the way."""
        dates, shape, rendering, referring = list[tuple[str, str]](), "", "", ""
        while texts[i][:4] == "DTP*":
            text = texts[i]
            kind = text[4:7]
            known = self._onset if kind == "431" else self._start
            if text[7:11] != "*D8*" or kind not in ("431", "454") or not known[text]:
                return None
            dates.append((kind, text[11:]))
            shape, i = shape + kind, i + 1
        while texts[i][:4] == "REF*":
            if _CLAIM_REF.fullmatch(texts[i]) is None:
                return None
            shape, i = shape + texts[i][4:6], i + 1
        diagnoses = texts[i]
        if not self._codes[diagnoses] or ("G1" in shape and "9F" in shape):
            return None
        i += 1
        if self._doctor[texts[i]]:
            referring, shape, i = texts[i], shape + "DN", i + 1
        if self._therapist[texts[i]]:
            rendering, shape, i = texts[i], shape + "82", i + 1
            if self._taxonomy[texts[i]]:
                shape, i = shape + "PE", i + 1
        return (i, dates, diagnoses, shape) if self._are_sound(rendering, referring) else None

    def _are_sound(self, rendering: str, referring: str) -> bool:
        """Whether the rules had nothing to tell of these providers together."""
        billing = self.collector.billing.provider
        texts = [text for text in (billing.nm1[0] if billing else "", rendering, referring) if text]
        return (not rendering, True, *texts) in self.collector._sound

    def _service_lines(
        self, texts: list[str], i: int, situation: tuple[str, str, int]
    ) -> tuple[int, int, str, str, int] | None:
        """LX, SV1, DTP*472 and REF*6R of each line: where they end, cents, first and last day, how many."""
        known = self._lines.get(situation)
        if known is None:
            known = self._learn(situation)
        total, count, days, used, codes, controls = 0, 0, set[str](), set[str](), set[str](), set[str]()
        while texts[i][:3] == "LX*":
            count += 1
            number, line, day, control = texts[i : i + 4]
            service = known.get(line) or self._sound_service(line, situation, known)
            if (
                service is None or count > MOST_LINES or number != _LX[count] or day[:11] != "DTP*472*D8*"
                or not self._day[day] or _LINE_REF.fullmatch(control) is None
            ):  # fmt: skip
                return None
            total += service.charge or 0
            used.update(service.pointers)
            codes.add(service.code)
            controls.add(control)
            days.add(day[11:])
            i += 4
        if not count or len(codes) != count or len(controls) != count:
            return None
        if situation[2] > 1 and used != _NUMBERS[situation[2]]:
            return None
        return i, total, min(days), max(days), count

    def _learn(self, situation: tuple[str, str, int]) -> dict[str, Service]:
        if len(self._lines) >= ROOM // 100:
            self._lines.clear()
        known = self._lines[situation] = {}
        return known

    def _sound_service(self, text: str, situation: tuple[str, str, int], known: dict[str, Service]) -> Service | None:
        """What an SV1 says, when the rules had nothing to tell of it in this situation."""
        if (text, True, situation) not in self.collector._sound or not self._service[text]:
            return None
        service = self.collector._services[text]
        if service.charge is None or service.charge < 0:
            return None
        if len(known) < ROOM // 10:
            known[text] = service
        return service


NO_LINE = Line(NONE, 0)
assert NO_LINE.service is NO_SERVICE  # noqa: S101


def _place(tail: str) -> str:
    """CLM05-1 from what follows CLM02 of a plain claim, "" for any other."""
    usual = _USUAL.fullmatch(tail)
    return usual[1] if usual and _sound("2300/CLM")[f"CLM*A*1*{tail}"] else ""


def _sound(path: str, code: str = "") -> Remembered[bool]:
    """Whether a text of a node passes the structure and every rule that it decides by itself."""
    loop, _, identifier = path.partition("/")
    node: Node = next(
        node for node in tree("005010X222A1")[1][identifier]
        if node.path == path and (not code or code in node.codes)
    )  # fmt: skip
    faults, match = registry.segment_faults(loop, identifier), node.pattern.fullmatch
    return Remembered(lambda text: match(text) is not None and not (faults and faults(text)))
