"""Rows straight from the texts of ordinary claim payments, without records between: most of a file.

A claim is taken when its texts are ordinary (`remittance_835.plain`), its days exist and it balances to the cent, so
that there is nothing to tell of it; its rows are those which its records would make (`claim_rows`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from ptedi import money
from ptedi.money import ZERO
from ptedi.remittances.balance import AFTER_ALLOWED, Balancing
from ptedi.remittances.outcome import NOT_DENIALS, Outcome
from ptedi.reports.claim_rows import Row, Rows
from ptedi.transactions.remittance_835 import values
from ptedi.transactions.remittance_835.plain import HEAD, LINE, joined
from ptedi.transactions.remittance_835.values import Memo
from ptedi.x12.stream import Block

ONE, NONE = Decimal(1), Decimal(0)
_FOLLOWING = ("CLP*", "PLB*", "SE*")


class _Reason(NamedTuple):
    """Group and reason of adjustments: the patient's share, a refusal unless the amount is zero, part of the price."""

    group: str
    reason: str
    share: bool
    denies: bool
    priced: bool


class _Off(NamedTuple):
    """What adjustments take off: all of it, the patient's share, the part of the price; whether one refuses."""

    total: Decimal
    share: Decimal
    priced: Decimal
    denies: bool


NOTHING = _Off(ZERO, ZERO, ZERO, False)


class _Lines(NamedTuple):
    """What the lines of a claim come to; `denied`: whether one of them is."""

    segments: int
    number: int
    charge: Decimal
    off: Decimal
    share: Decimal
    allowed: Decimal
    denied: bool


class _Below(NamedTuple):
    """The rows below a claim while it is not yet known to be ordinary, with its number in the set and CLP01."""

    key: int
    name: str
    lines: list[Row]
    adjustments: list[Row]
    remarks: list[Row]
    segments: list[Row]


class Texts:
    """Texts already understood, and the block being read as one text."""

    def __init__(self) -> None:
        self.amounts = Memo(money.amount, money.amount)
        self.days: Memo[dt.date | None] = Memo(values.day, lambda _: None)
        self.numbers = Memo(values.number, values.number)
        self.reasons, self.procedures = Memo(_reason, _reason), Memo(_procedure, _procedure)
        self.text, self.starts, self._texts = "", list[int](), list[str]()

    def open(self, block: Block) -> None:
        """Turns to a block."""
        if block.texts is not self._texts:
            self._texts, (self.text, self.starts) = block.texts, joined(block.texts)


def _reason(group_reason: str) -> _Reason:
    group, _, reason = group_reason.partition("*")
    others = group != "PR"
    return _Reason(group, reason, not others, others and reason not in NOT_DENIALS,
                   others and reason not in AFTER_ALLOWED)  # fmt: skip


def _procedure(text: str) -> tuple[str, str, str]:
    """Qualifier, code, and modifiers joined by colons."""
    qualifier, code, modifiers, _ = values.procedure(text)
    return qualifier, code, ":".join(modifiers)


