"""Payments into an 835, complete and in the order of the guide: for the sandbox's payers, the samples and the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from ptedi.claims.model import Address
from ptedi.dates import x12_date
from ptedi.money import x12 as money
from ptedi.remittances.model import Adjustment, ClaimPayment, Payment, ProviderAdjustment, ServicePayment
from ptedi.transactions.wire import digits, plain
from ptedi.x12 import writer as x12
from ptedi.x12.writer import composite, segment

GUIDE = "005010X221A1"
_TRIPLES = _PAIRS = 6
_PLAZA = Address(line1="1 PAYER PLAZA", city="SAMPLETOWN", state="OH", zip_code="45002")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceHeader:
    """What the envelope and the header of every set say beyond the payments themselves.

    Attributes:
        receiver_reference: REF*EV, the clearinghouse account that receives the file for the payee.
        payer_address, payer_contact, payer_phone: 1000A N3/N4 and PER*BL; payee_address: 1000B N3/N4.
        payer_bank, payer_account, payee_bank, payee_account: BPR06-15 of an electronic transfer (synthetic).
    """

    sender_qualifier: str = "ZZ"
    sender_id: str
    receiver_qualifier: str = "ZZ"
    receiver_id: str
    interchange_control_number: int
    group_control_number: int
    created: datetime
    usage: str = "T"
    newline: str = ""
    receiver_reference: str = ""
    payer_address: Address = _PLAZA
    payer_contact: str = "PROVIDER SERVICES"
    payer_phone: str = "5555550199"
    payee_address: Address | None = None
    payer_bank: str = "990000013"
    payer_account: str = "100200300"
    payee_bank: str = "990000026"
    payee_account: str = "400500600"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceFile:
    """One interchange with one transaction set per payment."""

    header: RemittanceHeader
    payments: tuple[Payment, ...]


def write(file: RemittanceFile) -> bytes:
    """The file's bytes: `read` gives the same payments again.

    Raises:
        ValueError: an identifier of the envelope does not fit its place.
    """
    header = file.header
    envelope = x12.Envelope(
        sender_qualifier=header.sender_qualifier,
        sender_id=header.sender_id,
        receiver_qualifier=header.receiver_qualifier,
        receiver_id=header.receiver_id,
        control_number=header.interchange_control_number,
        group_control_number=header.group_control_number,
        created=header.created.date(),
        at=header.created.time(),
        functional_id="HP",
        guide=GUIDE,
        usage=header.usage,
    )
    sets = (
        x12.TransactionSet(set_id="835", control_number=payment.control_number, segments=_payment(payment, header))
        for payment in file.payments
    )
    return x12.interchange(envelope, sets, newline=header.newline)


def _payment(payment: Payment, header: RemittanceHeader) -> Iterator[str]:
    yield _bpr(payment, header)
    yield segment("TRN", "1", plain(payment.trace_number), plain(payment.originator))
    if header.receiver_reference:
        yield segment("REF", "EV", plain(header.receiver_reference))
    if payment.production_date is not None:
        yield _dtm("405", payment.production_date)
    yield from _payer(payment, header)
    yield from _payee(payment, header)
    if payment.claims:
        yield "LX*1"
    for claim in payment.claims:
        yield from _claim(claim)
    yield from _provider_adjustments(payment.provider_adjustments)


def _bpr(payment: Payment, header: RemittanceHeader) -> str:
    banks = [""] * 11
    if payment.method in ("ACH", "FWT", "BOP"):
        banks = [
            "CCP" if payment.method == "ACH" else "", "01", header.payer_bank, "DA", header.payer_account,
            plain(payment.originator), "", "01", header.payee_bank, "DA", header.payee_account,
        ]  # fmt: skip
    handling = "H" if payment.method == "NON" else "I"
    return segment("BPR", handling, money(payment.amount), payment.credit_debit, payment.method, *banks,
                   _day(payment.date))  # fmt: skip


def _payer(payment: Payment, header: RemittanceHeader) -> Iterator[str]:
    """1000A."""
    yield segment("N1", "PR", plain(payment.payer, 60))
    yield from _address(header.payer_address)
    if payment.payer_id:
        yield segment("REF", "2U", plain(payment.payer_id))
    yield segment("PER", "BL", plain(header.payer_contact, 60), "TE", digits(header.payer_phone))


def _payee(payment: Payment, header: RemittanceHeader) -> Iterator[str]:
    """1000B."""
    name, tax_id = plain(payment.payee, 60), plain(payment.payee_tax_id)
    if payment.payee_npi or not tax_id:
        yield segment("N1", "PE", name, "XX" if payment.payee_npi else "", plain(payment.payee_npi))
    else:
        yield segment("N1", "PE", name, "FI", tax_id)
    if header.payee_address is not None:
        yield from _address(header.payee_address)
    if payment.payee_npi and tax_id:
        yield segment("REF", "TJ", tax_id)


def _claim(claim: ClaimPayment) -> Iterator[str]:
    """2100 with its lines."""
    owed = claim.patient_responsibility
    yield segment(
        "CLP", plain(claim.patient_control_number), claim.status_code, money(claim.charge), money(claim.paid),
        "" if owed is None else money(owed), claim.filing_indicator, plain(claim.payer_claim_control_number),
        claim.place_of_service, claim.frequency,
    )  # fmt: skip
    yield from _adjustments(claim.adjustments)
    yield _person("QC", claim.patient_last, claim.patient_first, "MI", claim.member_id)
    if claim.member_id and (claim.subscriber_last or claim.subscriber_first):  # NM1*IL must not lack its number
        yield _person("IL", claim.subscriber_last, claim.subscriber_first, "MI", claim.member_id)
    if claim.corrected_last or claim.corrected_first or claim.corrected_member_id:
        yield _person("74", claim.corrected_last, claim.corrected_first, "C", claim.corrected_member_id)
    if claim.rendering_npi:
        yield _person("82", "", "", "XX", claim.rendering_npi)
    if claim.crossover_payer:
        payer = plain(claim.crossover_payer, 60)
        yield segment("NM1", "TT", "2", payer, "", "", "", "", "PI", payer.replace(" ", "")[:10])
    if claim.remarks:
        yield segment("MOA", "", "", *claim.remarks)
    if claim.original_reference:
        yield segment("REF", "F8", plain(claim.original_reference))
    yield from _dates(claim)
    if claim.interest:
        yield segment("AMT", "I", money(claim.interest))
    for line in claim.lines:
        yield from _line(line)


def _dates(claim: ClaimPayment) -> Iterator[str]:
    for what, day in (("232", claim.statement_from), ("233", claim.statement_to), ("050", claim.received)):
        if day is not None:
            yield _dtm(what, day)


def _line(line: ServicePayment) -> Iterator[str]:
    """2110."""
    submitted = ""
    if line.submitted_procedure:
        submitted = composite(line.qualifier, line.submitted_procedure, *line.submitted_modifiers)
    yield segment(
        "SVC", composite(line.qualifier, line.procedure, *line.modifiers), money(line.charge), money(line.paid), "",
        _number(line.units), submitted, "" if line.units_submitted is None else _number(line.units_submitted),
    )  # fmt: skip
    if line.service_date_end is not None:
        if line.service_date is not None:
            yield _dtm("150", line.service_date)
        yield _dtm("151", line.service_date_end)
    elif line.service_date is not None:
        yield _dtm("472", line.service_date)
    yield from _adjustments(line.adjustments)
    if line.line_control_number:
        yield segment("REF", "6R", plain(line.line_control_number))
    if line.allowed is not None:
        yield segment("AMT", "B6", money(line.allowed))
    for code in line.remarks:
        yield segment("LQ", "HE", code)


def _adjustments(adjustments: list[Adjustment]) -> Iterator[str]:
    """CAS: neighbours of one group share a segment, six at most."""
    for group, run in groupby(adjustments, key=lambda a: a.group):
        members = list(run)
        for start in range(0, len(members), _TRIPLES):
            triples: list[str] = []
            for one in members[start : start + _TRIPLES]:
                triples += [one.reason, money(one.amount), "" if one.quantity is None else _number(one.quantity)]
            yield segment("CAS", group, *triples)


def _provider_adjustments(adjustments: list[ProviderAdjustment]) -> Iterator[str]:
    """PLB: neighbours of one provider and year share a segment, six at most."""
    for (provider, year), run in groupby(adjustments, key=lambda a: (a.provider, a.fiscal_year_end)):
        members = list(run)
        for start in range(0, len(members), _PAIRS):
            pairs: list[str] = []
            for one in members[start : start + _PAIRS]:
                pairs += [composite(one.reason, plain(one.reference)), money(one.amount)]
            yield segment("PLB", provider, _day(year), *pairs)


def _person(entity: str, last: str, first: str, qualifier: str, number: str) -> str:
    number = plain(number)
    return segment("NM1", entity, "1", plain(last, 60), plain(first, 35), "", "", "",
                   qualifier if number else "", number)  # fmt: skip


def _address(address: Address) -> Iterable[str]:
    yield segment("N3", plain(address.line1, 55), plain(address.line2, 55))
    yield segment("N4", plain(address.city, 30), plain(address.state), digits(address.zip_code))


def _dtm(what: str, day: date) -> str:
    return segment("DTM", what, x12_date(day))


def _day(day: date | None) -> str:
    return "" if day is None else x12_date(day)


def _number(value: Decimal) -> str:
    """A quantity in X12's normal form: `2`, `0.5`."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
