"""Corrected claims: drafted from a denial or rejection, shown against what was sent, approved once, sent by the night.

A draft is no claim.  Approving makes it one, with a number of its own: the next night scrubs it, puts it into a batch
and sends it.  What it replaces is superseded in the same transaction: its charge leaves the books as the new one
enters, so nothing is owed twice; what a payer decided of it stays until the payer takes it back, except where the payer
says that it decided nothing (MA130) and never will.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from ptedi import dates
from ptedi.claims import rework as correcting
from ptedi.claims.coding import as_set_today
from ptedi.claims.identity import control_number
from ptedi.claims.model import CodedClaim
from ptedi.claims.rework import NotUnderstood, Setting, Way
from ptedi.edits import visits as edited
from ptedi.edits.repairs import Fixed
from ptedi.errors import ConfigurationError
from ptedi.findings import Finding
from ptedi.ledger.accounts import PAYER_BY_SEQUENCE, Account
from ptedi.ledger.model import Posting, Source, entry
from ptedi.ledger.standing import standing
from ptedi.money import ZERO, cents, from_cents, usd
from ptedi.steps import spans
from ptedi.steps.books import post_charges, reverse_charges
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.steps.past import Past
from ptedi.steps.refused import Refused, find, of_row, unchanged
from ptedi.steps.rulebook import Rulebook
from ptedi.store import (
    Connection,
    claims,
    closings,
    coordination,
    decisions,
    drafts,
    events,
    payments,
    postings,
    reworks,
    series,
    work,
)
from ptedi.store.claims import ClaimRow
from ptedi.store.coordination import Step
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.events import NewEvent
from ptedi.store.json import encode
from ptedi.store.postings import Booking
from ptedi.store.reworks import NewRework, ReworkKind, ReworkRow, ReworkState
from ptedi.store.series import SeriesKey
from ptedi.submissions.status import Event, State

UNNUMBERED = "DRAFT"
REWORKABLE = frozenset({State.REJECTED, State.DENIED, State.PARTLY_PAID, State.REVERSED, State.APPEALED,
                        State.REWORKED})  # fmt: skip
_PART = 1_000_000_000  # a corrected claim stands on the same visits: its part is beyond those of split claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted correction as a person sees it.

    Attributes:
        claim: the claim it corrects; `released` the one it became, "" before.
        frequency: CLM05-3, with `reference` (REF*F8) for 7.
        why: why it goes so.
        changes: submitted against draft.
        findings: what the edits say of the draft now; `stops` whether one of them stops it.
        stake_cents: what was denied, or the charge of a rejected claim.
        recovered_cents: what was paid on the corrected claim beyond what was paid on the first.
    """

    id: int
    claim: str
    state: str
    frequency: str
    reference: str
    why: str
    changes: tuple[str, ...]
    findings: tuple[Finding, ...]
    stops: bool
    stake_cents: int
    released: str
    recovered_cents: int
    made_by: str
    decided_by: str
    reason: str


def draft(night: Night, number: str, settings: Sequence[Setting], person: str, reason: str = "", *,
          seen: int | None = None) -> Draft:  # fmt: skip
    """Drafts a corrected claim; the same draft of the same claim is made once, another one takes its place.

    `seen` is the claim's newest event when the person looked at it: when another has come since, nothing is drafted.

    Raises:
        ConfigurationError: it cannot be corrected now, the payer takes no correction, or a setting names nothing.
    """
    night.use_tables()
    rules = Rulebook.of(night)
    with night.store.exclusive("post"):
        with night.store.begin() as conn:
            case = find(night, conn, number, REWORKABLE)
            events.lock(conn, [case.row.id])
            unchanged(conn, case, seen)
            may(conn, case)
            how = way_of(case)
            try:
                drafted = wanted(night, case, settings)
            except NotUnderstood as problem:
                raise ConfigurationError(str(problem), hint="see `ptedi rework draft --help`") from None
            drafted = correcting.numbered(drafted, UNNUMBERED, how, case.row.patient_control_number)
            fixed = scrubbed(night, conn, case, drafted, rules)
            row = reworks.put(conn, _new(case, how, fixed, person, reason))
            if row.state is ReworkState.WITHDRAWN:
                reworks.decide(conn, row.id, ReworkState.WITHDRAWN, ReworkState.OPEN, person)
            for other in reworks.of_claims(conn, [case.row.id], ReworkKind.CORRECTED):
                if other.id != row.id:
                    reworks.decide(conn, other.id, ReworkState.OPEN, ReworkState.WITHDRAWN, person)
        point("rework.drafted")
    return show(night, row.id)


