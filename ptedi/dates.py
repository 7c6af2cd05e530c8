"""Dates and times as X12 writes them, and the clock that tests can hold still."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_NO_PLACES = ("localtime", "posix", "posixrules", "right", "Factory")  # beside the zones in some systems' folders


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


def newest_day() -> date:
    """The last day that has begun anywhere: the clock of whoever wrote a file may be 14 hours ahead of UTC."""
    return (now().astimezone(UTC) + timedelta(hours=14)).date()


def now_in(zone: tzinfo) -> datetime:
    """The current time of a zone, with the hours that it is off UTC just now.

    What is kept of it says the same for ever, whatever becomes of the zone's summer time.
    """
    local = now().astimezone(zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta(0)))


def zone(name: str) -> tzinfo:
    """The time zone of an IANA name such as America/Denver, from the system's files or, without those, tzdata's.

    Raises:
        ValueError: there is none of that name; the sentence lists near ones.
    """
    try:
        if name.split("/", maxsplit=1)[0] not in _NO_PLACES:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last two: a folder, or another file beside the zones
        pass
    near = _near(name) or ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"]
    raise ValueError(f"{name} is no IANA time zone; near names: {', '.join(near)}")


def _near(name: str) -> list[str]:
    """At most three zones whose name, or the place in it, is spelt almost like this."""
    known: dict[str, list[str]] = {}
    for one in sorted(available_timezones() - set(_NO_PLACES)):
        for short in dict.fromkeys((one.casefold(), one.rpartition("/")[2].casefold())):
            known.setdefault(short, []).append(one)
    wanted = name.strip().casefold().replace(" ", "_")
    close = [one for short in get_close_matches(wanted, known, 3, 0.75) for one in known[short]]
    return list(dict.fromkeys(close))[:3]
