"""Claims and the batches that carry them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from ptedi.claims.coordination import LineAdjudication, OtherPayer, PriorAdjustment
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
    Sex,
)
from ptedi.submissions.batch import Batch, Envelope
from tests.strategies.wire import amounts, codes, days, digits, npis, person_npis, quantities, words


def addresses(*, wild: bool = False) -> st.SearchStrategy[Address]:
    return st.builds(
        Address,
        line1=words(55, wild=wild),
        line2=words(55, empty=True, wild=wild),
        city=words(30, wild=wild),
        state=st.sampled_from(["OH", "TX", "NY"]),
        zip_code=digits(5) | digits(9),
    )


def names(*, wild: bool = False) -> st.SearchStrategy[PersonName]:
    return st.builds(
        PersonName,
        last=words(60, wild=wild),
        first=words(35, wild=wild),
        middle=words(25, empty=True, wild=wild),
        suffix=st.sampled_from(["", "JR", "III"]),
    )


def persons(*, wild: bool = False) -> st.SearchStrategy[Person]:
    return st.builds(
        Person, name=names(wild=wild), birth_date=days, sex=st.sampled_from(Sex), address=addresses(wild=wild)
    )


def providers(*, taxonomy: bool = True, wild: bool = False) -> st.SearchStrategy[Provider]:
    code = st.sampled_from(["225100000X", "2251X0800X"]) if taxonomy else st.just("")
    return st.builds(Provider, name=names(wild=wild), npi=person_npis, taxonomy=code)


def billings(*, wild: bool = False) -> st.SearchStrategy[BillingProvider]:
    phone = st.none() | st.tuples(words(60, empty=True, wild=wild), digits(10))
    return st.builds(
        lambda contact, **rest: BillingProvider(
            contact_name=contact[0] if contact else "", phone=contact[1] if contact else "", **rest
        ),
        contact=phone,
        name=words(60, wild=wild),
        npi=npis,
        tax_id=digits(9),
        taxonomy=st.sampled_from(["225100000X", "261QP2000X", ""]),
        address=addresses(wild=wild),
        pay_to=st.none() | addresses(wild=wild),
    )


def facilities(*, wild: bool = False) -> st.SearchStrategy[ServiceFacility]:
    return st.builds(ServiceFacility, name=words(60, wild=wild), npi=npis, address=addresses(wild=wild))


def prior_adjustments() -> st.SearchStrategy[tuple[PriorAdjustment, ...]]:
    one = st.builds(
        PriorAdjustment,
        group=st.sampled_from(["CO", "PR", "OA", "PI"]), reason=st.sampled_from(["45", "1", "2", "23"]),
        amount=st.integers(1, 99_999).map(lambda cents: Decimal(cents).scaleb(-2)), quantity=st.none() | quantities,
    )  # fmt: skip
    return st.lists(one, max_size=9).map(lambda found: tuple(sorted(found, key=lambda a: a.group)))


def line_adjudications() -> st.SearchStrategy[tuple[LineAdjudication, ...]]:
    return st.lists(
        st.builds(
            LineAdjudication, payer_id=codes(10), paid=amounts, procedure=codes(5),
            modifiers=st.lists(codes(2), max_size=4).map(tuple), units=st.integers(1, 99).map(Decimal),
            bundled_into=st.integers(0, 4), adjustments=prior_adjustments(), decided_on=st.none() | days,
            remaining=st.none() | amounts,
        ),
        max_size=2,
    ).map(tuple)  # fmt: skip


def other_payers(*, wild: bool = False) -> st.SearchStrategy[OtherPayer]:
    groups = st.tuples(codes(10), st.just("")) | st.tuples(st.just(""), words(20, empty=True, wild=wild))
    return st.builds(
        lambda group, **rest: OtherPayer(group_number=group[0], group_name=group[1], **rest),
        group=groups, payer=st.builds(PayerName, name=words(60, wild=wild), id=codes(10)),
        sequence=st.sampled_from(["P", "S", "T"]), relationship=st.sampled_from(["18", "01", "G8"]),
        insurance_type=st.sampled_from(["", "12"]), filing_indicator=st.sampled_from(["MB", "CI"]),
        subscriber=names(wild=wild), member_id=codes(12), address=st.none() | addresses(wild=wild),
        adjustments=prior_adjustments(), paid=st.none() | amounts, remaining=st.none() | amounts,
        remarks=st.lists(codes(4), max_size=5).map(tuple), decided_on=st.none() | days,
        claim_number=codes(20, empty=True),
    )  # fmt: skip


@st.composite
def claims(draw: st.DrawFn, *, wild: bool = False) -> Claim:
    """A claim: normal for the wire, or with any text when `wild`."""
    dependent = draw(st.booleans())
    group = draw(codes(empty=True))
    diagnoses = draw(st.lists(codes(7), min_size=1, max_size=12))
    pointers = st.lists(st.integers(1, len(diagnoses)), min_size=1, max_size=4).map(tuple)
    lines = draw(
        st.lists(
            st.builds(
                ServiceLine,
                number=st.just(0),
                procedure=st.sampled_from(["97110", "97140", "97530", "97039"]),
                modifiers=st.lists(codes(2), max_size=4).map(tuple),
                charge=amounts,
                units=st.integers(1, 99),
                pointers=pointers,
                service_date=days,
                control_number=codes(30, empty=True),
                place_of_service=st.sampled_from(["", "12"]),
                description=words(80, empty=True, wild=wild),
            ),
            min_size=1,
            max_size=4,
        )
    )
    others = draw(st.just(()) | st.lists(other_payers(wild=wild), min_size=1, max_size=2).map(tuple))
    if others:
        lines = [replace(line, adjudications=draw(line_adjudications())) for line in lines]
    cause = draw(st.sampled_from(["", "AA", "EM", "OA"]))
    optional = st.none() | days
    return Claim(
        patient_control_number=draw(codes(20)),
        payer=draw(st.builds(PayerName, name=words(60, wild=wild), id=codes(10))),
        billing=draw(billings(wild=wild)),
        rendering=draw(providers(wild=wild)),
        referring=draw(st.none() | providers(taxonomy=False, wild=wild)),
        supervising=draw(st.none() | providers(taxonomy=False, wild=wild)),
        facility=draw(st.none() | facilities(wild=wild)),
        sequence=draw(st.sampled_from(["P", "S", "T"])),
        filing_indicator=draw(st.sampled_from(["MB", "16", "CI", "MC", "WC"])),
        insurance_type=draw(st.sampled_from(["", "12", "47"])),
        relationship=draw(st.sampled_from(["01", "19", "20", "G8"])) if dependent else "18",
        member_id=draw(codes(20)),
        group_number=group,
        group_name="" if group else draw(words(60, empty=True, wild=wild)),
        property_casualty_number=draw(codes(20, empty=True)),
        subscriber=draw(persons(wild=wild)),
        patient=draw(persons(wild=wild)) if dependent else None,
        place_of_service=draw(st.sampled_from(["11", "02"])),
        frequency=draw(st.sampled_from(["1", "7", "8"])),
        original_reference=draw(codes(20, empty=True)),
        diagnoses=tuple(diagnoses),
        lines=tuple(_numbered(lines)),
        onset_date=draw(optional),
        initial_treatment_date=draw(optional),
        accident_date=draw(optional),
        related_cause=cause,
        accident_state="OH" if cause == "AA" else "",
        prior_authorization=draw(codes(30, empty=True)),
        referral_number=draw(codes(30, empty=True)),
        medical_record_number=draw(codes(30, empty=True)),
        note=draw(words(80, empty=True, wild=wild)),
        other_payers=others,
    )


def _numbered(lines: list[ServiceLine]) -> list[ServiceLine]:
    return [replace(line, number=number) for number, line in enumerate(lines, 1)]


def envelope(**changes: object) -> Envelope:
    """An envelope of a practice that sends to a clearinghouse."""
    fields: dict[str, object] = {
        "sender_id": "PTGROUP1", "receiver_id": "CLEARING1", "application_sender": "PTGROUP1",
        "application_receiver": "CLEARING1", "submitter_name": "RIVERSIDE PHYSICAL THERAPY",
        "submitter_id": "PTGROUP1", "contact_name": "BILLING DESK", "phone": "6145550100",
        "receiver_name": "EXAMPLE CLEARINGHOUSE", "receiver_identifier": "CLEARING1",
        "interchange_control_number": 17, "group_control_number": 17, "batch_reference": "B000017",
        "created": dt.datetime(2026, 11, 20, 21, 30, tzinfo=dt.UTC),
    }  # fmt: skip
    return Envelope(**{**fields, **changes})  # type: ignore[arg-type]


def batches(*, wild: bool = False) -> st.SearchStrategy[Batch]:
    """A batch of a few claims, some of which share their billing provider."""

    def share(claims_: list[Claim]) -> Batch:
        same = [replace(c, billing=claims_[n // 2 * 2].billing) for n, c in enumerate(claims_)]
        return Batch(envelope=envelope(), claims=tuple(same))

    return st.lists(claims(wild=wild), min_size=1, max_size=4).map(share)
