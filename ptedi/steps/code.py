"""Visits into claims: each gets its control number, its lines and its place in the ledger in one transaction.

A visit that does not fit one claim becomes several that name each other; visits of a payer that takes claims for a
span of days become one (steps/spans.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import count

import msgspec

from ptedi.claims import assembly
from ptedi.claims.coding import code_visit
from ptedi.claims.identity import control_number
from ptedi.claims.model import CodedClaim
from ptedi.claims.spans import Piece, joined, together
from ptedi.steps import spans
from ptedi.steps.books import post_new_charges
from ptedi.steps.crew import Ask, Crew, Rows, Work, ahead, helped
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.steps.spent import Spent
from ptedi.store import Connection, claims, events, series, visits, work
from ptedi.store.claims import ClaimRecord, NewClaim
from ptedi.store.events import NewEvent
from ptedi.store.series import Numbers, SeriesKey
from ptedi.store.visits import RowOutcome, VisitRow
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import Event

_Letters = Mapping[int, Sequence[RowOutcome]]
ACTOR = "code_visits"
_PIECE = 500  # visits, or groups of visits coded together, in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """What code_visits made: claims, their charge in cents, and visits that no claim could be made of."""

    claims: int = 0
    charge_cents: int = 0
    refused: int = 0


def code_visits(night: Night, service_date: date) -> Coded:
    """Makes a claim of every visit up to a service date that has none, in order of date and visit id.

    Visits that share claims wait for the end of their period, and then are coded together.  One that is captured
    again meanwhile is left to the next night, as what is captured for the first time is.
    """
    made, charge, refused = 0, 0, 0
    night.use_tables()
    with night.store.exclusive("code"):
        with night.store.read() as conn:
            waiting = spans.in_groups(night, conn, visits.uncoded(conn, service_date), service_date)
            letters = visits.replaced_letters(conn, [row_id for group in waiting for row_id in group])
        with helped(night, len(waiting)) as crew:
            for groups, known in _in_pieces(night, crew, waiting):
                with night.store.begin() as conn:
                    piece = _piece(night, conn, groups, known, letters)
                point("code.piece kept")
                made, charge, refused = made + piece.claims, charge + piece.charge_cents, refused + piece.refused
    return Coded(claims=made, charge_cents=charge, refused=refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What coding some groups of visits gives: claims numbered from `start`, and questions about the others.

    The claims are the rows that they become, so that nobody but their coder takes them apart; `told` is what the
    event of each says.
    """

    start: int
    claims: tuple[ClaimRecord, ...]
    told: tuple[str, ...]
    used: tuple[str, ...]
    questions: tuple[NewWork, ...]


def ahead_of(night: Night, conn: Connection, ask: Ask) -> Ahead:
    """Codes groups of visits without writing anything."""
    return _coded(night, conn, ask.rows, ask.start)


def _in_pieces(
    night: Night, crew: Crew, waiting: Sequence[tuple[int, ...]]
) -> Iterator[tuple[Rows, Ahead | None]]:  # fmt: skip
    pieces = [tuple(waiting[start : start + _PIECE]) for start in range(0, len(waiting), _PIECE)]
    with night.store.read() as conn:
        patients = visits.patients(conn, [row_id for group in waiting for row_id in group])

    def ask(rows: Rows, before: int) -> Ask:
        with night.store.read() as conn:
            return Ask(ACTOR, rows, series.upcoming(conn, _key_of_series(night)) + before)

    def own(one: Ask) -> Ahead:
        with night.store.read() as conn:
            return ahead_of(night, conn, one)

    told = [frozenset(patients[row_id] for group in piece for row_id in group) for piece in pieces]
    return ahead(crew, Work(pieces, told, ask), partial(msgspec.msgpack.decode, type=Ahead), own)


def _key_of_series(night: Night) -> SeriesKey:
    return SeriesKey(night.practice.id, night.environment, "CLM01")


def _piece(night: Night, conn: Connection, groups: Rows, known: Ahead | None, letters: _Letters) -> Coded:
    visits.lock(conn)
    if outdated := visits.outdated(conn, [row_id for group in groups for row_id in group]):
        groups, known = tuple(group for group in groups if outdated.isdisjoint(group)), None
    with series.opened(conn, _key_of_series(night)) as numbers:
        if known is None or known.start != numbers.upcoming:  # not as many claims before it as was expected
            known = _coded(night, conn, groups, numbers.upcoming)
        for used_for in known.used:
            numbers.use(used_for)
        point("code.numbers used")
        ids = claims.insert_all(conn, known.claims)
        point("code.claims inserted")
    for question in known.questions:
        work.put(conn, question)
    new = known.claims
    _record(conn, ids, known, letters)
    _answered(conn, {row_id for one in new for row_id in (one.visit_row_id, *(other.row_id for other in one.further))})
    return Coded(claims=len(new), charge_cents=sum(one.charge_cents for one in new),
                 refused=len(known.questions))  # fmt: skip