def approve(night: Night, rework_id: int, person: str) -> Draft:
    """Makes a claim of a draft: the next night scrubs it and puts it into a batch.  Once; again tells the same.

    Raises:
        ConfigurationError: there is no such draft, it is decided, an edit stops it, or something happened since.
    """
    night.use_tables()
    rules = Rulebook.of(night)
    with night.store.exclusive("code"), night.store.exclusive("post"):
        with night.store.begin() as conn:
            one = _draft(conn, rework_id)
            if one.released_id is None:
                _release(night, conn, one, rules, person)
                point("rework.released")
        point("rework.kept")
    return show(night, rework_id)


def send_again(night: Night, conn: Connection, case: Refused, rules: Rulebook, person: str, reason: str) -> str:
    """A refused claim with nothing wrong with it, made ready again as it is; its new number.

    The caller holds "code" and "post".

    Raises:
        ConfigurationError: the claim may not go again, or an edit stops it now; nothing was changed.
    """
    events.lock(conn, [case.row.id])
    may(conn, case)
    how = way_of(case)
    drafted = correcting.numbered(case.coded, UNNUMBERED, how, case.row.patient_control_number)
    fixed = scrubbed(night, conn, case, drafted, rules)
    stopping = [one for one in fixed.findings if one.severity.stops]
    if stopping:
        raise ConfigurationError(f"an edit stops it now: {stopping[0].code} {stopping[0].message}",
                                 hint=f"`ptedi rework draft {case.row.patient_control_number}` corrects it")
    for other in reworks.of_claims(conn, [case.row.id], ReworkKind.CORRECTED):
        reworks.decide(conn, other.id, ReworkState.OPEN, ReworkState.WITHDRAWN, person)
    row = reworks.put(conn, _new(case, how, fixed, person, reason))
    reworks.decide(conn, row.id, ReworkState.WITHDRAWN, ReworkState.OPEN, person)
    return _book(night, conn, case, row, fixed.coded, person)


def withdraw(night: Night, rework_id: int, person: str, reason: str) -> Draft:
    """Gives a draft up; the claim stays as it is.

    Raises:
        ConfigurationError: there is no such open draft.
    """
    with night.store.exclusive("post"), night.store.begin() as conn:
        one = _draft(conn, rework_id)
        if not reworks.decide(conn, one.id, ReworkState.OPEN, ReworkState.WITHDRAWN, person):
            raise ConfigurationError(f"draft {rework_id} is {one.state}")
        decisions.record(conn, NewDecision(actor=person, action=Verb.WITHDRAW, reason=reason or "not needed",
                                           claim_id=one.claim_id, detail=f"draft {one.id}"))  # fmt: skip
    return show(night, rework_id)


def show(night: Night, rework_id: int) -> Draft:
    """A draft with a fresh scrub.

    Raises:
        ConfigurationError: there is none of that number.
    """
    night.use_tables()
    rules = Rulebook.of(night)
    with night.store.read() as conn:
        return _told(night, conn, _draft(conn, rework_id), rules)


def list_drafts(night: Night, *, open_only: bool = False) -> list[Draft]:
    """Every corrected claim drafted so far, oldest first."""
    night.use_tables()
    rules = Rulebook.of(night)
    with night.store.read() as conn:
        states = [ReworkState.OPEN] if open_only else []
        rows = reworks.list_reworks(conn, kinds=[ReworkKind.CORRECTED], states=states)
        return [_told(night, conn, row, rules) for row in rows]


# --- what may go ---


def may(conn: Connection, case: Refused) -> None:
    """Refuses what another way is meant for."""
    if case.coded.claim.sequence != "P" or case.row.id in coordination.later(conn):
        raise ConfigurationError(f"{case.row.patient_control_number} asks a later payer for what the first one left",
                                 hint="`ptedi rework next` of the claim before makes it anew")  # fmt: skip
    known = coordination.get(conn, [case.row.id]).get(case.row.id)
    if known is not None and known.next_claim_id is not None:
        other = claims.get(conn, known.next_claim_id).patient_control_number
        raise ConfigurationError(f"{other} went to the next payer with what this one decided",
                                 hint="appeal, or settle the next payer's claim first")  # fmt: skip
    if drafts.list_open(conn, [one.visit_id for one in case.rows]):
        raise ConfigurationError("the visit was captured again, and that has a draft of its own",
                                 hint="`ptedi work --kind draft` shows it")  # fmt: skip


