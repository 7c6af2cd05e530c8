"""Synthetic claims for `sample_edi/837p`: one situation each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from ptedi.claims.identity import control_number, line_control_number
from ptedi.claims.model import (
    Address,
    BillingProvider,
    Claim,
    Coverage,
    PayerName,
    Person,
    PersonName,
    Provider,
    ServiceFacility,
    ServiceLine,
    Sex,
)
from ptedi.codes import npi
from ptedi.ledger.coordination import NextPayer, next_claim
from ptedi.ledger.standing import Adjudication
from ptedi.remittances.model import Adjustment, ClaimPayment, Origin, ServicePayment
from ptedi.submissions.batch import Batch, Envelope
from ptedi.transactions import claim_837p

DAY = date(2026, 10, 5)
NOWHERE = Origin(0, 0)
CREATED = datetime(2026, 10, 6, 21, 30, tzinfo=UTC)


def npi_of(number: int) -> str:
    """A synthetic NPI that passes its check digit."""
    first = f"19{number:07d}"
    return first + npi.check_digit(first)


BILLING = BillingProvider(
    name="WILLOW CREEK PHYSICAL THERAPY LLC", npi=npi_of(4401), tax_id="347650021", taxonomy="261QP2000X",
    address=Address(line1="410 WILLOW CREEK RD", line2="STE 3", city="ASHBOROUGH", state="OH", zip_code="440120410"),
    contact_name="BILLING OFFICE", phone="4405550142",
    pay_to=Address(line1="PO BOX 77", city="ASHBOROUGH", state="OH", zip_code="440120077"),
)  # fmt: skip
RENDERING = Provider(name=PersonName(last="HALVORSEN", first="INGRID"), npi=npi_of(4402), taxonomy="225100000X")
NEW_HERE = Provider(name=PersonName(last="BIRCHALL", first="ROSA"), npi=npi_of(4405), taxonomy="225100000X")
REFERRING = Provider(name=PersonName(last="ADEYEMI", first="TUNDE", middle="B"), npi=npi_of(4403))
FACILITY = ServiceFacility(
    name="ASHBOROUGH AQUATIC CENTER", npi=npi_of(4404),
    address=Address(line1="9 NATATORIUM WAY", city="ASHBOROUGH", state="OH", zip_code="440120009"),
)  # fmt: skip
MEDICARE = PayerName(name="MEDICARE PART B OHIO", id="SMPMB")
COMMERCIAL = PayerName(name="NORTHERN HEALTH PLAN", id="SMPNH")
COMPENSATION = PayerName(name="STATE WORKERS FUND", id="SMPWC")

JUNE = Person(
    name=PersonName(last="TANAKA", first="JUNE"), birth_date=date(1951, 3, 9), sex=Sex.FEMALE,
    address=Address(line1="18 ORCHARD LN", city="ASHBOROUGH", state="OH", zip_code="44012"),
)  # fmt: skip
OMAR = Person(
    name=PersonName(last="OKONKWO", first="OMAR", suffix="JR"), birth_date=date(1984, 11, 30), sex=Sex.MALE,
    address=Address(line1="2210 MILL ST", line2="APT 4", city="ASHBOROUGH", state="OH", zip_code="44012"),
)  # fmt: skip
MIA = Person(
    name=PersonName(last="OKONKWO", first="MIA"), birth_date=date(2013, 6, 21), sex=Sex.FEMALE, address=OMAR.address
)


def lines(number: str, *rows: tuple[str, tuple[str, ...], str, int, tuple[int, ...]]) -> tuple[ServiceLine, ...]:
    """Service lines from rows of procedure, modifiers, charge, units, pointers."""
    return tuple(
        ServiceLine(
            number=n, procedure=procedure, modifiers=modifiers, charge=Decimal(charge), units=units,
            pointers=pointers, service_date=DAY, control_number=line_control_number(number, n),
        )
        for n, (procedure, modifiers, charge, units, pointers) in enumerate(rows, 1)
    )  # fmt: skip


def self_claim(number: int = 1) -> Claim:
    """A Medicare patient, who is always the subscriber."""
    pcn = control_number("WC", number)
    return Claim(
        patient_control_number=pcn, payer=MEDICARE, billing=BILLING, rendering=RENDERING, referring=REFERRING,
        filing_indicator="MB", member_id="3AC1DE2FG45", subscriber=JUNE, place_of_service="11",
        diagnoses=("M5450", "M6281"), initial_treatment_date=date(2026, 9, 14), onset_date=date(2026, 9, 1),
        medical_record_number="MR20114",
        lines=lines(
            pcn, ("97110", ("GP",), "120.00", 2, (1, 2)), ("97140", ("GP",), "55.00", 1, (1,)),
            ("97530", ("GP", "KX"), "65.50", 1, (1, 2)),
        ),
    )  # fmt: skip


def commercial_claim(number: int = 2) -> Claim:
    """A commercial subscriber who is the patient."""
    pcn = control_number("WC", number)
    return replace(
        self_claim(), patient_control_number=pcn, payer=COMMERCIAL, filing_indicator="CI", member_id="NHP00417733",
        group_number="G5520", subscriber=OMAR, onset_date=None, referring=None, prior_authorization="AUTH90017",
        medical_record_number="MR20115", diagnoses=("M25561",),
        lines=lines(pcn, ("97161", ("GP",), "150.00", 1, (1,)), ("97110", ("GP",), "60.00", 1, (1,))),
    )  # fmt: skip


def dependent_claim(number: int = 3) -> Claim:
    """A child of the subscriber."""
    pcn = control_number("WC", number)
    return replace(
        commercial_claim(), patient_control_number=pcn, relationship="19", patient=MIA, diagnoses=("M41125", "M6281"),
        referral_number="RF3381", medical_record_number="MR20116", note="ADOLESCENT IDIOPATHIC SCOLIOSIS PROGRAM",
        lines=lines(pcn, ("97110", ("GP",), "120.00", 2, (1, 2)), ("97112", ("GP",), "62.00", 1, (1,))),
    )  # fmt: skip


def workers_compensation_claim(number: int = 4) -> Claim:
    """An employee hurt at work: the employer is the subscriber, REF*Y4 carries the case number."""
    pcn = control_number("WC", number)
    employer = Person(
        name=PersonName(last="ASHBOROUGH FOUNDRY INC", first=""), birth_date=date.min, sex=Sex.UNKNOWN,
        address=Address(line1="77 FURNACE AVE", city="ASHBOROUGH", state="OH", zip_code="440120077"),
    )  # fmt: skip
    return replace(
        commercial_claim(), patient_control_number=pcn, payer=COMPENSATION, filing_indicator="WC", member_id="EMP5501",
        group_number="", relationship="20", subscriber=employer, patient=OMAR, related_cause="EM",
        accident_date=date(2026, 8, 28), property_casualty_number="WC26-0098812", diagnoses=("S39012D",),
        prior_authorization="", referring=REFERRING, medical_record_number="MR20117",
        lines=lines(pcn, ("97110", ("GP",), "120.00", 2, (1,)), ("97530", ("GP",), "65.50", 1, (1,))),
    )  # fmt: skip


def replacement_claim(number: int = 5) -> Claim:
    """Frequency 7 with the payer's number of the claim it replaces."""
    pcn = control_number("WC", number)
    old = commercial_claim()
    return replace(
        old, patient_control_number=pcn, frequency="7", original_reference="NH2627900417",
        lines=lines(pcn, ("97161", ("GP",), "150.00", 1, (1,)), ("97110", ("GP",), "120.00", 2, (1,))),
    )  # fmt: skip


