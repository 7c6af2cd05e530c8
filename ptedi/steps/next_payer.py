"""The claim to a patient's next payer in the store: what it is made of, and making it with its number and its books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ptedi import dates
from ptedi.claims.identity import control_number
from ptedi.claims.model import CodedClaim, Coverage, PayerName, Reason, Visit
from ptedi.codes import mbi
from ptedi.edits import scrub
from ptedi.errors import ConfigurationError
from ptedi.findings import Finding
from ptedi.ledger import coordination as ledger
from ptedi.ledger import posting
from ptedi.ledger.accounts import PAYER_BY_SEQUENCE, Account
from ptedi.ledger.coordination import NextPayer
from ptedi.ledger.model import Posting, Source, entry, mirror
from ptedi.ledger.standing import Adjudication, standing
from ptedi.money import ZERO
from ptedi.payers.profile import PayerProfile
from ptedi.steps.faults import point
from ptedi.steps.hold import hold, release
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, coordination, decisions, events, payments, postings, series, visits, work
from ptedi.store.claims import ClaimRow, NewClaim, VisitKey
from ptedi.store.coordination import Coordination, Step
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.events import NewEvent
from ptedi.store.postings import Booking
from ptedi.store.series import SeriesKey
from ptedi.store.visits import VisitRow
from ptedi.submissions.status import Event

ACTOR = "bill_next_payers"
_NO_RESULT = frozenset({"25"})  # a price told beforehand decides nothing
_RANKS = "PST"
_ANEW = 10_000_000_000  # beyond the parts of corrected claims (steps.rework)
_EDITS = ("EG101", "EG102", "EG103", "EG104", "EG105", "EG106", "EG107", "EG111", "TF101", "TF102", "TF104")
"""The edits that speak of the next payer; what was done and how it was coded, the first payer has decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A claim with what was said of it: by its own payer, and by later ones under the same number (crossover)."""

    row: ClaimRow
    coded: CodedClaim
    rows: Sequence[VisitRow]
    own: Sequence[Adjudication]
    later: Sequence[Adjudication]
    known: Coordination | None
    events: int
    insured: VisitRow

    @property
    def visit(self) -> Visit:
        """The first visit of the claim as it is captured now: its coverages are the patient's."""
        return self.insured.visit

    @property
    def basis(self) -> str:
        """The claim payments that hold now."""
        return " ".join(str(one.id) for one in self.own)[:255]

    def at(self, step: Step, **more: object) -> Coordination:
        """What is known of the claim from now on."""
        was = self.known or Coordination(claim_id=self.row.id, step=step)
        return replace(was, step=step, seen=self.events, **more)  # type: ignore[arg-type]


def cases(conn: Connection, ids: Sequence[int]) -> list[Case]:
    """These claims with everything that was said of them."""
    rows, documents = claims.get_all(conn, ids), claims.load_all(conn, ids)
    captured, said = visits.of_claims(conn, list(ids)), payments.history(conn, ids)
    known, heads = coordination.get(conn, ids), events.heads(conn, list(ids))
    now = visits.newest(conn, [captured[claim_id][0].visit_id for claim_id in ids])
    found = []
    for claim_id in ids:
        coded, history = documents[claim_id], said.get(claim_id, [])
        first = coded.claim.sequence == "P"
        told = [one for one in history if one.clp.status_code not in _NO_RESULT]
        own = [one for one in told if not (first and posting.comes_after_another(one.clp))]
        own = [one for one in own if one.clp.status_code != "23" or one is own[-1]]
        found.append(Case(
            row=rows[claim_id], coded=coded, rows=captured[claim_id],
            own=standing(own, coded.claim.charge, notices=True).valid,
            later=[one for one in told if first and posting.comes_after_another(one.clp)], known=known.get(claim_id),
            events=heads[claim_id][0], insured=now[captured[claim_id][0].visit_id],
        ))  # fmt: skip
    return found


def case_of(conn: Connection, claim_id: int) -> Case | None:
    """One claim, None while no result of its payer stands."""
    found = cases(conn, [claim_id])
    return found[0] if found and found[0].own else None


