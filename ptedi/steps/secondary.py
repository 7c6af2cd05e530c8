"""What a payer left goes to the patient's next payer: by the payer itself (crossover) or by a claim of ours.

Every adjudicated claim is looked at once, and again whenever something happened to it.  A claim that its payer
forwarded waits for the next payer's remittance with a clock of its own; one that it did not is billed to the next
coverage of the visit, balanced, scrubbed and exactly once, at once or after a person's approval as the payer's profile
says.  What does not map or balance, and what a payer changed after the next one was billed, is a question to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ptedi import dates
from ptedi.claims.model import Coverage
from ptedi.codes import mbi
from ptedi.findings import Finding
from ptedi.ledger import coordination as ledger
from ptedi.ledger import posting
from ptedi.ledger.policy import standard
from ptedi.ledger.standing import standing
from ptedi.money import ZERO, cents, usd
from ptedi.payers.profile import PayerRules
from ptedi.steps import inbound_pages as pages
from ptedi.steps.faults import point
from ptedi.steps.hold import kept_back, no_profile, release
from ptedi.steps.next_payer import ACTOR, Case, bill, bill_again, case_of, cases, named, next_coverage, said
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, coordination, events, visits, work
from ptedi.store.claims import ClaimRow
from ptedi.store.coordination import Step
from ptedi.store.work import NewWork, WorkItem, WorkKind
from ptedi.submissions.status import State

APPROVE = "approve, then it goes out"
_ADJUDICATED = (State.PAID, State.PARTLY_PAID, State.DENIED, State.REVERSED, State.CLOSED)
_OPEN = (Step.WAITING, Step.CROSSED, Step.ASKED, Step.BILLED, Step.ANSWERED)
_PIECE = 250  # claims looked at in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """What bill_next_payers did: claims looked at, claims to next payers made and held, crossovers, questions asked."""

    looked: int = 0
    billed: int = 0
    held: int = 0
    crossed: int = 0
    asked: int = 0
    charge_cents: int = 0


def bill_next_payers(night: Night) -> Forwarded:
    """Looks at every claim that was adjudicated since it was last looked at; running it again changes nothing."""
    night.use_tables()
    made = Forwarded()
    with night.store.exclusive("code"):
        with night.store.read() as conn:
            ids = _to_look_at(conn)
        for start in range(0, len(ids), _PIECE):
            with night.store.begin() as conn:
                made = _added(made, _piece(night, conn, ids[start : start + _PIECE]))
            point("secondary.piece kept")
        with night.store.begin() as conn:
            _overdue(night, conn)
            look_again(night, conn)
        point("secondary.kept")
    return made


def approve(night: Night, item: WorkItem, person: str) -> str:
    """Bills the next payer although something was asked; the control number of the claim, "" when there can be none.

    A claim to it that was rejected before adjudication is made anew.

    Raises:
        ConfigurationError: the rejected claim cannot be made anew.
    """
    if item.claim_id is None:
        return ""
    night.use_tables()
    with night.store.exclusive("code"), night.store.exclusive("post"), night.store.begin() as conn:
        known = coordination.get(conn, [item.claim_id]).get(item.claim_id)
        if known is not None and known.next_claim_id is not None:
            sent = claims.get(conn, known.next_claim_id)
            if events.current_states(conn, [sent.id])[sent.id] is not State.REJECTED:
                return sent.patient_control_number
            work.resolve(conn, [item.id], f"{person}: made anew")
            return bill_again(night, conn, sent, person)
        case = case_of(conn, item.claim_id)
        made = None if case is None else bill(night, conn, case, person)
        if case is None or made is None or isinstance(made, str):
            return ""
        work.resolve(conn, [item.id], f"{person}: billed as {made.number}")
        return made.number


# --- what to look at ---


def _to_look_at(conn: Connection) -> list[int]:
    """Adjudicated claims nobody looked at yet, and open ones with events since."""
    open_ones = {one.claim_id: one.seen for one in coordination.in_step(conn, *_OPEN)}
    new = coordination.unseen(conn, _ADJUDICATED)
    heads = events.heads(conn, sorted(open_ones))
    moved = {one for one, seen in open_ones.items() if heads[one][0] != seen}
    return sorted(new | moved | _insured_otherwise(conn))


def _insured_otherwise(conn: Connection) -> set[int]:
    """Adjudicated claims whose visit was captured again with another next coverage than the one that is known."""
    ids = coordination.recaptured(conn, Step.NONE, Step.WAITING, Step.ASKED, Step.BILLED)
    states = events.current_states(conn, sorted(ids))
    found = cases(conn, sorted(one for one in ids if states[one] in _ADJUDICATED))
    return {case.row.id for case in found if case.known is not None and _has_other_coverage(conn, case)}


def _has_other_coverage(conn: Connection, case: Case) -> bool:
    if case.known is not None and case.known.next_claim_id is not None:
        told = work.list_work(conn, kinds=[WorkKind.COORDINATION], claim_ids=[case.row.id], open_only=False)
        return bool(_otherwise_billed(conn, case)) and all(item.key != _insured_key(case) for item in told)
    now = named(next_coverage(case.coded, case.visit)) or {"payer_id": "", "sequence": ""}
    return case.known is not None and now != {"payer_id": case.known.payer_id, "sequence": case.known.sequence}


def _piece(night: Night, conn: Connection, ids: Sequence[int]) -> Forwarded:
    made = Forwarded()
    events.lock(conn, ids)
    for case in cases(conn, ids):
        made = _added(made, _look(night, conn, case))
    return made


def _added(one: Forwarded, two: Forwarded) -> Forwarded:
    return Forwarded(looked=one.looked + two.looked, billed=one.billed + two.billed, held=one.held + two.held,
                     crossed=one.crossed + two.crossed, asked=one.asked + two.asked,
                     charge_cents=one.charge_cents + two.charge_cents)  # fmt: skip


# --- one claim ---


def _look(night: Night, conn: Connection, case: Case) -> Forwarded:
    """Brings what is known of a claim up to date, and bills its next payer when that is due."""
    was = case.known.step if case.known else None
    if was is Step.BILLED:
        return _after_billing(conn, case)
    if case.later:
        return _answered(conn, case)
    crossed = ledger.forwarded(case.own)
    if crossed is not None:
        _close(conn, case, "the payer forwarded the claim")
        coverage = next_coverage(case.coded, case.visit)
        coordination.put(conn, case.at(Step.CROSSED, since=crossed.paid_on, **named(coverage)))
        return Forwarded(looked=1, crossed=int(was is not Step.CROSSED))
    coverage = next_coverage(case.coded, case.visit)
    if coverage is None:
        return _settled(conn, case, Step.NONE, "there is no next payer", payer_id="", sequence="")
    today = min(dates.today(), night.today())
    if not case.own or case.own[-1].paid_on > today:  # a decision of tomorrow cannot be told today
        seen = 0 if case.own else case.events
        coordination.put(conn, replace(case.at(Step.WAITING, **named(coverage)), seen=seen))
        return Forwarded(looked=1)
    if ledger.patient_share(case.own) <= 0 and not _denied(case):
        return _settled(conn, case, Step.WAITING, "nothing is left for the next payer", **named(coverage))
    question = _question(night, conn, case, coverage)
    if question:
        return _ask(night, conn, case, coverage, question)
    made = bill(night, conn, case, ACTOR)
    if isinstance(made, str):
        return _ask(night, conn, case, coverage, made)
    _close(conn, case, f"billed as {made.number}")
    return Forwarded(looked=1, billed=1, held=int(made.held), charge_cents=case.row.charge_cents)


def _denied(case: Case) -> bool:
    held = (posting.held(one.clp, case.row.payer_id, case.row.service_date, standard()) for one in case.own)
    return sum(held, ZERO) > 0


def _question(night: Night, conn: Connection, case: Case, coverage: Coverage) -> str:
    """Why a person must look before the next payer is billed, "" when nobody must."""
    profile = night.profiles.get(coverage.payer_id)
    if profile is None:
        return f"The next payer {coverage.payer_id} has no profile."
    if case.known is None or case.known.next_claim_id is None:
        others = claims.of_visits(conn, [row.visit_id for row in case.rows])
        sent = coordination.before(conn, [row.id for several in others.values() for row in several])
        if any(row.payer_id == coverage.payer_id and sent.get(row.id, case.row.id) != case.row.id
               for several in others.values() for row in several):  # fmt: skip
            return f"{profile.name} was billed before for another version of this claim."
    if _denied(case):
        return f"The first payer denied a part; {profile.name} can be billed with what it said, or after the appeal."
    if profile.on(case.row.service_date).secondary_approval:
        return f"Claims to {profile.name} after another payer are approved before they go."
    return ""


def _settled(conn: Connection, case: Case, step: Step, resolution: str, **next_payer: str) -> Forwarded:
    _close(conn, case, resolution)
    coordination.put(conn, case.at(step, **next_payer))
    return Forwarded(looked=1)


def _answered(conn: Connection, case: Case) -> Forwarded:
    """The next payer answered under this claim's number; it is asked about when OA-23 is not what was done."""
    policy, claim = standard(), case.coded.claim
    said = standing(case.later, claim.charge).valid
    found = [one for clp in said if (one := ledger.restated_by_crossover(clp.clp, case.own, claim, policy))]
    short = max((one.short for one in found), default=ZERO)
    over = max((one.over for one in found), default=ZERO)
    off, page, than = short, pages.SHORT_PRIOR_PAYER, "less"
    if not short:
        off, page, than = over, pages.OVERSTATED_PRIOR_PAYER, "more"
    new = NewWork(
        key=f"coordination:{case.row.id}:restated:{' '.join(str(one.id) for one in said)}"[:128],
        kind=WorkKind.COORDINATION, claim_id=case.row.id, category="next payer", next_action="ASK_PAYER",
        sentence=f"{page} The next payer's answer restates {usd(off)} {than} than was paid and written off before.",
        how="Compare both remittances; ask the next payer for a corrected one.", amount_cents=cents(off),
        priority=int(off),
    )  # fmt: skip
    _close(conn, case, "the next payer answered", keep=new.key if off else "")
    put = bool(off) and work.put(conn, new)
    coordination.put(conn, case.at(Step.ANSWERED))
    return Forwarded(looked=1, asked=int(put))