def void_claim(number: int = 6) -> Claim:
    """Frequency 8: the claim is taken back."""
    return replace(replacement_claim(number), frequency="8")


def facility_claim(number: int = 7) -> Claim:
    """Treated in a pool that is not the practice's."""
    pcn = control_number("WC", number)
    return replace(
        commercial_claim(), patient_control_number=pcn, facility=FACILITY, medical_record_number="MR20118",
        lines=lines(pcn, ("97113", ("GP",), "132.00", 2, (1,))),
    )  # fmt: skip


def home_claim(number: int = 8) -> Claim:
    """Treated at home, place of service 12."""
    pcn = control_number("WC", number)
    return replace(
        self_claim(), patient_control_number=pcn, place_of_service="12",
        lines=lines(pcn, ("97110", ("GP",), "120.00", 2, (1,)), ("97116", ("GP",), "58.25", 1, (2,))),
    )  # fmt: skip


def assistant_claim(number: int = 9) -> Claim:
    """Work of an assistant, modifier CQ beside GP."""
    pcn = control_number("WC", number)
    return replace(
        self_claim(), patient_control_number=pcn,
        lines=lines(pcn, ("97110", ("GP", "CQ"), "60.00", 1, (1, 2)), ("97110", ("GP",), "60.00", 1, (1,))),
    )  # fmt: skip


def auto_claim(number: int = 10) -> Claim:
    """An auto accident with its date and state."""
    pcn = control_number("WC", number)
    return replace(
        commercial_claim(), patient_control_number=pcn, payer=PayerName(name="HIGHWAY MUTUAL", id="SMPHM"),
        filing_indicator="AM", member_id="HM778201", group_number="", prior_authorization="", related_cause="AA",
        accident_state="OH", accident_date=date(2026, 9, 2), property_casualty_number="HM26-44510",
        diagnoses=("S134XXD",), lines=lines(pcn, ("97140", ("GP",), "110.00", 2, (1,))),
    )  # fmt: skip


