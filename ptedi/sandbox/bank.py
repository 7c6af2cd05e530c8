"""The bank's side of a run: one deposit per payment, as the bank's report for the day would list them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

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
