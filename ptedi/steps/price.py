"""Paid lines against what the contracts say: each line that a payer decided is compared, what is missing is asked for.

Lines are priced by the patient's day at a payer, over all its claims, because the units of a day are reduced together.
A claim is compared when something was posted for it or taken out of the books, with the claims of the same day; a
result that is the same writes nothing, another one is kept beside it.  Claims to later payers are not compared: what
they owe depends on what the first one said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeAlias

from ptedi import denials
from ptedi.claims.model import CodedClaim, ServiceLine
from ptedi.dates import today
from ptedi.denials import Denial
from ptedi.ledger.matching import match_lines
from ptedi.ledger.standing import Adjudication, standing
from ptedi.money import ZERO, cents, from_cents, usd
from ptedi.payers.profile import ClaimPer, PayerRules
from ptedi.pricing import contract_file
from ptedi.pricing.compare import Comparison, Verdict, compare, no_contract
from ptedi.pricing.contract import Contract, Contracts, Terms
from ptedi.pricing.paid import PaidLine, paid_line
from ptedi.pricing.price import Billed
from ptedi.remittances.model import ClaimPayment, ServicePayment
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, payments, prices, work
from ptedi.store.claims import ClaimRow
from ptedi.store.prices import LinePrice
from ptedi.store.work import NewWork, WorkKind

FOLDER = "contracts"
_OVERTAKEN = "paid as expected after all, or compared with another contract"
_NOT_OF_THE_FIRST = frozenset({"2", "3", "20", "21", "23", "25"})
"""CLP02 of what no first payer pays: later payers, forwarded unprocessed, a price told beforehand."""
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
    """What is priced together: a patient's day at a payer."""

    patient_id: str
    payer_id: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A decided line of a claim; `as_one` when the payer did not say it line by line."""

    claim_id: int
    number: int
    paid: PaidLine
    as_one: bool
    paid_on: date


_Off: TypeAlias = tuple[_Line, Comparison, Terms]
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
        off: dict[tuple[int, Verdict], list[_Off]] = defaultdict(list)
        for group, lines in sorted(groups.items(), key=lambda one: (one[0].day, one[0].patient_id, one[0].payer_id)):
            agreed = self.contracts.find(group.payer_id, group.day)
            if agreed and agreed[1].has_no_place and self.night.environment == "P":
                agreed = None
            for line, one in zip(lines, _judged(group, lines, agreed, owed), strict=True):
                found[line.claim_id].append(_row(group, line, one, agreed[0] if agreed and one.expected is not None
                                                 else None))  # fmt: skip
                if agreed and one.verdict in (Verdict.UNDERPAID, Verdict.OVERPAID):
                    off[line.claim_id, one.verdict].append((line, one, agreed[1]))
        changed = prices.record(self.conn, found)
        prices.mark(self.conn, self.rows)
        for (claim_id, verdict), several in off.items():
            make = self._item if verdict is Verdict.UNDERPAID else self._too_much
            wanted |= {item.key: item for item in make(claim_id, several)}
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

    def _groups(self) -> dict[_Group, list[_Line]]:
        coded = claims.load_all(self.conn, self.rows)
        history = payments.history(self.conn, self.rows)
        groups: dict[_Group, list[_Line]] = defaultdict(list)
        for claim_id, row in sorted(self.rows.items()):
            said = [one for one in history.get(claim_id, ()) if one.clp.status_code not in _NOT_OF_THE_FIRST]
            if not said or coded[claim_id].claim.sequence != "P":
                continue
            valid = standing(said, coded[claim_id].claim.charge).valid
            for day, line in _decided(claim_id, coded[claim_id], valid):
                groups[_Group(patient_id=row.patient_id, payer_id=row.payer_id, day=day)].append(line)
        return groups

    def _rules(self, payer_id: str, day: date) -> PayerRules:
        profile = self.night.profiles.get(payer_id)
        return profile.on(day) if profile else PayerRules()

    def _too_much(self, claim_id: int, more: Sequence[_Off]) -> Iterator[NewWork]:
        """One item for a claim that is overpaid by enough to look at: what is not ours is given back, in time."""
        excess = sum((one.difference for _, one, _ in more), ZERO)
        if excess < more[0][2].work_from:
            return
        row, worst = self.rows[claim_id], max(more, key=lambda three: three[1].difference)
        steps = ", ".join(dict.fromkeys(str(one.cause) for _, one, _ in more if one.cause))
        days = self._rules(row.payer_id, today()).refund_days
        limit = today() + timedelta(days=days) if days else None
        yield NewWork(
            key=f"overpaid:{claim_id}:{cents(excess)}", kind=WorkKind.OVERPAID, claim_id=claim_id, line=worst[0].number,
            category="overpaid", sentence=f"Overpaid by {usd(excess)} on {len(more)} of its lines"
            f"{f' ({steps})' if steps else ''}. {worst[1].sentence}", next_action="CHECK_OVERPAYMENT",
            how="Look first whether the contract and its fees are those of the day (`ptedi price CLAIM`). Was it "
                "really too much: tell the payer and give it back, or await its recoupment (PLB); then look what the "
                "patient was billed", amount_cents=cents(excess), deadline=limit,
            deadline_basis=f"{days} days from when it was found; {self._source(row.payer_id, 'refund_days')}" if days
            else "", fault="payer", confidence="medium", reworkable="no", cited=f"contract, {steps or 'price'}",
        )  # fmt: skip

    def _source(self, payer_id: str, name: str) -> str:
        profile = self.night.profiles.get(payer_id)
        block = profile.sources(today()).get(name) if profile else None
        return block.source if block else ""

    def _item(self, claim_id: int, short: Sequence[_Off]) -> Iterator[NewWork]:
        """One item for a claim that is underpaid by enough to ask for it."""
        missing = -sum((one.difference for _, one, _ in short), ZERO)
        if missing < short[0][2].work_from:
            return
        row, worst = self.rows[claim_id], min(short, key=lambda three: three[1].difference)
        limit = denials.deadline(_ASK, self._rules(row.payer_id, row.service_date), service_date=row.service_date,
                                 remit_date=max(line.paid_on for line, _, _ in short))  # fmt: skip
        rank = denials.priority(missing, _CHANCE, denials.days_left(limit, today()))
        steps = ", ".join(dict.fromkeys(str(one.cause) for _, one, _ in short if one.cause))
        yield NewWork(
            key=f"underpaid:{claim_id}:{cents(missing)}", kind=WorkKind.UNDERPAID, claim_id=claim_id,
            line=worst[0].number, category="underpaid", next_action=denials.Action.APPEAL, how=_ASK.how,
            sentence=f"Underpaid by {usd(missing)} on {len(short)} of its lines ({steps}). {worst[1].sentence}",
            amount_cents=cents(missing), deadline=limit.day, deadline_basis=limit.basis, priority=rank.value,
            chance=_CHANCE,
        )  # fmt: skip

    def _put(self, wanted: dict[str, NewWork]) -> tuple[int, int]:
        """Brings the items in line; how many were opened and resolved."""
        opened = sum(work.put(self.conn, item) for item in wanted.values())
        opened += work.reopen(self.conn, wanted, _OVERTAKEN)
        ids = list(self.rows)
        waiting = [one for start in range(0, len(ids), _PIECE) for one in work.list_work(
            self.conn, kinds=_ITEMS, claim_ids=ids[start : start + _PIECE])]  # fmt: skip
        done = [one.id for one in waiting if one.key not in wanted]
        return opened, work.resolve(self.conn, done, _OVERTAKEN)


_ASK = Denial(
    category=denials.Category.UNKNOWN, cause="Paid less than agreed", reworkable=denials.Reworkable.YES,
    action=denials.Action.APPEAL, how="Send the payer the price step by step and the contract, ask for the rest",
    deadline=denials.DeadlineBasis.APPEAL, chance=_CHANCE, confidence=denials.Confidence.HIGH, source="contract",
)  # fmt: skip


def _decided(claim_id: int, coded: CodedClaim, valid: Iterable[Adjudication]) -> Iterator[tuple[date, _Line]]:
    """The lines of a claim that payers decided, with their day; what is said of the whole goes to the first line."""
    services: dict[int, list[ServicePayment]] = defaultdict(list)
    lines = coded.claim.lines
    as_one, paid_on = False, date.min
    for one in valid:
        paid_on = max(paid_on, one.paid_on)
        for service, match in zip(one.clp.lines, match_lines(one.clp.lines, lines, one.assigned), strict=True):
            as_one = as_one or match.line is None
            services[match.line or lines[0].number].append(service)
        if whole := _of_claim(one.clp):
            as_one = True
            services[lines[0].number].append(whole)
    for line in lines:
        if services[line.number] or (as_one and services):
            paid = paid_line(billed(claim_id, line), services[line.number])
            yield line.service_date, _Line(claim_id=claim_id, number=line.number, paid=paid, as_one=as_one,
                                           paid_on=paid_on)  # fmt: skip


def _of_claim(clp: ClaimPayment) -> ServicePayment | None:
    """What a claim payment says of the claim as a whole, as if it were one more service of its first line."""
    if clp.lines and not any(a.amount for a in clp.adjustments):
        return None
    charge, paid = (ZERO, -sum((a.amount for a in clp.adjustments), ZERO)) if clp.lines else (clp.charge, clp.paid)
    return ServicePayment(qualifier="HC", procedure="", modifiers=(), charge=charge, paid=paid, units=Decimal(1),
                          adjustments=clp.adjustments, origin=clp.origin)  # fmt: skip


def billed(claim_id: int, line: ServiceLine) -> Billed:
    """A claim's line as it is priced."""
    return Billed(key=f"{claim_id}:{line.number}", procedure=line.procedure, modifiers=line.modifiers,
                  units=line.units, charge=line.charge)  # fmt: skip


