"""Paid lines against what the contracts say: each line that a payer decided is compared, what is missing is asked for.

Lines are priced by the patient's day at a payer, over all its claims, because the units of a day are reduced together.
A claim is compared when something was posted for it or taken out of the books, with the claims of the same day; a
result that is the same writes nothing, another one is kept beside it.  What a later payer paid is compared with what
its contract says of claims that another payer decided before (`pricing.later`), whether it answered a claim of its own
or one that was forwarded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeAlias

from ptedi import denials
from ptedi.claims.model import CodedClaim
from ptedi.dates import today
from ptedi.denials import Denial
from ptedi.ledger.standing import Adjudication, standing
from ptedi.money import ZERO, cents, from_cents, usd
from ptedi.payers.profile import ClaimPer, PayerRules
from ptedi.pricing import contract_file
from ptedi.pricing.compare import Comparison, Verdict, compare, no_contract
from ptedi.pricing.contract import Contract, Contracts, Terms
from ptedi.pricing.later import compare_later
from ptedi.steps.night import Night
from ptedi.steps.price_lines import Line, billed, decided, told_in_claim, told_in_remittance
from ptedi.steps.settled import open_again
from ptedi.store import Connection, claims, coordination, events, payments, prices, work
from ptedi.store.claims import ClaimRow
from ptedi.store.prices import LinePrice
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import State

__all__ = ["Compared", "billed", "compare_payments", "contracts_of", "of_the_same_days", "rerun"]

FOLDER = "contracts"
_OVERTAKEN = "paid as expected after all, or compared with another contract"
_LATER = frozenset({"2", "3", "20", "21"})
"""CLP02 of what later payers pay."""
_NO_DECISION = frozenset({"23", "25"})
"""CLP02 of what nobody pays: forwarded unprocessed, a price told beforehand."""
_CHANCE = 70  # percent of underpaid amounts that asking brings; own judgement until the practice's history says
_PIECE = 500
_ITEMS = (WorkKind.UNDERPAID, WorkKind.OVERPAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison did: claims looked at, lines new or changed, items (under- or overpaid) made and resolved."""

    claims: int = 0
    lines: int = 0
    opened: int = 0
    resolved: int = 0

    def __add__(self, other: Compared) -> Compared:
        return Compared(claims=self.claims + other.claims, lines=self.lines + other.lines,
                        opened=self.opened + other.opened, resolved=self.resolved + other.resolved)  # fmt: skip


def contracts_of(night: Night) -> Contracts:
    """The shipped contracts and those of the workspace's `contracts/`."""
    return contract_file.load(night.workspace.root / FOLDER)


def compare_payments(night: Night) -> Compared:
    """Compares what was posted or taken out of the books since the last time; running it again changes nothing."""
    with night.store.exclusive("post"):
        with night.store.read() as conn:
            ids = prices.changed(conn)
        return _compare(night, ids)


def rerun(night: Night, *, payer: str | None = None, since: date | None = None, until: date | None = None) -> Compared:
    """Compares again what was compared, after a contract or a fee schedule came; what was found before is kept.

    Args:
        night: the workspace.
        payer: only claims to this payer.
        since: first date of service.
        until: last date of service.
    """
    with night.store.exclusive("post"):
        with night.store.read() as conn:
            ids = prices.adjudicated(conn, payer_id=payer, since=since, until=until)
        return _compare(night, ids)


def of_the_same_days(night: Night, conn: Connection, ids: Sequence[int]) -> dict[int, ClaimRow]:
    """These claims and those of the same patients, payers and days, whose units are reduced with theirs."""
    piece = _Piece(night=night, conn=conn, contracts=Contracts({}))
    return piece.with_siblings(claims.get_all(conn, ids))


def _compare(night: Night, ids: Sequence[int]) -> Compared:
    night.use_tables()
    known, done = contracts_of(night), Compared()
    for start in range(0, len(ids), _PIECE):
        with night.store.begin() as conn:
            done += _Piece(night=night, conn=conn, contracts=known).run(ids[start : start + _PIECE])
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """What is priced together: a patient's day at a payer, as the first or a later one.

    What a corrected claim replaced (`apart`, its id) is priced by itself until the payer takes it back: the same units
    are on the correction.
    """

    patient_id: str
    payer_id: str
    day: date
    later: bool = False
    apart: int = 0


