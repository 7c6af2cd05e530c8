"""Payments of remittances."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ptedi.remittances.model import (
    Adjustment,
    ClaimPayment,
    Origin,
    Payment,
    ProviderAdjustment,
    ServicePayment,
)
from ptedi.transactions.remittance_835 import RemittanceHeader
from tests.strategies.wire import amounts, codes, days, digits, npis, quantities, words

NOWHERE = Origin(0, 0)
signed = st.integers(-9_999_999, 9_999_999).map(lambda cents: Decimal(cents).scaleb(-2))


def adjustments() -> st.SearchStrategy[list[Adjustment]]:
    return st.lists(
        st.builds(
            Adjustment,
            group=st.sampled_from(["CO", "PR", "OA", "PI"]),
            reason=st.sampled_from(["45", "59", "253", "1", "2", "3", "97", "16"]),
            amount=signed,
            quantity=st.none() | quantities,
            origin=st.just(NOWHERE),
        ),
        max_size=9,
    )


def service_payments() -> st.SearchStrategy[ServicePayment]:
    submitted = st.none() | st.tuples(codes(5), st.lists(codes(2), max_size=4).map(tuple))
    return st.builds(
        lambda sent, **rest: ServicePayment(
            submitted_procedure=sent[0] if sent else "", submitted_modifiers=sent[1] if sent else (), **rest
        ),
        sent=submitted,
        qualifier=st.sampled_from(["HC", "NU", "N4"]),
        procedure=codes(5),
        modifiers=st.lists(codes(2), max_size=4).map(tuple),
        charge=signed,
        paid=signed,
        units=quantities,
        units_submitted=st.none() | quantities,
        service_date=st.none() | days,
        service_date_end=st.none() | days,
        line_control_number=codes(30, empty=True),
        allowed=st.none() | signed,
        adjustments=adjustments(),
        remarks=st.lists(codes(4), max_size=3),
        origin=st.just(NOWHERE),
    )


def claim_payments() -> st.SearchStrategy[ClaimPayment]:
    """A subscriber beside the patient is only written with a member number."""

    def claim(**values: Any) -> ClaimPayment:
        nameless = {} if values["member_id"] else {"subscriber_last": "", "subscriber_first": ""}
        return ClaimPayment(**{**values, **nameless})

    return st.builds(
        claim,
        patient_control_number=codes(20),
        status_code=st.sampled_from(["1", "2", "3", "4", "19", "22", "25"]),
        charge=signed,
        paid=signed,
        patient_responsibility=st.none() | amounts,
        filing_indicator=st.sampled_from(["MB", "12", "MC"]),
        payer_claim_control_number=codes(20, empty=True),
        place_of_service=st.sampled_from(["11", ""]),
        frequency=st.sampled_from(["1", "7", ""]),
        patient_last=words(60, empty=True),
        patient_first=words(35, empty=True),
        member_id=codes(20, empty=True),
        subscriber_last=words(60, empty=True),
        subscriber_first=words(35, empty=True),
        corrected_last=words(60, empty=True),
        corrected_first=words(35, empty=True),
        corrected_member_id=codes(20, empty=True),
        rendering_npi=npis | st.just(""),
        crossover_payer=words(60, empty=True),
        original_reference=codes(20, empty=True),
        statement_from=st.none() | days,
        statement_to=st.none() | days,
        received=st.none() | days,
        interest=amounts,
        adjustments=adjustments(),
        remarks=st.lists(codes(5), max_size=5),
        lines=st.lists(service_payments(), max_size=3),
        origin=st.just(NOWHERE),
    )


def payments() -> st.SearchStrategy[Payment]:
    """A payment in the wire's normal form; it balances only by accident."""
    return st.builds(
        Payment,
        control_number=digits(4),
        trace_number=codes(30),
        originator=digits(10),
        payer=words(60),
        payer_id=codes(10, empty=True),
        payee=words(60),
        payee_npi=npis | st.just(""),
        payee_tax_id=digits(9) | st.just(""),
        amount=amounts,
        credit_debit=st.sampled_from(["C", "D"]),
        method=st.sampled_from(["ACH", "CHK", "NON"]),
        date=st.none() | days,
        production_date=st.none() | days,
        claims=st.lists(claim_payments(), max_size=3),
        provider_adjustments=st.lists(
            st.builds(
                ProviderAdjustment,
                provider=npis,
                fiscal_year_end=st.none() | days,
                reason=st.sampled_from(["WO", "FB", "L6", "72"]),
                reference=words(30, empty=True),
                amount=signed,
                origin=st.just(NOWHERE),
            ),
            max_size=8,
        ),
        findings=st.just([]).map(list),
        origin=st.just(NOWHERE),
    )


def without_origins(payment: Payment) -> Payment:
    """The same payment with every origin set to nowhere and without the segments kept beside its fields."""

    def flat(items: list[Adjustment]) -> list[Adjustment]:
        return [replace(a, origin=NOWHERE) for a in items]

    def line(one: ServicePayment) -> ServicePayment:
        return replace(one, adjustments=flat(one.adjustments), origin=NOWHERE)

    def claim(one: ClaimPayment) -> ClaimPayment:
        return replace(one, adjustments=flat(one.adjustments), lines=[line(ln) for ln in one.lines], origin=NOWHERE)

    return replace(
        payment,
        claims=[claim(c) for c in payment.claims],
        provider_adjustments=[replace(p, origin=NOWHERE) for p in payment.provider_adjustments],
        others=[],
        origin=NOWHERE,
    )


def remittance_header(**changes: object) -> RemittanceHeader:
    fields: dict[str, object] = {
        "sender_id": "CLEARING1", "receiver_id": "PTGROUP1", "interchange_control_number": 90,
        "group_control_number": 90, "created": dt.datetime(2026, 11, 20, 6, 0, tzinfo=dt.UTC),
    }  # fmt: skip
    return RemittanceHeader(**{**fields, **changes})  # type: ignore[arg-type]
