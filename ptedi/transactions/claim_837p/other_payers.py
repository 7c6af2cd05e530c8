"""Other payers of a claim on the wire (2320, 2330A, 2330B, 2430): their normal form and their segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby

from ptedi import dates
from ptedi.claims.coordination import LineAdjudication, OtherPayer, PriorAdjustment
from ptedi.claims.names import Address, PayerName, PersonName
from ptedi.money import CENT
from ptedi.money import x12 as amount
from ptedi.payers.partner import Case
from ptedi.transactions.wire import digits, plain
from ptedi.x12.writer import composite, segment

_TRIPLES, _REMARKS, _MODIFIERS = 6, 5, 4


def normal_payer(other: OtherPayer, case: Case = Case.UPPER) -> OtherPayer:
    """Another payer as the wire carries it: adjustments by group, the group's name only without its number."""
    group = plain(other.group_number)
    return OtherPayer(
        payer=PayerName(name=plain(other.payer.name, 60, case=case), id=plain(other.payer.id)),
        sequence=plain(other.sequence), relationship=plain(other.relationship), group_number=group,
        group_name="" if group else plain(other.group_name, 60, case=case), insurance_type=plain(other.insurance_type),
        filing_indicator=plain(other.filing_indicator), subscriber=_name(other.subscriber, case),
        member_id=plain(other.member_id).replace(" ", ""),
        address=None if other.address is None else _address(other.address, case),
        adjustments=_adjustments(other.adjustments), paid=_cents(other.paid), remaining=_cents(other.remaining),
        remarks=tuple(plain(r) for r in other.remarks[:_REMARKS]), decided_on=other.decided_on,
        claim_number=plain(other.claim_number),
    )  # fmt: skip


def normal_adjudications(found: Sequence[LineAdjudication]) -> tuple[LineAdjudication, ...]:
    """2430 of a line as the wire carries it."""
    return tuple(
        replace(
            one, payer_id=plain(one.payer_id), paid=one.paid.quantize(CENT), procedure=plain(one.procedure),
            modifiers=tuple(plain(m) for m in one.modifiers[:_MODIFIERS]), adjustments=_adjustments(one.adjustments),
            remaining=_cents(one.remaining),
        )
        for one in found
    )  # fmt: skip


def _name(name: PersonName, case: Case) -> PersonName:
    return PersonName(last=plain(name.last, 60, case=case), first=plain(name.first, 35, case=case),
                      middle=plain(name.middle, 25, case=case), suffix=plain(name.suffix, 10, case=case))  # fmt: skip


def _address(address: Address, case: Case) -> Address | None:
    first, second = plain(address.line1, 55, case=case), plain(address.line2, 55, case=case)
    whole = Address(line1=first or second, line2=second if first else "", city=plain(address.city, 30, case=case),
                    state=plain(address.state), zip_code=digits(address.zip_code))  # fmt: skip
    return whole if whole.line1 or whole.city or whole.state or whole.zip_code else None


def _adjustments(found: Sequence[PriorAdjustment]) -> tuple[PriorAdjustment, ...]:
    """By group and without zeros, since CAS is one segment for each group and never says zero."""
    kept = [replace(a, group=plain(a.group), reason=plain(a.reason), amount=a.amount.quantize(CENT)) for a in found]
    return tuple(sorted((a for a in kept if a.amount), key=lambda a: a.group))


def _cents(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(CENT)


# --- to segments ---


def payer_segments(other: OtherPayer) -> Iterator[str]:
    """2320, 2330A and 2330B of a payer in its normal form."""
    yield segment("SBR", other.sequence, other.relationship, other.group_number, other.group_name,
                  other.insurance_type, "", "", "", other.filing_indicator)  # fmt: skip
    yield from _cas(other.adjustments)
    for what, value in (("D", other.paid), ("EAF", other.remaining)):
        if value is not None:
            yield segment("AMT", what, amount(value))
    yield "OI***Y***Y"
    if other.remarks:
        yield segment("MOA", "", "", *other.remarks)
    name = other.subscriber
    yield segment("NM1", "IL", "1", name.last, name.first, name.middle, "", name.suffix, "MI", other.member_id)
    if other.address is not None:
        yield from _place(other.address)
    yield segment("NM1", "PR", "2", other.payer.name, "", "", "", "", "PI", other.payer.id)
    if other.decided_on is not None:
        yield f"DTP*573*D8*{dates.x12_date(other.decided_on)}"
    if other.claim_number:
        yield segment("REF", "F8", other.claim_number)


def adjudication_segments(one: LineAdjudication) -> Iterator[str]:
    """2430 in its normal form."""
    code = composite("HC", one.procedure, *one.modifiers)
    into = str(one.bundled_into) if one.bundled_into else ""
    yield segment("SVD", one.payer_id, amount(one.paid), code, "", _number(one.units), into)
    yield from _cas(one.adjustments)
    if one.decided_on is not None:
        yield f"DTP*573*D8*{dates.x12_date(one.decided_on)}"
    if one.remaining is not None:
        yield segment("AMT", "EAF", amount(one.remaining))


def _place(address: Address) -> Iterator[str]:
    if address.line1:
        yield segment("N3", address.line1, address.line2)
    if address.city or address.state or address.zip_code:
        yield segment("N4", address.city, address.state, address.zip_code)


def _cas(adjustments: Sequence[PriorAdjustment]) -> Iterator[str]:
    """CAS: one group a segment, six triples at most."""
    for group, run in groupby(adjustments, key=lambda a: a.group):
        members = list(run)
        for start in range(0, len(members), _TRIPLES):
            triples: list[str] = []
            for one in members[start : start + _TRIPLES]:
                triples += [one.reason, amount(one.amount), "" if one.quantity is None else _number(one.quantity)]
            yield segment("CAS", group, *triples)


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
