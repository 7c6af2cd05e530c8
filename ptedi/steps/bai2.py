"""The bank's BAI2 file (cash management balance reporting, version 2): the deposits that payers made.

    01 file, 02 group (a day), 03 account with its summary, 16 one transaction, 88 continues the record before it,
    49 / 98 / 99 close account, group and file, each with a control total over everything in it

An account whose total is off by a cent, and a file without its end, are not believed: nothing of them is taken, and
the finding says by how much.  A credit is a payer's deposit when its text carries the payment's trace (TRN of the
CCD+ addenda) or says HCCLAIMPMT, or when it is an item of a lockbox; what else comes into the account (cards,
patients' cheques) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from ptedi.findings import Finding
from ptedi.money import from_cents, usd
from ptedi.steps import inbound_pages as pages
from ptedi.store.deposits import NewDeposit

_TRACE = re.compile(r"TRN\*[13]\*([^*~\\\s]{1,64})(?:\*([^*~\\\s/]{1,32}))?")
_PAYERS = re.compile(r"HC ?CLAIM ?PMT", re.IGNORECASE)
_LOCKBOX = frozenset({"115", "116", "118"})
_LONGEST = 18  # digits of an amount in cents that the store can hold


@dataclass(slots=True)
class _Account:
    total: int = 0
    deposits: list[NewDeposit] = field(default_factory=list)


@dataclass(slots=True)
class _Record:
    """A record with what its continuations add: its fields, and its last lines as they came, for text."""

    number: int
    code: str
    fields: list[str]
    texts: list[str]


def is_bai2(data: bytes) -> bool:
    """Whether a file begins as BAI2 does: a 01 record, and a 02 record in the next line that is not blank."""
    lines = [line.strip() for line in data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().splitlines() if line.strip()]
    return len(lines) > 1 and lines[0].startswith(b"01,") and lines[1].startswith((b"02,", b"88,"))


def read(data: bytes) -> tuple[list[NewDeposit], list[Finding]]:
    """The deposits of a BAI2 file and what is wrong with it; never raises."""
    reader = _Reader()
    for record in _records(data.decode("utf-8-sig", errors="replace").replace("\0", "")):
        reader.take(record)
    return reader.finish()


def _records(text: str) -> Iterator[_Record]:
    """The records with their continuations put together."""
    current: _Record | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        code, _, rest = line.partition(",")
        body = rest.removesuffix("/")
        if code == "88" and current is not None:
            current.fields += body.split(",")
            current.texts.append(body)
            continue
        if current is not None:
            yield current
        current = _Record(number, code.removesuffix("/"), body.split(","), [body])
    if current is not None:
        yield current


class _Reader:
    """Walks the records of one file."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.deposits: list[NewDeposit] = []
        self.day: date | None = None
        self.account: _Account | None = None
        self.group = self.file = self.fresh = 0
        self.ended = self.believed = False
        self.kept: list[NewDeposit] = []

    def take(self, record: _Record) -> None:
        """Takes the next record."""
        try:
            {"02": self._group, "03": self._open, "16": self._transaction, "49": self._close, "98": self._end_group,
             "99": self._end}.get(record.code, self._other)(record)  # fmt: skip
        except (ValueError, IndexError) as problem:
            self._bad(record.number, f"record {record.code[:8]} cannot be read: {problem}")

    def finish(self) -> tuple[list[NewDeposit], list[Finding]]:
        """What was believed; nothing of a file that was cut off."""
        if not self.ended:
            self._bad(1, "the file has no end (99): nothing of it is taken")
            return [], self.findings
        return self.deposits, self.findings

    def _group(self, record: _Record) -> None:
        self.group, self.kept = 0, []
        self.day = _day(record.fields[3])
        if len(record.fields) > 5 and record.fields[5].strip() not in ("", "USD"):
            raise ValueError(f"the currency is {record.fields[5].strip()[:8]}")

    def _open(self, record: _Record) -> None:
        if self.account is not None:
            self._bad(record.number, "an account has no end (49): nothing of it is taken")
        self.account = _Account()
        rest = record.fields[2:]
        while len(rest) > 1 and any(cell.strip() for cell in rest):
            self.account.total += _cents(rest[1])
            rest = rest[3 + _funds(rest[3:]) :] if len(rest) > 3 else []

    def _transaction(self, record: _Record) -> None:
        if self.account is None or self.day is None:
            raise ValueError("it stands outside an account of a day")
        kind, cents = record.fields[0].strip(), _cents(record.fields[1])
        self.account.total += cents
        used = 2 + _funds(record.fields[2:])
        references, texts = record.fields[used : used + 2], _texts(record, used + 2)
        found = _trace(texts)
        is_payers = found is not None or any(_PAYERS.search(text) for text in texts) or kind in _LOCKBOX
        if not is_payers or not kind.isdecimal() or not 100 <= int(kind) <= 699:
            return
        trace = found.group(1) if found else next((r.strip() for r in reversed(references) if r.strip()), "")
        if not trace:
            raise ValueError("a payer's deposit has no trace number")
        self.account.deposits.append(NewDeposit(
            row=record.number, trace_number=trace[:64], originator=(found.group(2) or "")[:32] if found else "",
            deposit_date=self.day, amount_cents=cents if int(kind) < 400 else -cents,
        ))  # fmt: skip

    def _close(self, record: _Record) -> None:
        if self.account is None:
            raise ValueError("no account is open")
        account, self.account = self.account, None
        self.group += account.total
        if self._agrees(record, "account", account.total):
            self.kept += account.deposits

    def _end_group(self, record: _Record) -> None:
        self.file += self.group
        if self._agrees(record, "group", self.group):
            self.deposits += self.kept
        self.kept = []

    def _end(self, record: _Record) -> None:
        self.ended = True
        if not self._agrees(record, "file", self.file):
            self.deposits = []

    def _agrees(self, record: _Record, what: str, total: int) -> bool:
        stated = _cents(record.fields[0])
        if stated != total:
            self._bad(record.number, f"the {what} states {usd(from_cents(stated))} and holds {usd(from_cents(total))}: "
                                     f"off by {usd(from_cents(stated - total))}, nothing of it is taken")  # fmt: skip
        return stated == total

    def _other(self, record: _Record) -> None:
        if record.code not in ("01", "88"):
            raise ValueError("it is no record of BAI2")

    def _bad(self, number: int, text: str) -> None:
        message = f"Line {number} of the bank's file: {text}."
        self.findings.append(pages.finding(pages.BAD_DEPOSIT, message, row=number))


