"""Giving up what is open on a claim: asked with a reason, posted at once below the limit, else by a second person.

`ptedi.toml`:

    [write_off]
    limit = "25.00"               # up to here one person is enough; without it every write-off needs two
    approvers = ["kim", "lee"]    # who may approve; without it anybody but who asked

Nobody approves a request of one's own.  A write-off can be taken back by its mirror until the day in whose books it
stands is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ptedi import dates
from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.model import Source
from ptedi.ledger.write_off import PATIENTS, Standing, WriteOffReason, open_amounts, total, write_off_entry
from ptedi.money import amount, cents, from_cents, usd
from ptedi.steps.as_before import as_before
from ptedi.steps.faults import point
from ptedi.steps.moves import undone
from ptedi.steps.night import Night
from ptedi.steps.refused import Refused, find, of_row
from ptedi.store import Connection, claims, closings, decisions, events, postings, reworks, work
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.events import NewEvent
from ptedi.store.postings import Booking
from ptedi.store.reworks import NewRework, ReworkKind, ReworkRow, ReworkState
from ptedi.submissions.status import Event, State

GIVEN_UP_FROM = frozenset({State.HELD, State.REJECTED, State.DENIED, State.PARTLY_PAID, State.PAID, State.REVERSED,
                           State.APPEALED, State.WRITTEN_OFF})  # fmt: skip
_WITH_PAYER = GIVEN_UP_FROM - {State.PAID, State.WRITTEN_OFF}
_UNDOABLE = (ReworkKind.WRITE_OFF, ReworkKind.PATIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff:
    """A write-off asked for: `open` waits for a second person, `done` is in the books, `undone` was taken back."""

    id: int
    claim: str
    state: str
    amount_cents: int
    reason: str
    note: str
    message: str
    asked_by: str
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The practice's rules of writing off."""

    limit: Decimal
    approvers: tuple[str, ...]


def rules_of(night: Night) -> Rules:
    """`[write_off]` of ptedi.toml.

    Raises:
        ConfigurationError: the limit is no amount, or the approvers are no list of names.
    """
    table = night.workspace.table("write_off")
    names = table.get("approvers", [])
    try:
        limit = amount(str(table.get("limit", "0.00")))
        if isinstance(table.get("limit"), float) or limit < 0:
            raise ValueError
    except (ValueError, InvalidOperation):
        raise ConfigurationError('[write_off] limit must be an amount like "25.00"') from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigurationError('[write_off] approvers must be a list of names')
    return Rules(limit=limit, approvers=tuple(names))


def ask(
    night: Night, number: str, reason: WriteOffReason, person: str, *, note: str = "", line: int | None = None,
    patient: bool = False,
) -> WriteOff:  # fmt: skip
    """Asks to give up what is open with the payer (or the patient), of a line or of all; within the limit it is posted.

    Raises:
        ConfigurationError: nothing is open, the claim is on its way, or the reason is not one for a patient's share.
    """
    rules = rules_of(night)
    if patient and reason not in PATIENTS:
        raise ConfigurationError(f"a patient's share is not given up for {reason}",
                                 hint=", ".join(sorted(PATIENTS)))  # fmt: skip
    with night.store.exclusive("post"):
        with night.store.begin() as conn:
            case = find(night, conn, number, GIVEN_UP_FROM)
            amounts = _open(conn, case, Kind.PATIENT if patient else Kind.PAYER, line)
            one = _asked(conn, case, amounts, reason, person, note, line=line, patient=patient)
            if one.state is ReworkState.OPEN and total(amounts) <= rules.limit:
                _post(night, conn, one, person)
            point("write_off.asked")
    return show(night, one.id)


def approve(night: Night, rework_id: int, person: str) -> WriteOff:
    """Posts a write-off that somebody else asked for.  Once; again tells the same.

    Raises:
        ConfigurationError: it is one's own request, one may not approve, or the balance is another by now.
    """
    rules = rules_of(night)
    with night.store.exclusive("post"):
        with night.store.begin() as conn:
            one = _request(conn, rework_id)
            if one.state is not ReworkState.DONE:
                if one.made_by.casefold() == person.strip().casefold()[:64]:
                    raise ConfigurationError("nobody approves a write-off of one's own", hint="ask somebody else")
                if rules.approvers and person.casefold() not in {name.casefold() for name in rules.approvers}:
                    raise ConfigurationError(f"{person} may not approve write-offs",
                                             hint="[write_off] approvers in ptedi.toml names who may")  # fmt: skip
                _post(night, conn, one, person)
            point("write_off.approved")
    return show(night, rework_id)