def _after_billing(conn: Connection, case: Case) -> Forwarded:
    """The next payer was billed: what its first payer says now must be what that claim says."""
    known = case.known
    other = _otherwise_billed(conn, case)
    if other:
        put = work.put(conn, NewWork(
            key=_insured_key(case), kind=WorkKind.COORDINATION, claim_id=case.row.id, category="next payer",
            sentence=other, next_action="correct the next payer's claim", amount_cents=case.row.charge_cents,
            how="Send a corrected claim to the right payer and member, or void the one that was sent.",
        ))  # fmt: skip
        coordination.put(conn, case.at(Step.BILLED))
        return Forwarded(looked=1, asked=int(put))
    if known is None or known.next_claim_id is None or case.basis == known.basis:
        coordination.put(conn, case.at(Step.BILLED))
        return Forwarded(looked=1)
    number = claims.get(conn, known.next_claim_id).patient_control_number
    put = work.put(conn, NewWork(
        key=f"coordination:{case.row.id}:changed:{case.basis}", kind=WorkKind.COORDINATION, claim_id=case.row.id,
        category="next payer", sentence=f"The payer decided anew after {number} went to the next one with what it said "
        "before.", next_action="correct the next payer's claim", amount_cents=case.row.charge_cents,
        how="Send the next payer a corrected claim, or let it stand when its share did not change.",
    ))  # fmt: skip
    coordination.put(conn, case.at(Step.BILLED))
    return Forwarded(looked=1, asked=int(put))


