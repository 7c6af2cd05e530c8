"""What the synthetic practice keeps beside its claims: authorizations as payers gave them, progress reports written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from ptedi.sandbox import people, visits
from ptedi.sandbox.people import Patient

_LASTS = timedelta(days=90)
_REPORT = timedelta(days=28)
_LATE, _NARROW, _SHORT = 47, 53, 9
"""Every so manieth patient's authorization ended early, names few procedures, or is for few visits."""


def files(seed: int, days: Sequence[tuple[date, int]]) -> dict[str, bytes]:
    """The records of the patients seen on some days, each with its number of visits, by file name."""
    pool = people.patients(seed, people.enough_for(max((count for _, count in days), default=0)))
    seen = {who.id: (who, day) for day, count in days for who in visits.seen(seed, day, pool, count)}
    return {"authorizations.csv": _authorizations(seed, seen.values()), "progress_reports.csv": _reports(seen.values())}


def _authorizations(seed: int, seen: Iterable[tuple[Patient, date]]) -> bytes:
    rows = [["number", "patient_id", "payer", "visits", "from", "to", "procedures"]]
    for who, day in seen:
        number = next((row.get("authorization", "") for row in visits.rows(seed, day, who)), "")
        if number:
            rows.append([number, who.id, who.payer, *_granted(who, day)])
    return _written(rows)


def _granted(who: Patient, day: date) -> tuple[str, str, str, str]:
    start, _ = who.episode(day)
    last = start + _LASTS
    if who.number % _LATE == 0:
        last = day - timedelta(days=2)
    few = "97161 97162 97163 97110" if who.number % _NARROW == 0 else ""
    return "1" if who.number % _SHORT == 0 else "16", f"{min(start, last)}", f"{last}", few


def _reports(seen: Iterable[tuple[Patient, date]]) -> bytes:
    rows = [["patient_id", "date"]]
    for who, day in seen:
        start, _ = who.episode(day)
        if start + _REPORT <= day:
            rows.append([who.id, f"{start + _REPORT}"])
    return _written(rows)


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
