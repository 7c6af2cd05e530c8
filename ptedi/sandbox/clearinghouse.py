"""A clearinghouse and its payers in a box: answers our 837P as the other side would, from the bytes alone.

    drop/*.x12  ->  TA1 and 999 per interchange, 277CA of the clearinghouse per set, 277CA per payer,
                    one 835 per payer, one CSV of bank deposits

Nothing of the way ptedi makes claims is used here: files are judged by pyx12, claims by the payers' own rules.  All
chance comes from the seed and the claim number, all clocks from `today`, so the same files give the same bytes.
Run again with nothing new it leaves nothing; on a later day the payers also take a second look at what they paid.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from ptedi.claims.model import Claim
from ptedi.errors import UnreadableFile
from ptedi.remittances import balance
from ptedi.remittances.model import Payment
from ptedi.sandbox import answers, bank, chance, mischief, oracle
from ptedi.sandbox.first_look import by_clearinghouse, by_payer
from ptedi.sandbox.folders import Dropped, dropped, leave
from ptedi.sandbox.front_door import Arrival, acknowledge, arrivals
from ptedi.sandbox.memory import Memory, Route, opened
from ptedi.sandbox.oracle import Broken, ClaimResult, Fate, SandboxReport
from ptedi.sandbox.payer_desk import Accepted, Desk, Remittance
from ptedi.sandbox.payers import payer_of
from ptedi.sandbox.scenario import PLAIN, Scenario
from ptedi.submissions.acknowledgements import StatusCode
from ptedi.transactions import claim_837p
from ptedi.x12.interchange import Transaction

RECEIVED = StatusCode(category="A1", status="19", entity="40")
CAME = StatusCode(category="A1", status="19", entity="PR")
SOMETHING_WRONG = StatusCode(category="A3", status="21")
TAKEN = StatusCode(category="A2", status="20", entity="PR")


def run(
    drop: Path, out: Path, state: Path, *,
    seed: int, today: date, scenario: Scenario = PLAIN, bank_folder: Path | None = None,
) -> SandboxReport:  # fmt: skip
    """Answers every new file of the drop folder.

    Args:
        drop: the folder we send to; files are read and left where they are.
        out: the folder the clearinghouse leaves its answers in.
        state: the file (SQLite) in which clearinghouse and payers remember what they saw and paid.
        seed: decides who is refused, who owes a deductible, who is corrected.
        today: the day of all answers and payments.
        scenario: what happens beyond a plain night.
        bank_folder: where the deposits are listed; `out` when not given.

    Returns:
        The exact figures of this run; `oracle.history(state)` adds up all runs.
    """
    with opened(state) as memory:
        report = _Run(memory, out, bank_folder or out, seed, today, scenario).all(drop)
        if report != SandboxReport():
            memory.note_run(today, msgspec.json.encode(report))
    return report


@dataclass(slots=True)
class _Run:
    """One run: what has been counted and accepted so far."""

    memory: Memory
    out: Path
    bank_folder: Path
    seed: int
    day: date
    scenario: Scenario
    report: SandboxReport = field(default_factory=SandboxReport)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    rejected: dict[str, ClaimResult] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    paid_otherwise: dict[str, Decimal] = field(default_factory=dict)

    def all(self, drop: Path) -> SandboxReport:
        """Front door, claims, money."""
        self.mistakes = [name for name in mischief.MISTAKES if getattr(self.scenario, name)]
        new = [f for f in dropped(drop) if not self.memory.knows_file(f.name, f.sha256)]
        opened_files = [(f, self._open(f)) for f in new]
        for file, found in sorted(opened_files, key=_by_control_number):
            self.report = replace(self.report, files=self.report.files + 1)
            self.memory.remember_file(file.name, file.sha256, self.day)
            if isinstance(found, str):
                self._refuse_file(file, found)
            else:
                for arrival in found:
                    self._answer(arrival)
        rejected = {key: result for key, result in self.rejected.items() if key not in self.accepted}
        self.report += SandboxReport(results=rejected)
        desk = Desk(self.memory, self.seed, self.day, self.scenario)
        if self.scenario.half_reversals:
            desk.take_back_half()
        if self.scenario.corrections:
            desk.correct()
        desk.answer_forwarded()
        adjudicated = desk.adjudicate(self.accepted.values())
        self._remit(desk.pay())
        if self.scenario.correct_at_once and adjudicated:
            desk.correct(this_day_too=True)
            self._remit(desk.pay())
        self._list_deposits()
        return self.report

    def _open(self, file: Dropped) -> list[Arrival] | str:
        if file.data is None:
            return "The file is larger than this clearinghouse takes."
        try:
            return arrivals(file.data)
        except UnreadableFile as why:
            return f"The file is not X12: {why}."

    def _refuse_file(self, file: Dropped, why: str) -> None:
        text = f"REPORT OF {self.day.isoformat()}\nFILE {file.sha256}\nREFUSED {why}\n"
        self._leave("213000", "REPORT", text.encode(), "txt")
        self.report = replace(self.report, unreadable=self.report.unreadable + 1)

    # ------------------------------------------------------------------ front door

    def _answer(self, arrival: Arrival) -> None:
        header = arrival.header
        note = arrival.note
        number = header.control_number or 0
        if not note and not self.memory.first_time(header.sender_id, header.receiver_id, number, self.day):
            note = "025"
        if note or header.acknowledgement_requested:
            answer = self._next()
            data = answers.ta1(header, "R" if note else "A", note or "000", answer, self.day)
            self._leave("213100", "TA1", data, "x12", answer)
        if note:
            self.report = replace(self.report, interchanges_rejected=self.report.interchanges_rejected + 1)
            for transaction in arrival.transactions:
                self._lose(transaction, Fate.INTERCHANGE_REJECTED)
            return
        for group in arrival.groups:
            self._answer_group(arrival, group)

    def _answer_group(self, arrival: Arrival, group: list[Transaction]) -> None:
        verdict = acknowledge(group, arrival.problems)
        answer = self._next()
        route = answers.route_of(arrival.header)
        self._leave("213200", "999", answers.functional(route, verdict, answer, self.day), "x12", answer)
        for transaction, one in zip(group, verdict.sets, strict=True):
            if one.code in ("A", "E"):
                self._look_at_claims(transaction, route)
            else:
                self.report = replace(self.report, sets_rejected=self.report.sets_rejected + 1)
                self._lose(transaction, Fate.SET_REJECTED)

    def _lose(self, transaction: Transaction, fate: Fate) -> None:
        if transaction.set_id != "837":
            return
        claims = claim_837p.read(transaction)
        self.report += SandboxReport(claims_received=len(claims))
        for claim in claims:
            self._note(claim, fate)

    # ------------------------------------------------------------------ claims before adjudication

    def _look_at_claims(self, transaction: Transaction, route: Route) -> None:
        claims = [claim_837p.normalise(claim) for claim in claim_837p.read(transaction)]
        stated = [s.get(2) for s in transaction.segments if s.id == "CLM"]
        self.report += SandboxReport(claims_received=len(claims))
        seen: list[answers.Seen] = []
        for position, claim in enumerate(claims):
            charge = stated[position] if position < len(stated) else ""
            reason = by_clearinghouse(claim, charge, self.accepted, self.memory, self.seed, self.scenario)
            seen.append(answers.Seen(
                claim=claim, status=reason or RECEIVED, refused=reason is not None,
                trace=f"CH{self.memory.next('clearinghouse trace'):010d}",
            ))  # fmt: skip
            if reason is not None:
                self._note(claim, Fate.CLEARINGHOUSE_REJECTED, reason)
        answer = self._next()
        data = answers.clearinghouse_277ca(route, transaction, seen, answer, self.day)
        self._leave("220000", "277CA", data, "x12", answer)
        forwarded: dict[str, list[answers.Seen]] = {}
        for item in seen:
            if not item.refused:
                forwarded.setdefault(item.claim.payer.id, []).append(item)
        for _, items in sorted(forwarded.items()):
            self._look_as_payer(transaction, route, items)

    def _look_as_payer(self, transaction: Transaction, route: Route, items: list[answers.Seen]) -> None:
        looked = [self._payer_verdict(item, route) for item in items]
        answer = self._next()
        data = answers.payer_277ca(route, transaction, payer_of(items[0].claim), looked, answer, self.day)
        self._leave("221000", "277CA", data, "x12", answer)
        if self.scenario.acknowledged_again:
            came = [replace(item, status=CAME, refused=False, line=None) for item in looked]
            answer = self._next()
            data = answers.payer_277ca(route, transaction, payer_of(items[0].claim), came, answer, self.day)
            self._leave("223000", "277CA", data, "x12", answer)

    def _payer_verdict(self, item: answers.Seen, route: Route) -> answers.Seen:
        claim, payer = item.claim, payer_of(item.claim)
        reason = by_payer(claim, payer, self.memory, self.seed, self.scenario)
        if reason is not None:
            self._note(claim, Fate.PAYER_REJECTED, reason)
            at_line = chance.permille(self.seed, "line status", claim.patient_control_number)
            if at_line < self.scenario.line_statuses:
                return replace(item, status=SOMETHING_WRONG, refused=True, line=reason)
            return replace(item, status=reason, refused=True)
        number = Desk(self.memory, self.seed, self.day, self.scenario).new_number(claim, payer, self.numbers)
        accepted = Accepted(claim=claim, payer=payer, route=route, number=number)
        self.accepted[claim.patient_control_number] = accepted
        return replace(item, status=TAKEN, number=number)

    def _note(self, claim: Claim, fate: Fate, reason: StatusCode | None = None) -> None:
        """Notes a rejection, unless the claim was adjudicated in another copy."""
        key = claim.patient_control_number
        if self.memory.has_claim(key):
            return
        reasons = () if reason is None else (":".join(filter(None, (reason.category, reason.status, reason.entity))),)
        result = ClaimResult(fate=fate, charge=claim.charge, reasons=reasons)
        self.rejected[key] = result

    # ------------------------------------------------------------------ money

    def _remit(self, remittances: list[Remittance]) -> None:
        for item in remittances:
            made = [payment for _, payment in item.payments]
            for payment in made:
                problems = balance.check(payment)
                if problems:
                    raise AssertionError(f"the sandbox made an 835 that does not balance: {problems[0].code}")
            self.report += oracle.of_payments((item.payer.id, payment) for payment in made)
            self._leave_835(item, made)

    def _leave_835(self, item: Remittance, made: list[Payment]) -> None:
        written = [mischief.spoil(payment, self.seed, self.scenario) for payment in made]
        written, wrong = mischief.break_some(written, self.mistakes)
        self.mistakes = [name for name in self.mistakes if name not in wrong]
        self.report += SandboxReport(unbalanced=tuple(w.claim for w in wrong.values() if w.claim),
                                     not_footing=tuple(w.trace for w in wrong.values() if w.trace))  # fmt: skip
        self.paid_otherwise |= {one.trace_number: one.amount for one in written}
        answer = self._next()
        data = answers.remittance(item, written, answer, self.day)
        name = f"{answers.safe(item.payer.id)}_{answers.safe(made[0].payee_npi)}_{answer:09d}"
        first = not any(n.endswith(".835") for n in self.report.written)
        self._leave_as(f"{name}.835", data)
        if first:
            self._misbehave(item, written, name, data)

    def _misbehave(self, item: Remittance, written: list[Payment], name: str, data: bytes) -> None:
        if self.scenario.duplicate_835:
            self._break(f"{name}_again.835", data, "the same 835 again")
        if self.scenario.truncated_835:
            self._break(f"{name}_cut.835", data[: len(data) * 2 // 3], "the same 835, cut off")
        if self.scenario.altered_835:
            other = answers.remittance(item, [mischief.altered(one) for one in written], self._next(), self.day)
            self._break(f"{name}_other.835", other, "the same checks, saying something else")
        if self.scenario.foreign_payee:
            answer = self._next()
            trace = f"EFT{self.day:%y%m%d}{self.memory.next('trace'):06d}"
            stranger = mischief.for_a_stranger(written[0], trace, self.day)
            other = answers.remittance(item, [stranger], answer, self.day)
            self._break(f"{answers.safe(item.payer.id)}_{mischief.STRANGER_NPI}_{answer:09d}.835", other,
                        "an 835 for another practice")  # fmt: skip

    def _break(self, name: str, data: bytes, how: str) -> None:
        self._leave_as(name, data)
        self.report += SandboxReport(broken=(Broken(name=name, how=how),))

    def _list_deposits(self) -> None:
        names = {a.payer.id: a.payer.name for a in self.accepted.values()}
        checks = [replace(one, amount=self.paid_otherwise.get(one.trace_number, one.amount))
                  for one in self.report.checks]  # fmt: skip
        data = bank.deposits(checks, names)
        if data:
            turn = self.memory.next(f"deposits {self.day.isoformat()}")
            suffix = "" if turn == 1 else f"_{turn}"
            leave(self.bank_folder, f"deposits_{self.day:%Y%m%d}{suffix}.csv", data)

    # ------------------------------------------------------------------ files

    def _next(self) -> int:
        return self.memory.next("interchange")

    def _leave(self, clock: str, kind: str, data: bytes, extension: str, number: int | None = None) -> None:
        turn = self._next() if number is None else number
        self._leave_as(f"{self.day:%Y%m%d}{clock}_{turn:09d}_{kind}.{extension}", data)

    def _leave_as(self, name: str, data: bytes) -> None:
        leave(self.out, name, data)
        self.report += SandboxReport(written=(name,))


def _by_control_number(item: tuple[Dropped, list[Arrival] | str]) -> tuple[str, int, str, str]:
    file, found = item
    first = found[0].header if isinstance(found, list) else None
    number = (first.control_number or 0) if first else 0
    return (first.sender_id if first else "", number, file.sha256, file.name)
