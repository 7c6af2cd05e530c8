"""The outbox emptied: every batch reaches its partner exactly once.

A send is written down before it begins (`sending`) and again when the file lies ready under its temporary name
(`staged`).  Only one process delivers to a partner at a time, so a batch found in `sending` belongs to a process that
died.  What then lies at the partner's says what to do:

    there under its name        it was sent
    there as temporary          it was not sent yet: go on
    not there, never staged     it was not sent: begin again
    not there, staged           the partner may have taken it: unknown, until an answer, the listing or a person tells
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

import msgspec

from ptedi.disk import write_whole
from ptedi.errors import (
    ChannelRefused,
    ChannelUnavailable,
    ConfigurationError,
    ContractViolation,
    InterlockError,
    PtediError,
)
from ptedi.money import from_cents
from ptedi.payers.partner import TradingPartner
from ptedi.steps.batch import usage
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.store import Connection, batches, claims, decisions, events, files, work
from ptedi.store.batches import BatchRow, Outbox
from ptedi.store.decisions import Verb
from ptedi.store.events import NewEvent
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import ANSWERS, Event, State
from ptedi.transport import Channel, Presence
from ptedi.x12.reader import read

ACTOR = "deliver_batches"
STAGED = "staged"
SETTLED = "the send is settled"
_HEARD = "its claims were answered"
_OPEN = (Outbox.BUILT, Outbox.SENDING, Outbox.UNKNOWN)
_DOUBTFUL = (Outbox.UNKNOWN, Outbox.FAILED)
_ANSWERED = {State.RECEIVED, State.ACCEPTED_CLEARINGHOUSE, State.ACCEPTED_PAYER, State.REJECTED, State.PAID,
             State.PARTLY_PAID, State.DENIED, State.REVERSED, State.CLOSED}  # fmt: skip
_LEFT = {State.APPEALED, State.REWORKED, State.SUPERSEDED, State.WRITTEN_OFF}  # with an answer or without
_SAID = {*ANSWERS, Event.PAID, Event.PARTLY_PAID, Event.DENIED, Event.REVERSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What deliver_batches did: batches sent now, those still unknown or failed; claims and cents sent now."""

    sent: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    claims: int = 0
    charge_cents: int = 0


@dataclass(slots=True)
class _Tally:
    sent: list[BatchRow] = field(default_factory=list)
    unknown: list[BatchRow] = field(default_factory=list)
    failed: list[BatchRow] = field(default_factory=list)


def deliver_batches(night: Night) -> Delivered:
    """Sends what is built and settles what was cut off; one partner's or file's trouble does not stop the others.

    Raises:
        ContractViolation: the archived copy of a file is not what was built; that file waits.
        ChannelUnavailable: a channel was down; trying again later is right.
        ChannelRefused: a partner refused us; a person must act.
        ConfigurationError: a channel's folder, permission, key or variable is missing.
        InterlockError: test and production would have mixed; nothing was sent there.
    """
    tally, trouble = _Tally(), list[PtediError]()
    for partner in night.partners.values():
        try:
            with night.store.exclusive(f"deliver {partner.id}"):
                _to_partner(night, partner, tally, trouble)
        except (ChannelUnavailable, ChannelRefused, ConfigurationError, InterlockError) as problem:
            trouble.append(problem)
    if trouble:
        raise min(trouble, key=lambda one: isinstance(one, ChannelUnavailable))
    return Delivered(
        sent=_ids(tally.sent), unknown=_ids(tally.unknown), failed=_ids(tally.failed),
        claims=sum(one.claim_count for one in tally.sent), charge_cents=sum(one.charge_cents for one in tally.sent),
    )  # fmt: skip


def deliver_batch(night: Night, batch_id: int) -> Delivered:
    """Sends one batch alone and leaves the others in the outbox to the night.

    Raises:
        ChannelUnavailable, ChannelRefused, ConfigurationError, InterlockError: as `deliver_batches`.
    """
    tally = _Tally()
    with night.store.read() as conn:
        row = batches.get(conn, batch_id)
    partner = night.partners[row.partner_id]
    with night.store.exclusive(f"deliver {partner.id}"):
        with night.store.read() as conn:
            row = batches.get(conn, batch_id)
        if row.state in _OPEN:
            with closing(night.channel(partner)) as channel:
                data = _bytes(night, row)
                _interlock(night, partner, channel, row, data)
                _deliver(night, channel, row, data, tally)
    return Delivered(sent=_ids(tally.sent), unknown=_ids(tally.unknown), failed=_ids(tally.failed))


def outbox(night: Night) -> tuple[int, ...]:
    """The batches that are built and not known to have been sent."""
    with night.store.read() as conn:
        return _ids(batches.list_batches(conn, states=_OPEN))


def _ids(rows: Sequence[BatchRow]) -> tuple[int, ...]:
    return tuple(row.id for row in rows)