_Off: TypeAlias = tuple[Line, Comparison, Terms]
"""A line that was not paid as the contract says."""


@dataclass(slots=True, kw_only=True)
class _Piece:
    """Some claims in one transaction."""

    night: Night
    conn: Connection
    contracts: Contracts
    rows: dict[int, ClaimRow] = field(default_factory=dict)

    def run(self, ids: Sequence[int]) -> Compared:
        """Compares these claims and those of the same days."""
        self.rows = self.with_siblings(claims.get_all(self.conn, ids))
        groups = self._groups()
        owed = prices.deductibles(self.conn, {group.patient_id for group in groups})
        found: dict[int, list[LinePrice]] = {one: [] for one in self.rows}
        wanted: dict[str, NewWork] = {}
        off: dict[tuple[int, str, Verdict], list[_Off]] = defaultdict(list)
        for group, lines in sorted(groups.items(), key=_by_day):
            agreed = self.contracts.find(group.payer_id, group.day)
            if agreed and agreed[1].has_no_place and self.night.environment == "P":
                agreed = None
            for line, one in zip(lines, _judged(group, lines, agreed, owed), strict=True):
                found[line.claim_id].append(_row(group, line, one, agreed[0] if agreed and one.expected is not None
                                                 else None))  # fmt: skip
                if agreed and one.verdict in (Verdict.UNDERPAID, Verdict.OVERPAID):
                    off[line.claim_id, group.payer_id, one.verdict].append((line, one, agreed[1]))
        changed = prices.record(self.conn, found)
        prices.mark(self.conn, self.rows)
        for (claim_id, payer_id, verdict), several in off.items():
            make = self._item if verdict is Verdict.UNDERPAID else self._too_much
            wanted |= {item.key: item for item in make(claim_id, payer_id, several)}
        opened, resolved = self._put(wanted)
        return Compared(claims=len(self.rows), lines=changed, opened=opened, resolved=resolved)

    def with_siblings(self, rows: dict[int, ClaimRow]) -> dict[int, ClaimRow]:
        """These claims and the others of the same patient, payer and day that were decided."""
        if not rows:
            return {}
        wanted: dict[tuple[str, str], list[date]] = defaultdict(list)
        for row in rows.values():
            wanted[row.patient_id, row.payer_id].append(row.service_date)
        first = min(row.service_date for row in rows.values())
        others = claims.of_patients(self.conn, {row.patient_id for row in rows.values()}, first - timedelta(days=31))
        near = {
            one.id: one for several in others.values() for one in several
            if one.id not in rows and any(self._may_share(one, day) for day in
                                          wanted.get((one.patient_id, one.payer_id), ()))
        }  # fmt: skip
        return rows | near

    def _may_share(self, row: ClaimRow, day: date) -> bool:
        """Whether a claim may have services of a day; a claim of a span knows only its first."""
        if row.service_date == day:
            return True
        spans = self._rules(row.payer_id, day).claim_per is ClaimPer.SPAN
        return spans and abs((row.service_date - day).days) <= 31

    def _groups(self) -> dict[_Group, list[Line]]:
        coded = claims.load_all(self.conn, self.rows)
        history = payments.history(self.conn, self.rows)
        states = events.current_states(self.conn, list(self.rows))
        next_payers = coordination.get(self.conn, self.rows)
        groups: dict[_Group, list[Line]] = defaultdict(list)
        for claim_id, row in sorted(self.rows.items()):
            said = [one for one in history.get(claim_id, ()) if one.clp.status_code not in _NO_DECISION]
            apart = claim_id if states[claim_id] is State.SUPERSEDED else 0
            known = next_payers.get(claim_id)
            for later, lines in _answers(claim_id, coded[claim_id], said):
                payer = row.payer_id
                if later and coded[claim_id].claim.sequence == "P":
                    payer = known.payer_id if known else ""
                for day, line in lines:
                    groups[_Group(patient_id=row.patient_id, payer_id=payer, day=day, later=later,
                                  apart=apart)].append(line)  # fmt: skip
        return groups

    def _rules(self, payer_id: str, day: date) -> PayerRules:
        profile = self.night.profiles.get(payer_id)
        return profile.on(day) if profile else PayerRules()

    def _too_much(self, claim_id: int, payer_id: str, more: Sequence[_Off]) -> Iterator[NewWork]:
        """One item for a claim that is overpaid by enough to look at: what is not ours is given back, in time."""
        excess = sum((one.difference for _, one, _ in more), ZERO)
        if excess < more[0][2].work_from:
            return
        worst = max(more, key=lambda three: three[1].difference)
        steps = ", ".join(dict.fromkeys(str(one.cause) for _, one, _ in more if one.cause))
        days = self._rules(payer_id, today()).refund_days
        limit = today() + timedelta(days=days) if days else None
        yield NewWork(
            key=self._key("overpaid", claim_id, payer_id, cents(excess)), kind=WorkKind.OVERPAID, claim_id=claim_id,
            line=worst[0].number, category="overpaid", sentence=f"Overpaid by {usd(excess)} on {len(more)} of its lines"
            f"{f' ({steps})' if steps else ''}. {worst[1].sentence}", next_action="CHECK_OVERPAYMENT",
            how="Look first whether the contract and its fees are those of the day (`ptedi price claim CLAIM`). Was it "
                "really too much: tell the payer and give it back, or await its recoupment (PLB); then look what the "
                "patient was billed", amount_cents=cents(excess), deadline=limit,
            deadline_basis=f"{days} days from when it was found; {self._source(payer_id, 'refund_days')}" if days
            else "", fault="payer", confidence="medium", reworkable="no", cited=f"contract, {steps or 'price'}",
        )  # fmt: skip

    def _key(self, kind: str, claim_id: int, payer_id: str, amount: int) -> str:
        """A forwarded claim has an item for each payer."""
        whose = "" if payer_id == self.rows[claim_id].payer_id else f":{payer_id}"
        return f"{kind}:{claim_id}:{amount}{whose}"

    def _source(self, payer_id: str, name: str) -> str:
        profile = self.night.profiles.get(payer_id)
        block = profile.sources(today()).get(name) if profile else None
        return block.source if block else ""

    def _item(self, claim_id: int, payer_id: str, short: Sequence[_Off]) -> Iterator[NewWork]:
        """One item for a claim that is underpaid by enough to ask for it."""
        missing = -sum((one.difference for _, one, _ in short), ZERO)
        if missing < short[0][2].work_from:
            return
        row, worst = self.rows[claim_id], min(short, key=lambda three: three[1].difference)
        limit = denials.deadline(_ASK, self._rules(payer_id, row.service_date), service_date=row.service_date,
                                 remit_date=max(line.paid_on for line, _, _ in short))  # fmt: skip
        rank = denials.priority(missing, _CHANCE, denials.days_left(limit, today()))
        steps = ", ".join(dict.fromkeys(str(one.cause) for _, one, _ in short if one.cause))
        yield NewWork(
            key=self._key("underpaid", claim_id, payer_id, cents(missing)), kind=WorkKind.UNDERPAID, claim_id=claim_id,
            line=worst[0].number, category="underpaid", next_action="ASK_FOR_REST", how=_ASK.how,
            sentence=f"Underpaid by {usd(missing)} on {len(short)} of its lines ({steps}). {worst[1].sentence}",
            amount_cents=cents(missing), deadline=limit.day, deadline_basis=limit.basis, priority=rank.value,
            chance=_CHANCE,
        )  # fmt: skip

    def _put(self, wanted: dict[str, NewWork]) -> tuple[int, int]:
        """Brings the items in line; how many were opened and resolved."""
        opened = work.put_all(self.conn, wanted.values())
        opened += work.reopen(self.conn, wanted, _OVERTAKEN)
        ids = list(self.rows)
        waiting = [one for start in range(0, len(ids), _PIECE) for one in work.list_work(
            self.conn, kinds=_ITEMS, claim_ids=ids[start : start + _PIECE])]  # fmt: skip
        done = [one.id for one in waiting if one.key not in wanted]
        resolved = work.resolve(self.conn, done, _OVERTAKEN)
        open_again(self.conn, ids, "compare_payments")
        return opened, resolved


