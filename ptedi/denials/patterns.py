"""What a payer refuses again and again, as a rule for its profile: drafted here, approved by a person.

`schemas/codes/denial_rules.csv` says which rule of a payer profile a reason points to.  A refusal counts only where the
claim lacked what the rule asks for, and a rule is drafted only where the profile does not have it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from ptedi.claims.model import Claim, ServiceLine
from ptedi.config import data_folder
from ptedi.findings import counted
from ptedi.money import ZERO, usd
from ptedi.payers.profile import PayerProfile
from ptedi.payers.rules import PayerRules

_DISCIPLINE = frozenset({"GP", "GO", "GN"})
_ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A denied line (or claim) or a rejected claim.

    Attributes:
        code: `CO-197`, or `A7:252:1P` of a 277CA.
        reason: what the table calls it: `197`, or `status 252`.
        line: the refused line, None for the whole claim.
    """

    claim_id: int
    payer_id: str
    service_date: date
    code: str
    reason: str
    remarks: frozenset[str]
    amount: Decimal
    claim: Claim
    line: ServiceLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table: what is said of which procedure points to which value of which rule."""

    said: str
    remark: str
    procedure: str
    rule: str
    value: str
    why: str

    def value_for(self, one: Refusal) -> str | None:
        """The value that the rule would have had to have, None when the row does not speak of the refusal."""
        procedure = one.line.procedure if one.line else ""
        if self.said != one.reason or (self.remark and self.remark not in one.remarks):
            return None
        if self.procedure not in ("", _ANY, procedure) or (self.procedure and not procedure):
            return None
        return (f"{procedure}={self.value}" if self.rule == "instead" else procedure) if self.procedure else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """A rule that a payer's profile does not have and its refusals call for.

    `value` is `true`, a procedure, or `97014=G0283`; `toml` the block for the payer's file, which changes nothing
    before the first service date that was refused.
    """

    payer_id: str
    rule: str
    value: str
    why: str
    codes: tuple[str, ...]
    claims: int
    amount: Decimal
    first: date
    last: date
    toml: str

    @property
    def sentence(self) -> str:
        """Who refuses what how often."""
        said = f"{self.value}: " if self.value != "true" else ""
        return (f"{self.payer_id} refused {counted(self.claims, 'claim')} with {', '.join(self.codes)}, service dates "
                f"{self.first} to {self.last}, {usd(self.amount)}: {said}{self.why}.")  # fmt: skip


@cache
def standard() -> tuple[Row, ...]:
    """The table that comes with ptedi."""
    with (data_folder("schemas") / "codes" / "denial_rules.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Row(said=c["said"], remark=c["remark"], procedure=c["procedure"], rule=c["rule"], value=c["value"],
                         why=c["why"]) for c in csv.DictReader(file))  # fmt: skip


def drafts(
    refusals: Iterable[Refusal], profiles: Mapping[str, PayerProfile], at_least: int, rows: Iterable[Row] | None = None
) -> list[RuleDraft]:  # fmt: skip
    """The rules that at least so many claims call for, by payer and rule."""
    found: dict[tuple[str, str, str], tuple[Row, list[Refusal]]] = {}
    known = tuple(standard() if rows is None else rows)
    for one in refusals:
        for row in known:
            value = row.value_for(one)
            if value is not None and _lacking(row.rule, one):
                found.setdefault((one.payer_id, row.rule, value), (row, []))[1].append(one)
    return list(_drafted(found, profiles, at_least))


def _drafted(
    found: Mapping[tuple[str, str, str], tuple[Row, list[Refusal]]], profiles: Mapping[str, PayerProfile], at_least: int
) -> Iterator[RuleDraft]:  # fmt: skip
    for (payer_id, rule, value), (row, several) in sorted(found.items(), key=lambda item: item[0]):
        numbers = {one.claim_id for one in several}
        if len(numbers) < at_least or payer_id not in profiles:
            continue
        days = [one.service_date for one in several]
        content = _content(profiles[payer_id].on(max(days)), rule, value)
        if content is None:
            continue
        codes = tuple(sorted({one.code for one in several}))
        amounts = {(one.claim_id, one.line and one.line.number): one.amount for one in several}
        source = f"{' '.join(codes)} on {counted(len(numbers), 'claim')}, service dates {min(days)} to {max(days)}"
        yield RuleDraft(
            payer_id=payer_id, rule=rule, value=value, why=row.why, codes=codes, claims=len(numbers),
            amount=sum(amounts.values(), ZERO), first=min(days), last=max(days),
            toml=f'[[differs]]\nfrom = {min(days)}\nsource = {json.dumps(source)}\nverified = "practice"\n{content}\n',
        )  # fmt: skip


def _content(now: PayerRules, rule: str, value: str) -> str | None:
    """The rule as a line of TOML with what holds already kept, None when the profile says it already."""
    held = getattr(now, rule)
    if isinstance(held, bool):
        return None if held else f"{rule} = true"
    if rule == "instead":
        old, _, new = value.partition("=")
        pairs = dict(held)
        if old in pairs:
            return None
        return f"{rule} = {{ {', '.join(f'{key} = {json.dumps(text)}' for key, text in {**pairs, old: new}.items())} }}"
    return None if value in held else f"{rule} = {json.dumps([*held, value])}"


def _lacking(rule: str, one: Refusal) -> bool:
    """Whether the claim lacked what the rule asks for: then the rule would have stopped it."""
    lacks = _LACKS.get(rule)
    return lacks is None or lacks(one)


def _without_discipline(one: Refusal) -> bool:
    lines = (one.line,) if one.line else one.claim.lines
    return any(not _DISCIPLINE & set(line.modifiers) for line in lines)


_LACKS: dict[str, Callable[[Refusal], bool]] = {
    "authorization_required": lambda one: not one.claim.prior_authorization,
    "referring_required": lambda one: one.claim.referring is None,
    "therapy_modifier": _without_discipline,
}
