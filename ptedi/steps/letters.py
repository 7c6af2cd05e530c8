"""Letters about refused claims: the facts gathered from the store, the PDF kept in letters/, its sending an event.

A file is named by its kind and the hash of its content, never by whom it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from ptedi import dates
from ptedi.disk import write_whole
from ptedi.errors import ConfigurationError
from ptedi.letters import appeal as letter
from ptedi.letters import proof as proofs
from ptedi.money import cents, usd
from ptedi.steps.appeals import resolution, start
from ptedi.steps.faults import point
from ptedi.steps.letter_facts import appeal_facts
from ptedi.steps.night import Night
from ptedi.steps.proof_facts import proof_facts
from ptedi.steps.refused import APPEALABLE, Refused, find
from ptedi.store import Connection, appeals, claims, decisions, events, reworks, work
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.events import NewEvent
from ptedi.store.reworks import NewRework, ReworkKind, ReworkRow, ReworkState
from ptedi.store.work import WorkKind
from ptedi.submissions.status import Event

FOLDER = "letters"
LETTERS = (ReworkKind.APPEAL, ReworkKind.PROOF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter in the workspace, with the last day for it (`late` when that is over); `done` once it was sent.

    `answer_by` is the day until which a sent appeal is to be answered, by `basis`.
    """

    id: int
    claim: str
    kind: str
    state: str
    path: str
    sha256: str
    stake_cents: int
    deadline: date | None
    late: bool
    message: str
    answer_by: date | None = None
    basis: str = ""


def appeal(night: Night, number: str, person: str) -> Written:
    """Writes the appeal of a denied claim as PDF.  Nothing is sent; `sent` says when it was.

    Where a remark grants no appeal (N211) it is a request to reopen the decision, and says so.

    Raises:
        ConfigurationError: the claim is not denied, or a template cannot be used.
    """
    night.use_tables()
    with night.store.read() as conn:
        case = find(night, conn, number, APPEALABLE)
        facts = appeal_facts(night, conn, case)
    data = letter.write(facts, _own(night))
    what = "request to reopen" if facts.barred else facts.level or "appeal"
    said = f"{what} ({facts.category}) of {usd(facts.denied)}"
    if facts.barred:
        said += f", no appeal: the payer grants none ({facts.barred})"
    row = _kept(night, case, ReworkKind.APPEAL, data, said, cents(facts.denied), person)
    return _written(case.row.patient_control_number, row, facts.deadline)


def proof(night: Night, number: str, person: str) -> Written:
    """Writes the proof of timely filing of a claim that was sent, as PDF.

    Raises:
        ConfigurationError: the claim never left us, or a template cannot be used.
    """
    night.use_tables()
    with night.store.read() as conn:
        case = find(night, conn, number)
    facts = proof_facts(night, case)
    if not facts.sendings:
        raise ConfigurationError(f"claim {number} was never sent: there is nothing to prove")
    data = proofs.write(facts, _own(night))
    said = f"proof of timely filing, {len(facts.sendings)} sendings and {len(facts.exhibits)} exhibits"
    stake = max(cents(case.denied), 0) or case.row.charge_cents
    row = _kept(night, case, ReworkKind.PROOF, data, said, stake, person)
    return _written(case.row.patient_control_number, row, facts.last_day)


def sent(night: Night, rework_id: int, day: date, person: str) -> Written:
    """Records that a letter was sent on a day: an appealed claim is appealed from then on, and its clock runs.  Once.

    Raises:
        ConfigurationError: there is no such letter, it was withdrawn, or the day cannot be.
    """
    with night.store.exclusive("post"), night.store.begin() as conn:
        one = reworks.get(conn, rework_id)
        if one is None or one.kind not in LETTERS:
            raise ConfigurationError(f"there is no letter {rework_id}", hint="`ptedi rework letters` lists them")
        row = claims.get(conn, one.claim_id)
        if one.state is ReworkState.WITHDRAWN:
            raise ConfigurationError(f"letter {rework_id} was replaced by a newer one")
        if not row.service_date <= day <= dates.today():
            raise ConfigurationError(f"{day} cannot be the day on which it was sent")
        if reworks.decide(conn, one.id, ReworkState.OPEN, ReworkState.DONE, person):
            _tell(night, conn, one, day, person)
            point("letters.sent")
        found, clock = reworks.get(conn, rework_id), appeals.get(conn, rework_id)
    told = _written(row.patient_control_number, found or one, None)
    return replace(told, answer_by=clock.due, basis=clock.basis) if clock else told


