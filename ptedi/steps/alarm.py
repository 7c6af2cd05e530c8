"""A step of the night that failed or is late, told to a person: one work item per cause, closed by its success."""

from __future__ import annotations

from ptedi.steps.night import Night
from ptedi.store import work
from ptedi.store.work import NewWork, WorkKind

SUCCEEDED = "the step succeeded later"
_HOW = "Read logs/ptedi.log, mend the cause, clear the failed task: what is done is found done."
_PRIORITY = 1_000_000  # before any single claim: while the night stands still, every claim waits


def raise_alarm(night: Night, cause: str, sentence: str, *, how: str = _HOW, file_id: int | None = None,
                category: str = "") -> None:  # fmt: skip
    """Makes the work item of a cause, or opens it again.

    Args:
        night: the open workspace.
        cause: what failed, without patient data: the schedule's own names and the day, such as
            `claims_nightly/deliver_batches/2026-11-19`.
        sentence: what a person needs to know, without patient data.
        how: what to do about it.
        file_id: the file that it is about, if it is about one.
        category: what kind of trouble, where it is no step as a whole.
    """
    new = NewWork(key=_key(cause), kind=WorkKind.NIGHT, sentence=sentence, next_action="RUN_AGAIN", how=how,
                  priority=_PRIORITY, file_id=file_id, category=category)  # fmt: skip
    with night.store.begin() as conn:
        if not work.put(conn, new):
            work.reopen(conn, [new.key], SUCCEEDED)
            work.refresh(conn, [new])


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
