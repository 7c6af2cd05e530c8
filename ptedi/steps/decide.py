"""What a person decides about work items: a draft is released into the next batch, or an item is closed with a word."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass, replace

from ptedi.claims.changes import Action
from ptedi.claims.identity import control_number
from ptedi.errors import ConfigurationError
from ptedi.steps import secondary
from ptedi.steps.books import post_charges, reverse_charges
from ptedi.steps.drafts import billed, close_items, lines, members, proposal
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.steps.patterns import install
from ptedi.steps.repair import take_repairs
from ptedi.steps.spans import fingerprint, new_claim
from ptedi.store import Connection, claims, coordination, drafts, events, series, visits, work
from ptedi.store.claims import ClaimRow
from ptedi.store.coordination import Step
from ptedi.store.drafts import DraftRow, DraftState
from ptedi.store.events import NewEvent
from ptedi.store.series import SeriesKey
from ptedi.store.visits import VisitRow
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import Event, State

_INSTEAD = frozenset({Action.REPLACE.value, Action.RESEND.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The claim that goes on: a draft become one, with how many it replaces, or a held one with its repairs.

    `stops` are the edits that hold it still.  A rule put into force makes no claim; `rule` names the payer and file.
    """

    claim: str
    replaces: int = 0
    repairs: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    rule: str = ""


def release(night: Night, item_id: int, person: str, repairs: Collection[str] = ()) -> Released:
    """Makes a claim of a draft: the next night scrubs it and puts it into a batch.  Once; again tells the same.

    Of a held claim, it takes the suggested repairs (those of the edits `repairs`, or all) and scrubs it again.

    Raises:
        ConfigurationError: there is no such draft, it has no claim to send, it is not what it was when last shown, or
            no such repair is suggested.
    """
    night.use_tables()
    with night.store.read() as conn:
        item = _item(conn, item_id)
    if item.kind is WorkKind.HELD:
        taken = take_repairs(night, item, person, repairs)
        return Released(claim=taken.claim, repairs=taken.repairs, stops=taken.stops)
    if item.kind is WorkKind.PATTERN:
        done = install(night, item, person)
        return Released(claim="", rule=f"{done.payer_id}: {done.file}")
    if item.kind is WorkKind.COORDINATION:
        return _to_next_payer(night, item, person)
    with night.store.exclusive("code"), night.store.exclusive("post"):  # what its payer says decides how it goes
        with night.store.begin() as conn:
            one = _draft(conn, item_id)
            if one.released_id is not None:
                return Released(claim=claims.get(conn, one.released_id).patient_control_number)
            if one.state is not DraftState.OPEN or one.coded is None:
                raise ConfigurationError(f"item {item_id} has no draft to send: {one.action}",
                                         hint=f"`ptedi work dismiss {item_id}` closes it")  # fmt: skip
            row, before = visits.get(conn, [one.visit_row_id])[one.visit_row_id], claims.get(conn, one.claim_id)
            found = _released(night, conn, one, row, before, person)
            point("decide.draft released")
    point("decide.kept")
    return found


def _to_next_payer(night: Night, item: WorkItem, person: str) -> Released:
    number = secondary.approve(night, item, person)
    if not number:
        raise ConfigurationError(f"item {item.id} makes no claim: {item.sentence}",
                                 hint=f"`ptedi work dismiss {item.id}` closes it")  # fmt: skip
    return Released(claim=number)


def dismiss(night: Night, item_id: int, person: str, reason: str) -> None:
    """Closes an item with a person's reason; a draft behind it is withdrawn.

    Raises:
        ConfigurationError: there is no such open item.
    """
    with night.store.read() as conn:
        is_draft = _item(conn, item_id).kind is WorkKind.DRAFT
    with night.store.exclusive("code") if is_draft else nullcontext(), night.store.begin() as conn:
        item = _item(conn, item_id)
        if item.state == work.RESOLVED:
            raise ConfigurationError(f"item {item_id} is closed already: {item.resolution}")
        if item.kind is WorkKind.DRAFT:
            drafts.close(conn, _draft(conn, item_id).id, DraftState.WITHDRAWN)
        work.resolve(conn, [item_id], f"{person}: {reason}", actor=person)


