"""Remittances made up for claims of a workspace, and what they must add up to, by plain sums."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ptedi.claims.model import Claim
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import Adjustment, ClaimPayment, Origin, Payment, ProviderAdjustment, ServicePayment
from ptedi.steps.night import Night
from ptedi.store import claims as store_claims
from ptedi.submissions.status import State
from ptedi.transactions.remittance_835 import RemittanceFile, RemittanceHeader, write

NOWHERE = Origin(0, 0)
ZERO = Decimal("0.00")
HELD = ("CO-16", "CO-50", "CO-97", "CO-197", "CO-29", "PR-96")
WRITTEN = ("CO-45", "CO-59", "CO-253")
PATIENT = ("PR-1", "PR-2", "PR-3")


def known_claims(night: Night, state: State = State.SENT) -> list[KnownClaim]:
    with night.store.read() as conn:
        rows = store_claims.by_state(conn, [state])
        coded = store_claims.load_all(conn, [row.id for row in rows])
        return [KnownClaim(claim_id=r.id, payer_id=r.payer_id, service_date=r.service_date, claim=coded[r.id].claim)
                for r in rows]  # fmt: skip


def cas(pairs: dict[str, Decimal]) -> list[Adjustment]:
    return [Adjustment(*code.split("-"), amount, None, NOWHERE) for code, amount in pairs.items() if amount]  # type: ignore[call-arg]


def answer(claim: Claim, icn: str, lines: Sequence[dict[str, Decimal]], **more: object) -> ClaimPayment:
    """One CLP: for each line of the claim its adjustments, the rest is paid."""
    services = [
        ServicePayment(
            qualifier="HC", procedure=line.procedure, modifiers=line.modifiers, charge=line.charge,
            paid=line.charge - sum(pairs.values(), ZERO), units=Decimal(line.units), service_date=line.service_date,
            line_control_number=line.control_number, adjustments=cas(pairs), origin=NOWHERE,
        )
        for line, pairs in zip(claim.lines, lines, strict=True)
    ]  # fmt: skip
    return whole(claim, icn, services, **more)


def whole(claim: Claim, icn: str, services: list[ServicePayment], **more: object) -> ClaimPayment:
    share = sum((a.amount for s in services for a in s.adjustments if a.group == "PR"), ZERO)
    values: dict[str, object] = {
        "patient_control_number": claim.patient_control_number, "status_code": "1",
        "charge": sum((s.charge for s in services), ZERO), "paid": sum((s.paid for s in services), ZERO),
        "patient_responsibility": share, "filing_indicator": "12", "payer_claim_control_number": icn,
        "member_id": claim.member_id, "lines": services, "origin": NOWHERE,
    }  # fmt: skip
    return ClaimPayment(**(values | more))  # type: ignore[arg-type]


def reversed_(clp: ClaimPayment) -> ClaimPayment:
    def negated(found: list[Adjustment]) -> list[Adjustment]:
        return [replace(a, amount=-a.amount) for a in found]

    return replace(
        clp, status_code="22", charge=-clp.charge, paid=-clp.paid, patient_responsibility=None, interest=ZERO,
        adjustments=negated(clp.adjustments),
        lines=[replace(s, charge=-s.charge, paid=-s.paid, adjustments=negated(s.adjustments)) for s in clp.lines],
    )  # fmt: skip


def check(trace: str, day: dt.date, claims: Sequence[ClaimPayment], plb: Sequence[tuple[str, str, Decimal]] = (),
          **more: object) -> Payment:  # fmt: skip
    """A payment that foots; what would be negative is carried forward."""
    provider = [ProviderAdjustment("1999900016", dt.date(2026, 12, 31), *one, NOWHERE) for one in plb]
    interest = sum((c.interest for c in claims), ZERO)
    if interest:
        provider.append(ProviderAdjustment("1999900016", dt.date(2026, 12, 31), "L6", trace, -interest, NOWHERE))
    amount = sum((c.paid for c in claims), ZERO) - sum((p.amount for p in provider), ZERO)
    if amount < 0:
        provider.append(ProviderAdjustment("1999900016", dt.date(2026, 12, 31), "FB", trace, amount, NOWHERE))
        amount = ZERO
    values: dict[str, object] = {
        "control_number": "0001", "trace_number": trace, "originator": "1999999998", "payer": "PLAN", "payer_id": "SYN",
        "payee": "GROUP", "payee_npi": "1999900016", "payee_tax_id": "389999999", "amount": amount,
        "method": "ACH" if amount else "NON", "date": day, "production_date": day, "claims": list(claims),
        "provider_adjustments": provider, "origin": NOWHERE,
    }  # fmt: skip
    return Payment(**(values | more))  # type: ignore[arg-type]


def file(number: int, *payments: Payment, usage: str = "T") -> bytes:
    header = RemittanceHeader(
        sender_id="HARBORCH", receiver_id="TAMARACKPT", interchange_control_number=number, group_control_number=number,
        created=dt.datetime(2026, 11, 21, 2, 0), usage=usage,  # noqa: DTZ001 - X12 times have no zone
    )  # fmt: skip
    numbered = [replace(p, control_number=f"{n:04d}") for n, p in enumerate(payments, 1)]
    return write(RemittanceFile(header=header, payments=tuple(numbered)))


@dataclass
class Expected:
    """Plain sums per claim of everything that was sent; no rule but which reason is whose."""

    paid: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    written: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    patient: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    held: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    state: dict[int, State] = field(default_factory=dict)

    def add(self, claim_id: int, clp: ClaimPayment) -> None:
        self.paid[claim_id] += clp.paid
        for a in (*clp.adjustments, *(a for s in clp.lines for a in s.adjustments)):
            code = f"{a.group}-{a.reason}"
            bucket = self.written if code in WRITTEN else self.patient if code in PATIENT else self.held
            bucket[claim_id] += a.amount


class Payer:
    """A payer that decides at random, as payers do."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0

    def split_charge(self, charge: Decimal, codes: Sequence[str]) -> dict[str, Decimal]:
        """Adjustments of these reasons that together stay below the charge."""
        left, found = int(charge * 100), {}
        for code in codes:
            part = self.random.randint(0, left // 2)
            found[code] = Decimal(part).scaleb(-2)
            left -= part
        return found

    def decide(self, claim: Claim, *, deny: bool) -> ClaimPayment:
        self.number += 1
        lines = []
        for line in claim.lines:
            codes = self.random.sample(WRITTEN, self.random.randint(0, 3))
            codes += self.random.sample(PATIENT, self.random.randint(0, 2))
            lines.append(self.split_charge(line.charge, codes))
        if deny:
            at = self.random.randrange(len(lines))
            lines[at] = {self.random.choice(HELD): claim.lines[at].charge}
        clp = answer(claim, f"ICN{self.number:06d}", lines)
        if self.random.random() < 0.2:
            clp.interest = Decimal(self.random.randint(1, 300)).scaleb(-2)
        if self.random.random() < 0.3:
            for service in clp.lines:
                service.line_control_number = ""
        return clp

    def parts(self, claim: Claim) -> list[ClaimPayment]:
        """The claim in two CLPs, its lines dealt between them."""
        decided = self.decide(claim, deny=False)
        cut = self.random.randint(1, len(decided.lines)) if len(decided.lines) > 1 else 1
        pieces = [decided.lines[:cut], decided.lines[cut:]]
        interest, decided.interest = decided.interest, ZERO
        number = decided.payer_claim_control_number
        found = [whole(claim, f"{number}P{n}", piece) for n, piece in enumerate(pieces) if piece]
        found[0].interest = interest
        return found
