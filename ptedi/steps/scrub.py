"""Claims through the edits: ready, or held with every reason.  Held claims are looked at again each night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ptedi import edits
from ptedi.claims.coding import code_visit
from ptedi.claims.model import CodedClaim, Visit
from ptedi.findings import Finding
from ptedi.steps.books import post_charge
from ptedi.steps.faults import point
from ptedi.steps.hold import hold, release
from ptedi.steps.night import Night
from ptedi.steps.past import Past
from ptedi.store import Connection, claims, events, findings, visits
from ptedi.store.claims import ClaimRow
from ptedi.submissions.rules import NO_PROFILE
from ptedi.submissions.status import Event, State

ACTOR = "scrub_claims"
_PIECE = 250  # claims in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """What scrub_claims decided: claims let go, held now, held as before; claims by code of what was found."""

    released: int = 0
    held: int = 0
    still_held: int = 0
    codes: dict[str, int]


def scrub_claims(night: Night, service_date: date) -> Scrubbed:
    """Looks at every captured claim up to a service date, and again at every held one."""
    released = held = still = 0
    codes: dict[str, int] = {}
    with night.store.exclusive("scrub"):
        with night.store.read() as conn:
            waiting = claims.by_state(conn, [State.CAPTURED, State.HELD], until=service_date)
        for start in range(0, len(waiting), _PIECE):
            with night.store.begin() as conn:
                verdict = _piece(night, conn, waiting[start : start + _PIECE])
            point("scrub.piece kept")
            released, held = released + len(verdict.released), held + len(verdict.held)
            still += len(verdict.still)
            for code in verdict.codes():
                codes[code] = codes.get(code, 0) + 1
    return Scrubbed(released=released, held=held, still_held=still, codes=dict(sorted(codes.items())))


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Claims let go, held, and held as before, each with its findings."""

    released: dict[ClaimRow, list[Finding]]
    held: dict[ClaimRow, list[Finding]]
    still: dict[ClaimRow, list[Finding]]

    def codes(self) -> list[str]:
        """Each code once per claim."""
        return [code for found in (self.released, self.held, self.still) for several in found.values()
                for code in sorted({one.code for one in several})]  # fmt: skip


def _piece(night: Night, conn: Connection, waiting: Sequence[ClaimRow]) -> _Verdict:
    events.lock(conn, [row.id for row in waiting])
    states = events.current_states(conn, [row.id for row in waiting])
    rows = [row for row in waiting if states[row.id] in (State.CAPTURED, State.HELD)]
    verdict = _Verdict({}, {}, {})
    if not rows:
        return verdict
    seen = visits.get(conn, [row.visit_row_id for row in rows])
    found = _found(night, conn, rows, {row.id: seen[row.visit_row_id].visit for row in rows}, states)
    states = events.current_states(conn, [row.id for row in rows])  # a claim coded again is captured again
    before = findings.of_claims(conn, [row.id for row in rows])
    for row in rows:
        if not any(one.severity.stops for one in found[row.id]):
            verdict.released[row] = found[row.id]
        elif states[row.id] is State.HELD and found[row.id] == before.get(row.id):
            verdict.still[row] = found[row.id]
        else:
            verdict.held[row] = found[row.id]
    release(conn, verdict.released, ACTOR)
    point("scrub.released")
    hold(night, conn, verdict.held, ACTOR)
    point("scrub.held")
    return verdict


def _found(
    night: Night, conn: Connection, rows: Sequence[ClaimRow], seen: Mapping[int, Visit], states: Mapping[int, State]
) -> dict[int, list[Finding]]:
    """What the edits find in each claim; a held claim is coded again first, since settings may have been corrected."""
    past = Past.of_patients(night, conn, rows, list(seen.values()))
    documents = claims.load_all(conn, [row.id for row in rows])
    found = {}
    for row in rows:
        visit, coded = seen[row.id], documents[row.id]
        profile = night.profiles.get(row.payer_id)
        if profile is None:
            found[row.id] = [_no_profile(row)]
            continue
        if states[row.id] is State.HELD:
            coded = _coded_again(night, conn, row, visit, coded, past)
        found[row.id] = edits.scrub(coded, visit, night.practice, profile, past.before(row, visit))
    return found


def _coded_again(
    night: Night, conn: Connection, row: ClaimRow, visit: Visit, coded: CodedClaim, past: Past
) -> CodedClaim:  # fmt: skip
    """A held claim never left us: corrected settings give it a corrected document, and the books follow."""
    again = code_visit(visit, night.practice, night.profiles[row.payer_id], control_number=row.patient_control_number,
                       therapy_dollars_before=past.spent.before(visit, row.payer_id))  # fmt: skip
    if again == coded:
        return coded
    claims.recode(conn, row.id, again)
    sequence = events.heads(conn, [row.id])[row.id][0] + 1
    events.append(conn, row.id, Event.CODED, ACTOR, f"coded {sequence}", detail="coded again with corrected settings")
    post_charge(conn, row.id, again)
    return again


def _no_profile(row: ClaimRow) -> Finding:
    return Finding(code=NO_PROFILE.code, severity=NO_PROFILE.severity, claim=row.patient_control_number,
                   message=f"The payer {row.payer_id} has no profile any more.", hint=NO_PROFILE.instead)  # fmt: skip
