"""Rows straight from the texts of ordinary claim payments, without records between: most of a file.

A claim is taken when its texts are ordinary (`remittance_835.plain`), its days exist and it balances to the cent, so
that there is nothing to tell of it; its rows are those which its records would make (`claim_rows`).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from ptedi import money
from ptedi.money import ZERO
from ptedi.remittances.balance import AFTER_ALLOWED, Balancing
from ptedi.remittances.outcome import Outcome, refuses
from ptedi.reports.claim_rows import Rows
from ptedi.transactions.remittance_835 import values
from ptedi.transactions.remittance_835.plain import HEAD, LINE
from ptedi.transactions.remittance_835.values import Memo
from ptedi.x12.block import Block

ONE, NONE = Decimal(1), Decimal(0)
_new = tuple.__new__  # without the detour over the class: there is one for each claim
_MOST = 50_000  # amounts remembered
_FIRST_REASON = LINE.groupindex["reason1"]
_MEMBER = HEAD.groupindex["member"] - 1  # the names, and what follows them
_FOLLOWING = ("CLP*", "PLB*", "SE*")


class _Reason(NamedTuple):
    """Group and reason of adjustments: the patient's share, a refusal unless the amount is zero, part of the price."""

    group: str
    reason: str
    share: bool
    denies: bool
    priced: bool


class _Off(NamedTuple):
    """Cents that adjustments take off: all, the patient's share, the part of the price; whether one refuses."""

    total: int
    share: int
    priced: int
    denies: bool


NOTHING = _Off(0, 0, 0, False)


class _Lines(NamedTuple):
    """What the lines of a claim come to in cents, and where it goes on; `denied`: whether one of them is."""

    place: int
    start: int
    number: int
    charge: int
    off: int
    share: int
    allowed: int
    denied: bool


class Texts:
    """Texts already understood, and the block being read as one text."""

    def __init__(self) -> None:
        self.amounts = Memo(_amount, _amount)
        self.exact = _Exact()
        self.days, self.numbers = Memo(values.day, values.day), Memo(values.number, values.number)
        self.units = Memo(_units, _units)
        self.reasons, self.procedures = Memo(_reason, _reason), Memo(_procedure, _procedure)
        self.submitted = Memo(_submitted, _submitted)
        self.text = ""
        self._block: Block | None = None
        self._known = (0, 0)

    def open(self, block: Block) -> None:
        """Turns to a block."""
        if block is not self._block:
            self._block, self.text, self._known = block, block.text, (0, 0)

    def start(self, block: Block, at: int) -> int:
        """Where a segment of the block begins in the text; asked for in rising order, or it costs more."""
        known, place = self._known if self._known[0] <= at else (0, 0)
        if at > known:
            place += sum(map(len, block.texts[known:at])) + at - known
        self._known = at, place
        return place


def _reason(group_reason: str) -> _Reason:
    group, _, reason = group_reason.partition("*")
    others = group != "PR"
    return _Reason(group, reason, not others, refuses(group, reason),
                   others and reason not in AFTER_ALLOWED)  # fmt: skip


def _amount(text: str) -> tuple[int, Decimal | None]:
    """Cents to reckon with and the amount to show; 0 and None of a text that is empty."""
    whole, _, fraction = text.partition(".")
    if not whole.isdecimal() or len(fraction) > 2 or len(whole) > 10 or not (fraction + "0").isdecimal():
        amount = money.amount(text) if text else None
        return money.cents(amount) if amount else 0, amount
    fraction = fraction.ljust(2, "0")
    return int(whole + fraction), Decimal(f"{whole}.{fraction}")


class _Exact(dict[int, Decimal]):
    """Amounts by their cents."""

    def __missing__(self, cents: int) -> Decimal:
        if len(self) >= _MOST:
            self.clear()
        amount = self[cents] = money.from_cents(cents)
        return amount


def _units(text: str) -> Decimal:
    """SVC05: 1 when not sent."""
    return (values.number(text) or NONE) if text else ONE


def _procedure(text: str) -> tuple[str, str, str]:
    """Qualifier, code, and modifiers joined by colons."""
    qualifier, code, modifiers, _ = values.procedure(text)
    return qualifier, code, ":".join(modifiers)


def _submitted(text: str) -> tuple[str, str]:
    """Code and modifiers of SVC06."""
    return _procedure(text)[1:]