def unlisted_claim(number: int = 11) -> Claim:
    """An unlisted procedure needs a description."""
    pcn = control_number("WC", number)
    (line,) = lines(pcn, ("97039", ("GP",), "48.00", 1, (1,)))
    return replace(
        commercial_claim(), patient_control_number=pcn,
        lines=(replace(line, description="LOW LEVEL LASER 10 MINUTES"),),
    )  # fmt: skip


def supervised_claim(number: int = 13) -> Claim:
    """A therapist who is not enrolled with the payer yet, billed under a supervising therapist (2310D)."""
    pcn = control_number("WC", number)
    return replace(
        commercial_claim(), patient_control_number=pcn, rendering=NEW_HERE,
        supervising=Provider(name=RENDERING.name, npi=RENDERING.npi),
        lines=lines(pcn, ("97110", ("GP",), "120.00", 2, (1,)), ("97140", ("GP",), "55.00", 1, (1,))),
    )  # fmt: skip


SUPPLEMENT = Coverage(payer_id="supplement", sequence="S", member_id="SUP55120907", group_number="MEDSUPP")


def secondary_claim(number: int = 12) -> Claim:
    """The Medicare claim to the supplement, with what Medicare's remittance said of each line (2320, 2330, 2430)."""
    first = replace(self_claim(), prior_authorization="")
    paid = {"97110": ("36.85", {"CO-45": "60.00", "CO-59": "13.00", "CO-253": "0.75", "PR-2": "9.40"}),
            "97140": ("0.00", {"CO-97": "55.00"}),
            "97530": ("29.79", {"CO-45": "27.50", "CO-253": "0.61", "PR-2": "7.60"})}  # fmt: skip
    services = [
        ServicePayment(
            qualifier="HC", procedure=line.procedure, modifiers=line.modifiers, charge=line.charge,
            paid=Decimal(paid[line.procedure][0]), units=Decimal(line.units), service_date=DAY,
            line_control_number=line.control_number, origin=NOWHERE,
            adjustments=[Adjustment(code[:2], code[3:], Decimal(amount), None, NOWHERE)
                         for code, amount in paid[line.procedure][1].items()],
        )
        for line in first.lines
    ]  # fmt: skip
    clp = ClaimPayment(
        patient_control_number=first.patient_control_number, status_code="1", charge=first.charge,
        paid=Decimal("66.64"), patient_responsibility=Decimal("17.00"), filing_indicator="MB",
        payer_claim_control_number="MCR2622200001", remarks=["MA01"], lines=services, origin=NOWHERE,
    )  # fmt: skip
    to = NextPayer(coverage=SUPPLEMENT, payer=PayerName(name="NORTHERN SUPPLEMENT", id="SMPSU"),
                   filing_indicator="CI", member_id=SUPPLEMENT.member_id, patient=JUNE)  # fmt: skip
    result = Adjudication(id=1, paid_on=date(2026, 10, 19), clp=clp)
    drafted = next_claim(first, [result], to, control_number("WC", number))
    assert drafted.claim is not None, drafted.problems
    return drafted.claim


def envelope(number: int) -> Envelope:
    """The envelope of one sample file."""
    return Envelope(
        sender_id="WILLOWPT", receiver_id="SMPCLEAR", application_sender="WILLOWPT", application_receiver="SMPCLEAR",
        submitter_name="WILLOW CREEK PHYSICAL THERAPY LLC", submitter_id="WILLOWPT", contact_name="EDI DESK",
        phone="4405550100", receiver_name="SAMPLE CLEARINGHOUSE", receiver_identifier="SMPCLEAR",
        interchange_control_number=number, group_control_number=number, batch_reference=f"WCB{number:06d}",
        created=CREATED, newline="\n",
    )  # fmt: skip


def files() -> dict[str, bytes]:
    """Every 837P sample by its name."""
    situations: dict[str, tuple[Claim, ...]] = {
        "self": (self_claim(),),
        "dependent": (dependent_claim(),),
        "workers_compensation": (workers_compensation_claim(),),
        "replacement": (replacement_claim(),),
        "void": (void_claim(),),
        "several_claims": (self_claim(21), commercial_claim(22), dependent_claim(23), home_claim(24)),
        "service_facility": (facility_claim(),),
        "home_visit": (home_claim(),),
        "assistant": (assistant_claim(),),
        "auto_accident": (auto_claim(),),
        "unlisted_procedure": (unlisted_claim(),),
        "secondary": (secondary_claim(),),
        "supervised": (supervised_claim(),),
    }
    return {
        f"837p/{name}.edi": claim_837p.write(Batch(envelope=envelope(number), claims=claims))
        for number, (name, claims) in enumerate(situations.items(), 1)
    }
