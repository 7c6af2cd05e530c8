"""Which denials persons worked, and since when; which claim took the place of which: what a recovery counts."""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, literal, select, union_all

from ptedi.store import tables as t
from ptedi.store.deeds import SYSTEM, Deed
from ptedi.store.events import REPLACED_BY
from ptedi.store.facts import Rows, read, told
from ptedi.store.rework_tables import reworks
from ptedi.store.reworks import ReworkState
from ptedi.store.work import WorkKind
from ptedi.store.work_tables import work_events
from ptedi.submissions.status import Event, State

WORK = (Deed.TAKEN, Deed.GIVEN, Deed.NOTED, Deed.APPROVED, Deed.RESOLVED)
"""Putting an item off or giving it back is not work on it."""
DECISIONS = (Event.REWORKED, Event.APPEALED, Event.WRITTEN_OFF)
"""What only persons do to a claim."""


def worked(conn: Connection) -> Rows:
    """Claims whose denial a person worked, with the first time: on its item, or by what was made of the claim.

    What the pipeline does by itself (it closes an item when the payer decides anew) is not work.
    """
    item, deed, e, one = t.work_items.c, work_events.c, t.claim_events.c, reworks.c
    acts = union_all(
        select(item.claim_id, deed.at).join(t.work_items, item.id == deed.item_id).where(
            item.kind == WorkKind.DENIAL.value, item.claim_id.is_not(None), deed.actor != SYSTEM,
            deed.action.in_([act.value for act in WORK])),
        select(e.claim_id, e.at).where(e.event.in_([event.value for event in DECISIONS])),
        select(one.claim_id, one.decided_at).where(one.state.in_([ReworkState.DONE.value, ReworkState.UNDONE.value])),
    ).subquery()  # fmt: skip
    first = func.min(acts.c.at)
    return read(conn, select(acts.c.claim_id, told(conn, first).label("at")).group_by(acts.c.claim_id))


def replaced(conn: Connection) -> Rows:
    """The claims that stand replaced by another one (corrected, or captured anew): `claim_id` and its heir's `heir`."""
    state, e, heir = t.claim_states.c, t.claim_events.c, t.claims.c
    query = (
        select(e.claim_id, heir.id.label("heir")).select_from(t.claim_states)
        .join(t.claim_events, and_(e.claim_id == state.claim_id, e.event == Event.SUPERSEDED.value))
        .join(t.claims, e.evidence_key == literal(REPLACED_BY) + heir.patient_control_number)
        .where(state.state_after == State.SUPERSEDED.value)
    )  # fmt: skip
    return read(conn, query.order_by(e.claim_id, heir.id))
