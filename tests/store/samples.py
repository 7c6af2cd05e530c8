"""Small synthetic visits and claims for the store's tests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ptedi.claims.identity import control_number, line_control_number
from ptedi.claims.model import (
    Address,
    BillingProvider,
    Charge,
    ChargeSource,
    Claim,
    CodedClaim,
    Coverage,
    PayerName,
    Person,
    PersonName,
    Provider,
    ServiceLine,
    Sex,
    Visit,
)
from ptedi.submissions.batch import Envelope

DAY = dt.date(2026, 11, 20)
PLACE = Address(line1="1 SAMPLE ST", city="EXAMPLE", state="MI", zip_code="499990001")
NAME = PersonName(last="ALDER", first="WREN")
PATIENT = Person(name=NAME, birth_date=dt.date(1950, 2, 3), sex=Sex.FEMALE, address=PLACE)
BILLING = BillingProvider(name="SAMPLE PT", npi="1234567893", tax_id="123456789", taxonomy="261QP2000X", address=PLACE)


def visit(visit_id: str = "V1", *, minutes: int = 30, row: int = 1, day: dt.date = DAY) -> Visit:
    source = ChargeSource(file_sha256="0" * 64, row=row, row_sha256=f"{row:064d}")
    charge = Charge(procedure="97110", therapist_minutes=minutes, assistant_minutes=0, source=source)
    return Visit(visit_id=visit_id, service_date=day, clinic_id="c", therapist_id="t", patient_id=f"P-{visit_id}",
                 patient=PATIENT, coverages=(Coverage(payer_id="payer", member_id="M1"),), diagnoses=("M5450",),
                 charges=(charge,))  # fmt: skip


def coded(number: int = 1, *, charge: str = "62.00", visit_id: str = "V1", day: dt.date = DAY) -> CodedClaim:
    name = control_number("TST", number)
    line = ServiceLine(number=1, procedure="97110", modifiers=("GP",), charge=Decimal(charge), units=1, pointers=(1,),
                       service_date=day, control_number=line_control_number(name, 1))  # fmt: skip
    claim = Claim(
        patient_control_number=name, payer=PayerName(name="PAYER", id="00001"), billing=BILLING,
        rendering=Provider(name=PersonName(last="ROWAN", first="JAY"), npi="1555555550", taxonomy="225100000X"),
        filing_indicator="CI", member_id="M1", subscriber=PATIENT, place_of_service="11", diagnoses=("M5450",),
        lines=(line,),
    )  # fmt: skip
    return CodedClaim(claim=claim, payer_id="payer", visit_ids=(visit_id,), service_date=day,
                      patient_id=f"P-{visit_id}", trace=())  # fmt: skip


def envelope(number: int = 1, reference: str = "TSTT000000001") -> Envelope:
    return Envelope(
        sender_id="SAMPLEPT", receiver_id="RECEIVER", application_sender="SAMPLEPT", application_receiver="RECEIVER",
        submitter_name="SAMPLE PT", submitter_id="SAMPLEPT", contact_name="BILLING", phone="5555550100",
        receiver_name="RECEIVER", receiver_identifier="RECEIVER",
        interchange_control_number=number, group_control_number=number, batch_reference=reference,
        created=dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC),
    )  # fmt: skip