_Agreed = tuple[Contract, Terms] | None
_Owed = dict[tuple[str, str], list[tuple[date, int]]]


def _judged(group: _Group, lines: Sequence[_Line], agreed: _Agreed, owed: _Owed) -> list[Comparison]:
    paid = [line.paid for line in lines]
    if agreed is None:
        reason = f"No contract of {group.payer_id} covers {group.day}, or it names no locality."
        return [no_contract(one, reason) for one in paid]
    contract, terms = agreed
    if any(line.as_one for line in lines):
        terms = replace(terms, per_visit_most=terms.per_visit_most or Decimal(10) ** 9)  # judged as one, not capped
    left = None
    if terms.deductible is not None:
        others = [one for one in owed.get((group.patient_id, group.payer_id), ()) if one[0] != group.day]
        before = sum(taken for day, taken in others if day.year == group.day.year and day < group.day)
        left = max(ZERO, terms.deductible - from_cents(before))
        owed[group.patient_id, group.payer_id] = [*others, (group.day, sum(cents(one.deductible) for one in paid))]
    return compare(paid, contract, terms, group.day, left)


def _row(group: _Group, line: _Line, one: Comparison, contract: Contract | None) -> LinePrice:
    paid = line.paid
    return LinePrice(
        claim_id=line.claim_id, line=line.number, payer_id=group.payer_id, procedure=paid.line.procedure,
        units=paid.line.units, service_date=group.day, verdict=one.verdict.value,
        cause=one.cause.value if one.cause else "", contract=contract.id if contract else "",
        version=contract.version if contract else "", charge_cents=cents(paid.line.charge),
        allowed_cents=cents(paid.allowed), paid_cents=cents(paid.paid), deductible_cents=cents(paid.deductible),
        expected_allowed_cents=None if one.allowed is None else cents(one.allowed),
        expected_cents=None if one.expected is None else cents(one.expected),
        difference_cents=cents(one.difference), sentence=one.sentence,
    )  # fmt: skip
