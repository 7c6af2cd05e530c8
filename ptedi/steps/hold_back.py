"""Claims that a person holds back before they are sent, and what the next night would send.

A person's word is a work item of its own kind, asleep until the day that was named.  While it is open every scrub
finds SB004 on the claim, so it is held like any other: in the census, in the summary, on the worklist.  When its day
has come, when somebody lets it go, or when the item is resolved, the next scrub releases it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from ptedi import dates
from ptedi.errors import ConfigurationError
from ptedi.findings import Finding
from ptedi.money import from_cents
from ptedi.steps.batch import in_files
from ptedi.steps.faults import point
from ptedi.steps.hold import filing_deadline, hold, release, waits, word_of
from ptedi.steps.night import Night
from ptedi.steps.rulebook import Rulebook
from ptedi.steps.scrub import judge
from ptedi.steps.secondary import looked_at
from ptedi.store import Connection, claims, coordination, desk, events, findings, work
from ptedi.store.claims import ClaimRow
from ptedi.store.work import NewWork, WorkItem, WorkKind
from ptedi.submissions.rules import HELD_BACK
from ptedi.submissions.status import State

HERE = (State.CAPTURED, State.HELD, State.READY)
"""States in which a claim can be held back: later it has a place in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A claim that a person holds back: since when, until which day (None: until it is let go), who and why."""

    claim: str
    patient: str
    payer: str
    service_date: date
    charge: Decimal
    item: int
    since: date
    until: date | None
    words: str
    deadline: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Ready claims of one payer on their way to one partner; `partner` is "" where no partner carries them."""

    partner: str
    payer: str
    claims: int
    charge: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """How many files a partner would get, with how many transaction sets in all."""

    partner: str
    files: int
    sets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """So many claims with so much charge."""

    claims: int
    charge: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NextNight:
    """What the next night would send of what is ready now.

    Attributes:
        routes: by partner and payer.
        files: by partner.
        held: claims held by edits.
        captured: claims not scrubbed yet.
        held_back: claims that a person holds back, whose day has not come.
        lost: payers of waiting claims that no partner carries.
    """

    routes: tuple[Route, ...]
    files: tuple[Files, ...]
    held: Several
    captured: Several
    held_back: tuple[HeldBack, ...]
    lost: tuple[str, ...]


def hold_back(
    night: Night, numbers: Sequence[str], person: str, reason: str, *, until: date | None = None,
    past_deadline: bool = False,
) -> list[HeldBack]:  # fmt: skip
    """Holds claims back that did not leave yet: all of them, or none where one of them cannot be.

    Args:
        night: the workspace.
        numbers: patient control numbers.
        person: who says so.
        reason: why; kept with the claim for ever.
        until: the first day on which a night may send it; None until somebody lets it go.
        past_deadline: although the payer's filing limit ends before that day.

    Raises:
        ConfigurationError: a claim is not there or is in a file already, no reason, a day that has come, or a day
            after the last one on which the payer takes the claim.
    """
    if not reason.strip():
        raise ConfigurationError("say why", hint="--reason")
    if until is not None and until <= dates.today():
        raise ConfigurationError(f"{until} has come already", hint="give a later day")
    with night.store.exclusive("scrub"), night.store.begin() as conn:  # a build looks again at what is ready
        rows = _rows(conn, numbers)
        states = events.current_states(conn, [row.id for row in rows])
        for row in rows:
            _may(night, row, states[row.id], until, past_deadline=past_deadline)
        for item in _items(conn, [row.id for row in rows]):
            work.resolve(conn, [item.id], "held back anew", actor=person)
        made = {row.id: _ask(night, conn, row, person, reason.strip(), until) for row in rows}
        before = findings.of_claims(conn, [row.id for row in rows])
        hold(night, conn, {row: _with(before.get(row.id, ()), word_of(row, made[row.id])) for row in rows}, person)
        point("hold_back.held")
        return [_told(night, row, made[row.id]) for row in rows]


def let_go(night: Night, numbers: Sequence[str], person: str) -> dict[str, tuple[str, ...]]:
    """Lets claims go that were held back, and scrubs them again; the edits that stop each of them still.

    Raises:
        ConfigurationError: a claim is not there, or nobody holds it back.
    """
    night.use_tables()
    with night.store.exclusive("scrub"), night.store.begin() as conn:
        rows = _rows(conn, numbers)
        items = {item.claim_id: item for item in _items(conn, [row.id for row in rows])}
        for row in rows:
            if row.id not in items:
                raise ConfigurationError(f"nobody holds {row.patient_control_number} back")
        work.resolve(conn, [item.id for item in items.values()], "let go", actor=person)
        later = coordination.later(conn)
        verdict = judge(night, conn, [row for row in rows if row.id not in later], Rulebook.of(night))
        looked = {row: looked_at(night, conn, row) for row in rows if row.id in later}
        stopped = {row: found for row, found in looked.items() if any(one.severity.stops for one in found)}
        release(conn, {row: found for row, found in looked.items() if row not in stopped}, person)
        hold(night, conn, stopped, person)
        point("hold_back.let go")
    found = {one.id: several for one, several in (verdict.held | verdict.still | stopped).items()}
    stops = {row.id: dict.fromkeys(one.code for one in found.get(row.id, ()) if one.severity.stops) for row in rows}
    return {row.patient_control_number: tuple(stops[row.id]) for row in rows}


