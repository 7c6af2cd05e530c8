"""What the bank says: BAI2, or a CSV of deposits recognised by its header whatever the columns' order."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

from ptedi.findings import Finding
from ptedi.money import amount, cents
from ptedi.steps import bai2
from ptedi.steps import inbound_pages as pages
from ptedi.store.deposits import NewDeposit

_NAMES = {
    "date": ("date", "deposit_date", "posting_date", "effective_date"),
    "trace": ("trace_number", "trace", "trn02", "reassociation_trace", "reference"),
    "originator": ("originator_id", "originator", "trn03", "company_id"),
    "amount": ("amount", "credit", "deposit_amount"),
}
_CENTS = re.compile(r"\.\d\d$")
_NEEDED = ("date", "trace", "amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """The deposits of a file and what was wrong with its other rows."""

    deposits: tuple[NewDeposit, ...]
    findings: tuple[Finding, ...]


def is_bank(data: bytes) -> bool:
    """Whether a file is BAI2, or its first line the header of a deposits CSV."""
    if bai2.is_bai2(data):
        return True
    head = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().splitlines()[:1]
    if not head or head[0][:3] == b"ISA":
        return False
    return set(_NEEDED) <= set(_columns(next(csv.reader([head[0].decode("latin-1")]), [])))


def _columns(header: list[str]) -> dict[str, int]:
    names = [cell.strip().lower().replace(" ", "_") for cell in header]
    found = {}
    for key, spellings in _NAMES.items():
        at = next((names.index(s) for s in spellings if s in names), None)
        if at is not None:
            found[key] = at
    return found


def read(data: bytes) -> BankFile:
    """The deposits of a bank's file; a row of a CSV that cannot be read becomes a finding and the others stand."""
    if bai2.is_bai2(data):
        taken, wrong = bai2.read(data)
        return BankFile(deposits=tuple(taken), findings=tuple(wrong))
    text = data.decode("utf-8-sig", errors="replace")
    header, *rows = [*csv.reader(io.StringIO(text.replace("\0", ""), newline=""))] or [[]]
    columns, ended = _columns(header), text.endswith(("\n", "\r"))
    deposits, findings = [], []
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row):
            continue
        try:
            if number == len(rows) and not ended:
                _whole(row, len(header), columns["amount"])
            deposits.append(_deposit(row, columns, number))
        except (ValueError, IndexError, KeyError) as problem:
            message = f"Row {number} of the bank's file cannot be read: {problem}."
            findings.append(pages.finding(pages.BAD_DEPOSIT, message, row=number))
    return BankFile(deposits=tuple(deposits), findings=tuple(findings))


def _whole(row: list[str], width: int, amount_at: int) -> None:
    """Looks whether a last row without a line break is all there: of 575.50 a file that is cut off may say 57.

    Raises:
        ValueError: cells are missing, or it ends in an amount without its cents.
    """
    if len(row) < width or (len(row) == amount_at + 1 and not _CENTS.search(row[amount_at].strip())):
        raise ValueError("the file ends inside it")


def _deposit(row: list[str], columns: dict[str, int], number: int) -> NewDeposit:
    def cell(key: str) -> str:
        return row[columns[key]].strip()

    paid = cell("amount").replace(",", "").removeprefix("$")
    if not cell("trace"):
        raise ValueError("it has no trace number")
    return NewDeposit(row=number, trace_number=cell("trace"), deposit_date=_day(cell("date")),
                      originator=cell("originator") if "originator" in columns else "",
                      amount_cents=cents(amount(paid)))  # fmt: skip


def _day(text: str) -> date:
    if text.count("/") == 2:
        month, day, year = (int(part) for part in text.split("/"))
        return date(year, month, day)
    return date.fromisoformat(text)
