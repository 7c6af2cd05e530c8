"""Claims that may rest: decided by their payer, and nothing of them waits for anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from ptedi.ledger.accounts import Account, Kind
from ptedi.store import coordination, postings
from ptedi.store._sql import among, chunks
from ptedi.store.appeals import Outcome
from ptedi.store.coordination import Step
from ptedi.store.rework_tables import appeals, reworks
from ptedi.store.reworks import ReworkState
from ptedi.store.tables import claim_states, coordinations, work_items
from ptedi.store.work import RESOLVED
from ptedi.submissions.status import SETTLED, State

_ON_ITS_WAY = (Step.WAITING, Step.CROSSED, Step.ASKED, Step.BILLED)
_PIECE = 1_000


def resting(conn: Connection, until: datetime | None, claim_ids: Iterable[int] | None = None) -> list[int]:
    """Claims of which nothing was heard since then (None: ever) or waits and no payer owes anything, by claim.

    What a later payer's claim asks for stands on the first one's account, so that account is looked at.
    """
    s = claim_states.c
    mine = [s.state_after.in_([state.value for state in SETTLED]), ~_waits(), ~_goes_on()]
    mine += [] if until is None else [s.at <= until]
    query = select(s.claim_id).where(*mine).order_by(s.claim_id)
    pieces = [[]] if claim_ids is None else list(chunks(sorted(set(claim_ids))))
    found: list[int] = []
    for some in pieces:
        asked = query if claim_ids is None else query.where(among(conn, s.claim_id, some))
        found += [int(one) for one in conn.execute(asked).scalars()]
    return [one for start in range(0, len(found), _PIECE) for one in _paid_up(conn, found[start : start + _PIECE])]


def woken(conn: Connection, claim_ids: Iterable[int] | None = None) -> list[int]:
    """Closed claims, of these or of all, of which something waits for a person or an answer, by claim."""
    a, r, s, w = appeals.c, reworks.c, claim_states.c, work_items.c
    waiting = ((w.claim_id, w.state != RESOLVED), (r.claim_id, r.state == ReworkState.OPEN.value),
               (a.claim_id, a.outcome == Outcome.WAITING.value))  # fmt: skip
    pieces = [None] if claim_ids is None else list(chunks(sorted(set(claim_ids))))
    found: set[int] = set()
    for some in pieces:
        for column, open_ in waiting:  # from the few that wait to their claims, not the other way round
            query = select(column).join(claim_states, s.claim_id == column).where(
                open_, s.state_after == State.CLOSED.value)  # fmt: skip
            asked = query if some is None else query.where(among(conn, column, some))
            found |= {int(one) for one in conn.execute(asked).scalars()}
    return sorted(found)


def _waits() -> ColumnElement[bool]:
    """Something for a person to do, to release or to hear of."""
    of, a, r = claim_states.c.claim_id, appeals.c, reworks.c
    return or_(
        exists().where(work_items.c.claim_id == of, work_items.c.state != RESOLVED),
        exists().where(r.claim_id == of, r.state == ReworkState.OPEN.value),
        exists().where(a.claim_id == of, a.outcome == Outcome.WAITING.value),
    )


def _goes_on() -> ColumnElement[bool]:
    """The next payer has not answered, or nobody looked yet whether there is one."""
    c = coordinations.c
    done = exists().where(c.claim_id == claim_states.c.claim_id, c.step.not_in([step.value for step in _ON_ITS_WAY]))
    return ~done


def _paid_up(conn: Connection, claim_ids: list[int]) -> list[int]:
    """Those of them on whose account no payer owes anything, and nobody is owed."""
    accounts = coordination.accounts(conn, claim_ids)
    balances = postings.balances_of_claims(conn, set(accounts.values()))
    return [one for one in claim_ids if not any(
        _is_open(account, amount) for account, amount in balances.get(accounts[one], {}).items())]  # fmt: skip


def _is_open(account: Account, amount: Decimal) -> bool:
    return amount < 0 if account.kind is Kind.PATIENT else account.kind is Kind.PAYER and amount != 0
