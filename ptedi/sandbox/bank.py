"""The bank's side of a run: one deposit per payment, as the bank's report for the day would list them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

from ptedi.money import cents
from ptedi.sandbox.oracle import Check

COLUMNS = ("date", "trace_number", "originator_id", "amount", "description")


def deposits(checks: Iterable[Check], payer_names: dict[str, str]) -> bytes:
    """The CSV of all payments that moved money; empty bytes when there are none."""
    moved = [check for check in checks if check.amount]
    if not moved:
        return b""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for check in moved:
        how = "CHECK" if check.method == "CHK" else "HCCLAIMPMT"
        about = f"{how} {payer_names.get(check.payer_id, check.payer_id)}"
        writer.writerow((check.day.isoformat(), check.trace_number, check.originator, f"{check.amount:.2f}", about))
    return text.getvalue().encode()


def bai2(checks: Iterable[Check], payer_names: dict[str, str], account: str = "0000000001") -> bytes:
    """The same as a BAI2 file, a group for each day, the trace in the text of each credit; empty bytes for none."""
    days: dict[date, list[Check]] = {}
    for check in checks:
        if check.amount:
            days.setdefault(check.day, []).append(check)
    if not days:
        return b""
    made, total = max(days), sum(cents(check.amount) for some in days.values() for check in some)
    lines = [f"01,SYNBANK,PRACTICE,{made:%y%m%d},0400,1,80,,2/"]
    for day, some in sorted(days.items()):
        lines += _group(day, some, payer_names, account)
    lines.append(f"99,{2 * total},{len(days)},{len(lines) + 1}/")
    return ("\n".join(lines) + "\n").encode()


def _group(day: date, checks: list[Check], payer_names: dict[str, str], account: str) -> list[str]:
    total = sum(cents(check.amount) for check in checks)
    lines = [f"02,PRACTICE,SYNBANK,1,{day:%y%m%d},,USD,2/", f"03,{account},USD,100,{total},{len(checks)},Z/"]
    for number, check in enumerate(checks, 1):
        kind, how = ("115", "LOCKBOX") if check.method == "CHK" else ("142", "HCCLAIMPMT")
        name = payer_names.get(check.payer_id, check.payer_id).replace("/", " ")
        lines += [f"16,{kind},{cents(check.amount)},Z,{day:%y%m%d}{number:04d},,{how} {name}",
                  f"88,TRN*1*{check.trace_number}*{check.originator}~"]  # fmt: skip
    return [*lines, f"49,{2 * total},{len(lines)}/", f"98,{2 * total},1,{len(lines) + 2}/"]
