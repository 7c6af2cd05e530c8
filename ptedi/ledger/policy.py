"""What may be posted without a person: group + CARC + payer -> treatment, from schemas/codes/posting_policy.csv.

The default is to hold: an amount that no row names stays in the receivable and waits for a person.  It is never
written off and never billed to the patient.

The reason `23+` is no CARC: it says what happens when a later payer restates more (OA-23) than the payers before did.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from ptedi.config import data_folder
from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account, Kind


class Action(StrEnum):
    """What happens to an adjusted amount."""

    POST = "post"
    PATIENT = "patient"
    HOLD = "hold"
    PRIOR = "prior"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """How an adjustment is posted: the action, the account it debits, and the row's words.

    `prior` is the effect of an earlier payer (OA-23): it is already in our books and is not posted again.
    """

    action: Action
    account: Account
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of the policy; `*` in group, reason or payer means any."""

    group: str
    reason: str
    payer: str
    treatment: Treatment
    effective_from: date
    effective_to: date | None

    def holds(self, group: str, reason: str, payer: str, on: date) -> bool:
        """Whether the row speaks of this adjustment on this day."""
        return (
            self.group in ("*", group) and self.reason in ("*", reason) and self.payer in ("*", payer)
            and self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
        )  # fmt: skip

    @property
    def rank(self) -> tuple[bool, bool, bool, date]:
        """A row that names more wins; among equals the newest."""
        return self.payer != "*", self.reason != "*", self.group != "*", self.effective_from


OVERSTATED = "23+"
_REMEMBERED = 10_000  # answers; remittances ask for the same few again and again
HELD = Treatment(action=Action.HOLD, account=Account.DENIED, why="not named in the posting policy: waits for a person")


@dataclass(frozen=True, slots=True)
class Policy:
    """All rows; `treat` answers for one adjustment."""

    rules: tuple[Rule, ...]
    _answers: dict[tuple[str, str, str, date], Treatment] = field(
        default_factory=dict, init=False, repr=False, compare=False)  # fmt: skip

    def treat(self, group: str, reason: str, payer: str, on: date) -> Treatment:
        """How an adjustment of a payer (our payer id) is posted on a date of service; held unless a row says more."""
        asked = (group, reason, payer, on)
        known = self._answers.get(asked)
        if known is None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            known = self._answers[asked] = self._decide(*asked)
        return known

    def _decide(self, group: str, reason: str, payer: str, on: date) -> Treatment:
        found = [rule for rule in self.rules if rule.holds(group, reason, payer, on)]
        return max(found, key=lambda rule: rule.rank).treatment if found else HELD


def _rule(row: dict[str, str], number: int) -> Rule:
    try:
        action = Action(row["action"])
        account = Account(row["account"]) if row["account"] else Account.DENIED
        rule = Rule(
            group=row["group"], reason=row["reason"], payer=row["payer"],
            treatment=Treatment(action=action, account=account, why=row["why"]),
            effective_from=date.fromisoformat(row["effective_from"]),
            effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
        )  # fmt: skip
    except (KeyError, ValueError) as problem:
        raise ConfigurationError(f"posting_policy.csv row {number}: {problem}") from None
    _agree(rule, number)
    return rule


def _agree(rule: Rule, number: int) -> None:
    """Refuses rows that would lose money: a denial on the patient's bill, a write-off of everything of a group."""
    kind, action = rule.treatment.account.kind, rule.treatment.action
    wanted = {Action.POST: Kind.ADJUSTMENT, Action.PATIENT: Kind.PATIENT}.get(action, Kind.PAYER)
    if kind is not wanted:
        raise ConfigurationError(f"posting_policy.csv row {number}: {action} cannot post to {rule.treatment.account}")
    if action is not Action.HOLD and rule.reason == "*":
        raise ConfigurationError(f"posting_policy.csv row {number}: only hold may cover every reason")


def read(path: Path) -> Policy:
    """Reads a policy file.

    Raises:
        ConfigurationError: a row is malformed or would lose money.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return Policy(tuple(_rule(row, n) for n, row in enumerate(csv.DictReader(file), start=2)))


@cache
def standard() -> Policy:
    """The policy that comes with ptedi."""
    return read(data_folder("schemas") / "codes" / "posting_policy.csv")
