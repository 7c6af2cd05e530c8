"""Claims without anything unusual, taken whole: most of a file, at a fraction of the cost of the rules one by one.

`PlainClaims.offer` looks at what hangs below a subscriber's HL: the subscriber or a dependent, and their claims.  It
offers that branch only where nothing can be told of it: each text is one that structure and segment rules pass, what
rules tell of texts that repeat they have been asked (`plain_texts`), and the few rules that compare values of one claim
hold.  In any doubt it offers nothing, and the rules judge.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from ptedi.checks.plain_others import Others, Said
from ptedi.checks.plain_texts import (
    CLAIM,
    CLAIM_REF,
    INSURED,
    LIABILITY,
    LINE_REFS,
    NEXT,
    PATIENT,
    PERSON,
    Situation,
    Texts,
)
from ptedi.checks.records import ICD10, NO_ADJUDICATIONS, NONE, Claim, Line, Party, Patient
from ptedi.checks.rules_diagnosis import UNUSED
from ptedi.checks.rules_subscriber import PLACEHOLDERS
from ptedi.checks.values import CENTS
from ptedi.codes import mbi
from ptedi.findings import CATALOGUE
from ptedi.x12.branches import Branch, Piece

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

MOST_LINES, MOST_CLAIMS, _MOST_PARTIES = 50, 10, 60
_LX = [f"LX*{number + 1}" for number in range(MOST_LINES)] + [""]  # the end of what is plain
_SELF, _CASUALTY = Piece(6, "self", opening=True), Piece(7, "casualty", opening=True)
_DEPENDENT = Piece(9, "dependent", opening=True)
_HOUSEHOLD = Piece(12, "household", opening=True)  # a dependent whose subscriber comes with address and birth date
_LINES = [Piece(4 * count, count, goes_on=True) for count in range(MOST_LINES + 1)]
_new = tuple.__new__  # without the detour over the class: there is one for each claim
ALONE = frozenset({
    "charge", "unique", "alive", "line_control", "duplicate", "unused", "claim_dates", "accident", "frequency",
    "authorisation", "qualifiers", "patient_paid", "self_or_dependent", "member", "patient_size",
})  # fmt: skip
"""The rules that are not asked but kept here in short, or concern nothing a plain claim has; a test compares."""


class PlainClaims:
    """Offers the plain branches of one collector and takes them."""

    def __init__(self, collector: Collector) -> None:
        self.collector, self.texts = collector, Texts(collector)
        subscriber = collector.subscriber
        self._closed = (Claim(NONE, collector.billing, subscriber, None), Line(NONE, 0), Party("", NONE), Patient(NONE))
        self._others = Others(collector, self.texts)
        self._controls, self._pieces = list[str](), list[Piece]()
        self._rank = self._payer = ""
        self._end = self._last = self._many = 0
        unused = collector.tell.severities.get(UNUSED) or CATALOGUE[UNUSED].severity
        self._all_used = unused.stops or not collector.errors_only

    # --- what the walker calls ---

    def take(self, branch: Branch, position: int, *, beside: bool) -> None:
        """Remembers what the collector remembers of claims without findings: their ids and places."""
        controls = self._controls
        places, levels = [position - 1] if beside else [], b"\x02" if beside else b""
        if branch.inner >= 0:
            places.append(position + branch.inner)
            levels += b"\x03"
        places += [position + place for place in branch.claims]
        self.collector.extents.mark_all(places, levels, controls)
        self.collector.seen_claims.update(map(hash, controls))

    def leave(self, branch: Branch) -> None:
        """Leaves the collector as it is behind such claims, all of them judged."""
        collector = self.collector
        collector.subscriber.hl = NONE  # judged
        claim, line, collector.party, patient = self._closed  # whatever else comes to them changes nothing
        claim.lines, claim.referring, claim.others = [line] * branch.lines, [], []
        line.number, line.adjudications = branch.lines, NO_ADJUDICATIONS
        collector._open_claim, collector._open_line = claim, line
        if branch.inner >= 0:
            collector.patient = collector._open_patient = patient

    def offer(self, texts: list[str], at: int) -> Branch | None:
        """The branch behind the HL of a subscriber, when it is plain."""
        try:
            return self._look(texts, at)
        except (LookupError, ValueError):  # the texts end before the branch
            return None

    # --- the parts ---

    def _look(self, texts: list[str], at: int) -> Branch | None:
        if len(texts) < at + 15:
            return None
        if texts[at - 1][-2:] == "*0":
            who = self._subscriber(texts, at)
            opening = _CASUALTY if who is not None and who[0] in LIABILITY else _SELF
        else:
            opening = _HOUSEHOLD if texts[at + 2][:3] == "N3*" else _DEPENDENT
            who = self._dependent(texts, at, opening.length - 4)
        if who is None:
            return None
        self._controls, self._pieces = [], []
        inner = opening.length - 6 if opening in (_DEPENDENT, _HOUSEHOLD) else -1
        self._rank, self._payer = texts[at][4:5], texts[at + (opening.length if inner < 0 else inner) - 1]
        end, claims = at + opening.length, list[int]()
        while texts[end][:4] == "CLM*":
            claims.append(end - at)
            if len(claims) > MOST_CLAIMS or not self._claim(texts, end, *who):
                return None
            end = self._end
        if not claims or NEXT.fullmatch(texts[end]) is None:
            return None
        return _new(Branch, (end - at, opening, self._pieces, claims, inner, self._last - at, self._many))

    def _subscriber(self, texts: list[str], at: int) -> tuple[str, str] | None:
        """SBR, 2010BA and 2010BB of a subscriber who is the patient: kind of payer and day of birth."""
        know = self.texts
        filing, person = know.own[texts[at]], PERSON.fullmatch("~".join(texts[at + 1 : at + 5]))
        if person is None or not filing:
            return None
        if filing in LIABILITY and know.casualty[texts[at + 5]]:
            at += 1
        elif filing in LIABILITY:
            return None
        if not know.payer[texts[at + 5]]:
            return None
        member, state, born = person.groups()
        if (
            member in PLACEHOLDERS or not know.states["2010BA"][state]
            or (filing == "MB" and not (len(member) == 11 and mbi.is_valid(member)))
        ):  # fmt: skip
            return None
        return filing, born

    def _dependent(self, texts: list[str], at: int, named: int) -> tuple[str, str] | None:
        """SBR, 2010BA, 2010BB, HL, PAT and 2010CA (`named` segments on): kind of payer, the patient's day of birth."""
        know, number, pat = self.texts, texts[at - 1].split("*")[1], at + named - 1
        filing, alone = know.dependent[texts[at]], named == _DEPENDENT.length - 4
        insured = (INSURED if alone else PERSON).fullmatch("~".join(texts[at + 1 : pat - 2]))
        patient = PATIENT.fullmatch("~".join(texts[pat + 1 : pat + 5]))
        if (
            insured is None or patient is None or not filing or not know.payer[texts[pat - 2]]
            or insured[1] in PLACEHOLDERS or texts[pat - 1] != f"HL*{int(number) + 1}*{number}*23*0"
            or not know.pat[texts[pat]] or texts[pat].count("*") > 1
            or not (alone or know.states["2010BA"][insured[2]])
        ):  # fmt: skip
            return None
        state, born = patient.groups()
        return (filing, born) if know.states["2010CA"][state] else None

    def _claim(  # noqa: PLR0911, PLR0912 - the hot path: one look after the other
        self, texts: list[str], at: int, filing: str, born: str
    ) -> bool:
        """Looks at a claim up to its last line; its id, pieces and end are put down when all is well."""
        know, claim = self.texts, CLAIM.fullmatch(texts[at])
        if claim is None:
            return False
        control, amount, tail = claim.groups()
        place, frequency, cause = know.tail[tail]
        if not place or hash(control) in self.collector.seen_claims or control in self._controls:
            return False
        before = self._before_diagnoses(texts, at + 1)
        if before is None:
            return False
        i, shape, dates, paid = before
        if ("F8" in shape) == (frequency == "1") or ("G1" in shape and "9F" in shape):
            return False
        if cause != "EM" and ("439" in shape) != (cause != ""):
            return False
        count = self._diagnoses(texts[i])
        first = i + 1
        i = texts.index("LX*1", first, first + _MOST_PARTIES)
        joined, at_others, named = "~".join(texts[first:i]), i, ""
        if "SBR*" in joined:
            joined = joined[: joined.index("SBR*")].rstrip("~")
            at_others = first + joined.count("~") + bool(joined)
        parties = know.parties(joined, place)
        if not count or not parties:
            return False
        if at_others < i and texts[i + 4][:4] != "SVD*":
            named = self._others.named(texts[at_others:i], self._rank, self._payer)
        if at_others < i and not named:
            said = Said(control, amount, place, self._payer, self._rank, filing, count)
            found = self._others.look(texts, at_others, i, said)
            if found is None:
                return False
            shape += parties + found[0]
            lines = found[1]
            if (
                len(set(lines.codes)) < len(lines.codes)
                or (self._all_used and count > 1 and lines.pointers != (1 << count) - 1)
            ):  # fmt: skip
                return False
            head, pieces = i - at, lines.pieces
            end, self._last, self._many = lines.end, lines.line, len(pieces)
            total, first_day, last_day = lines.total, lines.first, lines.last
            pieces = [_new(Piece, (head, shape, False, True)), *pieces]
        else:
            if not named and self._rank != "P":
                return False
            plain = self._lines(texts, i, (filing, place, count))
            if plain is None:
                return False
            end, total, first_day, last_day, self._many = plain
            self._last = end - 4
            pieces = [_new(Piece, (i - at, shape + parties + named, False, True)), _LINES[self._many]]
        if CENTS[amount] != total or born > first_day or last_day < ICD10 or paid > total:
            return False
        for text in dates:
            if text[11:] > (last_day if text[4:7] == "431" else first_day):
                return False
        self._controls.append(control)
        self._pieces += pieces
        self._end = end
        return True

    def _before_diagnoses(self, texts: list[str], i: int) -> tuple[int, str, list[str], int] | None:
        """What stands between CLM and HI: where that is, which segments, the dates, cents paid by the patient."""
        know = self.texts
        shape, dates, paid = "", list[str](), 0
        while (name := texts[i][:3]) != "HI*":
            text = texts[i]
            if name == "DTP":
                if not know.date[text]:
                    return None
                dates.append(text)
                shape += text[4:7]
            elif name == "REF":
                if CLAIM_REF.fullmatch(text) is None:
                    return None
                shape += text[4:6]
            elif name == "AMT":
                cents = know.paid[text]
                if cents is None or cents < 0:
                    return None
                paid, shape = max(paid, cents), shape + "$"
            elif name == "NTE" and know.note[text]:
                shape += "N"
            else:
                return None
            i += 1
        return i, shape, dates, paid

    def _diagnoses(self, text: str) -> int:
        """How many diagnoses an HI names, 0 when it is not plain: one principal, others, none of them twice."""
        _, principal, *further = text.split("*")
        if not further:
            return 1 if self.texts.principal[principal] else 0
        known = self.texts.further
        codes = {self.texts.principal[principal], *[known[part] for part in further]}
        return len(codes) if "" not in codes and len(codes) == len(further) + 1 <= 12 else 0

    def _lines(self, texts: list[str], i: int, situation: Situation) -> tuple[int, int, str, str, int] | None:
        """LX, SV1, DTP*472 and REF*6R of each line: where they end, cents, first and last day, how many."""
        end, count = i, 0
        while texts[end] == _LX[count]:
            end, count = end + 4, count + 1
        controls = texts[i + 3 : end : 4]
        if not count or len(set(controls)) != count:
            return None
        know = self.texts
        services = list(map(know.services(situation).__getitem__, texts[i + 1 : end : 4]))
        days = list(map(know.day.__getitem__, set(texts[i + 2 : end : 4])))
        if None in services or "" in days or LINE_REFS.fullmatch("~".join(controls)) is None:
            return None
        charges, codes, pointers = zip(*services, strict=True)
        if len(set(codes)) != count:
            return None
        if self._all_used and situation[2] > 1 and reduce(or_, pointers) != (1 << situation[2]) - 1:
            return None
        return end, sum(charges), min(days), max(days), count
