"""A paper EOB typed into a form: what we sent stands there already, what the paper says goes beside it.

The form becomes the same text that `ptedi remits enter FILE` reads, so that one reader judges both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.money import ZERO, amount, usd
from ptedi.steps.night import Night
from ptedi.store import claims

STATUSES = {"1": "as primary", "2": "as secondary", "3": "as tertiary", "4": "denied", "22": "reversal"}
"""CLP02, as far as paper says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLine:
    """A line as it was sent."""

    number: int
    procedure: str
    modifiers: tuple[str, ...]
    day: date
    units: int
    charge: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SentClaim:
    """A claim of ours as the form shows it."""

    number: str
    payer: str
    member_id: str
    charge: Decimal
    lines: tuple[SentLine, ...]


def sent_claim(night: Night, number: str) -> SentClaim | None:
    """The claim with this number as it was sent; None when there is none."""
    with night.store.read() as conn:
        row = claims.by_control_number(conn, number)
        loaded = claims.load_all(conn, [row.id]) if row else {}
    if row is None:
        return None
    claim = loaded[row.id].claim
    return SentClaim(
        number=claim.patient_control_number, payer=claim.payer.name, member_id=claim.member_id, charge=claim.charge,
        lines=tuple(SentLine(number=one.number, procedure=one.procedure, modifiers=one.modifiers, day=one.service_date,
                             units=one.units, charge=one.charge) for one in claim.lines),
    )  # fmt: skip


def eob_text(several: Sequence[SentClaim], typed: Mapping[str, str]) -> str:
    """The form as JSON.

    `typed` has `trace`, `date`, `amount`, `method` and `payer`; of claim 0 `status_0` and `payer_claim_0`; of its line
    2 `paid_0_2`, `adjust_0_2` ("CO-45 40.00, PR-2 20.00") and `remarks_0_2`.
    """
    payment: dict[str, object] = {name: _said(typed, name) for name in ("trace", "date", "amount", "method", "payer")}
    payment["claim"] = [_claim(one, at, typed) for at, one in enumerate(several)]
    return json.dumps({"payment": [payment]}, indent=1)


def _claim(one: SentClaim, at: int, typed: Mapping[str, str]) -> dict[str, object]:
    paid = [_said(typed, f"paid_{at}_{line.number}") or "0.00" for line in one.lines]
    return {
        "claim": one.number, "status": _said(typed, f"status_{at}") or "1", "charge": _plain(one.charge),
        "paid": _sum(paid), "member": one.member_id, "payer_claim": _said(typed, f"payer_claim_{at}"),
        "line": [
            {"procedure": line.procedure, "modifiers": list(line.modifiers), "date": line.day.isoformat(),
             "units": str(line.units), "charge": _plain(line.charge), "paid": pays,
             "adjust": _several(_said(typed, f"adjust_{at}_{line.number}")),
             "remarks": _several(_said(typed, f"remarks_{at}_{line.number}"))}
            for line, pays in zip(one.lines, paid, strict=True)
        ],
    }  # fmt: skip


def _said(typed: Mapping[str, str], name: str) -> str:
    return typed.get(name, "").strip()


def _plain(amount: Decimal) -> str:
    return usd(amount).replace(",", "")


def _sum(typed: Sequence[str]) -> str:
    """What the lines come to; what is no amount is told by the reader, at its line."""
    try:
        total = sum((amount(one) for one in typed), ZERO)
    except ValueError:
        return "0.00"
    return _plain(total)


def _several(value: str) -> list[str]:
    return [one for one in (part.strip() for part in value.split(",")) if one]
