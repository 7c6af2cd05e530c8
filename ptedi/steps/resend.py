"""A file that was refused whole: its claims go again as they are, under numbers of their own, with the next night.

A claim that the refusal names waits for its correction (`steps.rework`).  Those that went down with it, and all of a
file that nobody looked into, have nothing wrong with them.  Each goes the way of a corrected claim with nothing
corrected: frequency 1, scrubbed again, the old one superseded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ptedi.errors import ConfigurationError
from ptedi.findings import counted
from ptedi.steps.faults import point
from ptedi.steps.next_payer import bill_again
from ptedi.steps.night import Night
from ptedi.steps.refused import find
from ptedi.steps.rework import send_again
from ptedi.steps.rulebook import Rulebook
from ptedi.store import Connection, batch_rows, batches, claims, coordination, events, work
from ptedi.store.batches import BatchRow
from ptedi.store.claims import ClaimRow
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import State, is_contradicted

_PIECE = 100  # claims sent again in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """What became of a refused batch.

    Attributes:
        again: old and new number of each claim that goes again with the next night.
        named: claims that the refusal names: corrected one by one.
        stopped: claims that cannot go as they are, with the reason.
        charge_cents: what goes again.
    """

    batch_id: int
    again: tuple[tuple[str, str], ...]
    named: tuple[str, ...]
    stopped: tuple[tuple[str, str], ...]
    charge_cents: int


def resend(night: Night, batch_id: int, person: str, reason: str, *, not_taken: bool = False,
           look_only: bool = False) -> Resent:  # fmt: skip
    """Makes the refused claims of a batch ready again; run again it goes on where it stopped.

    Args:
        night: the workspace.
        batch_id: the batch that was refused.
        person: who decides.
        reason: why they may go again, kept with each claim.
        not_taken: the partner was asked and has no earlier copy; needed where it says that the file came before.
        look_only: only says what would happen.

    Raises:
        ConfigurationError: there is no such batch, nothing of it was refused, or an earlier copy may have been taken or
            went on by another answer.
    """
    night.use_tables()
    with night.store.read() as conn:
        row = batches.find(conn, batch_id)
        if row is None:
            raise ConfigurationError(f"there is no batch {batch_id}", hint="`ptedi batch list` has them all")
        refused, named = _refused(conn, row)
        items = _items(conn, row)
        gone_on = sum(map(is_contradicted, batch_rows.answered(conn, [one.id for one in refused]).values()))
    if not refused and not named:
        raise ConfigurationError(f"no claim of batch {batch_id} is rejected",
                                 hint=f"`ptedi batch show {batch_id}` shows where they are")  # fmt: skip
    if not not_taken and any(item.reworkable == "conditional" for item in items):
        raise ConfigurationError(f"the partner says that it had the file of batch {batch_id} before: {items[0].cited}",
                                 hint="ask whether the first copy was taken; if not, repeat with --not-taken")
    if gone_on and not not_taken:
        claims_of = f"{counted(gone_on, 'claim')} of batch {batch_id}"
        raise ConfigurationError(f"{claims_of} went on by another answer (999, 277CA) that says the contrary",
                                 hint="ask the partner which one holds; if it has none, repeat with --not-taken")
    done: list[tuple[str, str]] = []
    stopped: list[tuple[str, str]] = []
    if look_only:
        done = [(one.patient_control_number, "") for one in refused]
    else:
        with night.store.exclusive("code"), night.store.exclusive("post"):
            rules = Rulebook.of(night)
            for start in range(0, len(refused), _PIECE):
                some = refused[start : start + _PIECE]
                _piece(night, some, rules, person, reason, done, stopped, not_taken=not_taken)
        with night.store.begin() as conn:
            _close(conn, row, person, len(done))
    charges = {one.patient_control_number: one.charge_cents for one in refused}
    return Resent(batch_id=batch_id, again=tuple(done), named=tuple(one.patient_control_number for one in named),
                  stopped=tuple(stopped), charge_cents=sum(charges[old] for old, _ in done))  # fmt: skip


def bystanders(night: Night, batch_id: int) -> int:
    """How many rejected claims of a batch only went down with it and can go again as they are."""
    with night.store.read() as conn:
        row = batches.find(conn, batch_id)
        return 0 if row is None else len(_refused(conn, row)[0])


def _refused(conn: Connection, row: BatchRow) -> tuple[list[ClaimRow], list[ClaimRow]]:
    """The rejected claims of a batch: those that only went down with it, and those that are named at fault."""
    ids = [one.claim_id for one in batches.claims_of(conn, row.id)]
    states = events.current_states(conn, ids)
    rejected = [one for one in ids if states[one] is State.REJECTED]
    own = {item.claim_id for item in work.list_work(conn, kinds=[WorkKind.REJECTION], claim_ids=rejected)}
    rows = claims.get_all(conn, rejected)
    return [rows[one] for one in rejected if one not in own], [rows[one] for one in rejected if one in own]


def _items(conn: Connection, row: BatchRow) -> list[WorkItem]:
    """What waits of the batch as a whole."""
    found = work.list_work(conn, kinds=[WorkKind.REJECTION])
    return [item for item in found if item.key.startswith(f"batch:{row.id}:")]


def _piece(
    night: Night, several: Sequence[ClaimRow], rules: Rulebook, person: str, reason: str,
    done: list[tuple[str, str]], stopped: list[tuple[str, str]], *, not_taken: bool,
) -> None:  # fmt: skip
    made: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    with night.store.begin() as conn:
        ids = [row.id for row in several]
        events.lock(conn, ids)
        answers = {} if not_taken else batch_rows.answered(conn, ids)  # looked at again: others apply what comes in
        later = coordination.later(conn)
        for row in several:
            old = row.patient_control_number
            try:
                if is_contradicted(answers.get(row.id, ())):
                    raise ConfigurationError("another answer took it meanwhile: ask the partner which one holds")
                if row.id in later:
                    made.append((old, bill_again(night, conn, row, person, reason)))
                else:
                    case = find(night, conn, old, {State.REJECTED})
                    made.append((old, send_again(night, conn, case, rules, person, reason)))
            except ConfigurationError as problem:
                refused.append((old, str(problem)))
        point("resend.piece")
    point("resend.piece kept")
    done += made
    stopped += refused


def _close(conn: Connection, row: BatchRow, person: str, count: int) -> None:
    """Closes what waits of the batch as a whole, when no claim of it waits without an item of its own."""
    left, _ = _refused(conn, row)
    if not left:
        sent = f"{person}: {counted(count, 'claim')} go again"
        work.resolve(conn, [item.id for item in _items(conn, row)], sent, person)
