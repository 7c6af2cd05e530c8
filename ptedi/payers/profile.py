"""Payer profiles: what one payer wants differently from the guide, each difference with its source and its dates.

`schemas/payers/<id>.toml` (JSON Schema: `payer.schema.json`):

    id = "medicare-part-b"              # the file's name; what charge files call the payer
    name = "MEDICARE PART B"            # 2010BB NM103
    payer_id = "00001"                  # 2010BB NM109 at the clearinghouse
    partner = "harbor"                  # the trading partner who carries its files
    filing_indicator = "MB"             # SBR09

    [[differs]]                         # later blocks win over earlier ones on the days they cover
    from = 2015-01-01                   # "to" may end it, both days included
    source = "Medicare Claims Processing Manual ch.5 20.2"
    verified = "yes"
    unit_rule = "CMS_TOTAL"

    [[differs]]
    from = 2026-01-01
    source = "contract"
    claim_per = "span"                  # one claim for the visits of a week; each visit has its own claim otherwise
    span_period = "week"                # or "month"
    supervised = ["unenrolled"]         # new staff goes under a supervising provider (2310D)

    [[enrolled]]                        # in a workspace's own copy: who of the practice may bill this payer, and when
    npi = "1555555550"
    from = 2024-01-01

A practice keeps its own or changed profiles in `payers/` of its workspace; a file there replaces the shipped one.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from ptedi.config import data_folder
from ptedi.errors import ConfigurationError
from ptedi.payers.rules import AppealLevel, ClaimPer, PayerRules, SpanPeriod, UnitRule
from ptedi.payers.settings import Table

__all__ = ["NAMES", "AppealLevel", "ClaimPer", "Difference", "Enrollment", "PayerProfile", "PayerRules", "Profiles",
           "SpanPeriod", "UnitRule", "load", "read"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One `[[differs]]` block: values, the days they hold, where they were read and whether anyone checked."""

    effective_from: date
    effective_to: date
    source: str
    verified: str
    values: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """A provider who may bill this payer from one day to another."""

    npi: str
    effective_from: date
    effective_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerProfile:
    """A payer: its names and its dated differences; `on(day)` is what holds on a day of service.

    Attributes:
        id: our id, the file's name and what charge files say.
        name: 2010BB NM103; payer_id: 2010BB NM109.
        partner: id of the trading partner.
        filing_indicator: SBR09.
        timeline: first days and the rules from each on.
    """

    id: str
    name: str
    payer_id: str
    partner: str
    filing_indicator: str
    differences: tuple[Difference, ...] = ()
    enrollments: tuple[Enrollment, ...] = ()
    timeline: tuple[tuple[date, ...], tuple[PayerRules, ...]] = ((), ())

    def on(self, day: date) -> PayerRules:
        """The rules in effect on a day."""
        days, rules = self.timeline
        return rules[bisect_right(days, day) - 1] if days else PayerRules()

    def enrolled(self, npi: str, day: date) -> bool:
        """Whether this provider was enrolled with the payer on a day."""
        return any(e.npi == npi and e.effective_from <= day <= e.effective_to for e in self.enrollments)

    def sources(self, day: date) -> dict[str, Difference]:
        """For each value that differs on a day, the block it comes from."""
        return {name: block for block in self.differences if block.effective_from <= day <= block.effective_to
                for name, _ in block.values}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profiles(Mapping[str, PayerProfile]):
    """The payers of a practice by id."""

    by_id: Mapping[str, PayerProfile]

    def __getitem__(self, key: str) -> PayerProfile:
        return self.by_id[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    @property
    def ids(self) -> frozenset[str]:
        """What charge files may call a payer."""
        return frozenset(self.by_id)


def load(folder: Path | None = None) -> Profiles:
    """The shipped profiles, each replaced by the file of the same name in `folder` (a workspace's `payers/`).

    Raises:
        ConfigurationError: a file cannot be read or says something no rule knows.
    """
    paths = {path.stem: path for path in sorted((data_folder("schemas") / "payers").glob("*.toml"))}
    if folder is not None and folder.is_dir():
        paths |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return Profiles({key: read(path) for key, path in sorted(paths.items())})


def read(path: Path) -> PayerProfile:
    """One profile.

    Raises:
        ConfigurationError: the file cannot be read or says something no rule knows.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigurationError(f"payer profile {path.name} cannot be read: {problem}") from None
    at = Table(document, path.name)
    at.only("id", "name", "payer_id", "partner", "filing_indicator", "differs", "enrolled")
    if at.text("id") != path.stem:
        raise at.wrong("id", f"must be the name of the file, {path.stem}")
    differences = tuple(_difference(block) for block in at.tables("differs"))
    return PayerProfile(
        id=path.stem, name=at.text("name", longest=60), payer_id=at.text("payer_id", longest=80),
        partner=at.text("partner"), filing_indicator=at.text("filing_indicator", longest=2),
        differences=differences, enrollments=tuple(_enrollment(row) for row in at.tables("enrolled")),
        timeline=_timeline(differences),
    )  # fmt: skip


def _timeline(differences: tuple[Difference, ...]) -> tuple[tuple[date, ...], tuple[PayerRules, ...]]:
    one = timedelta(days=1)
    ends = {d.effective_to + one for d in differences if d.effective_to < date.max}
    days = sorted({date.min} | {d.effective_from for d in differences} | ends)
    rules = []
    for day in days:
        values: dict[str, object] = {}
        for block in differences:
            if block.effective_from <= day <= block.effective_to:
                values.update(block.values)
        rules.append(replace(PayerRules(), **values))  # type: ignore[arg-type]
    return tuple(days), tuple(rules)


_ABOUT = ("from", "to", "source", "verified")
_PLAIN = PayerRules()
NAMES = tuple(field.name for field in fields(PayerRules))


def _difference(at: Table) -> Difference:
    at.only(*_ABOUT, *NAMES)
    first, last = at.day("from"), at.day_or_none("to") or date.max
    if last < first:
        raise at.wrong("to", "lies before from")
    values = tuple((name, _value(at, name)) for name in NAMES if name in at)
    if not values:
        raise at.wrong("", "changes nothing")
    return Difference(effective_from=first, effective_to=last, source=at.text("source"),
                      verified=at.text("verified", "no"), values=values)


def _value(at: Table, name: str) -> object:
    """The value of one rule, by the type of its default."""
    plain = getattr(_PLAIN, name)
    if name == "appeal_levels":
        return tuple(_level(one) for one in at.tables(name))
    if name == "instead":
        table = at.table(name)
        return tuple((code, table.text(code)) for code, _ in table.items())
    if isinstance(plain, StrEnum):
        known = type(plain)
        if at.text(name) not in list(known):
            raise at.wrong(name, f"must be one of {', '.join(known)}")
        return known(at.text(name))
    if isinstance(plain, bool):
        return at.flag(name)
    if isinstance(plain, int):
        if at.number(name) < 0:
            raise at.wrong(name, "cannot be negative")
        return at.number(name)
    return at.texts(name) if isinstance(plain, tuple) else at.text(name, "")


def _level(at: Table) -> AppealLevel:
    at.only("name", "file_days", "answer_days")
    level = AppealLevel(name=at.text("name", longest=40), file_days=at.number("file_days", 0),
                        answer_days=at.number("answer_days", 0))  # fmt: skip
    if level.file_days < 0 or level.answer_days < 0:
        raise at.wrong("", "days cannot be negative")
    return level


def _enrollment(at: Table) -> Enrollment:
    at.only("npi", "from", "to")
    return Enrollment(npi=at.text("npi"), effective_from=at.day("from"), effective_to=at.day_or_none("to") or date.max)