def _coded(night: Night, conn: Connection, groups: Rows, start: int) -> Ahead:
    found = visits.get(conn, [row_id for group in groups for row_id in group])
    spent = Spent.before_claims_of(night, conn, [row.visit for row in found.values()])
    numbers, new, questions = Numbers(start - 1), list[NewClaim](), list[NewWork]()
    for group in groups:
        rows, pieces = [found[row_id] for row_id in group], []
        for row in rows:
            coded = _code(night, row, numbers.upcoming, spent)
            if isinstance(coded, str):
                questions.append(_question(row, coded))
                continue
            pieces.append(Piece(visit=row.visit, coded=coded))
            spent.add(row.visit, coded)
        new += _claims(night, rows, pieces, numbers)
    return Ahead(start=start, claims=tuple(map(claims.record, new)), told=tuple(map(_said, new)),
                 used=tuple(text for _, text in numbers.used), questions=tuple(questions))  # fmt: skip


def _claims(night: Night, rows: Sequence[VisitRow], pieces: Sequence[Piece], numbers: Numbers) -> Iterator[NewClaim]:
    """The claims of visits coded together: mostly one claim of one visit; parts of one that does not fit come last."""
    if not pieces:
        return
    rules = night.profiles[pieces[0].coded.payer_id].on(pieces[0].visit.service_date)
    start = numbers.upcoming
    groups = together(pieces, rules) if len(pieces) > 1 else [tuple(pieces)]
    names = [control_number(night.claim_prefix, start + place) for place in range(len(groups))]
    further = (control_number(night.claim_prefix, number) for number in count(start + len(groups)))
    firsts, rest = [], []
    for name, group in zip(names, groups, strict=True):
        linked = [other for other in names if other != name]
        coded = joined(group, name, linked) if len(pieces) > 1 else pieces[0].coded  # coded under this very number
        first, *others = (spans.new_claim(night, rows, part, place)
                          for place, part in enumerate(assembly.split(coded, further), 1))  # fmt: skip
        firsts.append(first)
        rest += others
    for one in (*firsts, *rest):
        numbers.use(spans.fingerprint(one))
        yield one


def _record(conn: Connection, ids: Sequence[int], known: Ahead, letters: _Letters) -> None:
    events.append_all(conn, [
        NewEvent(claim_id=claim_id, event=Event.CODED, actor=ACTOR, evidence_key="coded",
                 detail=told + _replaced(one, letters))
        for claim_id, one, told in zip(ids, known.claims, known.told, strict=True)
    ], held=True)  # fmt: skip
    point("code.events appended")
    post_new_charges(conn, dict(zip(ids, known.claims, strict=True)))
    point("code.charges posted")


def _said(one: NewClaim) -> str:
    return f"{len(one.coded.claim.lines)} lines from {_origin(one)}{_part(one)}"


def _origin(one: NewClaim) -> str:
    return f"{len(one.further) + 1} visits" if one.further else f"revision {one.revision} of the visit"


def _replaced(one: ClaimRecord, letters: _Letters) -> str:
    """Which cells of the captured rows go out in other letters; the archived file has them as they were."""
    rows: dict[str, list[int]] = {}
    for row_id in (one.visit_row_id, *(other.row_id for other in one.further)):
        for row in letters.get(row_id, ()):
            for column in row.letters:
                rows.setdefault(column, []).append(row.row)
    told = ", ".join(f"{column} (row {', '.join(map(str, several))})" for column, several in rows.items())
    return f"; captured in other letters: {told}" if told else ""


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
            therapy_dollars_before=spent.before(visit, profile.id), beside=spent.beside(visit),
            profiles=night.profiles,
        )  # fmt: skip
    except (LookupError, ValueError, ArithmeticError) as problem:
        return f"The visit cannot be coded ({type(problem).__name__}); its settings may have changed since capture."


def _question(row: VisitRow, sentence: str) -> NewWork:
    return NewWork(key=_key(row.row_id), kind=WorkKind.CHARGE, category="visit that cannot be coded",
                   sentence=sentence, next_action="correct the settings",
                   how="Correct the practice or payer settings and run the night again.")  # fmt: skip


def _answered(conn: Connection, row_ids: set[int]) -> None:
    work.resolve_keys(conn, map(_key, row_ids), "the visit was coded")


def _key(row_id: int) -> str:
    return f"code:{row_id}"