def _to_partner(night: Night, partner: TradingPartner, tally: _Tally, trouble: list[PtediError]) -> None:
    with night.store.read() as conn:
        waiting = batches.list_batches(conn, states=_OPEN, partner_id=partner.id)
        proven = batches.unrecorded(conn, partner.id)
        failed = batches.list_batches(conn, states=[Outbox.FAILED], partner_id=partner.id)
        answered = [row for row in (*waiting, *failed) if _may_be_there(conn, row) and heard_of(conn, row)]
    for row in proven:
        _prove(night, row, row.reason)
    for row in answered:
        _prove(night, row, _HEARD)
    known = set(_ids(answered))
    tally.failed += [row for row in failed if row.id not in known]
    waiting = [row for row in waiting if row.id not in known]
    if not waiting:
        return
    with closing(night.channel(partner)) as channel:
        for row in waiting:
            if _was_heard(night, row):  # asked anew: files before it take their time, and answers come meanwhile
                _prove(night, row, _HEARD)
                continue
            try:
                data = _bytes(night, row)
            except ContractViolation as problem:
                trouble.append(problem)
                continue
            _interlock(night, partner, channel, row, data)
            _deliver(night, channel, row, data, tally)


def _was_heard(night: Night, row: BatchRow) -> bool:
    with night.store.read() as conn:
        return _may_be_there(conn, row) and bool(heard_of(conn, row))


def _bytes(night: Night, row: BatchRow) -> bytes:
    with night.store.read() as conn:
        return files.read_bytes(night.archive, files.get(conn, row.file_id))


def _interlock(night: Night, partner: TradingPartner, channel: Channel, row: BatchRow, data: bytes) -> None:
    """Refuses to mix test and production: workspace, batch, ISA15 of the very bytes, and the channel must agree."""
    written = next(segment.get(15) for segment in read(data, lenient=True) if segment.id == "ISA")
    worlds = {night.environment, usage(night, partner), row.environment, written, channel.environment or written}
    if len(worlds) > 1:
        raise InterlockError(f"batch {row.id} mixes test and production: {', '.join(sorted(worlds))}",
                             hint="check environment in ptedi.toml and the partner's transport")  # fmt: skip


def _deliver(night: Night, channel: Channel, row: BatchRow, data: bytes, tally: _Tally) -> None:
    """One batch, from wherever an earlier attempt left it."""
    try:
        presence = Presence.ABSENT if row.state is Outbox.BUILT else channel.look(row.file_name, data)
        point("deliver.looked")
        if presence is Presence.ABSENT and row.state is not Outbox.BUILT and row.reason == STAGED:
            tally.unknown.append(row)
            _unknown(night, row)
            return
        if presence is Presence.DIFFERENT:
            raise ContractViolation("another file has this name at the partner's")
        if presence is not Presence.PUBLISHED and not _send(night, channel, row, data):
            return
    except ContractViolation as problem:
        tally.failed.append(row)
        _failed(night, row, str(problem))
        return
    except ChannelRefused as problem:
        _refused(night, row, str(problem))
        raise
    write_manifest(night, row)
    _record(night, row, Outbox.SENT, "")
    point("deliver.recorded")
    tally.sent.append(row)


def _send(night: Night, channel: Channel, row: BatchRow, data: bytes) -> bool:
    """Sends a file; False where an answer to an earlier send of it came meanwhile, and it does not go again."""
    if not _goes_on(night, row, ""):
        return False
    point("deliver.sending")
    channel.stage(row.file_name, data)
    point("deliver.staged")
    if not _goes_on(night, row, STAGED):
        channel.withdraw(row.file_name)
        return False
    point("deliver.staged recorded")
    channel.publish(row.file_name, data)
    point("deliver.published")
    return True


def _goes_on(night: Night, row: BatchRow, reason: str) -> bool:
    """Writes down how far a send is, unless its batch or a claim of it was answered since the last look."""
    with night.store.begin() as conn:
        answered = _may_be_there(conn, row) and heard_of(conn, row)
        return not answered and batches.move(conn, row.id, _OPEN, Outbox.SENDING, reason)


def _may_be_there(conn: Connection, row: BatchRow) -> bool:
    """Whether an answer may speak of an earlier send of a batch.

    It was cut off, or a person took the partner's word that it never had the file.  A file that was never on its way
    is not asked: a payment that was matched to a claim of it by mistake would keep the whole file here for ever.
    """
    told = decisions.list_decisions(conn, file_id=row.file_id) if row.state not in _DOUBTFUL else []
    return row.state in _DOUBTFUL or any(one.action is Verb.SETTLE for one in told)


def heard_of(conn: Connection, row: BatchRow) -> set[int]:
    """The claims of a batch that were answered: a 277CA without our batch number, or money, proves the send."""
    states = events.current_states(conn, [one.claim_id for one in batches.claims_of(conn, row.id)])
    left = [claim_id for claim_id, state in states.items() if state in _LEFT]
    return {claim_id for claim_id, state in states.items() if state in _ANSWERED} | {
        claim_id for claim_id in left if _was_answered(conn, claim_id)}  # fmt: skip