def next_night(night: Night) -> NextNight:
    """What the next night would send of what is ready now, and where; nothing is changed."""
    with night.store.read() as conn:
        waiting = claims.by_state(conn, HERE)
        states = events.current_states(conn, [row.id for row in waiting])
        back = {item.claim_id: item for item in _items(conn, None) if waits(item)}
        due = {item.claim_id for item in _items(conn, None)} - set(back)
    ready = [row for row in waiting if states[row.id] is State.READY]
    known = [row for row in ready if row.partner_id in night.partners]
    files = in_files(night, known)
    held = [row for row in waiting if states[row.id] is State.HELD and row.id not in back]
    return NextNight(
        routes=tuple(_routes(night, ready)),
        files=tuple(Files(partner=one, files=len(several), sets=_sets(night, one, several))
                    for one, several in files.items()),
        held=_sum([row for row in held if row.id not in due]),
        captured=_sum([row for row in waiting if states[row.id] is State.CAPTURED or row.id in due]),
        held_back=tuple(_told(night, row, back[row.id]) for row in waiting if row.id in back),
        lost=tuple(sorted({row.payer_id for row in waiting if row.partner_id not in night.partners})),
    )  # fmt: skip


# --- the pieces ---


def _may(night: Night, row: ClaimRow, state: State, until: date | None, *, past_deadline: bool) -> None:
    if state not in HERE:
        raise ConfigurationError(f"{row.patient_control_number} is {state}: it cannot be held back any more",
                                 hint=f"`ptedi claim {row.patient_control_number}` says where it is")
    last = filing_deadline(night, row)
    if until is not None and last is not None and until > last and not past_deadline:
        raise ConfigurationError(f"{row.patient_control_number} must be filed by {last}, before {until}",
                                 hint="an earlier day; or say that it may wait past the filing limit (--past-deadline)")


def _ask(night: Night, conn: Connection, row: ClaimRow, person: str, reason: str, until: date | None) -> WorkItem:
    sequence = events.heads(conn, [row.id])[row.id][0] + 1
    last = filing_deadline(night, row)
    key = f"hold:{row.patient_control_number}:{sequence}"
    work.put(conn, NewWork(
        key=key, kind=WorkKind.HOLD, claim_id=row.id, amount_cents=row.charge_cents,
        sentence=f"{person} holds it back{f' until {until}' if until else ''}: {reason}"[:500],
        next_action="let it go" if until is None else "wait", how=HELD_BACK.instead, deadline=last,
        deadline_basis="timely filing, counted from the service date" if last else "",
    ))  # fmt: skip
    [item] = [one for one in _items(conn, [row.id]) if one.key == key]
    if until is not None:
        desk.snooze(conn, item.id, until, actor=person, reason=reason)
        [item] = [one for one in _items(conn, [row.id]) if one.key == key]
    return item


def _rows(conn: Connection, numbers: Sequence[str]) -> list[ClaimRow]:
    wanted = list(dict.fromkeys(one.strip().upper() for one in numbers))
    found = claims.by_control_numbers(conn, wanted)
    if missing := [one for one in wanted if one not in found]:
        raise ConfigurationError(f"there is no claim {', '.join(missing[:5])}", hint="`ptedi claims` lists them")
    events.lock(conn, sorted(found[one].id for one in wanted))
    return [found[one] for one in wanted]


def _items(conn: Connection, claim_ids: Collection[int] | None) -> list[WorkItem]:
    return work.list_work(conn, kinds=[WorkKind.HOLD], claim_ids=claim_ids)


def _with(before: Iterable[Finding], new: Finding) -> list[Finding]:
    return [*(one for one in before if one.code != HELD_BACK.code), new]


def _told(night: Night, row: ClaimRow, item: WorkItem) -> HeldBack:
    return HeldBack(claim=row.patient_control_number, patient=row.patient_id, payer=row.payer_id, item=item.id,
                    service_date=row.service_date, charge=from_cents(row.charge_cents), words=item.sentence,
                    since=item.created_at.date(), until=item.snoozed_until, deadline=filing_deadline(night, row))


def _routes(night: Night, ready: Sequence[ClaimRow]) -> Iterator[Route]:
    def way(row: ClaimRow) -> tuple[str, str]:
        return (row.partner_id if row.partner_id in night.partners else "", row.payer_id)

    for (partner, payer), rows in groupby(sorted(ready, key=way), key=way):
        several = list(rows)
        yield Route(partner=partner, payer=payer, claims=len(several), charge=_sum(several).charge)


def _sets(night: Night, partner: str, files: Sequence[Sequence[ClaimRow]]) -> int:
    limit = night.partners[partner].claims_per_set
    return sum(-(-len(one) // limit) for one in files)


def _sum(rows: Sequence[ClaimRow]) -> Several:
    return Several(claims=len(rows), charge=from_cents(sum(row.charge_cents for row in rows)))