def next_coverage(coded: CodedClaim, visit: Visit) -> Coverage | None:
    """The coverage of the visit that comes after the claim's payer, None without one on that day."""
    day, rank = coded.service_date, _RANKS.find(coded.claim.sequence)
    following = [
        one for one in visit.coverages
        if _RANKS.find(one.sequence) > rank and one.payer_id != coded.payer_id
        and (one.effective_from is None or one.effective_from <= day)
        and (one.effective_to is None or day <= one.effective_to)
    ]  # fmt: skip
    return min(following, key=lambda one: _RANKS.find(one.sequence), default=None)


def named(coverage: Coverage | None) -> dict[str, str]:
    """The next payer as `store.coordination` keeps it."""
    return {} if coverage is None else {"payer_id": coverage.payer_id, "sequence": coverage.sequence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A claim to a next payer: its control number, and whether an edit holds it."""

    number: str
    held: bool


def bill_again(night: Night, conn: Connection, refused: ClaimRow, person: str, reason: str = "") -> str:
    """Makes a claim to a later payer anew that was rejected before adjudication; the number of the new one.

    It tells what the payer before says now and names the coverage that is captured now.  The caller holds "post".

    Raises:
        ConfigurationError: nothing stands of what was decided before, or it cannot be told to the next payer.
    """
    old = refused.patient_control_number
    case = case_of(conn, coordination.before(conn, [refused.id])[refused.id])
    if case is None:
        raise ConfigurationError(f"{old}: nothing stands of what the payer before decided")
    events.lock(conn, [case.row.id, refused.id])
    made = bill(night, conn, case, person)
    if isinstance(made, str):
        raise ConfigurationError(f"{old}: {made}", hint=f"`ptedi claim {case.row.patient_control_number}` shows it")
    _return_receivable(conn, old)
    events.append_all(conn, [
        NewEvent(claim_id=refused.id, event=event, actor=person, evidence_key=f"replaced by {made.number} {event}",
                 detail=f"made anew as {made.number}")
        for event in (Event.REWORKED, Event.SUPERSEDED)
    ])  # fmt: skip
    work.resolve(conn, [item.id for item in work.list_work(conn, claim_ids=[refused.id])],
                 f"{person}: made anew as {made.number}")  # fmt: skip
    decisions.record(conn, NewDecision(actor=person, action=Verb.REWORK, reason=reason or "rejected by the next payer",
                                       claim_id=refused.id, detail=f"{old} goes as {made.number}"))  # fmt: skip
    return made.number


def _return_receivable(conn: Connection, number: str) -> None:
    """Takes back what a claim to a later payer asked for: the one made in its place asks for it again."""
    booked = postings.find(conn, f"coordination:{number}")
    if booked is not None:
        postings.post_all(conn, [Booking(entry=mirror(booked, f"{booked.key}:back", dates.today(), None, Source.RULE))])


def bill(night: Night, conn: Connection, case: Case, actor: str) -> Made | str:
    """The claim to the next payer with its number, charge history, books and verdict; or why there is none."""
    coverage = next_coverage(case.coded, case.visit)
    profile = night.profiles.get(coverage.payer_id) if coverage else None
    if coverage is None or profile is None:
        return "The next payer has no profile."
    with series.opened(conn, SeriesKey(night.practice.id, night.environment, "CLM01")) as numbers:
        number = control_number(night.claim_prefix, numbers.upcoming)
        drafted = ledger.next_claim(case.coded.claim, case.own, _addressee(case.visit, coverage, profile), number)
        if drafted.claim is None:
            return f"What the first payer said cannot be told to {profile.name}: {'; '.join(drafted.problems)}."
        said = f"to {profile.name} with what {case.coded.claim.payer.name} decided of {case.row.patient_control_number}"
        note = Reason(subject="coordination of benefits", rule="next payer", message=said,
                      source="005010X222A1 2320, 2330, 2430")  # fmt: skip
        coded = replace(case.coded, claim=drafted.claim, payer_id=profile.id, notes=(*case.coded.notes, note))
        new = _new_claim(night, case, coded, profile, 1 + case.row.id + _ANEW * _made_before(conn, case, coded))
        numbers.use(claims.fingerprint(new.visit_id, new.revision, profile.id, coverage.sequence, new.part,
                                       new.further))  # fmt: skip
        claim_id = claims.insert(conn, new)
    point("secondary.claim inserted")
    events.append_all(conn, [NewEvent(claim_id=claim_id, event=Event.CODED, actor=actor, evidence_key="coded",
                                      detail=f"{len(coded.claim.lines)} lines {said}")])  # fmt: skip
    coordination.put(conn, case.at(Step.BILLED, next_claim_id=claim_id, basis=case.basis, **named(coverage)))
    _move_receivable(conn, case, coded)
    point("secondary.booked")
    held = _decide(night, conn, claims.get(conn, claim_id), coded, case.visit, profile)
    return Made(number=number, held=held)


def _addressee(visit: Visit, coverage: Coverage, profile: PayerProfile) -> NextPayer:
    rules = profile.on(visit.service_date)
    member = mbi.compact(coverage.member_id) if rules.member_id == "mbi" else coverage.member_id
    return NextPayer(coverage=coverage, payer=PayerName(name=profile.name, id=profile.payer_id), member_id=member,
                     filing_indicator=profile.filing_indicator, patient=visit.patient,
                     insurance_type=rules.secondary_type)  # fmt: skip


def _made_before(conn: Connection, case: Case, coded: CodedClaim) -> int:
    """How many claims to this payer there are: each has a part of its own."""
    known = case.known.next_claim_id if case.known else None
    if known is None:
        return 0
    others = claims.of_visits(conn, [case.rows[0].visit_id]).get(case.rows[0].visit_id, [])
    return sum(one.payer_id == coded.payer_id for one in others)


def _new_claim(night: Night, case: Case, coded: CodedClaim, profile: PayerProfile, part: int) -> NewClaim:
    """On the same visits; the id of the claim before keeps the parts of a split claim apart."""
    first, *others = case.rows
    return NewClaim(
        coded=coded, visit_row_id=first.row_id, visit_id=first.visit_id, revision=first.revision,
        partner_id=night.partner_of(profile).id, part=part,
        further=tuple(VisitKey(row_id=o.row_id, visit_id=o.visit_id, revision=o.revision) for o in others),
    )  # fmt: skip


def _move_receivable(conn: Connection, case: Case, coded: CodedClaim) -> None:
    """What was left to the patient is asked of the next payer now: on the first claim's account, line by line."""
    claim, before = coded.claim, case.coded.claim.payer.id
    shares: dict[int | None, Decimal] = {}
    for line in claim.lines:
        for one in line.adjudications:
            if one.payer_id == before:
                told = sum((a.amount for a in one.adjustments if a.group == "PR"), ZERO)
                shares[line.number] = shares.get(line.number, ZERO) + told
    shares[None] = sum((a.amount for a in claim.other_payers[-1].adjustments if a.group == "PR"), ZERO)
    receivable = PAYER_BY_SEQUENCE[claim.sequence]
    moved = [Posting(account=account, amount=sign * amount, line=line)
             for line, amount in shares.items()
             for account, sign in ((receivable, 1), (Account.PATIENT_COVERED, -1))]  # fmt: skip
    account = coordination.accounts(conn, [case.row.id])[case.row.id]
    key = f"coordination:{claim.patient_control_number}"
    postings.post_all(conn, [Booking(entry=entry(key, dates.today(), Source.RULE, moved, account))])


def _decide(night: Night, conn: Connection, row: ClaimRow, coded: CodedClaim, visit: Visit,
            profile: PayerProfile) -> bool:  # fmt: skip
    """Lets a claim go or holds it; whether it is held."""
    found = said(night, coded, visit, profile)
    held = any(one.severity.stops for one in found)
    if held:
        hold(night, conn, {row: found}, ACTOR)
    else:
        release(conn, {row: found}, ACTOR)
    return held


def said(night: Night, coded: CodedClaim, visit: Visit, profile: PayerProfile) -> list[Finding]:
    """What the edits about payers say of a claim to a later one."""
    return scrub(coded, visit, night.practice, profile, only=_EDITS)
