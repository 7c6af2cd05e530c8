"""A send that neither the folder nor an acknowledgement settles: a person asks the partner and says what became of it.

The same bytes go again under the same numbers: a partner who never had the file cannot take it for a copy.  One that
refused the file has used its numbers up; its claims go in a new file (`steps.resend`).
"""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum

from ptedi.errors import ConfigurationError
from ptedi.findings import counted
from ptedi.money import from_cents, usd
from ptedi.steps.batch_view import BatchHead, heads
from ptedi.steps.deliver import SETTLED, heard_of, record_sent, task_key, write_manifest
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.store import Connection, batch_rows, batches, decisions, files, work
from ptedi.store.batches import BatchRow, Outbox
from ptedi.store.decisions import NewDecision, Verb
from ptedi.transport import Presence


class Fate(StrEnum):
    """What the partner says of a file: it has it, or it never got it."""

    TAKEN = "taken"
    NOT_TAKEN = "not taken"


_DOUBTFUL = {
    Fate.TAKEN: (Outbox.UNKNOWN, Outbox.FAILED),
    Fate.NOT_TAKEN: (Outbox.UNKNOWN, Outbox.FAILED, Outbox.SENT),
}
"""From which states a person's word moves a batch: one that is confirmed has its evidence."""


def fates(state: str) -> tuple[str, ...]:
    """What a person may say of a batch in this state; nothing where there is no doubt."""
    return tuple(fate.value for fate, states in _DOUBTFUL.items() if state in states)


def settle(night: Night, batch_id: int, fate: Fate, person: str, reason: str) -> BatchHead:
    """Records what the partner says of a file: taken, it counts as sent; not taken, the next delivery sends it again.

    Raises:
        ConfigurationError: there is no such batch, nothing about it is in doubt, its file lies in the partner's folder
            or its claims were answered although the partner is said not to have it, or no reason is given.
        ChannelUnavailable, ChannelRefused: the partner's folder cannot be looked at.
    """
    if not reason.strip():
        raise ConfigurationError("who at the partner's said so, and when, is kept with the batch: give a reason")
    row = _row(night, batch_id)
    partner = night.partners.get(row.partner_id)
    if partner is None:
        raise ConfigurationError(f"batch {batch_id} is for {row.partner_id}, which ptedi.toml does not have",
                                 hint=f"name its table in ptedi.toml {row.partner_id} again")
    with night.store.exclusive(f"deliver {row.partner_id}"), night.store.exclusive("post"):
        row = _row(night, batch_id)
        _in_doubt(row, fate)
        if fate is Fate.NOT_TAKEN:
            _unheard(night, row)
            _nowhere(night, row)
        else:
            write_manifest(night, row)
        with night.store.begin() as conn:
            if fate is Fate.TAKEN:
                record_sent(conn, row, Outbox.SENT, f"{person}: the partner has it", actor=person)
            elif batches.move(conn, row.id, _DOUBTFUL[fate], Outbox.BUILT, f"{person}: the partner never had it"):
                work.resolve_key(conn, task_key(row), SETTLED)
            else:
                raise ConfigurationError(f"batch {batch_id} was answered meanwhile: it arrived")
            _keep(conn, row, fate, person, reason.strip())
            point("settle.decided")
        point("settle.kept")
    with night.store.read() as conn:
        return heads(conn, [batches.get(conn, batch_id)])[0]


def _row(night: Night, batch_id: int) -> BatchRow:
    with night.store.read() as conn:
        row = batches.find(conn, batch_id)
    if row is None:
        raise ConfigurationError(f"there is no batch {batch_id}", hint="`ptedi batch list` has them all")
    return row


def _in_doubt(row: BatchRow, fate: Fate) -> None:
    if row.state in _DOUBTFUL[fate]:
        return
    why = {
        Outbox.CONFIRMED: f"batch {row.id} arrived: {row.reason}",
        Outbox.SENT: f"batch {row.id} is recorded as sent already",
    }.get(row.state, f"batch {row.id} has not been sent yet")
    hint = {
        Outbox.CONFIRMED: f"claims of it that were refused go again with `ptedi batch resend {row.id}`",
        Outbox.SENT: "wait for its acknowledgement, or say that the partner has not taken it",
    }.get(row.state, "the next night sends it")
    raise ConfigurationError(why, hint=hint)


def _unheard(night: Night, row: BatchRow) -> None:
    """Who answered a claim of a file had the file, whether or not the answer said of which one it was."""
    with night.store.read() as conn:
        ids = [one.claim_id for one in batches.claims_of(conn, row.id)]
        heard = set(batch_rows.answered(conn, ids)) | heard_of(conn, row)
    if heard:
        raise ConfigurationError(f"there are answers to {counted(len(heard), 'claim')} of batch {row.id}: it was taken",
                                 hint="a claim that went astray behind the partner is asked for at its payer; a "
                                      f"refused one goes again with `ptedi batch resend {row.id}`")  # fmt: skip


def _nowhere(night: Night, row: BatchRow) -> None:
    """Looks once more: a file that lies there is not sent a second time, whatever anybody says."""
    with night.store.read() as conn:
        data = files.read_bytes(night.archive, files.get(conn, row.file_id))
    with closing(night.channel(night.partners[row.partner_id])) as channel:
        found = channel.look(row.file_name, data)
    if found is Presence.PUBLISHED:
        raise ConfigurationError(f"the file of batch {row.id} lies in the partner's folder, whole",
                                 hint="ask the partner why it does not take it; it need not be sent again")  # fmt: skip
    if found is Presence.DIFFERENT:
        raise ConfigurationError(f"another file has the name of batch {row.id} in the partner's folder",
                                 hint="have the partner take it away first; nothing of theirs is replaced")  # fmt: skip


def _keep(conn: Connection, row: BatchRow, fate: Fate, person: str, reason: str) -> None:
    decisions.record(conn, NewDecision(
        actor=person, action=Verb.SETTLE, reason=reason, file_id=row.file_id,
        detail=f"batch {row.id}, {counted(row.claim_count, 'claim')}, {usd(from_cents(row.charge_cents))}: "
               f"was {row.state}, {fate}",
    ))  # fmt: skip
