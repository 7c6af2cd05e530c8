"""Holding claims: findings kept, the event, and a work item that says why; and letting them go again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from textwrap import shorten

from ptedi.dates import today
from ptedi.edits.repairs import Repair
from ptedi.findings import CATALOGUE, Finding
from ptedi.steps.night import Night
from ptedi.store import Connection, events, findings, work
from ptedi.store.claims import ClaimRow
from ptedi.store.events import NewEvent
from ptedi.store.work import NewWork, WorkItem, WorkKind
from ptedi.submissions.rules import HELD_BACK, NO_PROFILE
from ptedi.submissions.status import Event

APPROVE = "approve the repair, or correct"
_Found = Mapping[ClaimRow, Sequence[Finding]]


def hold(night: Night, conn: Connection, found: _Found, actor: str,
         offers: Mapping[ClaimRow, Sequence[Repair]] | None = None) -> None:  # fmt: skip
    """Holds claims with what was found and what could be mended; the item that an earlier hold left is replaced."""
    settle(night, conn, {}, found, actor, offers)


def release(conn: Connection, found: _Found, actor: str) -> None:
    """Lets claims go; what was found does not stop them."""
    _settle(conn, found, {}, actor)


def settle(night: Night, conn: Connection, released: _Found, held: _Found, actor: str,
           offers: Mapping[ClaimRow, Sequence[Repair]] | None = None) -> None:  # fmt: skip
    """Lets some claims go and holds others, in one go for all of them."""
    sequences = _settle(conn, released, held, actor)
    work.put_all(conn, [_item(night, row, several, sequences[row.id], (offers or {}).get(row, ()))
                        for row, several in held.items() if _by_edits(several)])  # fmt: skip


def _settle(conn: Connection, released: _Found, held: _Found, actor: str) -> dict[int, int]:
    """The findings and the events, and the items of before closed; the number of each claim's event."""
    findings.replace_all(conn, {row.id: several for found in (released, held) for row, several in found.items()})
    sequences = _next(conn, (*released, *held))
    events.append_all(conn, [
        *(NewEvent(claim_id=row.id, event=Event.RELEASED, actor=actor, evidence_key=f"released {sequences[row.id]}",
                   detail=" ".join(_codes(several)) or "no findings") for row, several in released.items()),
        *(NewEvent(claim_id=row.id, event=Event.HELD if _by_edits(several) else Event.HELD_BACK, actor=actor,
                   evidence_key=f"held {sequences[row.id]}", detail=" ".join(_codes(several)))
          for row, several in held.items()),
    ])  # fmt: skip
    _close(conn, released, held)
    return sequences


def kept_back(conn: Connection, rows: Sequence[ClaimRow]) -> dict[int, Finding]:
    """What a person's word says of these claims today: SB004 for each that is held back (`steps.hold_back`)."""
    by_id = {row.id: row for row in rows}
    return {item.claim_id: word_of(by_id[item.claim_id], item)
            for item in work.list_work(conn, kinds=[WorkKind.HOLD], claim_ids=by_id)
            if item.claim_id is not None and waits(item)}  # fmt: skip


def waits(item: WorkItem) -> bool:
    """Whether the day on which a claim held back may go has not come: it has none, or a later one."""
    return item.snoozed_until is None or item.snoozed_until > today()


def word_of(row: ClaimRow, item: WorkItem) -> Finding:
    """SB004 in the person's words."""
    return Finding(code=HELD_BACK.code, severity=HELD_BACK.severity, claim=row.patient_control_number,
                   message=item.sentence, hint=HELD_BACK.instead)  # fmt: skip


def no_profile(row: ClaimRow) -> Finding:
    """SB003: nobody knows what its payer wants."""
    return Finding(code=NO_PROFILE.code, severity=NO_PROFILE.severity, claim=row.patient_control_number,
                   message=f"The payer {row.payer_id} has no profile any more.", hint=NO_PROFILE.instead)  # fmt: skip


def filing_deadline(night: Night, row: ClaimRow) -> date | None:
    """The last day on which the payer takes the claim, where its profile says."""
    profile = night.profiles.get(row.payer_id)
    days = profile.on(row.service_date).timely_filing_days if profile else 0
    return row.service_date + timedelta(days=days) if days else None


def _next(conn: Connection, found: Iterable[ClaimRow]) -> dict[int, int]:
    """The number of the event to come of each claim: holding it again later is another event."""
    ids = [row.id for row in found]
    at_head = events.heads(conn, ids)
    return {claim_id: at_head.get(claim_id, (0, None))[0] + 1 for claim_id in ids}


def _by_edits(several: Sequence[Finding]) -> bool:
    """Whether more than a person's word stops it: that has an item of its own (`steps.hold_back`)."""
    stopping = {one.code for one in several if one.severity.stops}
    return not stopping or stopping != {HELD_BACK.code}


def _close(conn: Connection, released: _Found, held: _Found) -> None:
    """A claim that goes waits for nothing; of one that is held again only the item of its last hold is replaced."""
    free = {row.id for row in released}
    items = work.list_work(conn, kinds=[WorkKind.HELD, WorkKind.HOLD], claim_ids=[row.id for row in (*released, *held)])
    going = [item.id for item in items if item.claim_id in free]
    again = [item.id for item in items if item.claim_id not in free and item.kind is WorkKind.HELD]
    work.resolve(conn, going, "nothing stops the claim any more")
    work.resolve(conn, again, "other findings since")


def _item(
    night: Night, row: ClaimRow, several: Sequence[Finding], sequence: int, offers: Sequence[Repair]
) -> NewWork:  # fmt: skip
    stopping = [one for one in several if one.severity.stops and one.code != HELD_BACK.code] or list(several)
    first = stopping[0]
    rule = CATALOGUE.get(first.code)
    deadline = filing_deadline(night, row)
    return NewWork(
        key=f"held:{row.patient_control_number}:{sequence}", kind=WorkKind.HELD, claim_id=row.id, line=first.line,
        category=shorten(rule.title, 48, placeholder=" ...") if rule else first.code,
        sentence=" ".join(f"{f.code} {f.message}" for f in stopping)[:500],
        next_action=APPROVE if offers else "correct and drop again",
        how=_how(first.hint or (rule.instead if rule else ""), offers),
        amount_cents=row.charge_cents, remarks=" ".join(_codes(stopping)), deadline=deadline,
        deadline_basis="timely filing, counted from the service date" if deadline else "",
    )  # fmt: skip


def _how(instead: str, offers: Sequence[Repair]) -> str:
    """What to do, and the suggested repairs word for word."""
    mending = "; ".join(f"{one.code} {one.message}" for one in offers)
    taking = f"Could be mended: {mending}.  `ptedi work approve ITEM` takes that, `--repair CODE` only some of it."
    return " ".join(filter(None, (instead, taking if mending else "")))


def _codes(several: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.code for one in several))
