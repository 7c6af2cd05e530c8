"""A workspace whose claims are delivered and not answered, and what tests ask of it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.equation import total
from ptedi.sandbox import practice
from ptedi.steps import inbound
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, scrub_claims
from ptedi.store import events, files, postings, work
from ptedi.store.book_tables import deposits as deposits_table
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from tests.steps.conftest import DAY

__all__ = ["books", "copy", "deposits_table", "made", "make", "open_night", "open_work", "post", "states", "take",
           "whole"]  # fmt: skip


@cache
def made(visits: int = 14) -> Path:
    """Such a workspace, made once a process: copy it, never write to it."""
    root = Path(tempfile.mkdtemp(prefix="ptedi-sent-")) / "practice"
    atexit.register(shutil.rmtree, root.parent, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")
        make_workspace(root, practice.settings())
        for name, data in practice.charges(3, DAY, visits=visits, bad_rows=False).items():
            (root / "inbox" / name).write_bytes(data)
        with open_night(root) as night:
            extract_charges(night)
            code_visits(night, DAY)
            scrub_claims(night, DAY)
            build_batches(night, DAY)
            deliver_batches(night)
    return root


def make(root: Path, visits: int = 14) -> Path:
    """A copy of such a workspace."""
    return Path(shutil.copytree(made(visits), root))


@contextmanager
def copy(template: Path, to: Path) -> Iterator[Night]:
    with open_night(shutil.copytree(template, to)) as night:
        yield night


def take(night: Night, *contents: bytes) -> list[int]:
    """Drops files into the inbox, collects them, returns their ids in the order given."""
    for number, data in enumerate(contents):
        (night.workspace.root / "inbox" / f"in{number:03d}.835").write_bytes(data)
    inbound.collect_inbound(night)
    with night.store.read() as conn:
        stored = {files.read_bytes(night.archive, f): f.id for f in files.list_files(conn, direction="in")}
    return [stored[data] for data in contents]


def post(night: Night, *contents: bytes) -> list[inbound.Posted]:
    done = [inbound.post_remittances(night, number) for number in take(night, *contents)]
    inbound.route_denials(night)
    return done


def books(night: Night) -> dict[int, dict[Kind, Decimal]]:
    """The balances of each claim by column, without those that are zero."""
    with night.store.read() as conn:
        return {claim: {kind: total(b, kind) for kind in Kind if total(b, kind)}
                for claim, b in postings.balances_of_claims(conn).items()}  # fmt: skip


def whole(night: Night) -> dict[Account, Decimal]:
    """The balance of each account, without those that are zero; every entry sums to zero."""
    with night.store.read() as conn:
        assert postings.unbalanced(conn) == []
        found = {account: amount for account, amount in postings.balances(conn).items() if amount}
    assert sum(found.values()) == 0
    return found


def states(night: Night) -> dict[int, State]:
    with night.store.read() as conn:
        return events.current_states(conn)


def open_work(night: Night, *kinds: WorkKind) -> list[tuple[object, ...]]:
    """What waits for a person: kind, claim, line, reason, cents."""
    with night.store.read() as conn:
        return sorted((i.kind.value, i.claim_id or 0, i.line or 0, i.adjustment_reason, i.amount_cents)
                      for i in work.list_work(conn, kinds=kinds))  # fmt: skip
