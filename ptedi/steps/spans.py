"""Claims of several visits in the store: what waits for the end of its period, what is coded together, who goes apart.

A visit waits until its period is over (`service_date` of the night reaches the period's last day); then the visits of
the period become claims once.  A visit that an edit stops does not keep the others back: before the claim goes, the
stopped visits get claims of their own and the rest goes under the number it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from ptedi.claims.coding import code_visit
from ptedi.claims.identity import control_number
from ptedi.claims.model import CodedClaim, Reason, Visit
from ptedi.claims.spans import Piece, joined, period
from ptedi.edits import visits as edited
from ptedi.edits.repairs import APPROVED, Fixed
from ptedi.edits.waivers import Waivers
from ptedi.payers.profile import ClaimPer, PayerProfile
from ptedi.steps.books import post_charges
from ptedi.steps.night import Night
from ptedi.steps.past import Past
from ptedi.steps.spent import Spent
from ptedi.store import Connection, claims, events, series, visits
from ptedi.store.claims import ClaimRow, NewClaim, VisitKey
from ptedi.store.events import NewEvent
from ptedi.store.series import SeriesKey
from ptedi.store.visits import VisitRow
from ptedi.submissions.status import Event

GRACE = timedelta(days=3)
"""How long after its period a visit may wait for the night that codes it: a long weekend."""


def in_groups(night: Night, conn: Connection, row_ids: Sequence[int], until: date) -> list[tuple[int, ...]]:
    """Visits that are coded together, each by itself where its payer takes a claim per visit; others still wait."""
    if not _any(night):
        return [(row_id,) for row_id in row_ids]
    found = visits.get(conn, row_ids)
    groups: dict[tuple[object, ...], list[int]] = {}
    for row_id in row_ids:
        visit = found[row_id].visit
        span = _period(night, visit)
        if span is None:
            groups[(row_id,)] = [row_id]
        elif span[1] <= until:
            groups.setdefault((visit.patient_id, visit.primary.payer_id, span), []).append(row_id)
    return [tuple(ids) for ids in groups.values()]


def waiting(night: Night, conn: Connection, today: date) -> set[str]:
    """Visits without a claim because their period is not over, or was over only days ago."""
    if not _any(night):
        return set()
    found = visits.get(conn, visits.uncoded(conn, date.max))
    ends = {row.visit_id: _period(night, row.visit) for row in found.values()}
    return {visit_id for visit_id, span in ends.items() if span is not None and span[1] + GRACE >= today}


def _any(night: Night) -> bool:
    return any(rules.claim_per is ClaimPer.SPAN for one in night.profiles.values() for rules in one.timeline[1])


def _period(night: Night, visit: Visit) -> tuple[date, date] | None:
    profile = night.profiles.get(visit.primary.payer_id)
    return None if profile is None else period(visit.service_date, profile.on(visit.service_date))


def new_claim(night: Night, rows: Sequence[VisitRow], coded: CodedClaim, part: int = 1) -> NewClaim:
    """A claim for the store, on the visits it names; `rows` are at least those."""
    by_id = {row.visit_id: row for row in rows}
    first, *others = (by_id[visit_id] for visit_id in coded.visit_ids)
    partner = night.partner_of(night.profiles[coded.payer_id])
    return NewClaim(coded=coded, visit_row_id=first.row_id, visit_id=first.visit_id, revision=first.revision,
                    partner_id=partner.id, part=part, further=tuple(
                        VisitKey(row_id=o.row_id, visit_id=o.visit_id, revision=o.revision) for o in others))


def fingerprint(new: NewClaim) -> str:
    """`store.claims.fingerprint` of a claim to be."""
    return claims.fingerprint(new.visit_id, new.revision, new.coded.payer_id, new.coded.claim.sequence, new.part,
                              new.further)  # fmt: skip


def pieces(night: Night, several: Iterable[Visit], profile: PayerProfile, number: str, spent: Spent) -> list[Piece]:
    """Each visit coded by itself under one number, the therapy dollars of the year carried from one to the next."""
    return [
        Piece(visit=visit, coded=code_visit(visit, night.practice, profile, control_number=number,
                                            therapy_dollars_before=spent.before(visit, profile.id),
                                            beside=spent.beside(visit), profiles=night.profiles))
        for visit in sorted(several, key=lambda v: (v.service_date, v.visit_id))
    ]  # fmt: skip


# --- the edits, visit by visit ---


def fix(coded: CodedClaim, several: Sequence[Visit], night: Night, profile: PayerProfile, row: ClaimRow, past: Past,
        waivers: Waivers) -> dict[str, Fixed]:  # fmt: skip
    """Repairs and findings of each visit of a claim of the store, by visit id."""
    return edited.fix(coded, several, night.practice, profile, lambda _, visit: past.before(row, visit), waivers)


def _approved(coded: CodedClaim, said: Iterable[Reason]) -> CodedClaim:
    """What a person approved for the days of a claim goes with them."""
    days = {line.service_date for line in coded.claim.lines}
    return replace(coded, notes=(*coded.notes, *(note for note in said if note.day in days)))


def part_ways(night: Night, conn: Connection, row: ClaimRow, rows: Sequence[VisitRow], leaving: set[str],
              spent: Spent, actor: str) -> list[int]:  # fmt: skip
    """Gives stopped visits claims of their own; the others stay together under the claim's number.

    Returns:
        The ids of the new claims, each of one visit, captured and not yet scrubbed.
    """
    profile, number = night.profiles[row.payer_id], row.patient_control_number
    said = [note for note in claims.load(conn, row.id).notes if note.subject == APPROVED]
    stay = joined(pieces(night, [r.visit for r in rows if r.visit_id not in leaving], profile, number, spent), number)
    stay = _approved(stay, said)
    claims.stand_on(conn, row.id, new_claim(night, rows, stay))
    new = []
    with series.opened(conn, SeriesKey(night.practice.id, night.environment, "CLM01")) as numbers:
        for one in rows:
            if one.visit_id in leaving:
                own = control_number(night.claim_prefix, numbers.upcoming)
                [piece] = pieces(night, [one.visit], profile, own, spent)
                new.append(new_claim(night, rows, _approved(piece.coded, said)))
                numbers.use(fingerprint(new[-1]))
    ids = claims.insert_all(conn, [claims.record(one) for one in new])
    sequence = events.heads(conn, [row.id])[row.id][0] + 1
    events.append_all(conn, [
        NewEvent(claim_id=row.id, event=Event.CODED, actor=actor, evidence_key=f"coded {sequence}",
                 detail=f"{len(leaving)} of {len(rows)} visits were stopped and go apart"),
        *(NewEvent(claim_id=claim_id, event=Event.CODED, actor=actor, evidence_key="coded",
                   detail=f"a stopped visit out of {number}") for claim_id in ids),
    ])  # fmt: skip
    post_charges(conn, {row.id: stay, **{key: one.coded for key, one in zip(ids, new, strict=True)}})
    return ids