def _released(
    night: Night, conn: Connection, one: DraftRow, row: VisitRow, before: ClaimRow, person: str
) -> Released:  # fmt: skip
    with series.opened(conn, SeriesKey(night.practice.id, night.environment, "CLM01")) as numbers:
        number = control_number(night.claim_prefix, numbers.upcoming)
        base = billed(conn, claims.of_visits(conn, [row.visit_id])[row.visit_id])
        found = proposal(night, conn, row, before, number) if base == before else None
        if found is None or found.draft is None or (found.action.value, lines(found)) != (one.action, one.changes):
            raise _moved_on()
        new = replace(new_claim(night, members(conn, row, before), found.draft), partner_id=before.partner_id)
        numbers.use(fingerprint(new))
        claim_id = claims.insert(conn, new)
    point("decide.claim inserted")
    replaced = _replaced(conn, row.visit_id, claim_id, everything=one.action in _INSTEAD)
    events.append_all(conn, [
        NewEvent(claim_id=claim_id, event=Event.CODED, actor=person, evidence_key="coded",
                 detail=f"{found.action.value} of {before.patient_control_number}, released by a person"),
        *(NewEvent(claim_id=other.id, event=Event.SUPERSEDED, actor=person, detail=f"replaced by {number}",
                   evidence_key=f"{events.REPLACED_BY}{number}") for other in replaced),
    ])  # fmt: skip
    point("decide.events appended")
    _not_for_next_payers(conn, replaced)
    reverse_charges(conn, claims.load_all(conn, [other.id for other in replaced]))
    post_charges(conn, {claim_id: found.draft})
    # before the items, as `dismiss` does: no deadlock
    if not drafts.close(conn, one.id, DraftState.RELEASED, claim_id):  # captured again meanwhile, or dismissed
        raise _moved_on()
    open_items = work.list_work(conn, claim_ids=[other.id for other in replaced])
    work.resolve(conn, [item.id for item in open_items], f"replaced by {number}")
    close_items(conn, one.visit_row_id, f"{person}: released as {number}")
    return Released(claim=number, replaces=len(replaced))


def _moved_on() -> ConfigurationError:
    return ConfigurationError("the draft is not what it was when last shown; nothing was sent",
                              hint="`ptedi nightly` drafts it anew; look at `ptedi work --kind draft`")


def _not_for_next_payers(conn: Connection, replaced: Collection[ClaimRow]) -> None:
    """The next payer hears what is decided of the new claim; what went to it already stays linked to the old one."""
    for known in coordination.get(conn, [row.id for row in replaced]).values():
        if known.next_claim_id is None:
            coordination.put(conn, replace(known, step=Step.NONE))


def _replaced(conn: Connection, visit_id: str, new: int, *, everything: bool) -> list[ClaimRow]:
    """The visit's living claims that the new one takes the place of: all, or only drafts that never went out."""
    rows = [row for row in claims.of_visits(conn, [visit_id])[visit_id] if row.id != new]
    later = coordination.before(conn, [row.id for row in rows])  # another payer's: a person decides about it
    rows = [row for row in rows if row.id not in later]
    states = events.current_states(conn, [row.id for row in rows])
    out = claims.in_batch(conn, [row.id for row in rows])
    return [row for row in rows if states[row.id] is not State.SUPERSEDED and (everything or row.id not in out)]


def _draft(conn: Connection, item_id: int) -> DraftRow:
    item = _item(conn, item_id)
    parts = item.key.split(":")
    found = drafts.of_revision(conn, int(parts[1])) if item.kind is WorkKind.DRAFT else None
    if found is None:
        raise ConfigurationError(f"item {item_id} is no draft of a claim", hint="`ptedi work --kind draft` lists them")
    return found


def _item(conn: Connection, item_id: int) -> WorkItem:
    item = work.get(conn, item_id)
    if item is None:
        raise ConfigurationError(f"there is no work item {item_id}", hint="`ptedi work` lists them")
    return item

