"""Plain claims that name other payers (2320, 2330) or tell what they decided (2430).

Texts are judged as in any plain claim; what the rules compare they are asked themselves, about a record of the claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ptedi.checks.plain_texts import INSURED, LINE_REF, Texts, asked, made_up, seg, sound
from ptedi.checks.records import Adjudication, Claim, Line, Other, Party
from ptedi.checks.rules_cob import adjusted
from ptedi.checks.values import CENTS, ROOM
from ptedi.x12.branches import Piece

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

_MOST = 60  # segments of other payers, or of a line; and lines
NOT_ASKED = frozenset({"bundled", "timed_range", "line_authorisation"})
"""Rules on lines that concern nothing a plain line has: no SVD06, one day, one reference; a test compares."""
IF_DECIDED = frozenset({"primary", "balance", "dates", "remaining"})
"""Rules on other payers that tell nothing of one who is only named; a test compares."""


class Said(NamedTuple):
    """What is known of the claim when its other payers are looked at."""

    control: str
    amount: str
    place: str
    payer: str
    rank: str
    filing: str
    diagnoses: int


class Decided(NamedTuple):
    """Pieces of the lines, where they end, place of the last LX, first and last day, cents, codes, pointers."""

    pieces: list[Piece]
    end: int
    line: int
    first: str
    last: str
    total: int
    codes: list[str]
    pointers: int


class Others:
    """Looks at claims with other payers."""

    def __init__(self, collector: Collector, texts: Texts) -> None:
        self.collector, self.texts = collector, texts
        self._of_payer = {
            "SBR": sound("2320/SBR"), "CAS": sound("2320/CAS"), "AMT*D*": sound("2320/AMT", "D"),
            "AMT*EA": sound("2320/AMT", "EAF"), "OI*": sound("2320/OI"), "NM1*PR": sound("2330B/NM1", "PR"),
            "DTP": sound("2330B/DTP", "573"),
        }  # fmt: skip
        self._of_line = {
            "SVD": sound("2430/SVD"), "CAS": sound("2430/CAS"), "DTP": sound("2430/DTP", "573"),
            "AMT": sound("2430/AMT", "EAF"),
        }  # fmt: skip
        self._named: dict[tuple[str, ...], str] = {}
        self._ordered: dict[tuple[object, ...], bool] = {}

    def named(self, texts: list[str], rank: str, payer: str) -> str:
        """The shape of the segments of payers who are only named, none of whom has decided; "" in case of doubt."""
        if None in [INSURED.fullmatch(text) for text in texts if text[:6] == "NM1*IL"]:
            return ""
        key = (rank, payer, *["IL" if text[:6] == "NM1*IL" else text for text in texts])
        shape = self._named.get(key)
        if shape is None:
            if len(self._named) >= ROOM // 10:
                self._named.clear()
            shape = self._named[key] = self._judge_named(texts, rank, payer)
        return shape

    def _judge_named(self, texts: list[str], rank: str, payer: str) -> str:
        claim = made_up(self.collector.billing, "11")
        shape = self._payers(texts, claim.others)
        if any(other.amounts or other.cas or (other.payer and other.payer.dates) for other in claim.others):
            return ""
        claim.subscriber.sequence, claim.subscriber.payer = rank, Party("", seg(payer))
        return shape if asked("claim_rare", self.collector, claim) else ""

    def look(self, texts: list[str], first: int, i: int, said: Said) -> tuple[str, Decided] | None:
        """Shape of the payers' segments from `first`, which the lines at `i` follow; None in case of doubt."""
        claim = made_up(self.collector.billing, said.place, f"CLM*{said.control}*{said.amount}*")
        shape = self._payers(texts[first:i], claim.others)
        lines = self._lines(texts, i, said, claim.lines) if shape else None
        if lines is None:
            return None
        subscriber = claim.subscriber
        subscriber.sequence, subscriber.filing, subscriber.payer = said.rank, said.filing, Party("", seg(said.payer))
        claim.first, claim.last, claim.total = lines.first, lines.last, lines.total
        if not self._in_order(claim, said):
            return None
        if not _agrees(claim) and not all(asked("other", claim, other) for other in claim.others):
            return None
        return shape, lines

    def _in_order(self, claim: Claim, said: Said) -> bool:
        """Whether the ranks of the payers fit, and the lines are decided by payers of the claim; remembered."""
        payers = {a.svd[0].split("*", 2)[1] for line in claim.lines for a in line.adjudications}
        others = [(other.sbr[0], other.payer.nm1[0] if other.payer else "") for other in claim.others]
        key = (said.rank, said.payer, said.filing, *others, *sorted(payers))
        sound = self._ordered.get(key)
        if sound is None:
            if len(self._ordered) >= ROOM // 10:
                self._ordered.clear()
            sound = self._ordered[key] = asked("claim_rare", self.collector, claim)
        return sound

    def _payers(self, texts: list[str], others: list[Other]) -> str:
        """The shape of 2320, 2330A and 2330B, "" in case of doubt."""
        shape, know, party = "=", self._of_payer, Party("", seg(""))
        for text in texts:
            name = text[:3]
            if text[:6] == "NM1*IL":
                member = INSURED.fullmatch(text)
                if member is None:
                    return ""
                shape += "IL"
                continue
            known = know[name] if name in know else know.get(text[:6])
            if known is None or not known[text]:
                return ""
            shape += text[4:6] if name in ("NM1", "AMT") else name
            if name == "SBR":
                others.append(Other(seg(text)))
            elif name == "NM1":
                party = others[-1].payer = Party("2330B", seg(text))
            elif name == "DTP":
                party.dates = [*party.dates, seg(text)]
            else:
                _keep(others[-1], name, text)
        return shape

    def _lines(self, texts: list[str], i: int, said: Said, lines: list[Line]) -> Decided | None:
        know, situation = self.texts, (said.filing, said.place, said.diagnoses)
        services, pieces, days = know.services(situation), list[Piece](), list[str]()
        controls, codes, pointers, total, start = set[str](), list[str](), 0, 0, i
        lines.clear()
        while texts[i][:3] == "LX*":
            start, number = i, len(lines) + 1
            text, control, day = texts[i + 1], texts[i + 3], know.day[texts[i + 2]]
            service = services[text]
            if (
                service is None or not day or texts[i] != f"LX*{number}" or LINE_REF.fullmatch(control) is None
                or number > _MOST
            ):  # fmt: skip
                return None
            line = Line(seg(text), number)
            line.service, line.first, line.last = self.collector._services[text], day, day
            line.dates, line.refs = [seg(texts[i + 2])], [seg(control)]
            lines.append(line)
            i, shape = self._decisions(texts, i + 4, line)
            if i - start > _MOST or (shape and shape[-1] == "?"):
                return None
            pieces.append(Piece(i - start, shape, goes_on=True))
            controls.add(control)
            codes.append(service[1])
            pointers |= service[2]
            days.append(day)
            total += service[0]
        if not lines or len(controls) < len(lines):
            return None
        return Decided(pieces, i, start, min(days), max(days), total, codes, pointers)

    def _decisions(self, texts: list[str], i: int, line: Line) -> tuple[int, str]:
        """From SVD on: where it ends and the shape, with ? behind it in case of doubt."""
        know, shape = self._of_line, "L"
        while (known := know.get(texts[i][:3])) is not None:
            text = texts[i]
            name = text[:3]
            if not known[text]:
                return i, "?"
            if name == "SVD":
                if text.count("*") > 5:  # bundled into another line
                    return i, "?"
                line.adjudications = [*line.adjudications, Adjudication(seg(text))]
            elif line.adjudications:
                _keep(line.adjudications[-1], name, text)
            else:
                return i, "?"
            shape, i = shape + name, i + 1
        return i, shape