_ASK = Denial(
    category=denials.Category.UNKNOWN, cause="Paid less than agreed", reworkable=denials.Reworkable.YES,
    action=denials.Action.APPEAL, how="Send the payer the price step by step and the contract, ask for the rest",
    deadline=denials.DeadlineBasis.APPEAL, chance=_CHANCE, confidence=denials.Confidence.HIGH, source="contract",
)  # fmt: skip


def _by_day(one: tuple[_Group, list[Line]]) -> tuple[date, str, str, bool, int]:
    group = one[0]
    return group.day, group.patient_id, group.payer_id, group.later, group.apart


def _answers(
    claim_id: int, coded: CodedClaim, said: Sequence[Adjudication]
) -> Iterator[tuple[bool, list[tuple[date, Line]]]]:
    """What the first payer decided of a claim and what a later one did (True), under its own claim or this one."""
    claim = coded.claim
    if claim.sequence != "P":
        valid = standing(said, claim.charge).valid
        yield True, list(decided(claim_id, coded, valid, told_in_claim(coded)))
        return
    own = standing([one for one in said if one.clp.status_code not in _LATER], claim.charge).valid
    forwarded = standing([one for one in said if one.clp.status_code in _LATER], claim.charge).valid
    yield False, list(decided(claim_id, coded, own))
    yield True, list(decided(claim_id, coded, forwarded, told_in_remittance(coded, own)))


