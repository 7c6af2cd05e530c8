"""The clock of appeals: a sent appeal is answered by a certain day, or somebody must ask; a lost one has a next level.

An 835 that decides the claim anew is the answer.  What comes by letter a person tells with `answered`.  How long a
payer may take and which levels it has stands in its profile (`appeal_levels`), dated and with its source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ptedi import dates
from ptedi.errors import ConfigurationError
from ptedi.findings import counted
from ptedi.payers.profile import PayerProfile
from ptedi.payers.rules import AppealLevel
from ptedi.steps.faults import point
from ptedi.steps.known import StoreLookup
from ptedi.steps.night import Night
from ptedi.steps.refused import of_row
from ptedi.steps.remit_claims import stands_now
from ptedi.store import Connection, appeals, claims, decisions, events, payments, reworks, work
from ptedi.store.appeals import LETTER, LOST, PERSON, REMITTANCE, AppealRow, Outcome
from ptedi.store.claims import ClaimRow
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.events import NewEvent
from ptedi.store.reworks import ReworkRow, ReworkState
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import Event, State

UNKNOWN_DAYS = 60
"""Until an answer is expected of a payer whose answer time nobody wrote down: own judgement."""
PROMISED_DAYS = 30
"""Until the money is expected that a payer's letter promises: own judgement."""
ANSWERS = (Outcome.UPHELD, Outcome.PARTLY, Outcome.OVERTURNED)
_STILL_OUT = frozenset({State.APPEALED, State.REVERSED})  # taken back: its new decision is still to come
_TOLD = {State.PAID: Outcome.OVERTURNED, State.PARTLY_PAID: Outcome.PARTLY, State.DENIED: Outcome.UPHELD}
_OVERTAKEN = "the appeal was answered, withdrawn or taken further"
_SILENT, _LOST = 45, 25  # percent of the amount that asking, or a further level, brings: own judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLevel:
    """A level of appeal: its number from 1, what the payer says of it, and where that stands.

    `since` is the decision that it is about when an appeal was lost before, None for the first level;
    `known` whether the payer has such a level as far as we know.
    """

    number: int
    level: AppealLevel
    source: str
    since: date | None
    known: bool

    @property
    def last_day(self) -> date | None:
        """The last day to ask, None when it is not known or follows from the remittance."""
        days = self.level.file_days
        return self.since + timedelta(days=days) if self.since and days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealTold:
    """An appeal as a person sees it; `days_left` until its answer is due, None when it is over."""

    id: int
    claim: str
    level: int
    level_name: str
    stake_cents: int
    sent_on: date
    due: date
    days_left: int | None
    basis: str
    outcome: str
    answered_by: str
    answered_on: date | None


def ahead(profile: PayerProfile | None, before: Sequence[AppealRow], day: date) -> NextLevel:
    """The level at which a claim with these appeals is appealed on a day: the one after those that were lost."""
    rules = profile.on(day) if profile else None
    levels = rules.appeal_levels if rules else ()
    lost = [one for one in before if one.outcome in LOST]
    number = lost[-1].level + 1 if lost else 1
    known = number <= len(levels)
    block = profile.sources(day).get("appeal_levels") if profile else None
    name = "appeal" if number == 1 else f"appeal, level {number}"
    return NextLevel(number=number, level=levels[number - 1] if known else AppealLevel(name=name),
                source=block.source if block and known else "", since=lost[-1].answered_on if lost else None,
                known=known or not levels)  # fmt: skip


def start(night: Night, conn: Connection, letter: ReworkRow, row: ClaimRow, day: date) -> AppealRow:
    """The clock of an appeal that was sent on a day begins; an unanswered letter of the same level is replaced."""
    before = appeals.of_claims(conn, [row.id]).get(row.id, [])
    for one in before:
        appeals.close(conn, one.rework_id, Outcome.REPLACED, PERSON, day)
    step = ahead(night.profiles.get(row.payer_id), before, day)
    days = step.level.answer_days
    why = f"{step.level.name}: answer within {counted(days, 'day')} from {day}; {step.source}"
    unknown = f"{step.level.name}: answer time of this payer not known, {UNKNOWN_DAYS} days from {day}"
    new = AppealRow(rework_id=letter.id, claim_id=row.id, level=step.number, level_name=step.level.name, sent_on=day,
                    due=day + timedelta(days=days or UNKNOWN_DAYS), basis=why if days else unknown)  # fmt: skip
    appeals.put(conn, new)
    return new


