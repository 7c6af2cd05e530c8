"""Small claims and remittance records for tests of the ledger."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ptedi.claims.model import (
    Address,
    BillingProvider,
    Claim,
    PayerName,
    Person,
    PersonName,
    Provider,
    ServiceLine,
    Sex,
)
from ptedi.ledger.accounts import Account
from ptedi.ledger.matching import KnownClaim
from ptedi.ledger.model import Entry
from ptedi.ledger.policy import standard
from ptedi.ledger.posting import Context
from ptedi.remittances.model import ClaimPayment, Origin, Payment, ProviderAdjustment, ServicePayment
from tests.remittances.records import cas

DAY = dt.date(2026, 8, 3)
PAID_ON = dt.date(2026, 8, 18)
HERE = Origin(7, 300)
_HOME = Address(line1="1 SAMPLE ST", city="SAMPLETOWN", state="OH", zip_code="450010001")


def svc(charge: str, paid: str, adjustments: str = "", procedure: str = "97110", **more: object) -> ServicePayment:
    values: dict[str, object] = {"modifiers": ("GP",), "units": Decimal(1), "service_date": DAY} | more
    return ServicePayment(qualifier="HC", procedure=procedure, charge=Decimal(charge), paid=Decimal(paid),
                          adjustments=cas(adjustments, HERE), origin=HERE, **values)  # type: ignore[arg-type]  # fmt: skip


def clp(*lines: ServicePayment, adjustments: str = "", status: str = "1", number: str = "PT000000001X",
        icn: str = "ICN1", **more: object) -> ClaimPayment:  # fmt: skip
    own = cas(adjustments, HERE)
    charge = more.pop("charge", None) or sum((s.charge for s in lines), Decimal(0))
    taken = sum((a.amount for a in own), Decimal(0))
    paid = more.pop("paid", None)
    if paid is None:
        paid = sum((s.paid for s in lines), Decimal(0)) - taken if lines else Decimal(str(charge)) - taken
    return ClaimPayment(
        patient_control_number=number, status_code=status, charge=Decimal(str(charge)), paid=Decimal(str(paid)),
        patient_responsibility=None, filing_indicator="12", payer_claim_control_number=icn, lines=list(lines),
        adjustments=own, origin=HERE, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def payment(*claims: ClaimPayment, plb: str = "", trace: str = "T1", **more: object) -> Payment:
    pairs = [x.split() for x in filter(None, plb.split(","))]
    provider = [ProviderAdjustment("1999900016", None, reason.partition(":")[0], reason.partition(":")[2],
                                   Decimal(amount), HERE) for reason, amount in pairs]  # fmt: skip
    amount = sum((c.paid for c in claims), Decimal(0)) - sum((p.amount for p in provider), Decimal(0))
    values: dict[str, object] = {"amount": amount, "originator": "1999999998", "date": PAID_ON} | more
    return Payment(control_number="0001", trace_number=trace, claims=list(claims), provider_adjustments=provider,
                   origin=Origin(3, 100), **values)  # type: ignore[arg-type]  # fmt: skip


def line(number: int, charge: str, procedure: str = "97110", units: int = 1, modifiers: tuple[str, ...] = ("GP",),
         control: str = "PT000000001X", day: dt.date = DAY) -> ServiceLine:  # fmt: skip
    return ServiceLine(number=number, procedure=procedure, modifiers=modifiers, charge=Decimal(charge), units=units,
                       pointers=(1,), service_date=day, control_number=f"{control}L{number}")  # fmt: skip


def claim(*lines: ServiceLine, number: str = "PT000000001X", member: str = "W100", sequence: str = "P") -> Claim:
    person = Person(name=PersonName(last="SAMPLE", first="ANA"), birth_date=dt.date(1980, 1, 1), sex=Sex.FEMALE,
                    address=_HOME)  # fmt: skip
    group = BillingProvider(name="GROUP", npi="1999900016", tax_id="999999999", taxonomy="261QP2000X", address=_HOME)
    return Claim(
        patient_control_number=number, payer=PayerName(name="PLAN", id="P1"), billing=group,
        rendering=Provider(name=PersonName(last="DOE", first="JANE"), npi="1999900024"), filing_indicator="CI",
        member_id=member, subscriber=person, place_of_service="11", diagnoses=("M5450",), lines=lines,
        sequence=sequence,
    )  # fmt: skip


def known(one: Claim, claim_id: int = 1, payer: str = "bluestone-ppo") -> KnownClaim:
    return KnownClaim(claim_id=claim_id, payer_id=payer, service_date=one.service_dates[0], claim=one)


def context(count: int, *, sequence: str = "P", payer: str = "bluestone-ppo") -> Context:
    return Context(claim_id=1, payer_id=payer, sequence=sequence, service_date=DAY,
                   lines=[n + 1 for n in range(count)], policy=standard())  # fmt: skip


def sums(*entries: Entry) -> dict[Account, Decimal]:
    found: dict[Account, Decimal] = {}
    for entry in entries:
        for posting in entry.postings:
            found[posting.account] = found.get(posting.account, Decimal(0)) + posting.amount
    return {account: amount for account, amount in found.items() if amount}