def withdraw(night: Night, rework_id: int, person: str, reason: str) -> Written:
    """Gives a letter up that was not sent.

    Raises:
        ConfigurationError: there is no such letter that waits to be sent.
    """
    with night.store.exclusive("post"), night.store.begin() as conn:
        one = reworks.get(conn, rework_id)
        if one is None or one.kind not in LETTERS:
            raise ConfigurationError(f"there is no letter {rework_id}", hint="`ptedi rework letters` lists them")
        if not reworks.decide(conn, one.id, ReworkState.OPEN, ReworkState.WITHDRAWN, person):
            raise ConfigurationError(f"letter {rework_id} is {one.state}")
        decisions.record(conn, NewDecision(actor=person, action=Verb.WITHDRAW, reason=reason or "not needed",
                                           claim_id=one.claim_id, detail=f"letter {one.id}"))  # fmt: skip
        number = claims.get(conn, one.claim_id).patient_control_number
        found = reworks.get(conn, rework_id)
    return _written(number, found or one, None)


def state_of(night: Night, rework_id: int) -> str | None:
    """How far a letter is, None when the number is of something else."""
    with night.store.read() as conn:
        one = reworks.get(conn, rework_id)
    return None if one is None or one.kind not in LETTERS else one.state.value


def list_letters(night: Night) -> list[Written]:
    """Every letter written, oldest first."""
    with night.store.read() as conn:
        rows = reworks.list_reworks(conn, kinds=LETTERS)
        known = claims.get_all(conn, [row.claim_id for row in rows])
    return [_written(known[row.claim_id].patient_control_number, row, None) for row in rows]


def _own(night: Night) -> Path | None:
    folder = night.workspace.root / FOLDER / "templates"
    return folder if folder.is_dir() else None


def _kept(night: Night, case: Refused, kind: ReworkKind, data: bytes, said: str, stake: int,
          person: str) -> ReworkRow:  # fmt: skip
    """The file first, then its row: cut off in between it is written again under the same name."""
    digest = sha256(data).hexdigest()
    name = f"{kind.value.replace(' ', '-')}-{digest[:16]}.pdf"
    write_whole(night.workspace.folder(FOLDER) / name, data)
    point("letters.file written")
    with night.store.exclusive("post"), night.store.begin() as conn:
        row = reworks.put(conn, NewRework(
            key=f"{kind.value}:{case.row.id}:{digest[:32]}", claim_id=case.row.id, kind=kind, basis=case.last,
            message=said, made_by=person, stake_cents=stake, paid_cents=cents(case.paid),
            file_name=f"{FOLDER}/{name}", file_sha256=digest,
        ))  # fmt: skip
        for other in reworks.of_claims(conn, [case.row.id], kind):
            if other.id != row.id:
                reworks.decide(conn, other.id, ReworkState.OPEN, ReworkState.WITHDRAWN, person)
        reworks.decide(conn, row.id, ReworkState.WITHDRAWN, ReworkState.OPEN, person)
        kept = reworks.get(conn, row.id)
    point("letters.kept")
    return kept or row


def _tell(night: Night, conn: Connection, one: ReworkRow, day: date, person: str) -> None:
    said = f"{one.message}, sent on {day}, {one.file_name}"
    if one.kind is ReworkKind.APPEAL:
        clock = start(night, conn, one, claims.get(conn, one.claim_id), day)
        said += f", an answer is expected by {clock.due}"
    decisions.record(conn, NewDecision(actor=person, action=Verb.APPEAL, reason=one.kind.value, claim_id=one.claim_id,
                                       detail=said))  # fmt: skip
    if one.kind is ReworkKind.APPEAL:
        last = events.heads(conn, [one.claim_id])[one.claim_id][0]  # a letter taken back can go out again
        events.append_all(conn, [NewEvent(claim_id=one.claim_id, event=Event.APPEALED, actor=person,
                                          evidence_key=f"appeal {one.id} after {last}", detail=said)])  # fmt: skip
        items = work.list_work(conn, kinds=[WorkKind.DENIAL, WorkKind.APPEAL], claim_ids=[one.claim_id])
        work.resolve(conn, [item.id for item in items], person + resolution(day))


def _written(number: str, row: ReworkRow, deadline: date | None) -> Written:
    return Written(
        id=row.id, claim=number, kind=row.kind.value, state=row.state.value, path=row.file_name,
        sha256=row.file_sha256, stake_cents=row.stake_cents, deadline=deadline,
        late=row.kind is ReworkKind.APPEAL and deadline is not None and deadline < dates.today(), message=row.message,
    )  # fmt: skip