def _was_answered(conn: Connection, claim_id: int) -> bool:
    """Whether a claim that a person took off the road was answered since it was last put into a file."""
    told = [one.event for one in reversed(events.of_claim(conn, claim_id))]
    since = told[: told.index(Event.BATCHED)] if Event.BATCHED in told else told
    return not _SAID.isdisjoint(since)


def _prove(night: Night, row: BatchRow, why: str) -> None:
    write_manifest(night, row)
    _record(night, row, Outbox.CONFIRMED, why)


def _record(night: Night, row: BatchRow, state: Outbox, reason: str) -> None:
    with night.store.begin() as conn:
        record_sent(conn, row, state, reason)
        point("deliver.events appended")


def record_sent(conn: Connection, row: BatchRow, state: Outbox, reason: str, *, actor: str = ACTOR) -> None:
    """Records in this transaction that a batch is at its partner's, and closes the question about it."""
    if not batches.move(conn, row.id, (*_OPEN, Outbox.FAILED), state, reason, sent=True):
        batches.went(conn, row.id)  # an answer was faster: what confirmed it stays
    events.append_all(conn, [
        NewEvent(claim_id=one.claim_id, event=Event.SENT, actor=actor, evidence_key=f"sent {row.id}",
                 detail=f"batch {row.id} to {row.partner_id}", file_id=row.file_id)
        for one in batches.claims_of(conn, row.id)
    ])  # fmt: skip
    work.resolve_key(conn, task_key(row), SETTLED)


def _unknown(night: Night, row: BatchRow) -> None:
    with night.store.begin() as conn:
        if not batches.move(conn, row.id, _OPEN, Outbox.UNKNOWN, STAGED):
            return
        _ask(conn, _question(
            row, "The send of a batch was cut off and its file is not in the partner's folder: it may have been taken.",
            "wait for the acknowledgement",
            "Nothing is sent again until a TA1, 999 or 277CA tells, or the partner: ask for the interchange "
            f"{row.interchange_control_number:09d}, then `ptedi batch settle {row.id} --taken` or `--not-taken`.",
        ))  # fmt: skip


def _failed(night: Night, row: BatchRow, reason: str) -> None:
    with night.store.begin() as conn:
        if not batches.move(conn, row.id, _OPEN, Outbox.FAILED, reason):
            return
        how = ("Have the partner clear what stands in the way; then `ptedi batch settle "
               f"{row.id} --not-taken` sends it again, `--taken` records that the partner has it.")
        _ask(conn, _question(row, f"A batch could not be delivered: {reason}.", "call the partner", how))


def _refused(night: Night, row: BatchRow, reason: str) -> None:
    """The batch stays as it is: nothing of it was sent, and it goes out when the channel is open again."""
    with night.store.begin() as conn:
        _ask(conn, _question(
            row, f"A batch waits because the partner's server refused us: {reason}.", "call the partner",
            "Settle the login or the host key with the partner; the batch then goes out by itself.",
        ))  # fmt: skip


def _ask(conn: Connection, new: NewWork) -> None:
    """Puts the question before a person: also when the same batch was in trouble before and that was settled."""
    if not work.put(conn, new):
        work.reopen(conn, [new.key], SETTLED)
        work.refresh(conn, [new])


def _question(row: BatchRow, sentence: str, action: str, how: str) -> NewWork:
    return NewWork(
        key=task_key(row), kind=WorkKind.ACKNOWLEDGEMENT, file_id=row.file_id, category="delivery", sentence=sentence,
        next_action=action, how=how, amount_cents=row.charge_cents,
    )  # fmt: skip


def task_key(row: BatchRow) -> str:
    """The key of the work item that asks about a send."""
    return f"delivery:{row.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What lies beside a sent file in outbox/: hash, counts, totals and control numbers; no patient data."""

    file: str
    sha256: str
    size: int
    partner: str
    environment: str
    interchange_control_number: str
    group_control_number: int
    batch_reference: str
    further_references: tuple[str, ...]
    claim_count: int
    charge: str
    claims: tuple[str, ...]


def write_manifest(night: Night, row: BatchRow) -> None:
    """Writes what was sent beside the outbox; the same again changes nothing."""
    with night.store.read() as conn:
        file = files.get(conn, row.file_id)
        order = [one.claim_id for one in batches.claims_of(conn, row.id)]
        rows = claims.get_all(conn, order)
    manifest = Manifest(
        file=row.file_name, sha256=file.sha256, size=file.size, partner=row.partner_id, environment=row.environment,
        interchange_control_number=f"{row.interchange_control_number:09d}",
        group_control_number=row.group_control_number, batch_reference=row.batch_reference,
        further_references=row.envelope.further_references, claim_count=row.claim_count,
        charge=str(from_cents(row.charge_cents)),
        claims=tuple(rows[claim_id].patient_control_number for claim_id in order),
    )  # fmt: skip
    told = msgspec.to_builtins(manifest)
    if not manifest.further_references:
        del told["further_references"]  # one set, as nearly always
    text = msgspec.json.format(msgspec.json.encode(told), indent=2)
    write_whole(night.workspace.folder("outbox") / f"{row.file_name}.manifest.json", text + b"\n")
    point("deliver.manifest written")
