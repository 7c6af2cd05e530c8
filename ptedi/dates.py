"""Dates and times as X12 writes them, and the clock that tests can hold still."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime


def d8(text: str) -> date:
    """The date of a CCYYMMDD text.

    Raises:
        ValueError: not eight digits or no such day.
    """
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        raise ValueError("not a CCYYMMDD date")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def x12_date(day: date) -> str:
    """CCYYMMDD."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def now() -> datetime:
    """The current time in UTC; PTEDI_NOW (ISO 8601) holds it still, so that a night can be rebuilt byte for byte."""
    fixed = os.environ.get("PTEDI_NOW")
    if fixed:
        moment = datetime.fromisoformat(fixed)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.now(UTC)


def today() -> date:
    """The current day (UTC)."""
    return now().date()
