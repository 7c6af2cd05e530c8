"""Appeals that were sent: at which level, until when an answer is expected, how each ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, Row, delete, insert, select, update

from ptedi.store._sql import chunks
from ptedi.store.rework_tables import appeals


class Outcome(StrEnum):
    """How an appeal ended.

    Attributes:
        WAITING: no answer yet.
        OVERTURNED: the payer pays what it had denied; PARTLY a part of it; UPHELD nothing.
        WITHDRAWN: a person took it back; REPLACED: another letter of the same level went after it.
        OTHERWISE: the claim was corrected, written off or closed before an answer came.
    """

    WAITING = ""
    OVERTURNED = "overturned"
    PARTLY = "partly overturned"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    OTHERWISE = "otherwise settled"


LOST = (Outcome.UPHELD, Outcome.PARTLY)
"""After these the next level may be asked."""
REMITTANCE, LETTER, PERSON = "remittance", "letter", "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRow:
    """An appeal that was sent; `answered_by` is what told the outcome: remittance, letter or person."""

    rework_id: int
    claim_id: int
    level: int
    level_name: str
    sent_on: date
    due: date
    basis: str
    outcome: Outcome = Outcome.WAITING
    answered_by: str = ""
    answered_on: date | None = None


_C = appeals.c


def put(conn: Connection, new: AppealRow) -> None:
    """Records an appeal that goes out, in the place of the same letter's earlier one that was taken back."""
    conn.execute(delete(appeals).where(_C.rework_id == new.rework_id))
    conn.execute(insert(appeals).values({name: getattr(new, name) for name in AppealRow.__dataclass_fields__}))


def get(conn: Connection, rework_id: int) -> AppealRow | None:
    """The appeal that this letter was, None when it was not sent or is none."""
    row = conn.execute(select(appeals).where(_C.rework_id == rework_id)).first()
    return None if row is None else _row(row)


def waiting(conn: Connection) -> list[AppealRow]:
    """Those without an answer, the earliest expected first."""
    query = select(appeals).where(_C.outcome == Outcome.WAITING.value).order_by(_C.due, _C.rework_id)
    return [_row(row) for row in conn.execute(query)]


def lost(conn: Connection) -> list[AppealRow]:
    """Those that a payer's letter answered with no, or not with all, oldest first."""
    query = select(appeals).where(_C.outcome.in_([one.value for one in LOST]), _C.answered_by == LETTER)
    return [_row(row) for row in conn.execute(query.order_by(_C.rework_id))]


def list_appeals(conn: Connection) -> list[AppealRow]:
    """Every appeal ever sent, oldest letter first."""
    return [_row(row) for row in conn.execute(select(appeals).order_by(_C.rework_id))]


def of_claims(conn: Connection, claim_ids: Iterable[int]) -> dict[int, list[AppealRow]]:
    """The appeals of these claims in the order in which their letters were written."""
    found: dict[int, list[AppealRow]] = {}
    for some in chunks(sorted(set(claim_ids))):
        for row in conn.execute(select(appeals).where(_C.claim_id.in_(some)).order_by(_C.rework_id)):
            found.setdefault(row.claim_id, []).append(_row(row))
    return found


def close(conn: Connection, rework_id: int, outcome: Outcome, by: str, day: date) -> bool:
    """Ends an appeal; whether it was waited for."""
    where = (_C.rework_id == rework_id) & (_C.outcome == Outcome.WAITING.value)
    values = {"outcome": outcome.value, "answered_by": by, "answered_on": day}
    return bool(conn.execute(update(appeals).where(where).values(**values)).rowcount)


def reopen(conn: Connection, rework_id: int) -> bool:
    """Waits again for an answer that a person had told of a letter; whether there was one."""
    where = (_C.rework_id == rework_id) & (_C.answered_by == LETTER)
    values = {"outcome": Outcome.WAITING.value, "answered_by": "", "answered_on": None}
    return bool(conn.execute(update(appeals).where(where).values(**values)).rowcount)


def expect(conn: Connection, rework_id: int, due: date, basis: str) -> None:
    """Moves the day until which the answer is expected."""
    conn.execute(update(appeals).where(_C.rework_id == rework_id).values(due=due, basis=basis))


def _row(row: Row[tuple[object, ...]]) -> AppealRow:
    return AppealRow(**(row._asdict() | {"outcome": Outcome(row.outcome)}))
