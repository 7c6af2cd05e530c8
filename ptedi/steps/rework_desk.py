"""A refused claim on a person's desk: what may be done with it and why not, a correction tried without keeping it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ptedi.claims import rework as correcting
from ptedi.claims import rework_form as form
from ptedi.claims.rework import NotUnderstood, Setting
from ptedi.claims.rework_form import Compared, ComparedLine, Field
from ptedi.errors import ConfigurationError
from ptedi.findings import Finding
from ptedi.ledger.accounts import Kind
from ptedi.money import ZERO, from_cents
from ptedi.steps import patient_bill, rework, write_off
from ptedi.steps.hold import filing_deadline
from ptedi.steps.next_payer import next_coverage
from ptedi.steps.night import Night
from ptedi.steps.refused import APPEALABLE, Refused, find
from ptedi.steps.rulebook import Rulebook
from ptedi.store import Connection, batches, claims, decisions, reworks
from ptedi.store.decisions import Decision
from ptedi.store.reworks import ReworkKind, ReworkLine, ReworkRow, ReworkState
from ptedi.submissions.status import State


class Way(StrEnum):
    """What can be made of a claim."""

    CORRECT = "correct"
    APPEAL = "appeal"
    PROOF = "filing proof"
    WRITE_OFF = "write-off"
    PATIENT = "patient"
    NEXT = "next payer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A way, whether it is open, and how or why not, in a sentence."""

    way: Way
    open: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Something that was made of the claim before; `message` says what in figures, `became` the claim of a draft."""

    id: int
    kind: str
    state: str
    message: str
    reason: str
    amount: Decimal
    made_by: str
    decided_by: str
    became: str
    has_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A claim with everything a person needs to decide about it.

    `last` is the number of its newest event: an act that was prepared on an older one is refused.
    `lines` are its lines with their open fields, `fields` those of the claim as a whole.  `paid` is what its payer's
    checks paid in all, twice where it was paid twice: then `open` stands below zero.
    """

    claim: str
    state: str
    payer_id: str
    service_date: date
    last: int
    charge: Decimal
    paid: Decimal
    denied: Decimal
    open: Decimal
    patient: Decimal
    filing_deadline: date | None
    limit: Decimal
    fields: tuple[Field, ...]
    lines: tuple[tuple[Field, ...], ...]
    choices: tuple[Choice, ...]
    made: tuple[Made, ...]
    decided: tuple[Decision, ...]

    def choice(self, way: str) -> Choice:
        """One of the ways."""
        return next(one for one in self.choices if one.way == way)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A correction as it would be: against what was sent, and what the edits say of it now.

    `problem` is the sentence when a value cannot be understood; then nothing else is there.
    """

    claim: str
    last: int
    problem: str = ""
    frequency: str = ""
    reference: str = ""
    why: str = ""
    before: Decimal = ZERO
    after: Decimal = ZERO
    changes: tuple[str, ...] = ()
    fields: tuple[Compared, ...] = ()
    lines: tuple[ComparedLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    stops: bool = False


def desk(night: Night, number: str) -> Desk:
    """What a person can do with a claim.

    Raises:
        ConfigurationError: there is none, or its payer has no profile.
    """
    night.use_tables()
    limit = write_off.rules_of(night).limit
    with night.store.read() as conn:
        case = find(night, conn, number)
        made = reworks.of_claims(conn, [case.row.id])
        became = claims.get_all(conn, [one.released_id for one in made if one.released_id])
        numbers = {claim_id: row.patient_control_number for claim_id, row in became.items()}
        return Desk(
            claim=case.row.patient_control_number, state=case.state.value, payer_id=case.row.payer_id,
            service_date=case.row.service_date, last=case.last, charge=case.coded.claim.charge, paid=case.received,
            denied=case.denied, open=_sum(case, Kind.PAYER), patient=_sum(case, Kind.PATIENT),
            filing_deadline=filing_deadline(night, case.row), limit=limit, fields=form.fields(case.coded.claim),
            lines=tuple(form.line_fields(line) for line in case.coded.claim.lines),
            choices=tuple(_choices(night, conn, case)),
            made=tuple(_made(one, numbers.get(one.released_id or 0, "")) for one in reversed(made)),
            decided=tuple(reversed(decisions.list_decisions(conn, claim_id=case.row.id))),
        )  # fmt: skip


def try_correction(night: Night, number: str, wanted: dict[str, str]) -> Tried:
    """A correction by the fields of a form through repairs and all edits, kept nowhere.

    Raises:
        ConfigurationError: there is no such claim, or it cannot be corrected now.
    """
    return tried(night, number, _settings(night, number, wanted))


def draft_correction(night: Night, number: str, wanted: dict[str, str], person: str, reason: str = "",
                     seen: int | None = None) -> rework.Draft:  # fmt: skip
    """Drafts what the fields of a form say.

    Args:
        night: the workspace.
        number: the claim.
        wanted: the fields by path, see `claims.rework_form`.
        person: who.
        reason: why.
        seen: the claim's newest event when the form was shown; when another has come since, nothing is drafted.

    Raises:
        ConfigurationError: it cannot be corrected now, nothing was changed, or a value cannot be.
    """
    settings = _settings(night, number, wanted)
    if not settings:
        raise ConfigurationError("nothing was changed: there is nothing to send again",
                                 hint="change a field, or appeal what was decided")  # fmt: skip
    return rework.draft(night, number, settings, person, reason, seen=seen)


def tried(night: Night, number: str, settings: Sequence[Setting]) -> Tried:
    """The same by settings."""
    night.use_tables()
    rules = Rulebook.of(night)
    with night.store.read() as conn:
        case = find(night, conn, number, rework.REWORKABLE)
        rework.may(conn, case)
        how = rework.way_of(case)
        sent = case.coded.claim
        try:
            wanted = rework.wanted(night, case, settings)
        except NotUnderstood as problem:
            return Tried(claim=sent.patient_control_number, last=case.last, problem=str(problem))
        fixed = rework.scrubbed(night, conn, case, correcting.numbered(
            wanted, rework.UNNUMBERED, how, sent.patient_control_number), rules)  # fmt: skip
    now = fixed.coded.claim
    return Tried(
        claim=sent.patient_control_number, last=case.last, frequency=how.frequency, reference=how.reference,
        why=how.why, before=sent.charge, after=now.charge, changes=correcting.told(sent, now),
        fields=form.compared(sent, now), lines=form.compared_lines(sent, now), findings=tuple(fixed.findings),
        stops=any(one.severity.stops for one in fixed.findings),
    )  # fmt: skip


def tried_draft(night: Night, rework_id: int) -> Tried:
    """A kept draft in the same shape, with a fresh scrub while it is open.

    Raises:
        ConfigurationError: there is no such draft.
    """
    done = rework.show(night, rework_id)
    with night.store.read() as conn:
        one = reworks.get(conn, rework_id)
        case = find(night, conn, done.claim)
    assert one is not None and one.coded is not None  # noqa: S101 - show found it
    sent, now = case.coded.claim, one.coded.claim
    return Tried(
        claim=done.claim, last=case.last, frequency=done.frequency, reference=done.reference, why=done.why,
        before=sent.charge, after=now.charge, changes=done.changes, fields=form.compared(sent, now),
        lines=form.compared_lines(sent, now), findings=done.findings, stops=done.stops,
    )  # fmt: skip


def draft_values(night: Night, now: Desk) -> dict[str, str]:
    """The fields of the claim's open draft that differ from what was sent, by path; nothing without a draft."""
    drafts = [made.id for made in now.made if (made.kind, made.state) == (ReworkKind.CORRECTED, ReworkState.OPEN)]
    if not drafts:
        return {}
    drafted = tried_draft(night, drafts[0])
    pairs = list(zip(now.fields, drafted.fields, strict=False))  # beyond them stands what the settings say
    for line in drafted.lines:
        if line.before is not None and line.after is not None:
            pairs += zip(now.lines[line.before - 1], line.values, strict=True)
    found = {field.path: value.after for field, value in pairs if value.changed}
    if any(one.changed for one in drafted.fields[len(now.fields):]):
        found[correcting.PRACTICE] = "today"
    return found | {f"line.{line.before}": "remove" for line in drafted.lines if line.before and line.after is None}


