"""From what stands in the books to the worklist: denials, reversals without correction, credits, what nobody answered.

The items follow the books: what was paid or reversed meanwhile is resolved, what is denied again is a new item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from ptedi import denials
from ptedi.claims.model import Claim
from ptedi.dates import today
from ptedi.denials import Denial, table
from ptedi.ledger.accounts import PAYER_BY_SEQUENCE, Account
from ptedi.ledger.matching import match_lines
from ptedi.ledger.policy import Action, Treatment, standard
from ptedi.ledger.posting import adjustments
from ptedi.ledger.standing import Adjudication, Standing, standing
from ptedi.money import ZERO, cents, from_cents, usd
from ptedi.payers.profile import PayerRules
from ptedi.remittances.model import Adjustment
from ptedi.steps.appeals import NextLevel, ahead, follow
from ptedi.steps.night import Night
from ptedi.steps.patterns import draft_rules
from ptedi.steps.prior import Before
from ptedi.steps.rejected import judge_again
from ptedi.steps.release import retry_unmatched
from ptedi.store import Connection, appeals, batches, claims, coordination, events, payments, postings, reworks, work
from ptedi.store.appeals import AppealRow
from ptedi.store.claims import ClaimRow
from ptedi.store.coordination import Step
from ptedi.store.reworks import ReworkKind, ReworkRow, ReworkState
from ptedi.store.work import NewWork, WorkItem, WorkKind
from ptedi.submissions.status import State

_REPLACES = ("7", "8")  # CLM05-3 of a claim that takes the one before it back
_ROUTED = (WorkKind.DENIAL, WorkKind.ADJUSTMENT, WorkKind.REVERSAL, WorkKind.CREDIT, WorkKind.UNANSWERED)
_ADJUDICATED = (State.PAID, State.PARTLY_PAID, State.DENIED, State.REVERSED, State.CLOSED)
_OVERTAKEN = "paid, corrected or reversed by a later remittance"
_PIECE = 500  # claims looked at in one transaction
_Place: TypeAlias = tuple[int, int | None, str]
"""The number of a refused line in its remittance (0 for the claim), the claim's line it is, its procedure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Work items made, resolved and still open after routing, and the open denials' amount in cents."""

    opened: int = 0
    resolved: int = 0
    denials_open: int = 0
    denials_cents: int = 0


def route_denials(night: Night) -> Routed:
    """Brings the worklist in line with the books; running it again changes nothing."""
    opened, resolved = 0, 0
    rows = table.of_workspace(night.workspace.root)
    with night.store.exclusive("post"):
        resolved += retry_unmatched(night)
        with night.store.read() as conn:
            ids = sorted(_of_interest(conn))
        for start in range(0, len(ids), _PIECE):
            with night.store.begin() as conn:
                more, less = _route(night, conn, ids[start : start + _PIECE], rows)
            opened, resolved = opened + more, resolved + less
        with night.store.begin() as conn:
            resolved += _answered_rejections(conn)
            judge_again(night, conn)
            more, less = follow(night, conn)
            opened, resolved = opened + more, resolved + less
            draft_rules(night, conn)
            left = work.list_work(conn, kinds=[WorkKind.DENIAL])
    return Routed(opened=opened, resolved=resolved, denials_open=len(left),
                  denials_cents=sum(item.amount_cents for item in left))  # fmt: skip


def _of_interest(conn: Connection) -> set[int]:
    """Claims with something held, overpaid, reversed or left unanswered, and those with items that may be done."""
    refused, unanswered = postings.owing(conn)
    found = refused | work.claims_of(conn, _ROUTED)
    found |= {one for one, state in events.current_states(conn, unanswered).items() if state in _ADJUDICATED}
    # the money of a claim to a later payer stands on the first one's account
    later = {one.next_claim_id for one in coordination.in_step(conn, Step.BILLED) if one.claim_id in found}
    reversed_ = {row.id for row in claims.by_state(conn, [State.REVERSED])}
    found |= reworks.billed_before_the_last_word(conn)
    return found | reversed_ | {one for one in later if one is not None}


def _route(night: Night, conn: Connection, ids: Sequence[int], known: table.Rows) -> tuple[int, int]:
    rows, history = claims.get_all(conn, ids), payments.history(conn, ids)
    coded, balances = claims.load_all(conn, ids), postings.balances_of_claims(conn, ids)
    asked = appeals.of_claims(conn, ids)
    billed = _patients_bills(conn, ids)
    before = Before.of(conn, [row for row in rows.values() if row.id in history], history)
    wanted: dict[str, NewWork] = {}
    corrected = _awaiting_correction(conn, ids)
    for claim_id, row in rows.items():
        claim = coded[claim_id].claim
        case = _Case(row=row, now=standing(history.get(claim_id, []), claim.charge), rules=_rules(night, row),
                     before=before, known=known, corrected=claim_id in corrected,
                     further=_further(night, row, asked.get(claim_id, [])))  # fmt: skip
        lines = {a.id: [m.line for m in match_lines(a.clp.lines, claim.lines, a.assigned)] for a in case.now.valid}
        owed = balances.get(claim_id, {})
        wanted |= {item.key: item for item in (
            *case.denied(lines), *case.reversed(), *case.credit(owed), *case.patient_credit(billed.get(claim_id, [])),
            *case.unanswered(owed.get(PAYER_BY_SEQUENCE[claim.sequence], ZERO), claim, lines))}
    opened = work.put_all(conn, wanted.values()) + work.reopen(conn, wanted, _OVERTAKEN)
    work.refresh(conn, wanted.values())
    done = [i for i in work.list_work(conn, kinds=_ROUTED, claim_ids=ids) if i.key not in wanted]
    return opened, _resolve(conn, done)


def _awaiting_correction(conn: Connection, ids: Sequence[int]) -> set[int]:
    """Claims whose correction no payer decided yet: what was paid on them stands until it takes that back.

    A claim that went anew (frequency 1) corrects nothing at the payer: what is paid on the one before it is paid twice.
    """
    states = events.current_states(conn, ids)
    gone = [one for one, state in states.items() if state is State.SUPERSEDED]
    last = events.replaced_by(conn, gone)
    while further := events.replaced_by(conn, last.values()):
        last = {before: further.get(after, after) for before, after in last.items()}
    heirs = set(last.values())
    answered, coded = payments.history(conn, heirs), claims.load_all(conn, sorted(heirs))
    return {before for before, after in last.items()
            if not answered.get(after) and coded[after].claim.frequency in _REPLACES}  # fmt: skip


def _resolve(conn: Connection, done: Iterable[WorkItem]) -> int:
    return work.resolve(conn, [item.id for item in done], _OVERTAKEN)


def _patients_bills(conn: Connection, ids: Sequence[int]) -> dict[int, list[ReworkRow]]:
    """The bills of these claims that went to patients and were not taken back."""
    found: dict[int, list[ReworkRow]] = {}
    for one in reworks.of_claims(conn, ids, ReworkKind.PATIENT):
        if one.state is ReworkState.DONE:
            found.setdefault(one.claim_id, []).append(one)
    return found


def _further(night: Night, row: ClaimRow, asked: Sequence[AppealRow]) -> NextLevel | None:
    """The level at which a claim is appealed next when an appeal was lost, None before."""
    step = ahead(night.profiles.get(row.payer_id), asked, today())
    return step if step.number > 1 else None


def _rules(night: Night, row: ClaimRow) -> PayerRules:
    profile = night.profiles.get(row.payer_id)
    return profile.on(row.service_date) if profile else PayerRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One claim with what stands of it."""

    row: ClaimRow
    now: Standing
    rules: PayerRules
    before: Before
    known: table.Rows
    further: NextLevel | None = None
    corrected: bool = False

    def denied(self, lines: dict[int, list[int | None]]) -> Iterator[NewWork]:
        """One item per denied line (or claim), with its largest refusing adjustment."""
        for one in self.now.valid:
            if self._held(adjustments(one.clp)) <= 0:
                continue  # nothing denied, or only folded into a line that was paid more
            if one.clp.adjustments:
                yield from self._item(one, (0, None, ""), one.clp.adjustments, one.clp.remarks)
            for number, (line, matched) in enumerate(zip(one.clp.lines, lines[one.id], strict=True), 1):
                remarks = [*line.remarks, *one.clp.remarks]
                yield from self._item(one, (number, matched, line.procedure), line.adjustments, remarks)

    def _treat(self, a: Adjustment) -> Treatment:
        return standard().treat(a.group, a.reason, self.row.payer_id, self.row.service_date)

    def _held(self, found: Iterable[Adjustment]) -> Decimal:
        return sum((a.amount for a in found if self._treat(a).action is Action.HOLD), ZERO)

    def _item(
        self, one: Adjudication, at: _Place, found: Sequence[Adjustment], remarks: Sequence[str]
    ) -> Iterator[NewWork]:  # fmt: skip
        amount = self._held(found)
        refusing = [a for a in found if self._treat(a).action is Action.HOLD and a.amount > 0]
        if amount <= 0 or not refusing:
            return
        main = max(refusing, key=lambda a: a.amount)
        denial = denials.classify(
            main.group, main.reason, remarks, payer=self.row.payer_id, on=self.row.service_date, procedure=at[2],
            prior=self.before.facts(self.row, one, main.reason, at[2], self.rules), never_paid=self.rules.not_covered,
            rows=self.known,
        )  # fmt: skip
        yield self._work(one, at, main, denial or _UNDECIDED, amount, remarks)

    def _work(
        self, one: Adjudication, at: _Place, main: Adjustment, denial: Denial, amount: Decimal, remarks: Sequence[str],
    ) -> NewWork:  # fmt: skip
        denial, rules = self._at_its_level(denial)
        limit = denials.deadline(denial, rules, service_date=self.row.service_date, remit_date=one.paid_on)
        rank = denials.priority(amount, denial.chance, denials.days_left(limit, today()))
        return NewWork(
            key=f"denial:{one.id}:{at[0]}", kind=WorkKind.DENIAL if denial.refused else WorkKind.ADJUSTMENT,
            claim_id=self.row.id, line=at[1], category=denial.category, adjustment_group=main.group,
            adjustment_reason=main.reason, remarks=" ".join(dict.fromkeys(remarks))[:64], sentence=f"{denial.cause}.",
            next_action=denial.action, how=denial.how, amount_cents=cents(amount), deadline=limit.day,
            deadline_basis=limit.basis, priority=rank.value, chance=denial.chance, fault=denial.fault,
            confidence=denial.confidence, reworkable=denial.reworkable, edits=" ".join(denial.edits),
            cited=denial.cited,
        )  # fmt: skip

    def _at_its_level(self, denial: Denial) -> tuple[Denial, PayerRules]:
        """After a lost appeal the next level is asked within its own days; after the last there is nothing to send."""
        step = self.further
        if step is None or denial.action not in (denials.Action.APPEAL, denials.Action.ASK_REOPENING):
            return denial, self.rules
        if step.known and denial.action is denials.Action.APPEAL:
            said = replace(denial, chance=denial.chance // 2,
                           how=f"Level {step.number}: {step.level.name}. {denial.how}")  # fmt: skip
            return said, replace(self.rules, appeal_days=step.level.file_days)
        said = replace(denial, action=denials.Action.WRITE_OFF, reworkable=denials.Reworkable.NO, chance=0,
                       deadline=denials.DeadlineBasis.NONE,
                       how="No further level of appeal is known of this payer: write it off (appeal-lost)")  # fmt: skip
        return said, self.rules

    def reversed(self) -> Iterator[NewWork]:
        """A reversal that waits for its correction, or for its original."""
        if self.now.reversed or self.now.unpaired:
            what = "The payer took its decision back and has not sent a new one"
            if self.now.unpaired:
                what = "The payer took back a payment that is not in our books"
            last = max((*self.now.unpaired, *self.now.cancelled), key=lambda a: a.id)
            yield NewWork(
                key=f"reversal:{self.row.id}:{last.id}", kind=WorkKind.REVERSAL, claim_id=self.row.id,
                category="reversal", sentence=f"{what}.", next_action="ASK_PAYER",
                how="Wait for the correction; after 30 days ask the payer.", amount_cents=self.row.charge_cents,
                priority=self.row.charge_cents // 100,
            )  # fmt: skip

    def credit(self, balances: dict[Account, Decimal]) -> Iterator[NewWork]:
        """More was paid and adjusted than billed: money goes back, but not while a correction is on its way."""
        owed = sum((amount for account, amount in balances.items() if account.is_receivable), ZERO)
        if owed < 0 and not self.corrected:
            yield NewWork(
                key=f"credit:{self.row.id}:{cents(-owed)}", kind=WorkKind.CREDIT, claim_id=self.row.id,
                category="credit balance", sentence=f"Paid and adjusted {usd(-owed)} more than billed.",
                next_action="INVESTIGATE",
                how="Two payers, or the same claim paid twice: find out whose it is; tell that payer and give it back, "
                    "or await its recoupment (PLB).",
                amount_cents=cents(-owed), priority=int(-owed),
            )  # fmt: skip

    def unanswered(self, owed: Decimal, claim: Claim, lines: dict[int, list[int | None]]) -> Iterator[NewWork]:
        """A part that no result speaks of: the payer paid, adjusted and denied less than was billed."""
        if owed <= 0 or not self.now.valid or self.now.unpaired:
            return
        told = {number for several in lines.values() for number in several}
        left = [f"line {line.number} ({line.procedure})" for line in claim.lines if line.number not in told]
        which = f": {', '.join(left)}" if left and None not in told else ""
        said = f"Of {usd(claim.charge)} billed, {usd(owed)} were neither paid nor adjusted nor denied{which}."
        yield NewWork(
            key=f"unanswered:{self.row.id}:{cents(owed)}", kind=WorkKind.UNANSWERED, claim_id=self.row.id,
            category="part not answered", next_action="ASK_PAYER", amount_cents=cents(owed), priority=int(owed),
            sentence=said[:500],
            how="The rest may come with another remittance; else ask the payer what became of it.",
        )  # fmt: skip

    def patient_credit(self, bills: Sequence[ReworkRow]) -> Iterator[NewWork]:
        """The patient was billed more than the payer's newest word leaves to the patient."""
        if not bills or self.now.reversed:
            return
        owed = sum((a.amount for one in self.now.valid for a in adjustments(one.clp) if a.group == "PR"), ZERO)
        over = bills[-1].stake_cents - cents(owed)
        if over > 0:
            yield NewWork(
                key=f"credit patient:{self.row.id}:{over}", kind=WorkKind.CREDIT, claim_id=self.row.id,
                category="patient credit", next_action="CORRECT_PATIENT_BILL", amount_cents=over, priority=over // 100,
                sentence=f"The patient was billed {usd(from_cents(bills[-1].stake_cents))}; the payer leaves "
                         f"{usd(owed)} to the patient now.",
                how="Correct the bill (`ptedi rework patient CLAIM`); what the patient paid beyond it goes back.",
            )  # fmt: skip