def answered(night: Night, rework_id: int, outcome: Outcome, day: date, person: str, reason: str = "") -> AppealTold:
    """Records what a payer's letter says of an appeal; what an 835 says needs nobody.

    Upheld or partly overturned: the claim stands as its remittances say, and the next level becomes a work item.
    Overturned: the 835 that pays it is waited for.  What was told wrongly is told again as long as nothing else
    happened to the claim since.

    Raises:
        ConfigurationError: no such appeal is waited for, the outcome is none that a letter can say, or the day cannot
            be.
    """
    if outcome not in ANSWERS:
        raise ConfigurationError(f"{outcome.value!r} is not what a letter says", hint=", ".join(ANSWERS))
    with night.store.exclusive("post"), night.store.begin() as conn:
        _told_wrongly(conn, rework_id, person)
        one = _waiting(conn, rework_id)
        if not one.sent_on <= day <= dates.today():
            raise ConfigurationError(f"{day} cannot be the day of the answer")
        _decided(conn, one, person, Verb.APPEAL, reason or "answer by letter", f"{outcome.value} on {day}")
        if outcome is Outcome.OVERTURNED:
            appeals.expect(conn, rework_id, day + timedelta(days=PROMISED_DAYS),
                           f"the payer's letter of {day} promises it; {PROMISED_DAYS} days")  # fmt: skip
        else:
            appeals.close(conn, rework_id, outcome, LETTER, day)
            _stands_again(night, conn, one, person, f"{one.level_name} {outcome.value} on {day}")
        follow(night, conn)
        point("appeals.answered")
    return show(night, rework_id)


def withdraw(night: Night, rework_id: int, person: str, reason: str) -> AppealTold:
    """Takes an appeal back that was sent: the claim stands as its remittances say, its denials wait again.

    Raises:
        ConfigurationError: no such appeal is waited for.
    """
    with night.store.exclusive("post"), night.store.begin() as conn:
        one = _waiting(conn, rework_id)
        _decided(conn, one, person, Verb.WITHDRAW, reason or "not needed", f"appeal {rework_id} withdrawn")
        appeals.close(conn, rework_id, Outcome.WITHDRAWN, PERSON, dates.today())
        reworks.decide(conn, rework_id, ReworkState.DONE, ReworkState.WITHDRAWN, person)
        _stands_again(night, conn, one, person, f"{one.level_name} withdrawn")
        items = work.list_work(conn, kinds=[WorkKind.DENIAL], claim_ids=[one.claim_id], open_only=False)
        for item in items:
            if item.resolution.endswith(resolution(one.sent_on)):
                work.reopen(conn, [item.key], item.resolution)
        follow(night, conn)
        point("appeals.withdrawn")
    return show(night, rework_id)


def resolution(day: date) -> str:
    """How the closing word of a denial ends that was appealed on a day."""
    return f": appealed on {day}"


def told(night: Night, rework_id: int) -> AppealTold | None:
    """One appeal, None when no appeal of that number was sent."""
    return next((one for one in list_appeals(night) if one.id == rework_id), None)


def show(night: Night, rework_id: int) -> AppealTold:
    """One appeal.

    Raises:
        ConfigurationError: there is none of that number.
    """
    found = told(night, rework_id)
    if found is None:
        raise ConfigurationError(f"there is no appeal {rework_id} that was sent", hint="`ptedi rework appeals`")
    return found


def list_appeals(night: Night, *, open_only: bool = False) -> list[AppealTold]:
    """Appeals that were sent, oldest first: until when each is to be answered, how it ended."""
    with night.store.read() as conn:
        found = appeals.waiting(conn) if open_only else appeals.list_appeals(conn)
        rows = claims.get_all(conn, [one.claim_id for one in found])
        letters = {one.id: one for one in reworks.of_claims(conn, rows)}
    return [AppealTold(
        id=one.rework_id, claim=rows[one.claim_id].patient_control_number, level=one.level, level_name=one.level_name,
        stake_cents=letters[one.rework_id].stake_cents, sent_on=one.sent_on, due=one.due,
        days_left=None if one.outcome else (one.due - dates.today()).days, basis=one.basis, outcome=one.outcome.value,
        answered_by=one.answered_by, answered_on=one.answered_on,
    ) for one in found]  # fmt: skip


def follow(night: Night, conn: Connection) -> tuple[int, int]:
    """Ends what remittances answered and brings the work items in line; how many were opened and resolved.

    Running it again changes nothing.
    """
    found, lost = appeals.waiting(conn), appeals.lost(conn)
    ids = {one.claim_id for one in (*found, *lost)}
    states, rows = events.current_states(conn, ids), claims.get_all(conn, ids)
    heard = [one for one in found if states[one.claim_id] not in _STILL_OUT]
    said = payments.history(conn, {one.claim_id for one in heard})
    for one in heard:
        days = [each.paid_on for each in said.get(one.claim_id, ())]
        outcome = _TOLD.get(states[one.claim_id], Outcome.OTHERWISE)
        by = PERSON if outcome is Outcome.OTHERWISE else REMITTANCE
        day = dates.today() if by is PERSON else max(days, default=dates.today())
        appeals.close(conn, one.rework_id, outcome, by, day)
    letters = {one.id: one for one in reworks.of_claims(conn, ids)}
    late = [one for one in found if states[one.claim_id] is State.APPEALED and one.due < dates.today()]
    again = appeals.of_claims(conn, {one.claim_id for one in lost})
    further = [one for one in lost if states[one.claim_id] in _TOLD and again[one.claim_id][-1] == one]
    items = [*(_silent(night, one, letters[one.rework_id], rows) for one in late),
             *(_further(night, again[one.claim_id], letters[one.rework_id], rows) for one in further)]  # fmt: skip
    wanted = {item.key: item for item in items}
    opened = work.put_all(conn, items) + work.reopen(conn, wanted, _OVERTAKEN)
    work.refresh(conn, items)
    done = [one.id for one in work.list_work(conn, kinds=[WorkKind.APPEAL]) if one.key not in wanted]
    return opened, work.resolve(conn, done, _OVERTAKEN)


