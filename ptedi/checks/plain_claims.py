"""Claims without anything unusual, taken whole: most of a file, at a fraction of the cost of the rules one by one.

`PlainClaims.offer` looks at the segments behind a subscriber's HL.  It offers a claim of a self-insured patient only
where nothing can be told of it: each text is one that structure and segment rules pass (a strict pattern for texts that
do not repeat, remembered answers for those that do), what rules tell of repeated texts the collector has found sound
before, and the few rules that compare values of one claim hold.  In any doubt it offers nothing, and the rules judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from ptedi.checks import registry
from ptedi.checks.records import DIAGNOSES, ICD10, NO_ADJUDICATIONS, NONE, Claim, Line, Party
from ptedi.checks.rules_subscriber import PLACEHOLDERS
from ptedi.checks.telling import Teller
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
    r"DMG\*D8\*((?:19[2-9][0-9]|20[01][0-9])(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)))"
    r"\*[FMU]", re.ASCII)  # fmt: skip
_CLAIM = re.compile(rf"CLM\*({_ID})\*((?:[1-9][0-9]{{0,6}})(?:\.[0-9]?[1-9])?)\*(.*)", re.ASCII)
_CLAIM_REF = re.compile(rf"REF\*(?:EA|G1|9F)\*{_ID}", re.ASCII)
_LINE_REFS = re.compile(rf"REF\*6R\*{_ID}(?:~REF\*6R\*{_ID})*", re.ASCII)
_NEXT = re.compile(r"HL\*[0-9]{1,9}\*(?:[0-9]{1,9}\*22\*[01]|\*20\*1)|SE\*.*", re.ASCII)
_USUAL = re.compile(r"\*\*(1[1-9]|[2-9][0-9]):B:1\*Y\*[ABC]\*Y\*[IY](?:\*P)?", re.ASCII)  # behind CLM02
_NUMBERS = [frozenset(map(str, range(1, count + 1))) for count in range(13)]
MOST_LINES = 50
_LX = [f"LX*{number + 1}" for number in range(MOST_LINES)]
Said: TypeAlias = tuple[int, str, tuple[str, ...]]
"""What an SV1 says: cents, code, pointers."""


class PlainClaims:
    """Offers plain claims of one collector and takes them."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self._payer, self._doctor = _sound("2010BB/NM1", "PR"), _sound("2310A/NM1", "DN")
        self._therapist, self._taxonomy = _sound("2310B/NM1", "82"), _sound("2310B/PRV", "PE")
        self._onset, self._start = _sound("2300/DTP", "431"), _sound("2300/DTP", "454")
        self._codes, self._service = _sound("2300/HI", "ABK"), _sound("2400/SV1")
        service_day = _sound("2400/DTP", "472")
        self._day = Remembered(lambda text: text[11:] if text[:11] == "DTP*472*D8*" and service_day[text] else "")
        self._date = Remembered(self._claim_date)
        self._known_parties: dict[tuple[str, str], str] = {}
        self._subscriber, self._tail, town = _sound("2000B/SBR"), Remembered(_place), _sound("2010BA/N4")
        self._state = Remembered(lambda state: town[f"N4*A TOWN*{state}*45001"])
        self._filings: dict[str, str] = {}
        self._fit: dict[tuple[bool, str], bool] = {}
        self._lines: dict[tuple[str, str, int], dict[str, Said]] = {}
        self._closed = (Claim(NONE, collector.billing, collector.subscriber, None), Line(NONE, 0), Party("", NONE))
        self._control = ""

    # --- what the walker calls ---

    def take(self, run: Run, texts: list[str], at: int, position: int) -> None:
        """Leaves behind what the collector leaves behind of a claim without findings."""
        collector = self.collector
        collector.extents.mark(4, position + run.claim, self._control)
        collector.seen_claims.add(hash(self._control))
        collector.subscriber.hl = NONE  # judged
        claim, line, collector.party = self._closed  # whatever else comes to them changes nothing
        claim.lines, claim.referring, claim.others = [line] * run.lines, [], []
        line.number, line.adjudications = run.lines, NO_ADJUDICATIONS
        collector._open_claim, collector._open_line = claim, line

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
        if not self._are_fit(diagnoses, last) or _NEXT.fullmatch(texts[end]) is None:
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
        dates, shape = list[tuple[str, str]](), ""
        while texts[i][:4] == "DTP*":
            date = self._date[texts[i]]
            if not date[0]:
                return None
            dates.append(date)
            shape, i = shape + date[0], i + 1
        while texts[i][:4] == "REF*":
            if _CLAIM_REF.fullmatch(texts[i]) is None:
                return None
            shape, i = shape + texts[i][4:6], i + 1
        diagnoses = texts[i]
        if not self._codes[diagnoses] or ("G1" in shape and "9F" in shape):
            return None
        first = i = i + 1
        while texts[i][:3] != "LX*":
            i += 1
            if i > first + 3:
                return None
        providers = self._parties("~".join(texts[first:i]))
        return (i, dates, diagnoses, shape + providers) if providers else None

    def _claim_date(self, text: str) -> tuple[str, str]:
        """Qualifier and day of an onset (431) or initial treatment (454), "" for every other DTP."""
        known = {"DTP*431*D8*": self._onset, "DTP*454*D8*": self._start}.get(text[:11])
        return (text[4:7], text[11:]) if known is not None and known[text] else ("", "")

    def _parties(self, joined: str) -> str:
        """The shape of referring and rendering provider, "" when the rules did not find them sound together."""
        billing = self.collector.billing.provider
        key = (billing.nm1[0] if billing else "", joined)
        shape = self._known_parties.get(key, "")
        if not shape:
            rest = [*joined.split("~"), "", ""]
            referring = rest.pop(0) if self._doctor[rest[0]] else ""
            rendering = rest.pop(0) if self._therapist[rest[0]] else ""
            taxonomy = rest.pop(0) if rendering and self._taxonomy[rest[0]] else ""
            parties = [text for text in (key[0], rendering, referring) if text]
            if any(rest) or (not rendering, True, *parties) not in self.collector._sound:
                return ""
            shape = f"-{'DN' if referring else ''}{'82' if rendering else ''}{'PE' if taxonomy else ''}"
            if len(self._known_parties) >= ROOM:
                self._known_parties.clear()
            self._known_parties[key] = shape
        return shape

    def _are_fit(self, diagnoses: str, last: str) -> bool:
        """Whether the rules have nothing to tell of these diagnoses at this time; they are asked once."""
        key = (last >= ICD10, diagnoses)
        fit = self._fit.get(key)
        if fit is None:
            claim, tell = Claim(NONE, self.collector.billing, self.collector.subscriber, None), Teller()
            claim.last, claim.diagnoses = last, [(*pair, NONE) for pair in DIAGNOSES[diagnoses]]
            for rule in registry.functions("claim_diagnoses"):
                rule(self.collector, claim, tell)
            if len(self._fit) >= ROOM:
                self._fit.clear()
            fit = self._fit[key] = not tell.findings
        return fit

    def _service_lines(
        self, texts: list[str], i: int, situation: tuple[str, str, int]
    ) -> tuple[int, int, str, str, int] | None:
        """LX, SV1, DTP*472 and REF*6R of each line: where they end, cents, first and last day, how many."""
        end = i
        while texts[end][:3] == "LX*":
            end += 4
        count = (end - i) // 4
        controls = texts[i + 3 : end : 4]
        if not 0 < count <= MOST_LINES or texts[i:end:4] != _LX[:count] or len(set(controls)) != count:
            return None
        known = self._lines.get(situation)
        if known is None:
            known = self._learn(situation)
        services = [known.get(text) or self._sound_service(text, situation, known) for text in texts[i + 1 : end : 4]]
        days = [self._day[text] for text in set(texts[i + 2 : end : 4])]
        if None in services or "" in days or _LINE_REFS.fullmatch("~".join(controls)) is None:
            return None
        charges, codes, pointers = zip(*services, strict=True)
        if len(set(codes)) != count:
            return None
        if situation[2] > 1 and set[str]().union(*set(pointers)) != _NUMBERS[situation[2]]:
            return None
        return end, sum(charges), min(days), max(days), count

    def _learn(self, situation: tuple[str, str, int]) -> dict[str, Said]:
        if len(self._lines) >= ROOM // 100:
            self._lines.clear()
        known = self._lines[situation] = {}
        return known

    def _sound_service(self, text: str, situation: tuple[str, str, int], known: dict[str, Said]) -> Said | None:
        """What an SV1 says, when the rules had nothing to tell of it in this situation."""
        if (text, True, situation) not in self.collector._sound or not self._service[text]:
            return None
        service = self.collector._services[text]
        if service.charge is None or service.charge < 0:
            return None
        said = (service.charge, service.code, service.pointers)
        if len(known) < ROOM // 10:
            known[text] = said
        return said


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