def _settings(night: Night, number: str, wanted: dict[str, str]) -> list[Setting]:
    with night.store.read() as conn:
        return form.differing(find(night, conn, number).coded.claim, wanted)


# --- what is open ---


def _sum(case: Refused, kind: Kind) -> Decimal:
    return sum((amount for account, amount in case.balances.items() if account.kind is kind), ZERO)


def _choices(night: Night, conn: Connection, case: Refused) -> list[Choice]:
    tests: dict[Way, Callable[[], str]] = {
        Way.CORRECT: lambda: _correct(conn, case), Way.APPEAL: lambda: _appeal(case),
        Way.PROOF: lambda: _proof(conn, case), Way.WRITE_OFF: lambda: _write_off(case),
        Way.PATIENT: lambda: _patient(conn, case), Way.NEXT: lambda: _next(case),
    }  # fmt: skip
    found = []
    for way, test in tests.items():
        try:
            found.append(Choice(way=way, open=True, why=test()))
        except ConfigurationError as problem:
            found.append(Choice(way=way, open=False, why=str(problem)))
    return found


def _in(case: Refused, allowed: frozenset[State], what: str) -> None:
    if case.state not in allowed:
        raise ConfigurationError(f"the claim is {case.state}; {what}")


def _correct(conn: Connection, case: Refused) -> str:
    _in(case, rework.REWORKABLE, "only a claim that was refused is corrected")
    rework.may(conn, case)
    return rework.way_of(case).why