_Agreed = tuple[Contract, Terms] | None
_Owed = dict[tuple[str, str], list[tuple[date, int]]]


def _judged(group: _Group, lines: Sequence[Line], agreed: _Agreed, owed: _Owed) -> list[Comparison]:
    paid = [line.paid for line in lines]
    if agreed is None:
        who = group.payer_id or "the payer after this one, who is not known,"
        reason = f"No contract of {who} covers {group.day}, or it names no locality."
        return [no_contract(one, reason) for one in paid]
    contract, terms = agreed
    if group.later:
        told = {line.paid.line.key: line.before for line in lines if line.before is not None and not line.as_one}
        return compare_later(paid, told, terms, group.day)
    if any(line.as_one for line in lines):
        terms = replace(terms, per_visit_most=terms.per_visit_most or Decimal(10) ** 9)  # judged as one, not capped
    left = None
    if terms.deductible is not None:
        others = [one for one in owed.get((group.patient_id, group.payer_id), ()) if one[0] != group.day]
        before = sum(taken for day, taken in others if day.year == group.day.year and day < group.day)
        left = max(ZERO, terms.deductible - from_cents(before))
        owed[group.patient_id, group.payer_id] = [*others, (group.day, sum(cents(one.deductible) for one in paid))]
    return compare(paid, contract, terms, group.day, left)


def _row(group: _Group, line: Line, one: Comparison, contract: Contract | None) -> LinePrice:
    paid = line.paid
    return LinePrice(
        claim_id=line.claim_id, line=line.number, payer_id=group.payer_id, procedure=paid.line.procedure,
        units=paid.line.units, service_date=group.day, verdict=one.verdict.value,
        cause=one.cause.value if one.cause else "", contract=contract.id if contract else "",
        version=contract.version if contract else "", charge_cents=cents(paid.line.charge),
        allowed_cents=cents(paid.allowed), paid_cents=cents(paid.paid), deductible_cents=cents(paid.deductible),
        expected_allowed_cents=None if one.allowed is None else cents(one.allowed),
        expected_cents=None if one.expected is None else cents(one.expected),
        difference_cents=cents(one.difference), sentence=one.sentence, claim_payment_id=line.told_by,
        segment_index=line.origin.segment_index, byte_offset=line.origin.byte_offset,
    )  # fmt: skip
