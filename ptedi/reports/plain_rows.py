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
from ptedi.remittances.outcome import NOT_DENIALS, Outcome
from ptedi.reports.claim_rows import Rows
from ptedi.transactions.remittance_835 import values
from ptedi.transactions.remittance_835.plain import HEAD, LINE, Joined
from ptedi.transactions.remittance_835.values import Memo
from ptedi.x12.block import Block

ONE, NONE = Decimal(1), Decimal(0)
_new = tuple.__new__  # without the detour over the class: there is one for each claim
_MOST = 50_000  # amounts remembered
_FIRST_REASON = LINE.groupindex["reason1"]
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


class _Below(NamedTuple):
    """The claim whose rows are being made: its number in the set, CLP01.

    `base` is the offset in the file of the block's text, -1 where the segments do not stand close to each other.
    """

    key: int
    name: str
    rows: Rows
    block: Block
    base: int

    def keep(self, line: int, place: int, count: int = 1, start: int = -1) -> int:
        """Rows of segments that no field holds, or not all of them; the place behind them.

        `start` is where they begin in the text of the block, when that is known.
        """
        block, base = self.block, self.base if start >= 0 else -1
        for at in range(place, place + count):
            text = block.texts[at]
            offset = base + start if base >= 0 else block.offset(at)
            self.rows.segments.append((self.key, line, text[: text.index("*")], text, block.first + at, offset))
            start += len(text) + 1
        return place + count


class Texts:
    """Texts already understood, and the block being read as one text."""

    def __init__(self) -> None:
        self.amounts = Memo(_amount, _amount)
        self.exact = _Exact()
        self.days, self.numbers = Memo(values.day, values.day), Memo(values.number, values.number)
        self.units = Memo(_units, _units)
        self.reasons, self.procedures = Memo(_reason, _reason), Memo(_procedure, _procedure)
        self.submitted = Memo(_submitted, _submitted)
        self.text, self._joined = "", Joined([])

    def open(self, block: Block) -> None:
        """Turns to a block."""
        if block.texts is not self._joined.texts:
            self._joined = Joined(block.texts)
            self.text = self._joined.text

    def start(self, at: int) -> int:
        """Where a segment of the block begins in the text."""
        return self._joined.start(at)


