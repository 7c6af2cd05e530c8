"""A step of the night that failed or is late, told to a person: one work item per cause, closed by its success."""

from __future__ import annotations

from ptedi.steps.night import Night
from ptedi.store import work
from ptedi.store.work import NewWork, WorkKind

SUCCEEDED = "the step succeeded later"
_PRIORITY = 1_000_000  # before any single claim: while the night stands still, every claim waits


def raise_alarm(night: Night, cause: str, sentence: str) -> None:
    """Makes the work item of a cause, or opens it again.

    Args:
        night: the open workspace.
        cause: what failed, without patient data: the schedule's own names and the day, such as
            `claims_nightly/deliver_batches/2026-11-19`.
        sentence: what a person needs to know, without patient data.
    """
    key = _key(cause)
    with night.store.begin() as conn:
        work.put(conn, NewWork(key=key, kind=WorkKind.NIGHT, sentence=sentence, next_action="RUN_AGAIN",
                               how="Read logs/ptedi.log, mend the cause, clear the failed task: what is done is "
                                   "found done.", priority=_PRIORITY))  # fmt: skip
        work.reopen(conn, [key], SUCCEEDED)


def settle_alarm(night: Night, cause: str) -> bool:
    """Closes the work item of a cause, if one is open; whether one was."""
    with night.store.read() as conn:
        waiting = [item.id for item in work.list_work(conn, kinds=[WorkKind.NIGHT]) if item.key == _key(cause)]
    if not waiting:
        return False
    with night.store.begin() as conn:
        return bool(work.resolve(conn, waiting, SUCCEEDED))


def _key(cause: str) -> str:
    return f"night:{cause}"
