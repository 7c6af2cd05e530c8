"""The sub-ledger of provider-level amounts (PLB): what each payer announced to take back, took, or carried forward.

Kept per payer, payee and reference.  A negative amount opens (the payer added money now and will take it back: WO, 72,
or moved a negative check forward: FB), a positive one closes (it took the money).  Taken without an announcement is
shown as such: a letter may have come, or the money is not ours to give.  What neither opens nor closes (interest,
penalties, withheld taxes) is counted by its reason.  Source: X12 RFI 222, 227, 738, 1385, 1756, 2231.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Family(StrEnum):
    """How a reason code behaves."""

    RECOUPMENT = "recoupment"
    FORWARD = "forward balance"
    OTHER = "other"


class Standing(StrEnum):
    """Where a reference is."""

    OPEN = "open"
    CLOSED = "closed"
    UNANNOUNCED = "taken without notice"
    COUNTED = "counted"


_FAMILY = {"WO": Family.RECOUPMENT, "WU": Family.RECOUPMENT, "72": Family.RECOUPMENT, "FB": Family.FORWARD}


def family(reason: str) -> Family:
    """The family of a PLB reason code; J1, CS, L6, AP, 50 and the like only count."""
    return _FAMILY.get(reason, Family.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One provider-level amount in the ledger: positive was taken from us; `running` is the balance after it.

    The running balance is what the payer still means to take from this payee over all its references.  `payer` is the
    sender's number of its checks (TRN03), or its name where it states none; `payer_name` what it calls itself.
    """

    payer: str
    payee: str
    day: date
    payment_id: int
    trace: str
    reason: str
    reference: str
    cents: int
    running: int = 0
    payer_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """All movements under one reference of one payer and payee.

    `balance` is what is announced and not taken (negative: taken and not announced).
    """

    payer: str
    payee: str
    family: Family
    reference: str
    reasons: tuple[str, ...]
    opened: int
    closed: int
    standing: Standing
    since: date
    movements: tuple[Movement, ...]
    claims: tuple[str, ...] = ()
    payer_name: str = ""

    @property
    def balance(self) -> int:
        """Announced less taken, in cents."""
        return self.opened - self.closed


def running(movements: Iterable[Movement]) -> list[Movement]:
    """The movements in the order of their days with the running balance of each payer and payee."""
    sums: dict[tuple[str, str], int] = {}
    found = []
    for one in sorted(movements, key=lambda m: (m.day, m.payment_id, m.reason, m.reference)):
        key = one.payer, one.payee
        sums[key] = sums.get(key, 0) - (one.cents if family(one.reason) is not Family.OTHER else 0)
        found.append(replace(one, running=sums[key]))
    return found


def packed(claims: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """References that say another one together with more (X12 RFI 2370: CLP01, CLP07, TRN02), each with that one.

    Args:
        claims: the claims that each reference names.  Both name the same, else it is chance that one is in the other.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for reference, names in claims.items():
        if names:
            alike.setdefault(tuple(sorted(names)), []).append(reference)
    return {
        reference: min((one for one in several if one in reference), key=lambda one: (len(one), one))
        for several in alike.values() for reference in several
    }


def references(movements: Iterable[Movement], known_as: Mapping[str, str] | None = None) -> list[Reference]:
    """The movements by payer, payee, family and reference (what only counts: by reason), oldest first.

    `known_as` names references that are another one packed with more (`packed`): they are told as that one.
    """
    known = known_as or {}
    groups: dict[tuple[str, str, Family, str], list[Movement]] = {}
    for one in running(movements):
        kind = family(one.reason)
        name = one.reason if kind is Family.OTHER else known.get(one.reference, one.reference)
        groups.setdefault((one.payer, one.payee, kind, name), []).append(one)
    return [_reference(key, several) for key, several in groups.items()]


def _reference(key: tuple[str, str, Family, str], several: list[Movement]) -> Reference:
    payer, payee, kind, name = key
    opened = -sum(m.cents for m in several if m.cents < 0)
    closed = sum(m.cents for m in several if m.cents > 0)
    standing = Standing.OPEN if opened > closed else Standing.CLOSED if opened == closed else Standing.UNANNOUNCED
    if kind is Family.OTHER:
        standing, name = Standing.COUNTED, ""
    return Reference(payer=payer, payee=payee, family=kind, reference=name,
                     reasons=tuple(dict.fromkeys(m.reason for m in several)), opened=opened, closed=closed,
                     standing=standing, since=several[0].day, movements=tuple(several),
                     payer_name=several[-1].payer_name)  # fmt: skip