class PlainRows:
    """Takes the ordinary claims of one set into rows."""

    def __init__(self, rows: Rows, balancing: Balancing, texts: Texts) -> None:
        self.rows, self.balancing, self.texts = rows, balancing, texts
        self._start = 0  # in the text, of the claim looked at
        self._key, self._name = 0, ""  # of the claim: its number in the set, CLP01
        self._base = -1  # offset in the file of the block's text, -1 where segments do not stand close to each other

    def take(self, block: Block, at: int) -> int:
        """Takes claims from the CLP at `at` as long as they are ordinary; how many segments that was."""
        self.texts.open(block)
        self._base = block.base if block.even and block.step == 1 else -1
        begin, end = at, len(self.texts.text)
        self._start = self.texts.start(block, at)
        try:
            while self._start < end and (taken := self._claim(block, at)):
                at += taken
        except ValueError:  # no such day
            self.rows.undo()
        return at - begin

    def _claim(self, block: Block, at: int) -> int:
        """Takes one claim; how many segments, none when it is not ordinary."""
        know, rows, start = self.texts, self.rows, self._start
        head = HEAD.match(know.text, start)
        if head is None:
            return 0
        rows.begin()
        (
            number, status, charge_text, paid_text, share_text, filing, payer_number, facility, frequency, cas, last,
            first, member, _, other_member, il_last, il_first, il_member, new_last, new_first, new_member, _,
            npi, _, _, _, original, _, begin, end, received, _, interest_text,
        ) = said = head.groups("")  # fmt: skip
        amounts, days = know.amounts, know.days
        (charge, charged), (paid, received_amount), (share, owed) = (
            amounts[charge_text], amounts[paid_text], amounts[share_text])
        dates = days[begin], days[end], days[received]
        key, self._name = len(rows.starts) + 1, number
        self._key = key
        index, offset = block.first + at, self._base + start if self._base >= 0 else block.offset(at)
        own, place = NOTHING, at + 1
        if cas:
            own = self._adjust(block, cas, 0, place, head.start("adjustments"))
            place += cas.count("~")
        lines = self._lines(block, self._rest_of_head(block, head, said, at, place), head.end())
        if lines is None:
            return rows.undo()
        if (
            charge - own.total - lines.off != paid or (lines.number and lines.charge != charge)
            or (owed is not None if status == "22" else share != own.share + lines.share)
            or not self._goes_on(block, lines.start)
        ):  # fmt: skip
            return rows.undo()
        self._start = lines.start
        interest = amounts[interest_text][1] or ZERO
        denied = status == "4" or (status != "22" and not paid and (own.denies or lines.denied))
        allowed = know.exact[(lines.allowed if lines.number else charge) - own.priced]
        self.balancing.balanced(know.exact[paid], interest)
        rows.starts.append(index)
        rows.claims.append((
            key, number, status, _outcome(status, denied, charge, paid, lines.denied), denied, charged,
            received_amount, owed, allowed, interest, filing, payer_number, facility, frequency, original, last, first,
            member or other_member or il_member, il_last, il_first, new_last, new_first, new_member, npi, "", *dates,
            index, offset,
        ))  # fmt: skip
        return lines.place - at

    def _goes_on(self, block: Block, start: int) -> bool:
        """Whether what begins there in the text shows that the claim before is whole."""
        text, following = self.texts.text, block.following
        if start < len(text):
            return text.startswith(_FOLLOWING, start)
        return following is not None and following.startswith(_FOLLOWING)

    def _rest_of_head(self, block: Block, head: re.Match[str], said: tuple[str, ...], at: int, place: int) -> int:
        """Rows of what stands between the CAS and the lines; the place behind it."""
        (
            member, _, other_member, il_last, _, il_member, _, _, new_member, rendering, npi, rate, payable, remarks,
            original, references, begin, end, received, others, interest,
        ) = said[_MEMBER:]  # fmt: skip
        if not member:
            self._keep(block, 0, place, head.start("last") - 9)  # NM1*QC*1*
        place += 1
        if il_last:
            if (member or other_member or il_member) != il_member:
                self._keep(block, 0, place, head.start("il_last") - 9)
            place += 1
        if new_member:
            place += 1
        if npi:
            if rendering:
                self._keep(block, 0, place, head.start("rendering") - 7)  # NM1*82*
            place += 1
        if remarks:
            offset = self._base + self._start if self._base >= 0 else block.offset(at)
            self.rows.remarks += [
                (self._key, 0, self._name, code, block.first + at, offset) for code in remarks[1:].split("*")]
            if rate or payable:
                self._keep(block, 0, place, head.start("rate" if rate else "payable") - 4)  # MOA*
            place += 1
        if original:
            place += 1
        if references:
            place = self._keep_run(block, 0, place, head.start("references"), references)
        place += (begin != "") + (end != "") + (received != "")
        if others:
            place = self._keep_run(block, 0, place, head.start("amounts"), others)
        return place + (interest != "")

    def _keep(self, block: Block, line: int, place: int, start: int) -> None:
        """The row of a segment that no field holds, or not all of it, and that begins there in the text."""
        text = self.texts.text
        self._keep_run(block, line, place, start, text[start : text.index("~", start) + 1])

    def _keep_run(self, block: Block, line: int, place: int, start: int, run: str) -> int:
        """Rows of segments that no field holds; the place behind them."""
        base, keep = self._base, self.rows.segments.append
        for text in run[:-1].split("~"):
            offset = base + start if base >= 0 else block.offset(place)
            keep((self._key, line, text[: text.index("*")], text, block.first + place, offset))
            start += len(text) + 1
            place += 1
        return place

    def _adjust(self, block: Block, text: str, line: int, at: int, start: int) -> _Off:
        """Rows of CAS segments with any number of triples; what they take off."""
        know, base, key, name = self.texts, self._base, self._key, self._name
        total = share = priced = 0
        denies = False
        for place, segment in enumerate(text[:-1].split("~"), at):
            e = [*segment.split("*"), ""]
            offset = base + start if base >= 0 else block.offset(place)
            start += len(segment) + 1
            for n in range(2, len(e) - 2, 3):
                group, reason, shared, refuses, pricing = know.reasons[f"{e[1]}*{e[n]}"]
                (cents, amount), quantity = know.amounts[e[n + 1]], know.numbers[e[n + 2]]
                refuses = refuses and bool(cents)
                self.rows.adjustments.append((
                    key, line, name, group, reason, amount, quantity, refuses, block.first + place, offset,
                ))  # fmt: skip
                total += cents
                if shared:
                    share += cents
                if pricing:
                    priced += cents
                denies = denies or refuses
        return _new(_Off, (total, share, priced, denies))

    def _lines(self, block: Block, at: int, start: int) -> _Lines | None:  # noqa: PLR0915 - the hot loop
        """Rows of the lines that begin there; None when one is not ordinary."""
        know, key, name = self.texts, self._key, self._name
        text, match, amounts, days, reasons = know.text, LINE.match, know.amounts, know.days, know.reasons
        first, add, adjust = block.first, self.rows.lines.append, self.rows.adjustments.append
        base = self._base
        procedures, submitted, units_of, numbers = know.procedures, know.submitted, know.units, know.numbers
        exact = know.exact
        charges = offs = shares = allows = 0
        number, any_denied = 0, False
        while (line := match(text, start)) is not None:
            (
                procedure, charge_text, paid_text, revenue, units, sent, units_sent, day, end, reason, amount, reason2,
                amount2, more, before, control, behind, allowed_text, others, remarks,
            ) = line.groups("")  # fmt: skip
            number, place = number + 1, at + 1
            offset = base + start if base >= 0 else block.offset(at)
            if day:
                place += 2 if end else 1
            off = share = priced = 0
            refused = False
            spot = base + line.start(_FIRST_REASON) - 4
            while reason:
                group, code, shared, refuses, pricing = reasons[reason]
                cents, shown = amounts[amount]
                off += cents
                if shared:
                    share += cents
                if refuses:
                    refuses = cents != 0
                    refused = refused or refuses
                if pricing:
                    priced += cents
                adjust((key, number, name, group, code, shown, None, refuses, first + place,
                        spot if base >= 0 else block.offset(place)))  # fmt: skip
                spot += len(reason) + len(amount) + 6  # CAS*CO*45*12.5~
                place += 1
                reason, amount, reason2 = reason2, amount2, ""
            if more:
                rest = self._adjust(block, more, number, place, line.start("adjustments"))
                off, share, priced = off + rest.total, share + rest.share, priced + rest.priced
                refused = refused or rest.denies
            (charge, charged), (paid, received) = amounts[charge_text], amounts[paid_text]
            if charge - off != paid:
                return None
            allowed, allowed_sent = amounts[allowed_text]
            if allowed_sent is None:
                allowed = charge - priced
            denied = refused and not paid and bool(charge)
            qualifier, code, modifiers = procedures[procedure]
            code_sent, modifiers_sent = submitted[sent]
            add((
                key, number, name, control, qualifier, code, modifiers, code_sent, modifiers_sent, days[day], days[end],
                units_of[units], numbers[units_sent], charged, received, exact[allowed], allowed_sent, denied,
                first + at, offset,
            ))  # fmt: skip
            if remarks:
                codes = [segment[6:] for segment in remarks[:-1].split("~")]
                self.rows.remarks += [(key, number, name, code, first + at, offset) for code in codes]
            if revenue or before or behind or others:
                self._keep_of_line(block, number, at, line)
            charges, offs, shares, allows = charges + charge, offs + off, shares + share, allows + allowed
            any_denied = any_denied or denied
            end_of_line = line.end()
            at += text.count("~", start, end_of_line)
            start = end_of_line
        return _new(_Lines, (at, start, number, charges, offs, shares, allows, any_denied))

    def _keep_of_line(self, block: Block, number: int, at: int, line: re.Match[str]) -> None:
        """Rows of the segments of a line that no field holds, or not all of them."""
        text, start = self.texts.text, line.start()
        if line["revenue"]:
            self._keep(block, number, at, start)
        for name in ("before", "behind", "amounts"):
            if run := line[name]:
                begin = line.start(name)
                self._keep_run(block, number, at + text.count("~", start, begin), begin, run)


def _outcome(status: str, denied: bool, charge: int, paid: int, line_denied: bool) -> str:
    """`outcome.outcome` of a claim that is ordinary."""
    if status == "22":
        return Outcome.REVERSED.value
    if denied:
        return Outcome.DENIED.value
    if charge and not paid:
        return Outcome.PATIENT_RESPONSIBILITY.value
    return Outcome.PARTIALLY_PAID.value if line_denied else Outcome.PAID.value
