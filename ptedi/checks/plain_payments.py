"""Claim payments without anything unusual, taken whole: most of an 835, at a fraction of the cost of its records.

`PlainPayments.offer` looks at the segments behind a CLP and offers as many claims in a row as nothing can be told of:
their texts are ordinary (`remittance_835.plain`), their days exist, they balance in integer cents, and no rule of
`rules_835` speaks of them.  In any doubt it offers nothing, and the claim is read and judged segment by segment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ptedi.checks.known_codes import reason_known, remark_known
from ptedi.checks.rules_835 import GROUPS, WITH_REMARK
from ptedi.checks.values import DAY, Remembered
from ptedi.money import from_cents
from ptedi.transactions.remittance_835.plain import HEAD, LINE, Joined, places
from ptedi.x12.loops import tree
from ptedi.x12.runs import Run

if TYPE_CHECKING:
    from ptedi.checks.listen_835 import RemittanceListener

MOST_LINES = 900
_DECIDED = frozenset("123")  # CLP02; of 4 and of reversals there is something to say or to remember
_NODES = tree("005010X221A1")[1]
_REFUSED, _PATIENT, _ASKS = 1, 2, 4  # of a reason: not plain; the patient's share; asks for a remark
_HEAD_FIELDS = places(HEAD, "control status charge paid share adjustments remarks begin end received interest")
_LINE_FIELDS = places(LINE, "charge paid day end reason1 amount1 reason2 amount2 adjustments remarks")


class _Claim(NamedTuple):
    """A plain claim: where its text starts and ends, CLP01, cents paid, cents of interest."""

    start: int
    end: int
    number: str
    paid: int
    interest: int


class _Cas(NamedTuple):
    """What CAS segments say: cents, cents of the patient, the flags of their reasons."""

    cents: int
    share: int
    flags: int


class _Lines(NamedTuple):
    """The plain lines of a claim: where they end, how many, cents charged, taken off, and of the patient."""

    end: int
    number: int
    charge: int
    off: int
    share: int
    dated: bool


class PlainPayments:
    """Offers plain claims of one listener and takes them."""

    def __init__(self, listener: RemittanceListener) -> None:
        self.listener = listener
        self._joined = Joined([])
        self._text = ""
        self._found: list[_Claim] = []
        self._clp = _NODES["CLP"][0].pattern.fullmatch
        self._plb = _NODES["PLB"][0].pattern.fullmatch
        self._flags, self._cas = Remembered(_flags), Remembered(self._adjustments)
        self._known = Remembered(_remarks_known)

    # --- what the walker calls ---

    def take(self, run: Run, texts: list[str], at: int, position: int) -> None:
        """Leaves behind what the listener leaves behind of claims without findings."""
        first, *others = self._found
        text, begin, places = self._text, first.start, list[tuple[int, str]]()
        position -= 1
        for claim in others:
            position += text.count("~", begin, claim.start)
            begin = claim.start
            places.append((position, claim.number))
        paid, interest = sum(claim.paid for claim in self._found), sum(claim.interest for claim in self._found)
        self.listener.take(first.number, places, from_cents(paid), from_cents(interest))

    def offer(self, texts: list[str], at: int) -> Run | None:
        """The plain claims from the one whose CLP stands before `at`."""
        if texts is not self._joined.texts:
            self._joined = Joined(texts)
            self._text = self._joined.text
        begin = end = self._joined.start(at - 1)
        found = self._found = []
        while (claim := self._claim(end)) is not None:
            found.append(claim)
            end = claim.end
        if found and not self._goes_on(end):
            end = found.pop().start
        if not found:
            return None
        text, last = self._text, found[-1].start
        length = text.count("~", begin, end) - 1
        place = text.count("~", begin, last) - 1
        return Run(length, text.startswith("SVC", text.find("~SVC", last, end) + 1), place, place, 0, len(found) - 1,
                   place + 1)

    def _goes_on(self, end: int) -> bool:
        """Whether the text behind plain claims is another claim, or ends the claims of the set, in good order."""
        text = self._text
        following = text[end : text.find("~", end)]
        match following[:3]:
            case "CLP":
                return self._clp(following) is not None
            case "PLB":
                return self._plb(following) is not None
        return following[:3] == "SE*"

    # --- one claim ---

    def _claim(self, start: int) -> _Claim | None:
        """The claim whose CLP starts there, when it is plain."""
        head = HEAD.match(self._text, start)
        if head is None:
            return None
        number, status, charge, paid, share, cas, remarks, begin, end, received, interest = head.group(*_HEAD_FIELDS)
        own = self._cas[cas] if cas else _NOTHING
        if (
            status not in _DECIDED or not number.strip("0") or own.flags & _REFUSED
            or (own.flags & _ASKS and not remarks) or (remarks and not self._known[remarks])
            or (begin and not _EXISTS[begin]) or (end and not _EXISTS[end]) or (received and not _EXISTS[received])
        ):  # fmt: skip
            return None
        below = self._lines(head.end(), bool(remarks))
        if below is None:
            return None
        charged, received_cents = _CENTS[charge], _CENTS[paid]
        if (
            charged < 0 or (below.number and below.charge != charged) or not (begin or end or below.dated)
            or charged - own.cents - below.off != received_cents
            or own.share + below.share != (_CENTS[share] if share else 0)
        ):  # fmt: skip
            return None
        return _Claim(start, below.end, number, received_cents, _CENTS[interest] if interest else 0)

    def _lines(self, at: int, remarked: bool) -> _Lines | None:
        """The lines that start there, when all of them are plain; `remarked`: the claim has remark codes."""
        text, flags_of, match, cents = self._text, self._flags, LINE.match, _CENTS
        count = charges = offs = shares = 0
        dated = False
        while (line := match(text, at)) is not None:
            charge, paid, day, end, reason, amount, reason2, amount2, cas, remarks = line.group(*_LINE_FIELDS)
            off = flags = 0
            if reason is not None:
                flags, off = flags_of[reason], cents[amount]
                if flags & _PATIENT:
                    shares += off
                if not off:
                    return None
                if reason2 is not None:
                    flags2, off2 = flags_of[reason2], cents[amount2]
                    if flags2 & _PATIENT:
                        shares += off2
                    if not off2:
                        return None
                    flags, off = flags | flags2, off + off2
            if cas:
                more = self._cas[cas]
                flags, off, shares = flags | more.flags, off + more.cents, shares + more.share
            charged = cents[charge]
            if (
                flags & _REFUSED or charged - off != cents[paid] or (flags & _ASKS and not remarks and not remarked)
                or (remarks and not self._known[remarks])
            ):  # fmt: skip
                return None
            if day is not None:
                if not _EXISTS[day] or (end is not None and not _EXISTS[end]):
                    return None
                dated = True
            charges, offs, count, at = charges + charged, offs + off, count + 1, line.end()
        return _Lines(at, count, charges, offs, shares, dated) if count <= MOST_LINES else None

    def _adjustments(self, text: str) -> _Cas:
        """What CAS segments say."""
        total = share = flags = 0
        for segment in text[:-1].split("~"):
            e = segment.split("*")
            for n in range(2, len(e), 3):
                said, cents = self._flags[f"{e[1]}*{e[n]}"], _CENTS[e[n + 1]]
                total += cents
                flags |= said if cents else _REFUSED
                if said & _PATIENT:
                    share += cents
        return _Cas(total, share, flags)


def _flags(group_reason: str) -> int:
    group, _, reason = group_reason.partition("*")
    known = group in GROUPS and reason_known(reason)
    return (0 if known else _REFUSED) | (_PATIENT if group == "PR" else 0) | (_ASKS if reason in WITH_REMARK else 0)


def _remarks_known(text: str) -> bool:
    """Of the codes of MOA (*MA01*MA18) or of LQ segments (LQ*HE*N290~)."""
    codes = [part.rpartition("*")[2] for part in text[:-1].split("~")] if text[0] == "L" else text[1:].split("*")
    return all(map(remark_known, codes))


def _cents(text: str) -> int:
    """The cents of an amount that the patterns let through."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(2, "0"))


_CENTS = Remembered(_cents)
_EXISTS = Remembered(lambda text: text >= "18" and DAY[text] is not None)
_NOTHING = _Cas(0, 0, 0)