def _appeal(case: Refused) -> str:
    _in(case, APPEALABLE, "only what a payer denied is appealed")
    return "a letter as PDF: what was denied, why it should be paid, what to enclose"


def _proof(conn: Connection, case: Refused) -> str:
    if not any(one.sent_at for one in batches.of_claim(conn, case.row.id)):
        raise ConfigurationError("the claim was never sent: there is nothing to prove")
    return "every sending with its control numbers and every answer, as PDF"


def _write_off(case: Refused) -> str:
    _in(case, write_off.GIVEN_UP_FROM, "it is on its way")
    columns = [[amount for account, amount in case.balances.items() if account.kind is kind and amount]
               for kind in (Kind.PAYER, Kind.PATIENT)]  # fmt: skip
    if not any(columns):
        raise ConfigurationError("nothing is open on it")
    if not any(amounts and min(amounts) > 0 for amounts in columns):
        raise ConfigurationError("more was paid and adjusted than billed: find out whose money that is; nothing "
                                 "is left to give up")  # fmt: skip
    return "what is open is given up; a second person approves it above the practice's limit"


def _patient(conn: Connection, case: Refused) -> str:
    _in(case, patient_bill.ADJUDICATED, "only what a payer decided is billed to the patient")
    owed = patient_bill.owed(conn, case)
    return f"{owed} is the patient's by the payer's word (group PR)"


def _next(case: Refused) -> str:
    _in(case, patient_bill.ADJUDICATED, "the next payer is asked when this one has decided")
    following = next_coverage(case.coded, case.rows[0].visit)
    if following is None:
        raise ConfigurationError("the visit names no payer after this one")
    return f"{following.payer_id} is asked for what this payer left"


def _made(one: ReworkRow, became: str) -> Made:
    return Made(id=one.id, kind=one.kind.value, state=one.state.value, message=one.message, reason=one.reason,
                amount=from_cents(one.stake_cents), made_by=one.made_by, decided_by=one.decided_by, became=became,
                has_file=bool(one.file_name))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePage:
    """Some of what was made of claims, how many there are in all and what is at stake in them."""

    rows: tuple[ReworkLine, ...]
    total: int
    amount: Decimal


def made_page(night: Night, *, kinds: Sequence[str] = (), states: Sequence[str] = (), claim: str = "",
              limit: int | None = None, offset: int = 0) -> MadePage:  # fmt: skip
    """What was made of claims, newest first: of some kinds and states, or of one claim."""
    with night.store.read() as conn:
        rows, total, at_stake = reworks.page(conn, kinds=kinds, states=states, claim=claim, limit=limit, offset=offset)
    return MadePage(rows=tuple(rows), total=total, amount=from_cents(at_stake))


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeStory:
    """One thing that was made of a claim; `code` is the reason of a write-off, `file_name` that of a letter or bill."""

    id: int
    kind: ReworkKind
    state: str
    claim: str
    payer_id: str
    service_date: date
    message: str
    reason: str
    code: str
    stake_cents: int
    made_by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    became: str
    file_name: str


def made_of(night: Night, rework_id: int) -> MadeStory | None:
    """What has this number, None when nothing has."""
    with night.store.read() as conn:
        one = reworks.get(conn, rework_id)
        if one is None:
            return None
        row = claims.get(conn, one.claim_id)
        after = claims.get(conn, one.released_id).patient_control_number if one.released_id else ""
    return MadeStory(
        id=one.id, kind=one.kind, state=one.state.value, claim=row.patient_control_number, payer_id=row.payer_id,
        service_date=row.service_date, message=one.message, reason=one.reason,
        code=one.changes[0] if one.kind is ReworkKind.WRITE_OFF and one.changes else "", stake_cents=one.stake_cents,
        made_by=one.made_by, made_at=one.made_at, decided_by=one.decided_by, decided_at=one.decided_at, became=after,
        file_name=one.file_name.rpartition("/")[2],
    )  # fmt: skip