def _silent(night: Night, one: AppealRow, letter: ReworkRow, rows: Mapping[int, ClaimRow]) -> NewWork:
    after = ahead(night.profiles.get(rows[one.claim_id].payer_id), [replace(one, outcome=Outcome.UPHELD,
                  answered_on=one.due)], dates.today())  # fmt: skip
    further = f"; where silence counts as a no, the next level is the {after.level.name}" if after.known else ""
    return NewWork(
        key=f"appeal:{one.rework_id}:{one.due}", kind=WorkKind.APPEAL, claim_id=one.claim_id,
        category="appeal not answered", next_action="ASK_PAYER", amount_cents=letter.stake_cents, chance=_SILENT,
        sentence=f"The {one.level_name} of {one.sent_on} should have been answered by {one.due}.",
        how=f"Ask where it is and whether it was received (`ptedi rework letters`){further}", cited=one.basis,
        reworkable="yes", fault="payer", confidence="high",
    )  # fmt: skip


def _further(night: Night, before: Sequence[AppealRow], letter: ReworkRow, rows: Mapping[int, ClaimRow]) -> NewWork:
    one = before[-1]
    step = ahead(night.profiles.get(rows[one.claim_id].payer_id), before, one.answered_on or dates.today())
    days = step.level.file_days
    basis = f"{step.level.name}, {counted(days, 'day')} from {one.answered_on}; {step.source}" if days else (
        f"days to ask for the {step.level.name} not known")  # fmt: skip
    return NewWork(
        key=f"appeal:{one.rework_id}:lost", kind=WorkKind.APPEAL, claim_id=one.claim_id, category="appeal lost",
        sentence=f"The payer {one.outcome.value} its decision in the {one.level_name} of {one.answered_on}.",
        amount_cents=letter.stake_cents,
        next_action="APPEAL" if step.known else "WRITE_OFF", chance=_LOST if step.known else 0,
        how=f"Level {step.number}: {step.level.name}" if step.known
        else "The payer has no further level that we know: write it off (appeal-lost), or add appeal_levels",
        deadline=step.last_day if step.known else None, deadline_basis=basis if step.known else "",
        cited=step.source, reworkable="conditional" if step.known else "no", fault="payer", confidence="high",
    )  # fmt: skip


def _waiting(conn: Connection, rework_id: int) -> AppealRow:
    one = appeals.get(conn, rework_id)
    if one is None or one.outcome is not Outcome.WAITING:
        said = f"appeal {rework_id} is {one.outcome.value}" if one else f"there is no appeal {rework_id} that was sent"
        raise ConfigurationError(said, hint="`ptedi rework appeals` lists them")
    return one


def _told_wrongly(conn: Connection, rework_id: int, person: str) -> None:
    """An answer by letter that a person corrects: the claim is appealed again, unless it moved on."""
    one = appeals.get(conn, rework_id)
    if one is None or one.answered_by != LETTER or appeals.of_claims(conn, [one.claim_id])[one.claim_id][-1] != one:
        return
    events.lock(conn, [one.claim_id])
    if events.current_states(conn, [one.claim_id])[one.claim_id] not in (State.DENIED, State.PARTLY_PAID):
        return
    appeals.reopen(conn, rework_id)
    last = events.heads(conn, [one.claim_id])[one.claim_id][0]
    events.append_all(conn, [NewEvent(claim_id=one.claim_id, event=Event.APPEALED, actor=person,
                                      evidence_key=f"appeal {rework_id} told anew after {last}",
                                      detail=f"{one.outcome.value} was told wrongly")])  # fmt: skip


def _decided(conn: Connection, one: AppealRow, person: str, verb: Verb, reason: str, detail: str) -> None:
    decisions.record(conn, NewDecision(actor=person, action=verb, reason=reason, claim_id=one.claim_id,
                                       detail=f"{one.level_name} of {one.sent_on}: {detail}"))  # fmt: skip


def _stands_again(night: Night, conn: Connection, one: AppealRow, person: str, detail: str) -> None:
    """The claim is again what its payer's remittances left it as."""
    events.lock(conn, [one.claim_id])
    case = of_row(night, conn, claims.get(conn, one.claim_id))
    key = f"appeal {one.rework_id} ended after {case.last}"
    known = StoreLookup(conn).by_control_number(case.row.patient_control_number)
    now = stands_now(case.history, known) if known and case.history else None
    told = [(Event.APPEAL_ENDED, ""), *([(now, " stands")] if now and now is not Event.DENIED else [])]
    events.append_all(conn, [
        NewEvent(claim_id=one.claim_id, event=event, actor=person, evidence_key=f"{key}{mark}", detail=detail)
        for event, mark in told
    ])  # fmt: skip