def _otherwise_billed(conn: Connection, case: Case) -> str:
    """What differs between the billed next coverage and the one that is captured now, "" when nothing does."""
    if case.known is None or case.known.next_claim_id is None:
        return ""
    sent, coverage = claims.load(conn, case.known.next_claim_id), next_coverage(case.coded, case.visit)
    number = sent.claim.patient_control_number
    if coverage is None:
        return f"The next coverage was taken away after {number} was made for it."
    if coverage.payer_id != sent.payer_id:
        return f"The next coverage is with {coverage.payer_id} now; {number} was made for {sent.payer_id}."
    if mbi.compact(coverage.member_id) != mbi.compact(sent.claim.member_id):
        return f"The member number of the next coverage changed after {number} was made."
    return ""


def _insured_key(case: Case) -> str:
    return f"coordination:{case.row.id}:insured:{case.insured.row_id}"


def _ask(night: Night, conn: Connection, case: Case, coverage: Coverage, question: str) -> Forwarded:
    """A question; `ptedi work approve` bills the next payer where that can be done."""
    share = ledger.patient_share(case.own)
    new = NewWork(
        key=_key(case), kind=WorkKind.COORDINATION, claim_id=case.row.id, category="next payer",
        sentence=f"{question}  {usd(share)} were left to the patient."[:500], next_action=APPROVE,
        how="`ptedi work approve ITEM` bills the next payer, `ptedi work dismiss ITEM` leaves it with the patient.",
        amount_cents=cents(max(share, ZERO)), priority=int(max(share, ZERO)),
    )  # fmt: skip
    _close(conn, case, "another question", keep=new.key)
    put = work.put(conn, new)
    coordination.put(conn, case.at(Step.ASKED, **named(coverage)))
    return Forwarded(looked=1, asked=int(put))