class PlainRows:
    """Takes the ordinary claims of one set into rows."""

    def __init__(self, rows: Rows, balancing: Balancing, texts: Texts) -> None:
        self.rows, self.balancing, self.texts = rows, balancing, texts

    def take(self, block: Block, at: int) -> int:
        """Takes claims from the CLP at `at` as long as they are ordinary; how many segments that was."""
        self.texts.open(block)
        begin, last = at, len(block.texts)
        while at < last and (taken := self._claim(block, at)):
            at += taken
        return at - begin

    def _claim(self, block: Block, at: int) -> int:
        """Takes one claim; how many segments, none when it is not ordinary."""
        know = self.texts
        head = HEAD.match(know.text, know.starts[at])
        if head is None:
            return 0
        (
            number, status, charge_text, paid_text, share_text, filing, payer_number, place, frequency, cas, last,
            first, member, _, other_member, il_last, il_first, il_member, new_last, new_first, new_member, _, npi, _,
            _, remarks, original, _, begin, end, received, _, interest_text,
        ) = head.groups("")  # fmt: skip
        amounts, days = know.amounts, know.days
        charge, paid = amounts[charge_text], amounts[paid_text]
        share = amounts[share_text] if share_text else None
        dates = [days[text] if text else None for text in (begin, end, received)]
        if (begin and not dates[0]) or (end and not dates[1]) or (received and not dates[2]):
            return 0
        key, index, offset = len(self.rows.starts) + 1, block.first + at, block.offsets[at]
        below = _Below(key, number, [], [], [], [])
        segments = self._others(below, head, block, at)
        own = self._adjust(below, cas, 0, block, at + 1) if cas else NOTHING
        if remarks:
            below.remarks.extend([(key, 0, number, code, index, offset) for code in remarks[1:].split("*")])
        lines = self._lines(below, block, at + segments, head.end())
        if lines is None:
            return 0
        shares = own.share + lines.share
        if (
            charge - own.total - lines.off != paid or (lines.number and lines.charge != charge)
            or (share is not None if status == "22" else (share or ZERO) != shares)
        ):  # fmt: skip
            return 0
        segments += lines.segments
        if at + segments >= len(block.texts) or not block.texts[at + segments].startswith(_FOLLOWING):
            return 0
        interest = amounts[interest_text] if interest_text else ZERO
        denied = status == "4" or (status != "22" and not paid and (own.denies or lines.denied))
        allowed = (lines.allowed if lines.number else charge) - own.priced
        self.balancing.balanced(paid, interest)
        rows = self.rows
        rows.starts.append(index)
        rows.claims.append((
            key, number, status, _outcome(status, denied, charge, paid, lines.denied), denied, charge, paid, share,
            allowed, interest, filing, payer_number, place, frequency, original, last, first,
            member or other_member or il_member, il_last, il_first, new_last, new_first, new_member, npi, "", *dates,
            index, offset,
        ))  # fmt: skip
        rows.lines += below.lines
        rows.adjustments += below.adjustments
        rows.remarks += below.remarks
        rows.segments += below.segments
        return segments

    def _others(self, below: _Below, head: re.Match[str], block: Block, at: int) -> int:
        """Rows of the segments of a head that no field holds, or not all of them; how many segments the head has."""
        cas, member, other = head["adjustments"], head["member"], list[int]()
        place = at + 1 + (cas.count("~") if cas else 0)
        if member is None:
            other.append(place)
        place += 1
        if head["il_last"] is not None:
            if (member or head["id"] or head["il_member"]) != head["il_member"]:
                other.append(place)
            place += 1
        if head["new_member"] is not None:
            place += 1
        if head["npi"] is not None:
            if head["rendering"] is not None:
                other.append(place)
            place += 1
        if head["remarks"] is not None:
            if head["rate"] or head["payable"]:
                other.append(place)
            place += 1
        if head["original"] is not None:
            place += 1
        for name in ("references", "begin", "end", "received", "amounts", "interest"):
            found = head[name]
            if found:
                count = found.count("~") or 1
                if name in ("references", "amounts"):
                    other += range(place, place + count)
                place += count
        self._keep(below, 0, block, other)
        return place - at

    @staticmethod
    def _keep(below: _Below, line: int, block: Block, places: Iterable[int]) -> None:
        for place in places:
            text = block.texts[place]
            below.segments.append((
                below.key, line, text.partition("*")[0], text, block.first + place, block.offsets[place],
            ))  # fmt: skip

    def _adjust(self, below: _Below, text: str, line: int, block: Block, at: int) -> _Off:
        """Rows of CAS segments with any number of triples; what they take off."""
        know = self.texts
        total = share = priced = ZERO
        denies = False
        for place, segment in enumerate(text[:-1].split("~"), at):
            e = [*segment.split("*"), ""]
            for n in range(2, len(e) - 2, 3):
                group, reason, shared, refuses, pricing = know.reasons[f"{e[1]}*{e[n]}"]
                amount, quantity = know.amounts[e[n + 1]], know.numbers[e[n + 2]] if e[n + 2] else None
                refuses = refuses and bool(amount)
                below.adjustments.append((
                    below.key, line, below.name, group, reason, amount, quantity, refuses, block.first + place,
                    block.offsets[place],
                ))  # fmt: skip
                total += amount
                if shared:
                    share += amount
                if pricing:
                    priced += amount
                denies = denies or refuses
        return _Off(total, share, priced, denies)

    def _lines(self, below: _Below, block: Block, at: int, start: int) -> _Lines | None:
        """Rows of the lines that begin there; None when one is not ordinary."""
        know, begun, key, name = self.texts, at, below.key, below.name
        text, match, amounts, days, offsets = know.text, LINE.match, know.amounts, know.days, block.offsets
        charges = offs = shares = allows = ZERO
        number, any_denied = 0, False
        while (line := match(text, start)) is not None:
            (
                procedure, charge_text, paid_text, revenue, units, sent, units_sent, day_text, end_text, reason, amount,
                reason2, amount2, more, before, control, behind, allowed_text, others, remarks,
            ) = line.groups("")  # fmt: skip
            charge, paid = amounts[charge_text], amounts[paid_text]
            day = days[day_text] if day_text else None
            end = days[end_text] if end_text else None
            number, index, place = number + 1, block.first + at, at + 1
            if day_text:
                place += 2 if end_text else 1
            off = share = priced = ZERO
            refused = False
            while reason:
                group, code, shared, refuses, pricing = know.reasons[reason]
                taken = amounts[amount]
                off += taken
                if shared:
                    share += taken
                if pricing:
                    priced += taken
                refuses = refuses and bool(taken)
                refused = refused or refuses
                below.adjustments.append((
                    key, number, name, group, code, taken, None, refuses, block.first + place, offsets[place],
                ))  # fmt: skip
                place += 1
                reason, amount, reason2 = reason2, amount2, ""
            if more:
                rest = self._adjust(below, more, number, block, place)
                off, share, priced = off + rest.total, share + rest.share, priced + rest.priced
                refused = refused or rest.denies
            if charge - off != paid or (day_text and day is None) or (end_text and end is None):
                return None
            allowed_sent = amounts[allowed_text] if allowed_text else None
            allowed = charge - priced if allowed_sent is None else allowed_sent
            denied = refused and not paid and bool(charge)
            qualifier, code, modifiers = know.procedures[procedure]
            _, code_sent, modifiers_sent = know.procedures[sent] if sent else _UNSENT
            offset = offsets[at]
            below.lines.append((
                key, number, name, control, qualifier, code, modifiers, code_sent, modifiers_sent, day, end,
                (know.numbers[units] or NONE) if units else ONE, know.numbers[units_sent] if units_sent else None,
                charge, paid, allowed, allowed_sent, denied, index, offset,
            ))  # fmt: skip
            if remarks:
                codes = [segment[6:] for segment in remarks[:-1].split("~")]
                below.remarks.extend([(key, number, name, code, index, offset) for code in codes])
            if revenue or before or behind or others:
                self._keep_of_line(below, number, block, at, line)
            charges, offs, shares, allows = charges + charge, offs + off, shares + share, allows + allowed
            any_denied = any_denied or denied
            at += text.count("~", start, line.end())
            start = line.end()
        return _Lines(at - begun, number, charges, offs, shares, allows, any_denied)

    def _keep_of_line(self, below: _Below, number: int, block: Block, at: int, line: re.Match[str]) -> None:
        """Rows of the segments of a line that no field holds, or not all of them."""
        text, start = self.texts.text, line.start()
        other = [at] if line["revenue"] else []
        for name in ("before", "behind", "amounts"):
            count = line[name].count("~")
            place = at + text.count("~", start, line.start(name))
            other += range(place, place + count)
        self._keep(below, number, block, other)


_UNSENT = ("", "", "")


def _outcome(status: str, denied: bool, charge: Decimal, paid: Decimal, line_denied: bool) -> str:
    """`outcome.outcome` of a claim that is ordinary."""
    if status == "22":
        return Outcome.REVERSED.value
    if denied:
        return Outcome.DENIED.value
    if charge and not paid:
        return Outcome.PATIENT_RESPONSIBILITY.value
    return Outcome.PARTIALLY_PAID.value if line_denied else Outcome.PAID.value