_UNDECIDED = Denial(
    category=denials.Category.UNKNOWN, cause="An adjustment that the posting policy does not post by itself",
    reworkable=denials.Reworkable.CONDITIONAL, action=denials.Action.INVESTIGATE,
    how="Decide whether it is a reduction by contract; add a row to posting_policy.csv", chance=50,
    deadline=denials.DeadlineBasis.APPEAL, confidence=denials.Confidence.LOW, source="default",
)  # fmt: skip


def _answered_rejections(conn: Connection) -> int:
    """A rejected claim that was adjudicated after all waits for nobody."""
    items = [item for item in work.list_work(conn, kinds=[WorkKind.REJECTION]) if item.claim_id is not None]
    states = events.current_states(conn, {item.claim_id for item in items if item.claim_id is not None})
    done = [i.id for i in items if i.claim_id is not None and states.get(i.claim_id) in _ADJUDICATED]
    closed = work.resolve(conn, done, "the payer adjudicated the claim")
    whole = [i for i in work.list_work(conn, kinds=[WorkKind.REJECTION]) if i.key.startswith("batch:")]
    gone = [i.id for i in whole if not _waits_with_it(conn, int(i.key.split(":")[1]))]
    return closed + work.resolve(conn, gone, "no claim waits with it any more")


def _waits_with_it(conn: Connection, batch_id: int) -> bool:
    """Whether a claim of a refused batch is still rejected and has no item of its own."""
    ids = [one.claim_id for one in batches.claims_of(conn, batch_id)]
    rejected = [one for one, state in events.current_states(conn, ids).items() if state is State.REJECTED]
    own = {item.claim_id for item in work.list_work(conn, kinds=[WorkKind.REJECTION], claim_ids=rejected)}
    return not own.issuperset(rejected)
