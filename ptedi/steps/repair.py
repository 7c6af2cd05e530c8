"""Suggested repairs of held claims: a person takes them; the claim is mended, scrubbed again, goes with the night."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ptedi.edits import visits as edited
from ptedi.edits.repairs import Repair, approved
from ptedi.errors import ConfigurationError
from ptedi.steps import spans
from ptedi.steps.again import coded_again
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.steps.past import Past
from ptedi.steps.rulebook import Rulebook
from ptedi.steps.scrub import judge, told
from ptedi.store import Connection, claims, coordination, events, visits, work
from ptedi.store.claims import ClaimRow
from ptedi.store.events import NewEvent
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import Event, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A held claim whose suggested repairs a person took: edits they answer, and edits that stop it still."""

    claim: str
    repairs: tuple[str, ...]
    stops: tuple[str, ...] = ()


def take_repairs(night: Night, item: WorkItem, person: str, codes: Collection[str] = ()) -> Taken:
    """Takes the suggested repairs of a held claim for right, and scrubs the claim again.

    The claim keeps the word: coded again with other settings, the same repairs are made again.

    Args:
        night: the workspace.
        item: what the hold asked.
        person: who approves.
        codes: edits whose repairs are meant; all that are suggested when empty.

    Raises:
        ConfigurationError: the item is closed, its claim is not held any more, or no such repair is suggested.
    """
    night.use_tables()
    with night.store.exclusive("scrub"), night.store.begin() as conn:
        rules = Rulebook.of(night)
        row = _held(conn, item)
        wanted = [one for one in _offers(night, conn, row, rules) if not codes or one.code in codes]
        if not wanted or set(codes) - {one.code for one in wanted}:
            raise ConfigurationError(f"item {item.id} has no such repair to approve",
                                     hint="correct the charges and drop them again, or let it pass in waivers.toml")
        claims.recode(conn, row.id, approved(claims.load(conn, row.id), wanted, person))
        sequence = events.heads(conn, [row.id])[row.id][0] + 1
        events.append_all(conn, [
            NewEvent(claim_id=row.id, event=Event.CODED, actor=person, evidence_key=f"approved {number}",
                     detail=f"approved the repair {one.code}: {told(one)}")
            for number, one in enumerate(wanted, sequence)
        ])  # fmt: skip
        point("scrub.repair approved")
        verdict = judge(night, conn, [row], rules)
        point("scrub.approved claim judged")
    found = next((several for one, several in (verdict.held | verdict.still).items() if one.id == row.id), ())
    return Taken(claim=row.patient_control_number, repairs=tuple(dict.fromkeys(one.code for one in wanted)),
                 stops=tuple(dict.fromkeys(one.code for one in found if one.severity.stops)))


def offers(night: Night, item_id: int) -> tuple[Repair, ...]:
    """The suggested repairs of the held claim behind an item, as the edits see it now; none of anything else."""
    night.use_tables()
    with night.store.read() as conn:
        item = work.get(conn, item_id)
        if item is None or item.kind is not WorkKind.HELD or item.state == work.RESOLVED or item.claim_id is None:
            return ()
        return _offers(night, conn, claims.get(conn, item.claim_id), Rulebook.of(night))


def _held(conn: Connection, item: WorkItem) -> ClaimRow:
    if item.state == work.RESOLVED or item.claim_id is None:
        raise ConfigurationError(f"item {item.id} is closed already: {item.resolution}")
    events.lock(conn, [item.claim_id])
    if events.current_states(conn, [item.claim_id])[item.claim_id] is not State.HELD:
        raise ConfigurationError(f"the claim of item {item.id} is not held any more")
    return claims.get(conn, item.claim_id)


def _offers(night: Night, conn: Connection, row: ClaimRow, rules: Rulebook) -> tuple[Repair, ...]:
    """The suggested repairs of a held claim as the edits see it now."""
    profile = night.profiles.get(row.payer_id)
    if profile is None or row.id in coordination.later(conn):
        return ()
    members = visits.of_claims(conn, [row.id])
    several = [one.visit for one in members[row.id]]
    past = Past.of_patients(night, conn, [row], several, rules.records)
    coded = coded_again(night, claims.load(conn, row.id), several, past.spent)
    return edited.whole(coded, spans.fix(coded, several, night, profile, row, past, rules.waivers)).proposed
