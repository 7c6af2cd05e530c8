"""Claims into segments of an 837P (005010X222A1), loop by loop in the order of the guide.

One 2000A per run of claims of one billing provider, one 2000B (and a 2000C for a dependent) per claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

from ptedi import dates
from ptedi.claims.model import (
    NOT_SENT,
    Address,
    BillingProvider,
    Claim,
    PayerName,
    Person,
    PersonName,
    Provider,
    ServiceFacility,
    ServiceLine,
)
from ptedi.money import x12 as x12_amount
from ptedi.submissions.batch import Batch, ClaimSet, Envelope
from ptedi.transactions.claim_837p.normal import MODIFIERS, Normaliser
from ptedi.transactions.claim_837p.other_payers import adjudication_segments, payer_segments
from ptedi.transactions.claim_837p.quick import claim_text
from ptedi.transactions.wire import digits, plain
from ptedi.x12 import writer as x12
from ptedi.x12.writer import composite, segment

GUIDE = "005010X222A1"
_ROOM = 20_000  # distinct sets of providers in a batch


def write(batch: Batch) -> bytes:
    """The file of a batch: one interchange, one group, its transaction sets.

    Values are written in their normal form (`normalise`).

    Raises:
        ValueError: an identifier of the envelope does not fit its place, or a charge has a fraction of a cent.
    """
    envelope = batch.envelope
    sets = [x12.TransactionSet(set_id="837", control_number=one.control_number, segments=_segments(envelope, one))
            for one in batch.sets]  # fmt: skip
    return x12.interchange(_interchange(envelope), sets, newline=envelope.newline)


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


def _segments(envelope: Envelope, one: ClaimSet) -> Iterator[str]:
    yield from _header(envelope, one.batch_reference)
    normaliser, parties = Normaliser(envelope.case), _Parties()
    billing, parent, number = None, 0, 0
    for claim in one.claims:
        own = normaliser.billing(claim.billing)
        if own is not billing and own != billing:
            billing, number = own, number + 1
            parent = number
            yield from _billing(billing, number)
        number += 1
        payer, providers = parties.payer(claim, normaliser), parties.providers(claim, normaliser)
        yield claim_text(claim, number, parent, payer, providers, envelope.case) or _whole(
            normaliser.claim(claim), number, parent, payer, providers)  # fmt: skip
        number += claim.patient is not None


def _whole(claim: Claim, number: int, parent: int, payer: str, providers: str) -> str:
    """Any claim in its normal form, from its HL to its last line."""
    texts = _subscriber(claim, number, parent)
    dependent = [] if claim.patient is None else _dependent(claim, claim.patient, number + 1)
    others = [_ended([*payer_segments(other)]) for other in claim.other_payers]
    lines = [_ended(_line(line)) for line in claim.lines]
    return "".join([_ended(texts), payer, _ended(dependent), _ended(_claim(claim)), providers, *others, *lines])[:-1]


def _ended(texts: list[str]) -> str:
    return "".join([text + "~" for text in texts])


class _Parties:
    """Texts of parties that many claims share, by their values: claims from a store or a file hold copies."""

    def __init__(self) -> None:
        self._payers: dict[tuple[str, str], str] = {}
        self._providers: dict[tuple[object, ...], str] = {}

    def payer(self, claim: Claim, normaliser: Normaliser) -> str:
        """2010BB."""
        payer = claim.payer
        key = (payer.name, payer.id)
        text = self._payers.get(key)
        if text is None:
            text = self._payers[key] = _ended(_payer(normaliser.payer(payer)))
        return text

    def providers(self, claim: Claim, normaliser: Normaliser) -> str:
        """2310A, 2310B, 2310C and 2310D."""
        referring, supervising = claim.referring, claim.supervising
        referred = () if referring is None else _values(referring)
        supervised = None if supervising is None else _values(supervising)
        key = (claim.billing.npi, claim.facility, supervised, *_values(claim.rendering), *referred)
        text = self._providers.get(key)
        if text is None:
            if len(self._providers) > _ROOM:
                self._providers.clear()
            text = self._providers[key] = _ended(_providers(claim, normaliser))
        return text


def _values(provider: Provider) -> tuple[str, ...]:
    name = provider.name
    return provider.npi, provider.taxonomy, name.last, name.first, name.middle, name.suffix


def _header(envelope: Envelope, reference: str) -> Iterator[str]:
    """BHT and loops 1000A, 1000B."""
    created, name = envelope.created, partial(plain, limit=60, case=envelope.case)
    yield segment(
        "BHT", "0019", "00", plain(reference), dates.x12_date(created.date()), f"{created:%H%M}", "CH"
    )
    yield segment("NM1", "41", "2", name(envelope.submitter_name), "", "", "", "", "46", envelope.submitter_id)
    yield segment("PER", "IC", name(envelope.contact_name), "TE", digits(envelope.phone))
    yield segment(
        "NM1", "40", "2", name(envelope.receiver_name), "", "", "", "", "46", envelope.receiver_identifier
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


def _subscriber(claim: Claim, number: int, parent: int) -> list[str]:
    """2000B, 2010BA."""
    own = claim.patient is None
    person = claim.subscriber
    employer = claim.relationship == "20" and not person.name.first
    texts = [
        f"HL*{number}*{parent}*22*{0 if own else 1}",
        segment(
            "SBR", claim.sequence, "18" if own else "", claim.group_number, claim.group_name, claim.insurance_type,
            "", "", "", claim.filing_indicator,
        ),
        _person("IL", person.name, "MI", claim.member_id, "2" if employer else "1"),
        *_details(person),
    ]  # fmt: skip
    if own and claim.property_casualty_number:
        texts.append(segment("REF", "Y4", claim.property_casualty_number))
    return texts


def _payer(payer: PayerName) -> list[str]:
    return [segment("NM1", "PR", "2", payer.name, "", "", "", "", "PI", payer.id)]


def _dependent(claim: Claim, patient: Person, number: int) -> list[str]:
    """2000C, 2010CA."""
    texts = [
        f"HL*{number}*{number - 1}*23*0",
        segment("PAT", claim.relationship),
        _person("QC", patient.name),
        *_details(patient),
    ]
    if claim.property_casualty_number:
        texts.append(segment("REF", "Y4", claim.property_casualty_number))
    return texts


def _claim(claim: Claim) -> list[str]:
    """2300."""
    place = _place(claim.place_of_service, claim.frequency)
    cause = composite(claim.related_cause, "", "", claim.accident_state) if claim.related_cause else ""
    texts = [
        segment("CLM", claim.patient_control_number, money(claim.charge), "", "", place, "Y", "A", "Y", "Y", "", cause)
    ]
    texts += _dates(claim)
    texts += _references(claim)
    if claim.note:
        texts.append(segment("NTE", "ADD", claim.note))
    if claim.diagnoses:
        texts.append(_diagnoses(claim.diagnoses))
    return texts


def _dates(claim: Claim) -> list[str]:
    days = (("431", claim.onset_date), ("454", claim.initial_treatment_date), ("439", claim.accident_date))
    return [f"DTP*{what}*D8*{_day(day)}" for what, day in days if day is not None]


def _references(claim: Claim) -> list[str]:
    numbers = (
        ("9F", claim.referral_number), ("G1", claim.prior_authorization), ("F8", claim.original_reference),
        ("EA", claim.medical_record_number),
    )  # fmt: skip
    return [segment("REF", what, number) for what, number in numbers if number]


def _providers(claim: Claim, normaliser: Normaliser) -> list[str]:
    referring, facility = normaliser.referring(claim), normaliser.facility(claim)
    rendering, billing = normaliser.rendering(claim), normaliser.billing(claim.billing)
    texts = [] if referring is None else _referring(referring)
    if rendering.npi != billing.npi:
        texts += _rendering(rendering)
    if facility is not None:
        texts += _facility(facility)
    supervising = normaliser.supervising(claim)
    return texts if supervising is None else [*texts, _person("DQ", supervising.name, "XX", supervising.npi)]


def _referring(provider: Provider) -> list[str]:
    return [_person("DN", provider.name, "XX", provider.npi)]


def _rendering(provider: Provider) -> list[str]:
    texts = [_person("82", provider.name, "XX", provider.npi)]
    if provider.taxonomy:
        texts.append(segment("PRV", "PE", "PXC", provider.taxonomy))
    return texts


def _facility(facility: ServiceFacility) -> list[str]:
    return [_organisation("77", facility.name, facility.npi), *_address(facility.address)]


def _line(line: ServiceLine) -> list[str]:
    """2400, for example SV1*HC:97110:GP*120*UN*2***1:2~."""
    procedure = _procedure(line.procedure, line.modifiers, line.description)
    texts = [
        f"LX*{line.number}",
        segment("SV1", procedure, money(line.charge), "UN", str(line.units), line.place_of_service, "",
                _pointers(line.pointers)),
    ]  # fmt: skip
    if line.service_date != NOT_SENT:
        texts.append(f"DTP*472*D8*{_day(line.service_date)}")
    if line.control_number:
        texts.append(segment("REF", "6R", line.control_number))
    for one in line.adjudications:
        texts += adjudication_segments(one)
    return texts


def _person(entity: str, name: PersonName, qualifier: str = "", number: str = "", kind: str = "1") -> str:
    return segment("NM1", entity, kind, name.last, name.first, name.middle, "", name.suffix,
                   qualifier if number else "", number)  # fmt: skip


def _organisation(entity: str, name: str, npi: str) -> str:
    return segment("NM1", entity, "2", name, "", "", "", "", "XX" if npi else "", npi)


def _details(person: Person) -> list[str]:
    """N3, N4 and DMG, each where it is known."""
    texts = _address(person.address)
    if person.birth_date != NOT_SENT:
        texts.append(f"DMG*D8*{_day(person.birth_date)}*{person.sex.value}")
    return texts


def _address(address: Address) -> list[str]:
    texts = []
    if address.line1:
        texts.append(segment("N3", address.line1, address.line2))
    if address.city or address.state or address.zip_code:
        texts.append(segment("N4", address.city, address.state, address.zip_code))
    return texts


# --- values that come again and again in a batch ---


@lru_cache(4096)
def _place(place: str, frequency: str) -> str:
    """CLM05."""
    return composite(place, "B", frequency)


@lru_cache(4096)
def _diagnoses(codes: tuple[str, ...]) -> str:
    """HI*ABK:M5450*ABF:M6281~."""
    first, *others = codes
    return segment("HI", composite("ABK", first), *[composite("ABF", code) for code in others])


@lru_cache(4096)
def _procedure(code: str, modifiers: tuple[str, ...], description: str) -> str:
    """SV101."""
    if not description:
        return composite("HC", code, *modifiers)
    return composite("HC", code, *modifiers, *[""] * (MODIFIERS - len(modifiers)), description)


@lru_cache(4096)
def _pointers(pointers: tuple[int, ...]) -> str:
    """SV107."""
    return composite(*map(str, pointers))


_day = lru_cache(50_000)(dates.x12_date)
money = lru_cache(50_000)(x12_amount)