def way_of(case: Refused) -> Way:
    """How its payer takes a correction.

    Raises:
        ConfigurationError: it takes none.
    """
    how = correcting.way(
        case.profile.on(case.row.service_date), rejected=case.state is State.REJECTED or not case.history,
        unprocessable=case.unprocessable, payer_claim_number=case.payer_claim_number,
    )  # fmt: skip
    if case.went_on and case.state is State.REJECTED:
        return replace(how, why="rejected, but another answer (999, 277CA) took it in: ask the payer first whether "
                                "it has it, or it comes twice; it goes as new")
    if not how.frequency:
        raise ConfigurationError(f"{case.row.patient_control_number}: {how.why}",
                                 hint=f"`ptedi rework appeal {case.row.patient_control_number}` writes the letter")
    return how


def wanted(night: Night, case: Refused, settings: Sequence[Setting]) -> CodedClaim:
    """The claim as a person sets it, still under its old number.

    Raises:
        NotUnderstood: a setting names nothing, or its value cannot be.
    """
    coded = case.coded
    if any((one.path, one.value) == (correcting.PRACTICE, "today") for one in settings):
        coded = as_set_today(coded, case.rows[0].visit, night.practice, case.profile)
    others = [one for one in settings if (one.path, one.value) != (correcting.PRACTICE, "today")]
    return correcting.corrected(coded, others, night.practice.charges)


def scrubbed(night: Night, conn: Connection, case: Refused, coded: CodedClaim, rules: Rulebook) -> Fixed:
    """The draft through safe repairs and all edits, as the night will see it."""
    several = [one.visit for one in case.rows]
    past = Past.of_patients(night, conn, [case.row], several, rules.records)
    return edited.whole(coded, spans.fix(coded, several, night, case.profile, case.row, past, rules.waivers))


def _new(case: Refused, how: Way, fixed: Fixed, person: str, reason: str) -> NewRework:
    text = encode(fixed.coded)
    stake = case.row.charge_cents if case.state is State.REJECTED else max(cents(case.denied), 0)
    return NewRework(
        key=f"corrected:{case.row.id}:{case.last}:{sha256(text.encode()).hexdigest()[:24]}", claim_id=case.row.id,
        kind=ReworkKind.CORRECTED, basis=case.last, message=how.why, made_by=person, reason=reason, coded=fixed.coded,
        changes=correcting.told(case.coded.claim, fixed.coded.claim), stake_cents=stake, paid_cents=cents(case.paid),
    )  # fmt: skip


def _draft(conn: Connection, rework_id: int) -> ReworkRow:
    one = reworks.get(conn, rework_id)
    if one is None or one.kind is not ReworkKind.CORRECTED:
        raise ConfigurationError(f"there is no draft {rework_id}", hint="`ptedi rework list` lists them")
    return one


# --- releasing ---


def _release(night: Night, conn: Connection, one: ReworkRow, rules: Rulebook, person: str) -> None:
    before = claims.get(conn, one.claim_id)
    if one.state is not ReworkState.OPEN or one.coded is None:
        raise ConfigurationError(f"draft {one.id} is {one.state}")
    events.lock(conn, [before.id])
    case = of_row(night, conn, before)
    again = f"`ptedi rework draft {before.patient_control_number}` drafts it anew"
    if case.last != one.basis:
        raise ConfigurationError("something happened to the claim since it was drafted; nothing was sent", hint=again)
    may(conn, case)
    stopping = [f for f in scrubbed(night, conn, case, one.coded, rules).findings if f.severity.stops]
    if stopping:
        raise ConfigurationError(f"an edit stops the draft: {stopping[0].code} {stopping[0].message}", hint=again)
    _book(night, conn, case, one, one.coded, person)


