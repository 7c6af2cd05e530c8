"""Claims through the edits: ready, or held with every reason.  Held claims are looked at again each night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import msgspec

from ptedi.claims.model import CodedClaim
from ptedi.edits import visits as edited
from ptedi.edits.repairs import Repair
from ptedi.findings import Finding
from ptedi.steps import spans
from ptedi.steps.again import coded_again
from ptedi.steps.books import post_charge
from ptedi.steps.crew import Ask, Crew, Work, ahead, helped
from ptedi.steps.faults import point
from ptedi.steps.hold import kept_back, no_profile, settle
from ptedi.steps.night import Night
from ptedi.steps.past import Past
from ptedi.steps.rulebook import Rulebook
from ptedi.steps.secondary import look_again
from ptedi.store import Connection, claims, coordination, events, findings, visits
from ptedi.store.claims import ClaimRow
from ptedi.store.events import NewEvent
from ptedi.store.visits import VisitRow
from ptedi.submissions.status import Event, State

ACTOR = "scrub_claims"
_PIECE = 500  # claims in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """What scrub_claims decided.

    Claims let go, held now, held as before; safe repairs made; questions about the practice's own rules; claims by code
    of what was found.
    """

    released: int = 0
    held: int = 0
    still_held: int = 0
    mended: int = 0
    questions: int = 0
    codes: dict[str, int]


def scrub_claims(night: Night, service_date: date) -> Scrubbed:
    """Looks at every captured claim up to a service date, and again at every held one."""
    released = held = still = mended = 0
    codes: dict[str, int] = {}
    night.use_tables()
    rules = Rulebook.of(night)
    with night.store.exclusive("scrub"):
        with night.store.read() as conn:
            later = coordination.later(conn)  # restate what was decided: steps/secondary.py looks at them
            waiting = [row for row in claims.by_state(conn, [State.CAPTURED, State.HELD], until=service_date)
                       if row.id not in later]  # fmt: skip
        with helped(night, len(waiting)) as crew:
            for some, known in _in_pieces(night, crew, waiting, rules):
                with night.store.begin() as conn:
                    verdict = judge(night, conn, some, rules, known)
                point("scrub.piece kept")
                released, held = released + len(verdict.released), held + len(verdict.held)
                still, mended = still + len(verdict.still), mended + verdict.mended
                for code in verdict.codes():
                    codes[code] = codes.get(code, 0) + 1
        with night.store.begin() as conn:
            released += look_again(night, conn)
            questions = rules.tell(conn)
        point("scrub.rules told")
    return Scrubbed(released=released, held=held, still_held=still, mended=mended, questions=questions,
                    codes=dict(sorted(codes.items())))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """Claims let go, held, and held as before, each with its findings; safe repairs made and suggested ones."""

    released: dict[ClaimRow, Sequence[Finding]]
    held: dict[ClaimRow, Sequence[Finding]]
    still: dict[ClaimRow, Sequence[Finding]]
    offers: dict[ClaimRow, Sequence[Repair]]
    mended: int = 0

    def codes(self) -> list[str]:
        """Each code once per claim."""
        return [code for found in (self.released, self.held, self.still) for several in found.values()
                for code in sorted({one.code for one in several})]  # fmt: skip


def _in_pieces(
    night: Night, crew: Crew, waiting: Sequence[ClaimRow], rules: Rulebook
) -> Iterator[tuple[list[ClaimRow], Ahead | None]]:
    pieces = [waiting[start : start + _PIECE] for start in range(0, len(waiting), _PIECE)]
    ids = [tuple((row.id,) for row in some) for some in pieces]
    patients = [frozenset(row.patient_id for row in some) for some in pieces]

    def own(one: Ask) -> Ahead | None:
        with night.store.read() as conn:
            return ahead_of(night, conn, one, rules)

    work = Work(ids, patients, lambda rows, _: Ask(ACTOR, rows))
    for some, (_, known) in zip(pieces, ahead(crew, work, _read, own), strict=True):
        yield list(some), known


def judge(night: Night, conn: Connection, waiting: Sequence[ClaimRow], rules: Rulebook,
          known: Ahead | None = None) -> Verdict:  # fmt: skip
    """Repairs and edits of claims that wait or are held, and what follows: let go, held, held as before.

    Args:
        night: the workspace.
        conn: the transaction that keeps it.
        waiting: the claims.
        rules: waivers and records.
        known: what the edits said of them to a helper, when they were in these very states.
    """
    events.lock(conn, [row.id for row in waiting])
    states = events.current_states(conn, [row.id for row in waiting])
    rows = [row for row in waiting if states[row.id] in (State.CAPTURED, State.HELD)]
    if not rows:
        return Verdict({}, {}, {}, {})
    if known is not None and known.states == states:
        rules.waivers.also_used(known.waivers)
        looked = known.looked
    else:
        members = visits.of_claims(conn, [row.id for row in rows])
        several = [row for row in rows if len(members[row.id]) > 1 and row.payer_id in night.profiles]
        if several and (new := _apart(night, conn, several, members, states, rules)):
            ids = [row.id for row in rows] + new
            living = claims.get_all(conn, ids)
            rows, members = [living[claim_id] for claim_id in ids], visits.of_claims(conn, ids)
            states = events.current_states(conn, ids)
        looked = _looked_at(night, conn, rows, members, states, rules)
    for row in rows:
        if (kept := looked[row.id].kept) is not None:
            _keep(conn, row, kept, looked[row.id].said)
    states = {row.id: State.CAPTURED if looked[row.id].kept is not None else states[row.id] for row in rows}
    before = findings.of_claims(conn, [row.id for row in rows if states[row.id] is State.HELD])
    verdict = Verdict({}, {}, {}, {row: looked[row.id].proposed for row in rows},
                       sum(len(looked[row.id].applied) for row in rows if states[row.id] is State.CAPTURED))
    for row in rows:
        found = looked[row.id].findings
        if not any(one.severity.stops for one in found):
            verdict.released[row] = found
        elif states[row.id] is State.HELD and list(found) == before.get(row.id):
            verdict.still[row] = found
        else:
            verdict.held[row] = found
    settle(night, conn, verdict.released, verdict.held, ACTOR, verdict.offers)
    point("scrub.settled")
    return verdict


@dataclass(frozen=True, slots=True)
class Looked:
    """What the edits say of a claim after its safe repairs, and what else could be mended.

    `kept` is its other document, when repairs or corrected settings made one; `said` why, a sentence an event.
    """

    findings: tuple[Finding, ...]
    applied: tuple[Repair, ...] = ()
    proposed: tuple[Repair, ...] = ()
    kept: CodedClaim | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the edits said of claims in these states, by claim; the waivers that let something pass."""

    states: dict[int, State]
    looked: dict[int, Looked]
    waivers: frozenset[int]


