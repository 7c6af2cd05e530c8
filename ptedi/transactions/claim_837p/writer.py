"""Claims into segments of an 837P (005010X222A1), loop by loop in the order of the guide.

One 2000A per run of claims of one billing provider, one 2000B (and a 2000C for a dependent) per claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from ptedi import dates
from ptedi.claims.model import (
    NOT_SENT,
    Address,
    BillingProvider,
    Claim,
    Person,
    PersonName,
    Provider,
    ServiceFacility,
    ServiceLine,
)
from ptedi.money import x12 as money
from ptedi.submissions.batch import Batch, Envelope
from ptedi.transactions.claim_837p.normal import Normaliser
from ptedi.transactions.wire import digits, plain
from ptedi.x12 import writer as x12
from ptedi.x12.writer import composite, segment

GUIDE = "005010X222A1"
_day = lru_cache(50_000)(dates.x12_date)  # few days occur in a batch


def write(batch: Batch) -> bytes:
    """The file of a batch: one interchange, one group, one transaction set with all its claims.

    Values are written in their normal form (`normalise`).

    Raises:
        ValueError: an identifier of the envelope does not fit its place, or a charge has a fraction of a cent.
    """
    envelope = batch.envelope
    one = x12.TransactionSet(set_id="837", control_number=envelope.set_control_number, segments=_segments(batch))
    return x12.interchange(_interchange(envelope), [one], newline=envelope.newline)


def _interchange(envelope: Envelope) -> x12.Envelope:
    return x12.Envelope(
        sender_qualifier=envelope.sender_qualifier,
        sender_id=envelope.sender_id,
        receiver_qualifier=envelope.receiver_qualifier,
        receiver_id=envelope.receiver_id,
        control_number=envelope.interchange_control_number,
        created=envelope.created.date(),
        at=envelope.created.time(),
        functional_id="HC",
        guide=GUIDE,
        group_sender=envelope.application_sender,
        group_receiver=envelope.application_receiver,
        group_control_number=envelope.group_control_number,
        usage=envelope.usage,
        acknowledgement_requested=envelope.acknowledgement_requested,
    )


def _segments(batch: Batch) -> Iterator[str]:
    yield from _header(batch.envelope)
    normaliser = Normaliser()
    billing, parent, number = None, 0, 0
    for claim in map(normaliser.claim, batch.claims):
        if claim.billing != billing:
            billing, number = claim.billing, number + 1
            parent = number
            yield from _billing(billing, number)
        yield from _subscriber(claim, number + 1, parent)
        number += 1
        if claim.patient is not None:
            number += 1
            yield from _dependent(claim, claim.patient, number)
        yield from _claim(claim)


def _header(envelope: Envelope) -> Iterator[str]:
    """BHT and loops 1000A, 1000B."""
    created = envelope.created
    yield segment(
        "BHT", "0019", "00", plain(envelope.batch_reference), dates.x12_date(created.date()), f"{created:%H%M}", "CH"
    )
    yield segment("NM1", "41", "2", plain(envelope.submitter_name, 60), "", "", "", "", "46", envelope.submitter_id)
    yield segment("PER", "IC", plain(envelope.contact_name, 60), "TE", digits(envelope.phone))
    yield segment(
        "NM1", "40", "2", plain(envelope.receiver_name, 60), "", "", "", "", "46", envelope.receiver_identifier
    )


def _billing(billing: BillingProvider, number: int) -> Iterator[str]:
    """2000A, 2010AA, 2010AB."""
    yield segment("HL", str(number), "", "20", "1")
    if billing.taxonomy:
        yield segment("PRV", "BI", "PXC", billing.taxonomy)
    yield _organisation("85", billing.name, billing.npi)
    yield from _address(billing.address)
    yield segment("REF", "EI", billing.tax_id)
    if billing.phone:
        yield segment("PER", "IC", billing.contact_name, "TE", billing.phone)
    if billing.pay_to is not None:
        yield segment("NM1", "87", "2")
        yield from _address(billing.pay_to)


def _subscriber(claim: Claim, number: int, parent: int) -> Iterator[str]:
    """2000B, 2010BA, 2010BB."""
    own = claim.patient is None
    yield segment("HL", str(number), str(parent), "22", "0" if own else "1")
    yield segment(
        "SBR", claim.sequence, "18" if own else "", claim.group_number, claim.group_name, claim.insurance_type,
        "", "", "", claim.filing_indicator,
    )  # fmt: skip
    person = claim.subscriber
    employer = claim.relationship == "20" and not person.name.first
    yield _person("IL", person.name, "MI", claim.member_id, "2" if employer else "1")
    yield from _details(person)
    if own and claim.property_casualty_number:
        yield segment("REF", "Y4", claim.property_casualty_number)
    yield segment("NM1", "PR", "2", claim.payer.name, "", "", "", "", "PI", claim.payer.id)


def _dependent(claim: Claim, patient: Person, number: int) -> Iterator[str]:
    """2000C, 2010CA."""
    yield segment("HL", str(number), str(number - 1), "23", "0")
    yield segment("PAT", claim.relationship)
    yield _person("QC", patient.name)
    yield from _details(patient)
    if claim.property_casualty_number:
        yield segment("REF", "Y4", claim.property_casualty_number)


def _claim(claim: Claim) -> Iterator[str]:
    """2300 with 2310A-C and its lines."""
    place = composite(claim.place_of_service, "B", claim.frequency)
    cause = composite(claim.related_cause, "", "", claim.accident_state)
    yield segment("CLM", claim.patient_control_number, money(claim.charge), "", "", place,
                  "Y", "A", "Y", "Y", "", cause)  # fmt: skip
    yield from _dates(claim)
    yield from _references(claim)
    if claim.note:
        yield segment("NTE", "ADD", claim.note)
    if claim.diagnoses:
        first, *others = claim.diagnoses
        yield segment("HI", composite("ABK", first), *[composite("ABF", code) for code in others])
    if claim.referring is not None:
        yield _person("DN", claim.referring.name, "XX", claim.referring.npi)
    if claim.rendering.npi != claim.billing.npi:
        yield from _rendering(claim.rendering)
    if claim.facility is not None:
        yield from _facility(claim.facility)
    for line in claim.lines:
        yield from _line(line)


def _dates(claim: Claim) -> Iterator[str]:
    if claim.onset_date is not None:
        yield segment("DTP", "431", "D8", _day(claim.onset_date))
    if claim.initial_treatment_date is not None:
        yield segment("DTP", "454", "D8", _day(claim.initial_treatment_date))
    if claim.accident_date is not None:
        yield segment("DTP", "439", "D8", _day(claim.accident_date))


def _references(claim: Claim) -> Iterator[str]:
    if claim.referral_number:
        yield segment("REF", "9F", claim.referral_number)
    if claim.prior_authorization:
        yield segment("REF", "G1", claim.prior_authorization)
    if claim.original_reference:
        yield segment("REF", "F8", claim.original_reference)
    if claim.medical_record_number:
        yield segment("REF", "EA", claim.medical_record_number)


def _rendering(provider: Provider) -> Iterator[str]:
    yield _person("82", provider.name, "XX", provider.npi)
    if provider.taxonomy:
        yield segment("PRV", "PE", "PXC", provider.taxonomy)


def _facility(facility: ServiceFacility) -> Iterator[str]:
    yield _organisation("77", facility.name, facility.npi)
    yield from _address(facility.address)


def _line(line: ServiceLine) -> Iterator[str]:
    """2400, for example SV1*HC:97110:GP*120*UN*2***1:2~."""
    if line.description:
        spare = [""] * (4 - len(line.modifiers))
        procedure = composite("HC", line.procedure, *line.modifiers, *spare, line.description)
    else:
        procedure = composite("HC", line.procedure, *line.modifiers)
    pointers = composite(*map(str, line.pointers))
    yield f"LX*{line.number}"
    yield segment("SV1", procedure, money(line.charge), "UN", str(line.units), line.place_of_service, "", pointers)
    if line.service_date != NOT_SENT:
        yield f"DTP*472*D8*{_day(line.service_date)}"
    if line.control_number:
        yield segment("REF", "6R", line.control_number)


def _person(entity: str, name: PersonName, qualifier: str = "", number: str = "", kind: str = "1") -> str:
    return segment("NM1", entity, kind, name.last, name.first, name.middle, "", name.suffix,
                   qualifier if number else "", number)  # fmt: skip


def _organisation(entity: str, name: str, npi: str) -> str:
    return segment("NM1", entity, "2", name, "", "", "", "", "XX" if npi else "", npi)


def _details(person: Person) -> Iterable[str]:
    """N3, N4 and DMG, each where it is known."""
    yield from _address(person.address)
    if person.birth_date != NOT_SENT:
        yield segment("DMG", "D8", _day(person.birth_date), person.sex.value)


def _address(address: Address) -> Iterator[str]:
    if address.line1:
        yield segment("N3", address.line1, address.line2)
    if address.city or address.state or address.zip_code:
        yield segment("N4", address.city, address.state, address.zip_code)