def _key(case: Case) -> str:
    return f"coordination:{case.row.id}:{case.basis}"[:128]


def _close(conn: Connection, case: Case, resolution: str, keep: str = "") -> None:
    if case.known is not None:
        items = work.list_work(conn, kinds=[WorkKind.COORDINATION], claim_ids=[case.row.id])
        work.resolve(conn, [item.id for item in items
                             if item.key != keep and item.key.startswith("coordination:")], resolution)  # fmt: skip


def look_again(night: Night, conn: Connection) -> int:
    """Held claims to later payers once more: a profile may have been corrected, a day may have come; how many go."""
    later, released = coordination.later(conn), 0
    for row in claims.by_state(conn, [State.HELD]):
        if row.id in later and row.payer_id in night.profiles:
            found = looked_at(night, conn, row)
            if not any(one.severity.stops for one in found):
                release(conn, {row: found}, ACTOR)
                released += 1
    return released


def looked_at(night: Night, conn: Connection, row: ClaimRow) -> list[Finding]:
    """What the edits and a person's word say of a claim to a later payer; a payer without a profile stops it."""
    profile = night.profiles.get(row.payer_id)
    if profile is None:
        return [no_profile(row)]
    visit_id = visits.of_claims(conn, [row.id])[row.id][0].visit_id
    visit = visits.newest(conn, [visit_id])[visit_id].visit
    return [*said(night, claims.load(conn, row.id), visit, profile), *kept_back(conn, [row]).values()]


# --- the clock of a crossover ---


def _overdue(night: Night, conn: Connection) -> None:
    """A forwarded claim without the next payer's answer is a question; the answer closes it."""
    for one in coordination.in_step(conn, Step.CROSSED):
        row = claims.get(conn, one.claim_id)
        limit = _rules(night, row).crossover_days
        if one.since is None or not limit or dates.today() <= one.since + timedelta(days=limit):
            continue
        days = (dates.today() - one.since).days
        can = bool(one.payer_id)
        work.put(conn, NewWork(
            key=f"coordination:{row.id}:crossed:{one.since}", kind=WorkKind.COORDINATION, claim_id=row.id,
            category="no 835 after crossover",
            sentence=f"The payer forwarded claim {row.patient_control_number} {days} days ago and the next payer has "
                     f"not answered; it is expected to within {limit} days.",
            next_action=APPROVE if can else "ASK_PAYER",
            how="Ask the next payer whether it has the claim.  `ptedi work approve ITEM` bills it ourselves." if can
                else "Find the patient's other coverage and ask whether it has the claim.",
            amount_cents=row.charge_cents,
        ))  # fmt: skip


def _rules(night: Night, row: ClaimRow) -> PayerRules:
    profile = night.profiles.get(row.payer_id)
    return profile.on(row.service_date) if profile else PayerRules()