def _agrees(claim: Claim) -> bool:
    """Whether one other payer decided every line once, to the cent, so that no rule on it has anything to tell."""
    other, total = claim.others[0], 0
    paid = other.amounts[0][0] if len(other.amounts) == 1 else ""
    if (
        len(claim.others) > 1 or claim.subscriber.sequence == "P" or other.cas or paid[:6] != "AMT*D*"
        or (other.payer and other.payer.dates)
    ):  # fmt: skip
        return False
    for line in claim.lines:
        if len(line.adjudications) != 1:
            return False
        decision = line.adjudications[0]
        cents = CENTS[decision.svd[0].split("*", 3)[2]]
        if cents is None or cents + adjusted(decision.cas) != line.charge or decision.amounts:
            return False
        if any(seg[0].rpartition("*")[2][:8] < claim.first for seg in decision.dates):
            return False
        total += cents
    return CENTS[paid[6:]] == total


def _keep(record: Other | Adjudication, name: str, text: str) -> None:
    """Puts a segment into the list of its kind."""
    if name == "CAS":
        record.cas = [*record.cas, seg(text)]
    elif name == "AMT":
        record.amounts = [*record.amounts, seg(text)]
    elif name == "DTP" and isinstance(record, Adjudication):
        record.dates = [*record.dates, seg(text)]