def _book(
    night: Night, conn: Connection, case: Refused, one: ReworkRow, drafted: CodedClaim, person: str
) -> str:  # fmt: skip
    """The claim that a draft becomes, what it replaces, the books; its number."""
    before = case.row
    claim_id, number, coded = _insert(night, conn, case, drafted)
    point("rework.claim inserted")
    said = f"corrected by a person, goes as {number} with frequency {coded.claim.frequency}"
    events.append_all(conn, [
        NewEvent(claim_id=before.id, event=Event.REWORKED, actor=person, evidence_key=f"rework {one.id}", detail=said),
        NewEvent(claim_id=before.id, event=Event.SUPERSEDED, actor=person, evidence_key=f"{events.REPLACED_BY}{number}",
                 detail=f"replaced by {number}"),
        NewEvent(claim_id=claim_id, event=Event.CODED, actor=person, evidence_key="coded",
                 detail=f"corrects {before.patient_control_number}: {one.message}"),
    ])  # fmt: skip
    point("rework.events appended")
    reverse_charges(conn, {before.id: case.coded})
    post_charges(conn, {claim_id: coded})
    if coded.claim.frequency == "1":
        _nothing_decided(conn, case, number)
    known = coordination.get(conn, [before.id]).get(before.id)
    if known is not None:  # its next payer hears what is decided of the corrected claim
        coordination.put(conn, replace(known, step=Step.NONE))
    waiting = work.list_work(conn, claim_ids=[before.id])
    work.resolve(conn, [item.id for item in waiting], f"{person}: corrected claim {number}")
    reworks.decide(conn, one.id, ReworkState.OPEN, ReworkState.DONE, person, claim_id)
    decisions.record(conn, NewDecision(
        actor=person, action=Verb.REWORK, reason=one.reason or "corrected claim", claim_id=before.id,
        detail=f"{before.patient_control_number} goes as {number}, {usd(coded.claim.charge)}",
    ))  # fmt: skip
    return number


def _insert(night: Night, conn: Connection, case: Refused, drafted: CodedClaim) -> tuple[int, str, CodedClaim]:
    claim = drafted.claim
    how = Way(frequency=claim.frequency, reference=claim.original_reference, why=way_of(case).why)
    with series.opened(conn, SeriesKey(night.practice.id, night.environment, "CLM01")) as numbers:
        number = control_number(night.claim_prefix, numbers.upcoming)
        coded = correcting.numbered(drafted, number, how, case.row.patient_control_number)
        before = sum(1 for one in reworks.of_claims(conn, [case.row.id], ReworkKind.CORRECTED) if one.released_id)
        new = replace(spans.new_claim(night, case.rows, coded, part=_PART * (1 + before) + case.row.id),
                      partner_id=case.row.partner_id)  # fmt: skip
        numbers.use(spans.fingerprint(new))
        return claims.insert(conn, new), number, coded


def _nothing_decided(conn: Connection, case: Refused, number: str) -> None:
    """What the payer refused to process stands as denied no longer: the corrected claim is owed instead."""
    receivable = PAYER_BY_SEQUENCE[case.coded.claim.sequence]
    denied = postings.lines_of(conn, case.account, [Account.DENIED])
    moved = [Posting(account=account, amount=sign * amount, line=line)
             for (_, line), amount in denied.items()
             for account, sign in ((Account.DENIED, -1), (receivable, 1))]  # fmt: skip
    if moved:
        day = closings.open_day(conn, dates.today(), dates.today())
        booked = entry(f"rework:{number}", day, Source.MANUAL, moved, case.account)
        postings.post_all(conn, [Booking(entry=booked)])


# --- telling ---


def _told(night: Night, conn: Connection, one: ReworkRow, rules: Rulebook) -> Draft:
    before = claims.get(conn, one.claim_id)
    coded = one.coded
    found: Sequence[Finding] = ()
    if one.state is ReworkState.OPEN and coded is not None:
        found = scrubbed(night, conn, of_row(night, conn, before), coded, rules).findings
    released = claims.get(conn, one.released_id) if one.released_id else None
    return Draft(
        id=one.id, claim=before.patient_control_number, state=one.state.value,
        frequency=coded.claim.frequency if coded else "", reference=coded.claim.original_reference if coded else "",
        why=one.message, changes=one.changes, findings=tuple(found), stops=any(f.severity.stops for f in found),
        stake_cents=one.stake_cents, released=released.patient_control_number if released else "",
        recovered_cents=_recovered(conn, one, released), made_by=one.made_by, decided_by=one.decided_by,
        reason=one.reason,
    )  # fmt: skip


def _recovered(conn: Connection, one: ReworkRow, released: ClaimRow | None) -> int:
    """Paid on the corrected claim beyond what was paid on the first; never below zero."""
    if released is None:
        return 0
    history = payments.history(conn, [released.id]).get(released.id, [])
    paid = sum((a.clp.paid for a in standing(history, from_cents(released.charge_cents)).valid), ZERO)
    return max(cents(paid) - one.paid_cents, 0)