_read = partial(msgspec.msgpack.decode, type=Ahead)


def ahead_of(night: Night, conn: Connection, ask: Ask, rules: Rulebook) -> Ahead | None:
    """Looks at claims without writing anything; None where a claim of several visits may have to part."""
    found = claims.get_all(conn, [claim_id for (claim_id,) in ask.rows])
    states = events.current_states(conn, found)
    rows = [found[claim_id] for (claim_id,) in ask.rows if states[claim_id] in (State.CAPTURED, State.HELD)]
    members = visits.of_claims(conn, [row.id for row in rows])
    if not rows or any(len(several) > 1 for several in members.values()):
        return None
    return Ahead(states, _looked_at(night, conn, rows, members, states, rules), rules.waivers.used)


def _looked_at(
    night: Night, conn: Connection, rows: Sequence[ClaimRow], members: Mapping[int, Sequence[VisitRow]],
    states: Mapping[int, State], rules: Rulebook,
) -> dict[int, Looked]:  # fmt: skip
    """Each claim through repairs and edits; a held one is coded again first: settings may have been corrected."""
    past = _past(night, conn, rows, members, rules)
    looked = {}
    for row in rows:
        several, document = [one.visit for one in members[row.id]], past.documents[row.id]
        coded = document
        profile = night.profiles.get(row.payer_id)
        if profile is None:
            looked[row.id] = Looked((no_profile(row),))
            continue
        if states[row.id] is State.HELD:
            coded = coded_again(night, coded, several, past.spent)
        fixed = edited.whole(coded, spans.fix(coded, several, night, profile, row, past, rules.waivers))
        looked[row.id] = Looked(fixed.findings, fixed.applied, fixed.proposed)
        if fixed.coded != document:
            mended = any(note.subject == "repair" for note in document.notes)
            said = [f"{one.safety.value} repair {one.code}: {told(one)}" for one in fixed.applied]
            if coded != document and not (mended and fixed.applied):
                said.insert(0, "coded again with corrected settings")
            looked[row.id] = replace(looked[row.id], kept=fixed.coded, said=tuple(said))
    for claim_id, word in kept_back(conn, rows).items():
        looked[claim_id] = replace(looked[claim_id], findings=(*looked[claim_id].findings, word))
    return looked


def _apart(night: Night, conn: Connection, several: Sequence[ClaimRow], members: Mapping[int, Sequence[VisitRow]],
           states: Mapping[int, State], rules: Rulebook) -> list[int]:  # fmt: skip
    """Claims of several visits of which an edit stops only some: those get claims of their own, the others go on.

    Returns:
        The ids of the new claims.
    """
    past = _past(night, conn, several, members, rules)
    new: list[int] = []
    for row in several:
        own, coded = [one.visit for one in members[row.id]], past.documents[row.id]
        if states[row.id] is State.HELD:
            coded = coded_again(night, coded, own, past.spent)
        stopped = edited.stopped(spans.fix(coded, own, night, night.profiles[row.payer_id], row, past, rules.waivers))
        if stopped and coded.claim.frequency == "1":
            new += spans.part_ways(night, conn, row, members[row.id], stopped, past.spent, ACTOR)
            point("scrub.visits parted")
    return new


def _past(night: Night, conn: Connection, rows: Sequence[ClaimRow], members: Mapping[int, Sequence[VisitRow]],
          rules: Rulebook) -> Past:  # fmt: skip
    return Past.of_patients(night, conn, rows, [one.visit for row in rows for one in members[row.id]], rules.records)


def _keep(conn: Connection, row: ClaimRow, coded: CodedClaim, said: Sequence[str]) -> None:
    """A claim that never left us gets its corrected document; its events say why, and the books follow."""
    claims.recode(conn, row.id, coded)
    sequence = events.heads(conn, [row.id])[row.id][0] + 1
    events.append_all(conn, [
        NewEvent(claim_id=row.id, event=Event.CODED, actor=ACTOR, evidence_key=f"coded {number}", detail=sentence)
        for number, sentence in enumerate(said, sequence)
    ])  # fmt: skip
    post_charge(conn, row.id, coded)
    point("scrub.document kept")


def told(one: Repair) -> str:
    """Before and after; of diagnoses only how many, since they say what somebody has."""
    if one.element == "HI":
        return f"HI: {len(one.before.split())} diagnoses become {len(one.after.split())}"
    return one.message