def refuse(night: Night, rework_id: int, person: str, reason: str) -> WriteOff:
    """Turns a request down, or takes one's own back.

    Raises:
        ConfigurationError: there is no such open request.
    """
    with night.store.exclusive("post"), night.store.begin() as conn:
        one = _request(conn, rework_id)
        if not reworks.decide(conn, one.id, ReworkState.OPEN, ReworkState.WITHDRAWN, person):
            raise ConfigurationError(f"write-off {rework_id} is {one.state}")
        decisions.record(conn, NewDecision(actor=person, action=Verb.WITHDRAW, reason=reason or "not needed",
                                           claim_id=one.claim_id, detail=f"write-off {one.id}"))  # fmt: skip
    return show(night, rework_id)


def undo(night: Night, rework_id: int, person: str, reason: str) -> int:
    """Takes a write-off or a patient bill back by its mirror, and the claim stands as its payer left it; its number.

    Raises:
        ConfigurationError: it is not in the books, or the day in whose books it stands is closed.
    """
    if not reason.strip():
        raise ConfigurationError("taking money back needs a reason", hint='--reason "..."')
    with night.store.exclusive("post"), night.store.begin() as conn:
        one = reworks.get(conn, rework_id)
        if one is None or one.kind not in _UNDOABLE or one.state not in (ReworkState.DONE, ReworkState.UNDONE):
            raise ConfigurationError(f"there is nothing in the books under {rework_id}")
        booked = postings.find(conn, entry_key(one))
        if one.state is ReworkState.DONE and booked is not None:
            if closings.get(conn, booked.effective) is not None:
                raise ConfigurationError(f"{booked.effective} is closed: what stands in its books stays",
                                         hint="ask for an adjustment in an open day")  # fmt: skip
            postings.post_all(conn, [Booking(entry=undone(booked, booked.effective, Source.MANUAL))])
            point("write_off.mirrored")
            _stands_again(night, conn, one, person)
            reworks.decide(conn, one.id, ReworkState.DONE, ReworkState.UNDONE, person)
            decisions.record(conn, NewDecision(actor=person, action=Verb.UNDO, reason=reason.strip(),
                                               claim_id=one.claim_id, detail=f"{one.kind} {one.id}"))  # fmt: skip
    return rework_id


def show(night: Night, rework_id: int) -> WriteOff:
    """One write-off.

    Raises:
        ConfigurationError: there is none of that number.
    """
    with night.store.read() as conn:
        one = _request(conn, rework_id)
        return _told(one, claims.get(conn, one.claim_id).patient_control_number)


def list_write_offs(night: Night, *, open_only: bool = False) -> list[WriteOff]:
    """Write-offs asked for, oldest first."""
    with night.store.read() as conn:
        rows = reworks.list_reworks(conn, kinds=[ReworkKind.WRITE_OFF],
                                    states=[ReworkState.OPEN] if open_only else [])  # fmt: skip
        known = claims.get_all(conn, [row.claim_id for row in rows])
        return [_told(row, known[row.claim_id].patient_control_number) for row in rows]


def entry_key(one: ReworkRow) -> str:
    """The key of the ledger entry of an action."""
    return f"rework:{one.kind.value}:{one.id}"


# --- one request ---


def _open(conn: Connection, case: Refused, kind: Kind, line: int | None) -> dict[tuple[Account, int | None], Decimal]:
    accounts = [one for one in Account if one.kind is kind]
    try:
        found = open_amounts(postings.lines_of(conn, case.account, accounts), kind, line)
    except ValueError:
        raise ConfigurationError(f"on {case.row.patient_control_number} more is posted than owed in one place",
                                 hint="settle that first: a write-off would hide it") from None  # fmt: skip
    if not found:
        whom = "the patient" if kind is Kind.PATIENT else "the payer"
        raise ConfigurationError(f"nothing is open with {whom} on {case.row.patient_control_number}"
                                 + (f", line {line}" if line else ""))  # fmt: skip
    return found


def _asked(
    conn: Connection, case: Refused, amounts: Standing, reason: WriteOffReason, person: str, note: str, *,
    line: int | None, patient: bool,
) -> ReworkRow:  # fmt: skip
    """The request, once while it is open; its key says what it is about, so that approving finds the same."""
    about = f"{'patient' if patient else 'payer'}:{line or 'all'}"
    rows = [r for r in reworks.of_claims(conn, [case.row.id], ReworkKind.WRITE_OFF)]
    same = next((r for r in rows if r.state is ReworkState.OPEN and r.key.split(":")[2:4] == about.split(":")), None)
    if same is not None:
        return same
    said = f"{usd(total(amounts))} of the {'patient' if patient else 'payer'}" + (f", line {line}" if line else "")
    one = reworks.put(conn, NewRework(
        key=f"write-off:{case.row.id}:{about}:{len(rows) + 1}", claim_id=case.row.id, kind=ReworkKind.WRITE_OFF,
        basis=case.last, message=said, made_by=person, changes=(reason.value,), reason=note,
        stake_cents=cents(total(amounts)), paid_cents=cents(case.paid),
    ))  # fmt: skip
    decisions.record(conn, NewDecision(actor=person, action=Verb.ASK_WRITE_OFF, reason=note or reason.value,
                                       claim_id=case.row.id, detail=f"{reason}: {said}"))  # fmt: skip
    return one


