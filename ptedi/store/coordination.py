"""Which claim goes to which next payer, and how far that is: one row for each claim that a payer adjudicated.

A claim to a later payer bills nothing anew: it asks another payer for what the first one left.  So its money stands on
the first claim's account (`accounts`), and sums of what was billed leave it out (`later`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, Row, exists, select, update

from ptedi.dates import now
from ptedi.store._sql import among, chunks, insert_new
from ptedi.store.events import newest
from ptedi.store.payments import PaymentState
from ptedi.store.tables import claim_payments, claim_visits, claims, coordinations, visits
from ptedi.submissions.status import State


class Step(StrEnum):
    """How far a claim is on its way to the next payer.

    `none` has no next payer or nothing is left for it, `waiting` has no result that stands, `crossed` was forwarded by
    its payer, `asked` waits for a person, `billed` is a claim of its own, `answered` was decided by the next payer.
    """

    NONE = "none"
    WAITING = "waiting"
    CROSSED = "crossed"
    ASKED = "asked"
    BILLED = "billed"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """One claim on its way to the next payer.

    Attributes:
        claim_id: the claim that was adjudicated; `next_claim_id` the claim to the next payer, None without one.
        payer_id, sequence: the next payer as the visit's coverage names it, "" when we know none.
        since: the day of the remittance that forwarded it.
        basis: the claim payments that the next claim was made of.
        seen: the number of the claim's event up to which everything was looked at.
    """

    claim_id: int
    payer_id: str = ""
    sequence: str = ""
    step: Step
    next_claim_id: int | None = None
    since: date | None = None
    basis: str = ""
    seen: int = 0


_SHOWN = tuple(coordinations.c[name] for name in Coordination.__dataclass_fields__)


def put(conn: Connection, one: Coordination) -> None:
    """Writes what is known of a claim now, in the place of what was known before."""
    values = {name: getattr(one, name) for name in Coordination.__dataclass_fields__} | {"step": one.step.value}
    if not insert_new(conn, coordinations, ("claim_id",), values | {"at": now()}):
        conn.execute(update(coordinations).where(coordinations.c.claim_id == one.claim_id).values(**values))


def get(conn: Connection, claim_ids: Iterable[int]) -> dict[int, Coordination]:
    """What is known of these claims."""
    found: dict[int, Coordination] = {}
    for some in chunks(sorted(set(claim_ids))):
        rows = conn.execute(select(*_SHOWN).where(coordinations.c.claim_id.in_(some)))
        found |= {row.claim_id: _row(row) for row in rows}
    return found


def in_step(conn: Connection, *steps: Step) -> list[Coordination]:
    """Claims that are so far, by claim."""
    query = select(*_SHOWN).where(coordinations.c.step.in_([step.value for step in steps]))
    return [_row(row) for row in conn.execute(query.order_by(coordinations.c.claim_id))]


def unseen(conn: Connection, states: Iterable[State]) -> set[int]:
    """Claims in these states, and claims forwarded without a result (CLP02 23), that nobody looked at yet."""
    known = exists().where(coordinations.c.claim_id == claims.c.id)
    head = newest()
    decided = select(claims.c.id).join(head, head.c.claim_id == claims.c.id).where(
        head.c.state_after.in_([state.value for state in states]), ~known)  # fmt: skip
    sent_on = select(claims.c.id).join(claim_payments, claim_payments.c.claim_id == claims.c.id).where(
        claim_payments.c.status_code == "23", claim_payments.c.state == PaymentState.POSTED.value, ~known)  # fmt: skip
    return {int(one) for query in (decided, sent_on) for one in conn.execute(query).scalars()}


def recaptured(conn: Connection, *steps: Step) -> set[int]:
    """Claims that are so far, of which a visit was captured again after it was coded."""
    stood_on = visits.alias("stood_on")
    query = (
        select(coordinations.c.claim_id).join(claim_visits, claim_visits.c.claim_id == coordinations.c.claim_id)
        .join(stood_on, stood_on.c.id == claim_visits.c.visit_row_id)
        .join(visits, (visits.c.visit_id == stood_on.c.visit_id) & (visits.c.revision > stood_on.c.revision))
        .where(coordinations.c.step.in_([step.value for step in steps])).distinct()
    )  # fmt: skip
    return {int(one) for one in conn.execute(query).scalars()}


def before(conn: Connection, claim_ids: Iterable[int]) -> dict[int, int]:
    """For each of these claims that goes to a later payer, the claim to the payer before."""
    found: dict[int, int] = {}
    c = coordinations.c
    for some in chunks(sorted(set(claim_ids))):
        query = select(c.next_claim_id, c.claim_id).where(among(conn, c.next_claim_id, some))
        found |= {int(later): int(first) for later, first in conn.execute(query)}
    return found


def later(conn: Connection) -> set[int]:
    """Every claim that goes to a later payer."""
    c = coordinations.c
    return {int(one) for one in conn.execute(select(c.next_claim_id).where(c.next_claim_id.is_not(None))).scalars()}


def accounts(conn: Connection, claim_ids: Iterable[int]) -> dict[int, int]:
    """For each claim the one on whose account its money stands: itself, or the first of its payers' claims."""
    ids = set(claim_ids)
    found = {claim_id: claim_id for claim_id in ids}
    step: Mapping[int, int] = before(conn, ids)
    while step:
        found = {one: step.get(account, account) for one, account in found.items()}
        step = before(conn, set(found.values()))
    return found


def _row(row: Row[tuple[object, ...]]) -> Coordination:
    return Coordination(**(row._asdict() | {"step": Step(row.step)}))