def _reason(group_reason: str) -> _Reason:
    group, _, reason = group_reason.partition("*")
    others = group != "PR"
    return _Reason(group, reason, not others, others and reason not in NOT_DENIALS,
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

    def take(self, block: Block, at: int) -> int:
        """Takes claims from the CLP at `at` as long as they are ordinary; how many segments that was."""
        self.texts.open(block)
        begin, last = at, len(block.texts)
        self._start = self.texts.start(at)
        try:
            while at < last and (taken := self._claim(block, at)):
                at += taken
        except ValueError:  # no such day
            self.rows.undo()
        return at - begin

    def _claim(self, block: Block, at: int) -> int:  # noqa: PLR0912, PLR0915 - the hot path, without calls between
        """Takes one claim; how many segments, none when it is not ordinary."""
        know = self.texts
        head = HEAD.match(know.text, self._start)
        if head is None:
            return 0
        self.rows.begin()
        (
            number, status, charge_text, paid_text, share_text, filing, payer_number, facility, frequency, cas, last,
            first, member, _, other_member, il_last, il_first, il_member, new_last, new_first, new_member, rendering,
            npi, rate, payable, remarks, original, references, begin, end, received, others, interest_text,
        ) = head.groups("")  # fmt: skip
        amounts, days = know.amounts, know.days
        (charge, charged), (paid, received_amount), (share, owed) = (
            amounts[charge_text], amounts[paid_text], amounts[share_text])
        dates = days[begin], days[end], days[received]
        base = block.base if block.even and block.step == 1 else -1
        key, index = len(self.rows.starts) + 1, block.first + at
        offset = base + self._start if base >= 0 else block.offset(at)
        below = _new(_Below, (key, number, self.rows, block, base))
        place, own = at + 1, NOTHING
        if cas:
            own = self._adjust(below, cas, 0, place, head.start("adjustments"))
            place += cas.count("~")
        if not member:
            below.keep(0, place, start=head.start("last") - 9)  # NM1*QC*1*
        place += 1
        if il_last:
            if (member or other_member or il_member) != il_member:
                below.keep(0, place)
            place += 1
        if new_member:
            place += 1
        if npi:
            if rendering:
                below.keep(0, place)
            place += 1
        if remarks:
            self.rows.remarks += [(key, 0, number, code, index, offset) for code in remarks[1:].split("*")]
            if rate or payable:
                below.keep(0, place)
            place += 1
        if original:
            place += 1
        if references:
            place = below.keep(0, place, references.count("~"), head.start("references"))
        place += (begin != "") + (end != "") + (received != "")
        if others:
            place = below.keep(0, place, others.count("~"), head.start("amounts"))
        if interest_text:
            place += 1
        lines = self._lines(below, place, head.end())
        if lines is None:
            return self.rows.undo()
        shares = own.share + lines.share
        if (
            charge - own.total - lines.off != paid or (lines.number and lines.charge != charge)
            or (owed is not None if status == "22" else share != shares)
        ):  # fmt: skip
            return self.rows.undo()
        place = lines.place
        following = block.texts[place] if place < len(block.texts) else block.following
        if following is None or not following.startswith(_FOLLOWING):
            return self.rows.undo()
        self._start = lines.start
        interest = amounts[interest_text][1] or ZERO
        denied = status == "4" or (status != "22" and not paid and (own.denies or lines.denied))
        allowed = know.exact[(lines.allowed if lines.number else charge) - own.priced]
        self.balancing.balanced(know.exact[paid], interest)
        rows = self.rows
        rows.starts.append(index)
        rows.claims.append((
            key, number, status, _outcome(status, denied, charge, paid, lines.denied), denied, charged,
            received_amount, owed, allowed, interest, filing, payer_number, facility, frequency, original, last, first,
            member or other_member or il_member, il_last, il_first, new_last, new_first, new_member, npi, "", *dates,
            index, offset,
        ))  # fmt: skip
        return place - at

    def _adjust(self, below: _Below, text: str, line: int, at: int, start: int) -> _Off:
        """Rows of CAS segments with any number of triples; what they take off."""
        know, base = self.texts, below.base
        total = share = priced = 0
        denies = False
        for place, segment in enumerate(text[:-1].split("~"), at):
            e = [*segment.split("*"), ""]
            offset = base + start if base >= 0 else below.block.offset(place)
            start += len(segment) + 1
            for n in range(2, len(e) - 2, 3):
                group, reason, shared, refuses, pricing = know.reasons[f"{e[1]}*{e[n]}"]
                (cents, amount), quantity = know.amounts[e[n + 1]], know.numbers[e[n + 2]]
                refuses = refuses and bool(cents)
                self.rows.adjustments.append((
                    below.key, line, below.name, group, reason, amount, quantity, refuses, below.block.first + place,
                    offset,
                ))  # fmt: skip
                total += cents
                if shared:
                    share += cents
                if pricing:
                    priced += cents
                denies = denies or refuses
        return _new(_Off, (total, share, priced, denies))

    def _lines(self, below: _Below, at: int, start: int) -> _Lines | None:  # noqa: PLR0915 - the hot loop
        """Rows of the lines that begin there; None when one is not ordinary."""
        know, block, key, name = self.texts, below.block, below.key, below.name
        text, match, amounts, days, reasons = know.text, LINE.match, know.amounts, know.days, know.reasons
        first, add, adjust = block.first, self.rows.lines.append, self.rows.adjustments.append
        base = below.base
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
                elif refuses:
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
                rest = self._adjust(below, more, number, place, line.start("adjustments"))
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
                self._keep_of_line(below, number, at, line)
            charges, offs, shares, allows = charges + charge, offs + off, shares + share, allows + allowed
            any_denied = any_denied or denied
            end_of_line = line.end()
            at += text.count("~", start, end_of_line)
            start = end_of_line
        return _new(_Lines, (at, start, number, charges, offs, shares, allows, any_denied))

    def _keep_of_line(self, below: _Below, number: int, at: int, line: re.Match[str]) -> None:
        """Rows of the segments of a line that no field holds, or not all of them."""
        text, start = self.texts.text, line.start()
        if line["revenue"]:
            below.keep(number, at, start=start)
        for name in ("before", "behind", "amounts"):
            if count := line[name].count("~"):
                begin = line.start(name)
                below.keep(number, at + text.count("~", start, begin), count, begin)


def _outcome(status: str, denied: bool, charge: int, paid: int, line_denied: bool) -> str:
    """`outcome.outcome` of a claim that is ordinary."""
    if status == "22":
        return Outcome.REVERSED.value
    if denied:
        return Outcome.DENIED.value
    if charge and not paid:
        return Outcome.PATIENT_RESPONSIBILITY.value
    return Outcome.PARTIALLY_PAID.value if line_denied else Outcome.PAID.value