def _funds(rest: Sequence[str]) -> int:
    """How many fields the funds type takes: itself and what it brings with it."""
    kind = rest[0].strip().upper() if rest else ""
    if kind == "S":
        return 4
    if kind == "V":
        return 3
    if kind == "D":
        return 2 + 2 * int(rest[1]) if len(rest) > 1 and rest[1].strip().isdecimal() and len(rest[1]) < 4 else 2
    return 1 if rest else 0


def _texts(record: _Record, used: int) -> list[str]:
    """The text of a transaction line by line: what follows its fields, commas and all."""
    first = record.texts[0].split(",", used)
    return [first[used] if len(first) > used else "", *record.texts[1:]]


def _trace(texts: Sequence[str]) -> re.Match[str] | None:
    """The TRN in a transaction's text: whole in one line, or broken over two."""
    in_lines = [found for found in map(_TRACE.search, texts) if found]
    whole = next((found for found in in_lines if found.group(2)), None)
    return whole or _TRACE.search("".join(texts)) or next(iter(in_lines), None)


def _cents(text: str) -> int:
    """An amount, which BAI2 writes in cents without a point; empty is none."""
    plain = text.strip().removesuffix("/")
    if not re.fullmatch(rf"[-+]?[0-9]{{0,{_LONGEST}}}", plain, re.ASCII):
        raise ValueError("not an amount in cents")
    return int(plain) if plain not in ("", "-", "+") else 0


def _day(text: str) -> date:
    """A YYMMDD or CCYYMMDD day."""
    plain = text.strip()
    if not plain.isascii() or not plain.isdecimal() or len(plain) not in (6, 8):
        raise ValueError("no day like YYMMDD")
    full = plain if len(plain) == 8 else f"20{plain}"
    return date(int(full[:4]), int(full[4:6]), int(full[6:]))
