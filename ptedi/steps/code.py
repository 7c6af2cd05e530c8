"""Visits into claims: each gets its control number, its lines and its place in the ledger in one transaction.

A visit that does not fit one claim becomes several that name each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from ptedi.claims import assembly
from ptedi.claims.coding import code_visit
from ptedi.claims.identity import control_number
from ptedi.claims.model import CodedClaim
from ptedi.money import cents
from ptedi.steps.books import post_charges
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.steps.spent import Spent
from ptedi.store import Connection, claims, events, series, visits, work
from ptedi.store.claims import NewClaim
from ptedi.store.events import NewEvent
from ptedi.store.series import SeriesKey
from ptedi.store.visits import VisitRow
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import Event

ACTOR = "code_visits"
_PIECE = 250  # visits in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """What code_visits made: claims, their charge in cents, and visits that no claim could be made of."""

    claims: int = 0
    charge_cents: int = 0
    refused: int = 0


def code_visits(night: Night, service_date: date) -> Coded:
    """Makes a claim of every visit up to a service date that has none, in order of date and visit id."""
    made, charge, refused = 0, 0, 0
    night.use_tables()
    with night.store.exclusive("code"):
        with night.store.read() as conn:
            waiting = visits.uncoded(conn, service_date)
        for start in range(0, len(waiting), _PIECE):
            with night.store.begin() as conn:
                piece = _piece(night, conn, waiting[start : start + _PIECE])
            point("code.piece kept")
            made, charge, refused = made + piece.claims, charge + piece.charge_cents, refused + piece.refused
    return Coded(claims=made, charge_cents=charge, refused=refused)


def _piece(night: Night, conn: Connection, row_ids: Sequence[int]) -> Coded:
    found = visits.get(conn, row_ids)
    rows = [found[row_id] for row_id in row_ids]
    spent = Spent.before_claims_of(night, conn, [row.visit for row in rows])
    key = SeriesKey(night.practice.id, night.environment, "CLM01")
    with series.opened(conn, key) as numbers:
        new, refused = [], 0
        for row in rows:
            coded = _code(night, row, numbers.upcoming, spent)
            if isinstance(coded, str):
                refused += 1
                work.put(conn, _question(row, coded))
                continue
            further = (control_number(night.claim_prefix, number) for number in count(numbers.upcoming + 1))
            for place, part in enumerate(assembly.split(coded, further), 1):
                one = part.claim
                numbers.use(claims.fingerprint(row.visit_id, row.revision, part.payer_id, one.sequence, place))
                new.append(_claim(night, row, part, place))
                spent.add(row.visit, part)
        point("code.numbers used")
        ids = claims.insert_all(conn, new)
        point("code.claims inserted")
    _record(conn, ids, new)
    _answered(conn, {one.visit_row_id for one in new})
    return Coded(claims=len(new), charge_cents=sum(cents(one.coded.claim.charge) for one in new), refused=refused)


def _record(conn: Connection, ids: Sequence[int], new: Sequence[NewClaim]) -> None:
    events.append_all(conn, [
        NewEvent(claim_id=claim_id, event=Event.CODED, actor=ACTOR, evidence_key="coded",
                 detail=f"{len(one.coded.claim.lines)} lines from revision {one.revision} of the visit{_part(one)}")
        for claim_id, one in zip(ids, new, strict=True)
    ])  # fmt: skip
    point("code.events appended")
    post_charges(conn, {claim_id: one.coded for claim_id, one in zip(ids, new, strict=True)})
    point("code.charges posted")


def _part(one: NewClaim) -> str:
    return f", part {one.part}" if any(note.subject == assembly.SIBLING for note in one.coded.notes) else ""


def _code(night: Night, row: VisitRow, number: int, spent: Spent) -> CodedClaim | str:
    """The coded claim, or one sentence why there can be none."""
    visit = row.visit
    profile = night.profiles.get(visit.primary.payer_id)
    if profile is None:
        return f"The payer {visit.primary.payer_id} has no profile any more."
    try:
        return code_visit(
            visit, night.practice, profile, control_number=control_number(night.claim_prefix, number),
            therapy_dollars_before=spent.before(visit, profile.id),
        )  # fmt: skip
    except (LookupError, ValueError, ArithmeticError) as problem:
        return f"The visit cannot be coded ({type(problem).__name__}); its settings may have changed since capture."


def _claim(night: Night, row: VisitRow, coded: CodedClaim, part: int) -> NewClaim:
    partner = night.partner_of(night.profiles[coded.payer_id])
    return NewClaim(coded=coded, visit_row_id=row.row_id, visit_id=row.visit_id, revision=row.revision,
                    partner_id=partner.id, part=part)  # fmt: skip


def _question(row: VisitRow, sentence: str) -> NewWork:
    return NewWork(key=_key(row.row_id), kind=WorkKind.CHARGE, category="visit that cannot be coded",
                   sentence=sentence, next_action="correct the settings",
                   how="Correct the practice or payer settings and run the night again.")  # fmt: skip


def _answered(conn: Connection, row_ids: set[int]) -> None:
    keys = {_key(row_id) for row_id in row_ids}
    done = [item.id for item in work.list_work(conn, kinds=[WorkKind.CHARGE]) if item.key in keys]
    work.resolve(conn, done, "the visit was coded")


def _key(row_id: int) -> str:
    return f"code:{row_id}"
