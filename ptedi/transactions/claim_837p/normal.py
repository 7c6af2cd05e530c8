"""The normal form of a claim: exactly what an 837P can carry of it.

A claim is normalised before it is written, so that reading a file back must give the normal claims again:
`read(write(batch)) == normalise(claims)`, and the very claims of the batch when they were normal already.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from ptedi.claims.model import (
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
from ptedi.money import CENT
from ptedi.payers.partner import Case
from ptedi.transactions.claim_837p.other_payers import normal_adjudications, normal_payer
from ptedi.transactions.wire import Texts, digits, plain

T = TypeVar("T")
DIAGNOSES = 12
MODIFIERS = POINTERS = 4
NOTE = 80


class Normaliser:
    """Normalises claims one after another and remembers the texts and providers they share.

    `case` is that of names, addresses and notes; codes and identifiers are always capitals.
    """

    def __init__(self, case: Case = Case.UPPER) -> None:
        self._names, self._firsts, self._streets, self._cities, self._middles, self._suffixes, self._long = [
            Texts(limit, case) for limit in (60, 35, 55, 30, 25, 10, NOTE)]  # fmt: skip
        self._codes, self._case = Texts(), case
        self._seen: dict[tuple[str, object], object] = {}

    def claim(self, claim: Claim) -> Claim:
        """The claim as the wire carries it."""
        codes = self._codes
        patient = None if claim.patient is None else self._person(claim.patient)
        place, group = codes[claim.place_of_service], codes[claim.group_number]
        cause = codes[claim.related_cause]
        return Claim(
            patient_control_number=plain(claim.patient_control_number),
            payer=self.payer(claim.payer),
            billing=self.billing(claim.billing),
            rendering=self.rendering(claim),
            referring=self.referring(claim),
            facility=self.facility(claim),
            supervising=self.supervising(claim),
            sequence=codes[claim.sequence],
            filing_indicator=codes[claim.filing_indicator],
            insurance_type=codes[claim.insurance_type],
            relationship=relationship(codes[claim.relationship], patient),
            member_id=plain(claim.member_id).replace(" ", ""),
            group_number=group,
            group_name="" if group else self._names[claim.group_name],
            property_casualty_number=plain(claim.property_casualty_number),
            subscriber=self._person(claim.subscriber),
            patient=patient,
            place_of_service=place,
            frequency=codes[claim.frequency],
            original_reference=plain(claim.original_reference),
            diagnoses=tuple([codes[d].replace(".", "") for d in claim.diagnoses[:DIAGNOSES]]),
            lines=tuple([self._line(n, line, place) for n, line in enumerate(claim.lines, 1)]),
            onset_date=claim.onset_date,
            initial_treatment_date=claim.initial_treatment_date,
            accident_date=claim.accident_date,
            related_cause=cause,
            accident_state=codes[claim.accident_state] if cause else "",
            prior_authorization=plain(claim.prior_authorization),
            referral_number=plain(claim.referral_number),
            medical_record_number=plain(claim.medical_record_number),
            note=self._long[claim.note],
            other_payers=tuple([normal_payer(other, self._case) for other in claim.other_payers]),
        )

    def billing(self, billing: BillingProvider) -> BillingProvider:
        """The billing provider as the wire carries it."""
        return self._once(billing, self._billing)

    def payer(self, payer: PayerName) -> PayerName:
        """The payer as the wire carries it."""
        return self._once(payer, self._payer)

    def rendering(self, claim: Claim) -> Provider:
        """The rendering provider of a claim, who may be the billing provider."""
        rendering, billing = self._once(claim.rendering, self._provider), self.billing(claim.billing)
        return billing_as_rendering(billing) if rendering.npi == billing.npi else rendering

    def referring(self, claim: Claim) -> Provider | None:
        """The referring provider of a claim, if any."""
        return None if claim.referring is None else self._once(claim.referring, self._referring)

    def supervising(self, claim: Claim) -> Provider | None:
        """The supervising provider of a claim, if any."""
        return None if claim.supervising is None else self._once(claim.supervising, self._referring)

    def facility(self, claim: Claim) -> ServiceFacility | None:
        """The service facility of a claim, if any."""
        return None if claim.facility is None else self._once(claim.facility, self._facility)

    def _once(self, thing: T, make: Callable[[T], T]) -> T:
        """Normalises what many claims have alike once; by what it is, for each claim of the store brings its own."""
        key = (make.__name__, thing)
        known = self._seen.get(key)
        if known is None:
            known = self._seen[key] = make(thing)
        return known  # type: ignore[return-value]

    def _line(self, number: int, line: ServiceLine, place: str) -> ServiceLine:
        codes = self._codes
        own_place = codes[line.place_of_service] if line.place_of_service else ""
        return ServiceLine(
            number=number,
            procedure=codes[line.procedure],
            modifiers=tuple([codes[m] for m in line.modifiers[:MODIFIERS]]) if line.modifiers else (),
            charge=money(line.charge),
            units=line.units,
            pointers=line.pointers[:POINTERS],
            service_date=line.service_date,
            control_number=plain(line.control_number),
            place_of_service="" if own_place == place else own_place,
            description=self._long[line.description] if line.description else "",
            adjudications=normal_adjudications(line.adjudications) if line.adjudications else (),
        )

    def _name(self, name: PersonName) -> PersonName:
        return PersonName(
            last=self._names[name.last],
            first=self._firsts[name.first],
            middle=self._middles[name.middle],
            suffix=self._suffixes[name.suffix],
        )

    def _address(self, address: Address) -> Address:
        first, second = self._streets[address.line1], self._streets[address.line2]
        return Address(
            line1=first or second,
            line2=second if first else "",
            city=self._cities[address.city],
            state=self._codes[address.state],
            zip_code=digits(address.zip_code),
        )

    def _person(self, person: Person) -> Person:
        return Person(
            name=self._name(person.name),
            birth_date=person.birth_date,
            sex=person.sex,
            address=self._address(person.address),
        )

    def _payer(self, payer: PayerName) -> PayerName:
        return PayerName(name=self._names[payer.name], id=self._codes[payer.id])

    def _provider(self, provider: Provider) -> Provider:
        return Provider(name=self._name(provider.name), npi=plain(provider.npi), taxonomy=plain(provider.taxonomy))

    def _referring(self, provider: Provider) -> Provider:
        return Provider(name=self._name(provider.name), npi=plain(provider.npi))

    def _facility(self, facility: ServiceFacility) -> ServiceFacility:
        return ServiceFacility(
            name=self._names[facility.name], npi=plain(facility.npi), address=self._address(facility.address)
        )

    def _billing(self, billing: BillingProvider) -> BillingProvider:
        phone = digits(billing.phone)
        return BillingProvider(
            name=self._names[billing.name],
            npi=plain(billing.npi),
            tax_id=digits(billing.tax_id),
            taxonomy=plain(billing.taxonomy),
            address=self._address(billing.address),
            contact_name=self._names[billing.contact_name] if phone else "",
            phone=phone,
            pay_to=None if billing.pay_to is None else self._address(billing.pay_to),
        )


def normalise(claim: Claim, case: Case = Case.UPPER) -> Claim:
    """The claim exactly as an 837P carries it."""
    return Normaliser(case).claim(claim)


def billing_as_rendering(billing: BillingProvider) -> Provider:
    """The rendering provider of a claim that carries no 2310B: the billing provider itself."""
    return Provider(name=PersonName(last=billing.name, first=""), npi=billing.npi, taxonomy=billing.taxonomy)


def money(value: Decimal) -> Decimal:
    """The amount with exactly two decimals; a fraction of a cent cannot be billed.

    Raises:
        ValueError: more than two decimals.
    """
    cents = value.quantize(CENT)
    if cents != value:
        raise ValueError("fraction of a cent")
    return cents


def relationship(code: str, patient: Person | None) -> str:
    """PAT01 or SBR02: `18` without a patient of their own; a dependent whose relationship says self is `G8`, other."""
    if patient is None:
        return "18"
    return "G8" if code in ("18", "") else code
