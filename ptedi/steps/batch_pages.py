"""Batches page by page, however many there are and however many claims one has: for lists that people turn over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ptedi.money import from_cents
from ptedi.steps.batch_view import BatchAnswer, BatchHead, BatchReport, answers_of, heads, reports_of
from ptedi.steps.hold_back import HeldBack, NextNight, hold_back, let_go, next_night
from ptedi.steps.night import Night
from ptedi.steps.resend import Resent, bystanders, resend
from ptedi.steps.settle import Fate, fates, settle
from ptedi.store import batch_rows, batches, files
from ptedi.store.batch_rows import Member, WantedBatches
from ptedi.store.batches import Outbox

__all__ = [
    "BatchLook", "BatchPage", "Fate", "HeldBack", "Member", "NextNight", "Outbox", "Resent", "WantedBatches",
    "batch_file", "batch_look", "batch_page", "bystanders", "fates", "hold_back", "let_go", "lost", "next_night",
    "resend", "settle",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """Some batches, newest first, and how many and how much all that were asked for are."""

    heads: tuple[BatchHead, ...]
    total: int
    charge: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLook:
    """One batch with its answers and some of its claims; `total` counts all claims in the states asked for."""

    head: BatchHead
    file_id: int
    answers: tuple[BatchAnswer, ...]
    reports: tuple[BatchReport, ...]
    claims: tuple[Member, ...]
    total: int


def batch_page(night: Night, wanted: WantedBatches, *, limit: int, offset: int = 0) -> BatchPage:
    """One page of batches."""
    with night.store.read() as conn:
        total, cents = batch_rows.total(conn, wanted)
        found = heads(conn, batch_rows.page(conn, wanted, limit, offset))
    return BatchPage(heads=tuple(found), total=total, charge=from_cents(cents))


def batch_look(night: Night, batch_id: int, *, states: Sequence[str] = (), limit: int, offset: int = 0,
               ) -> BatchLook | None:  # fmt: skip
    """One batch with one page of its claims; None when there is no such batch."""
    with night.store.read() as conn:
        row = batches.find(conn, batch_id)
        if row is None:
            return None
        return BatchLook(
            head=heads(conn, [row])[0], file_id=row.file_id, answers=answers_of(conn, row),
            reports=reports_of(conn, batch_id),
            claims=tuple(batch_rows.members(conn, batch_id, states, limit, offset)),
            total=batch_rows.count_members(conn, batch_id, states),
        )  # fmt: skip


def lost(night: Night) -> list[BatchHead]:
    """Batches that nobody delivers: built for a partner that ptedi.toml does not have (any more)."""
    with night.store.read() as conn:
        here = batches.list_batches(conn, states=(Outbox.BUILT, Outbox.SENDING, Outbox.UNKNOWN, Outbox.FAILED))
        return heads(conn, [one for one in here if one.partner_id not in night.partners])


def batch_file(night: Night, batch_id: int) -> tuple[str, bytes] | None:
    """The archived 837P of a batch with the name it went out under; None when there is no such batch."""
    with night.store.read() as conn:
        row = batches.find(conn, batch_id)
        return None if row is None else (row.file_name, files.read_bytes(night.archive, files.get(conn, row.file_id)))
