"""What the edits prevented: claims held before they left by an edit whose finding payers answer with a denial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.denials import table
from ptedi.edits import EDITS
from ptedi.money import from_cents
from ptedi.steps.night import Night
from ptedi.store import prevention
from ptedi.store.prevention import HeldClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevented:
    """What one edit held: claims and their charges, and what was paid on their visits since.

    `denials` are the reasons (CARC) that payers give for what it finds.
    """

    edit: str
    title: str
    denials: tuple[str, ...]
    claims: int
    amount: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevention:
    """All edits together; a claim that several edits held counts once here, and once with each of them."""

    claims: int
    amount: Decimal
    paid: Decimal
    edits: tuple[Prevented, ...]


def prevented(night: Night, first: date, last: date) -> Prevention:
    """What was held on these days by edits that stand for denials; charges, not what a payer would have paid."""
    stands_for = _stands_for(table.of_workspace(night.workspace.root))
    with night.store.read() as conn:
        held = prevention.holds(conn, first, last)
        paid = prevention.paid_on(conn, {one.visit_id for one in held})
    by_edit: dict[str, dict[int, HeldClaim]] = {}
    for one in held:
        for code in one.codes:
            if code in stands_for:
                by_edit.setdefault(code, {})[one.claim_id] = one
    rows = [Prevented(edit=code, title=EDITS[code].rule.title, denials=stands_for[code], claims=len(found),
                      amount=_charges(found.values()), paid=_paid(found.values(), paid))
            for code, found in by_edit.items()]  # fmt: skip
    everything = {number: one for found in by_edit.values() for number, one in found.items()}.values()
    return Prevention(claims=len(everything), amount=_charges(everything), paid=_paid(everything, paid),
                      edits=tuple(sorted(rows, key=lambda row: (-row.amount, row.edit))))  # fmt: skip


def _stands_for(rows: table.Rows) -> dict[str, tuple[str, ...]]:
    """The reasons that each edit stops; edits that only warn hold nothing."""
    found: dict[str, set[str]] = {}
    for reason, several in rows.items():
        for code in (code for row in several for code in row.denial.edits if EDITS[code].rule.severity.stops):
            found.setdefault(code, set()).add(reason)
    return {code: tuple(sorted(reasons)) for code, reasons in found.items()}


def _charges(several: Iterable[HeldClaim]) -> Decimal:
    return from_cents(sum(one.charge_cents for one in several))


def _paid(several: Iterable[HeldClaim], paid: Mapping[str, int]) -> Decimal:
    """Each visit once, however many of its claims were held."""
    return from_cents(sum(paid.get(visit, 0) for visit in {one.visit_id for one in several}))