def _request(conn: Connection, rework_id: int) -> ReworkRow:
    one = reworks.get(conn, rework_id)
    if one is None or one.kind is not ReworkKind.WRITE_OFF:
        raise ConfigurationError(f"there is no write-off {rework_id}", hint="`ptedi rework write-offs` lists them")
    return one


def _post(night: Night, conn: Connection, one: ReworkRow, person: str) -> None:
    if one.state is not ReworkState.OPEN:
        raise ConfigurationError(f"write-off {one.id} is {one.state}")
    row, whom, place = claims.get(conn, one.claim_id), *one.key.split(":")[2:4]
    events.lock(conn, [row.id])
    case = of_row(night, conn, row, GIVEN_UP_FROM)
    line = int(place) if place.isdecimal() else None
    amounts = _open(conn, case, Kind.PATIENT if whom == "patient" else Kind.PAYER, line)
    if cents(total(amounts)) != one.stake_cents:
        raise ConfigurationError(f"{usd(total(amounts))} is open by now, {usd(from_cents(one.stake_cents))} was asked "
                                 "for; nothing was posted", hint="ask again")  # fmt: skip
    reason = WriteOffReason(one.changes[0])
    day = closings.open_day(conn, dates.today(), dates.today())
    booked = write_off_entry(entry_key(one), day, amounts, reason, case.account)
    postings.post_all(conn, [Booking(entry=booked)])
    point("write_off.posted")
    reworks.decide(conn, one.id, ReworkState.OPEN, ReworkState.DONE, person)
    said = f"{one.message} written off: {reason}"
    decisions.record(conn, NewDecision(actor=person, action=Verb.WRITE_OFF, reason=one.reason or reason.value,
                                       claim_id=row.id, detail=said))  # fmt: skip
    if whom == "payer":
        _tell(conn, case, one, person, said, line)


def _tell(conn: Connection, case: Refused, one: ReworkRow, person: str, said: str, line: int | None) -> None:
    """The claim ends when nothing is left with the payer; its items, or the line's, are closed."""
    left = postings.lines_of(conn, case.account, [a for a in Account if a.kind is Kind.PAYER])
    if not left and case.state in _WITH_PAYER:
        events.append_all(conn, [NewEvent(claim_id=case.row.id, event=Event.WRITTEN_OFF, actor=person,
                                          evidence_key=f"write-off {one.id}", detail=said)])  # fmt: skip
    items = [item.id for item in work.list_work(conn, claim_ids=[case.row.id])
             if not left or (line is not None and item.line == line)]  # fmt: skip
    work.resolve(conn, items, resolution(one))


def resolution(one: ReworkRow) -> str:
    """With what the items of a claim are closed, so that undoing opens exactly those again."""
    return f"{one.kind.value} {one.id}"


def _stands_again(night: Night, conn: Connection, one: ReworkRow, person: str) -> None:
    """The claim is again what its payer left it as, and what was closed waits again."""
    events.lock(conn, [one.claim_id])
    case = of_row(night, conn, claims.get(conn, one.claim_id))
    if case.state is State.WRITTEN_OFF:
        marks = ("", " stands", " stands1")
        told = zip((Event.REINSTATED, *as_before(conn, case.row, Event.WRITTEN_OFF)), marks, strict=False)
        events.append_all(conn, [
            NewEvent(claim_id=case.row.id, event=event, actor=person, evidence_key=f"undo {one.id}{mark}",
                     detail="a write-off was taken back") for event, mark in told
        ])  # fmt: skip
    items = work.list_work(conn, claim_ids=[case.row.id], open_only=False)
    work.reopen(conn, [item.key for item in items], resolution(one))


def _told(one: ReworkRow, number: str) -> WriteOff:
    return WriteOff(id=one.id, claim=number, state=one.state.value, amount_cents=one.stake_cents,
                    reason=one.changes[0], note=one.reason, message=one.message, asked_by=one.made_by,
                    decided_by=one.decided_by)  # fmt: skip
