"""The payers' desk of a run: accepted claims are decided, priced, gathered by payer and practice, and paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ptedi.claims.model import Claim
from ptedi.remittances.model import Payment
from ptedi.sandbox import chance
from ptedi.sandbox.adjudication import adjudicate, after_another
from ptedi.sandbox.crossover import SUPPLEMENT, careless, crosses, left_to_patient, predetermination
from ptedi.sandbox.memory import Memory, Remembered, Route
from ptedi.sandbox.payers import Payer, claim_number, payer_of
from ptedi.sandbox.refusals import Decision, decide, ensure
from ptedi.sandbox.remittance import Account, payments, reversal
from ptedi.sandbox.review import Correction, corrections
from ptedi.sandbox.scenario import Scenario
from ptedi.sandbox.shapes import half_back, shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A claim that its payer took for adjudication, with the number it gave it."""

    claim: Claim
    payer: Payer
    route: Route
    number: str


@dataclass(slots=True, kw_only=True)
class Remittance:
    """One 835 to be: the payments of one payer along one route."""

    payer: Payer
    route: Route
    payments: list[tuple[Account, Payment]]


class Desk:
    """The accounts of one run; `pay` makes the remittances of what was put on them."""

    def __init__(self, memory: Memory, seed: int, day: date, scenario: Scenario) -> None:
        self._memory, self._seed, self._day, self._scenario = memory, seed, day, scenario
        self._accounts: dict[tuple[str, str, str, str], Account] = {}
        self._big = False

    def new_number(self, claim: Claim, payer: Payer, taken: set[str]) -> str:
        """A claim number that this payer gives to no other claim."""
        attempt, year_day = 0, f"{self._day:%y%j}"
        number = claim_number(payer, claim.patient_control_number, year_day, self._seed)
        while number in taken or self._memory.has_claim_number(number):
            attempt += 1
            number = claim_number(payer, claim.patient_control_number, year_day, self._seed, attempt)
        taken.add(number)
        return number

    def adjudicate(self, accepted: Iterable[Accepted]) -> int:
        """Decides and prices new claims; returns how many."""
        cases = {a.claim.patient_control_number: a for a in accepted}
        decisions = {key: decide(a.claim, a.payer, self._seed, self._day) for key, a in cases.items()}
        self._big = len(cases) >= self._scenario.ensure_from
        if self._big:
            ensure({key: (a.claim, a.payer) for key, a in cases.items()}, decisions, self._seed)
        for key in sorted(cases):
            self._settle(cases[key], decisions[key])
        if self._scenario.foreign_claim:
            self._add_foreign_claim()
        return len(cases)

    def _settle(self, item: Accepted, decision: Decision) -> None:
        account = self._account(item.claim, item.payer, item.route)
        original = None
        if item.claim.frequency in ("7", "8"):
            original = self._memory.claim_with_number(item.claim.original_reference)
        if original is not None:
            self._memory.retire(original.payment.patient_control_number)
            account.claims.append(reversal(original.payment))
        if item.claim.frequency == "8":
            return
        payment = adjudicate(item.claim, item.payer, item.number, decision, self._seed, self._day)
        payment = careless(shape(payment, self._seed, self._scenario), self._seed, self._scenario)
        if crosses(item, self._seed, self._scenario):
            payment.status_code, payment.crossover_payer = "19", SUPPLEMENT.name
            self._memory.forward(item.claim.patient_control_number, self._day)
        if chance.permille(self._seed, "price beforehand", item.number) < self._scenario.predeterminations:
            account.claims.append(predetermination(payment))
        if original is not None:
            payment.original_reference = original.payment.payer_claim_control_number
        account.claims.append(payment)
        remembered = Remembered(claim=item.claim, payment=payment, route=item.route)
        self._memory.remember(remembered, self._day, reviewed=original is not None)

    def answer_forwarded(self) -> None:
        """The supplement's payments for claims that were forwarded to it on earlier days."""
        for item in self._memory.take_forwarded(self._day):
            number = claim_number(SUPPLEMENT, item.claim.patient_control_number, f"{self._day:%y%j}", self._seed)
            payment = after_another(item.claim, SUPPLEMENT, number, Decision(refused={}), left_to_patient(item),
                                    self._seed, self._day)  # fmt: skip
            payment = careless(payment, self._seed, self._scenario)
            self._account(item.claim, SUPPLEMENT, item.route).claims.append(payment)

    def correct(self, *, this_day_too: bool = False) -> None:
        """Puts the second looks at earlier claims on the accounts."""
        for item in corrections(self._memory, self._seed, self._day, this_day_too=this_day_too):
            self._put(item)

    def take_back_half(self) -> None:
        """Takes one paid claim of an earlier day back in other figures than it was paid in."""
        for earlier in self._memory.days_before(self._day):
            for item in self._memory.unreviewed(earlier):
                if item.payment.lines and item.payment.paid > 1 and not item.payment.adjustments:
                    self._memory.remember(item, self._day, reviewed=True)
                    account = self._account(item.claim, payer_of(item.claim), item.route)
                    account.claims[:0] = [half_back(reversal(item.payment))]
                    return

    def _put(self, item: Correction) -> None:
        claim = item.before.claim
        account = self._account(claim, payer_of(claim), item.before.route)
        if self._scenario.correction_apart:
            account.claims[:0] = item.claims[:1]
            account.late += item.claims[1:]
            return  # nothing to defer: the first payment takes the whole sum back
        account.claims[:0] = item.claims
        if item.deferred:
            account.deferred.append((item.before.payment.payer_claim_control_number, item.deferred))

    def _account(self, claim: Claim, payer: Payer, route: Route) -> Account:
        account = Account(payer=payer, payee=claim.billing, route=route)
        return self._accounts.setdefault(account.key, account)

    def _add_foreign_claim(self) -> None:
        """A paid claim of another practice among ours: another CLP01, another patient."""
        for _, account in sorted(self._accounts.items()):
            paid = next((c for c in account.claims if c.paid > 0), None)
            if paid is not None:
                number = chance.digits(self._seed, "foreign claim", paid.payer_claim_control_number, 9)
                lines = [replace(line, line_control_number=f"X{number}L{n}") for n, line in enumerate(paid.lines, 1)]
                account.claims.append(replace(
                    paid, patient_control_number=f"X{number}", payer_claim_control_number=f"F{number}",
                    patient_last="STRANGER", patient_first="SAM", member_id=f"F{number}", lines=lines,
                    interest=Decimal("0.00"),
                ))  # fmt: skip
                return

    def pay(self) -> list[Remittance]:
        """The remittances of all accounts, by payer; the accounts are empty afterwards."""
        found: dict[tuple[str, str, str], Remittance] = {}
        letter = self._scenario.letter_recoupment and self._big
        for (payer_id, _, sender, _), account in sorted(self._accounts.items()):
            made = payments(account, self._memory, self._seed, self._day, letter=letter,
                            kinds=self._scenario.provider_kinds)  # fmt: skip
            key = (payer_id, sender, account.route.our_id)
            entry = found.setdefault(key, Remittance(payer=account.payer, route=account.route, payments=[]))
            entry.payments += [(account, payment) for payment in made]
        self._accounts.clear()
        for entry in found.values():
            for number, (_, payment) in enumerate(entry.payments, 1):
                payment.control_number = f"{number:04d}"
        return list(found.values())
