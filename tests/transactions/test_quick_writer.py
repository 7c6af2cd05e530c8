"""The writer's templates against the exact writer: whatever the claim, they say the same or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from ptedi.claims.model import NOT_SENT, Address, Claim
from ptedi.payers.partner import Case
from ptedi.transactions import claim_837p
from ptedi.transactions.claim_837p.normal import Normaliser
from ptedi.transactions.claim_837p.quick import claim_text
from ptedi.transactions.claim_837p.writer import _Parties, _whole
from tests import strategies as some
from tests.effort import many
from tests.samples.claims import auto_claim, dependent_claim, self_claim

ODD = (
    "", "x", "Straße", "É", " X", "X ", "X  Y", "X Y", "X*Y", "A~B", "A:B", "A^B", "A\nB", "A\tB", "\x7f", "|", "A |B",
    "A| B", "|A", "A|", "A" * 100, "A B " * 30, "Mixed Case", "M54.50", "1-2", "٣", "²", "12345", "11", "18", "20",
)  # fmt: skip


def both(claim: Claim, case: Case) -> tuple[str | None, str]:
    parties, normaliser = _Parties(), Normaliser(case)
    payer, providers = parties.payer(claim, normaliser), parties.providers(claim, normaliser)
    return (
        claim_text(claim, 7, 1, payer, providers, case),
        _whole(normaliser.claim(claim), 7, 1, payer, providers),
    )


def agree(claim: Claim) -> bool:
    """Asserts that templates and exact writer agree in each case; says whether the templates took the claim."""
    try:
        quick, exact = both(claim, Case.AS_WRITTEN)
        assert quick in (None, exact)
        quick, exact = both(claim, Case.UPPER)
    except (ValueError, ArithmeticError):
        parties, normaliser = _Parties(), Normaliser()
        payer, providers = parties.payer(claim, normaliser), parties.providers(claim, normaliser)
        assert claim_text(claim, 7, 1, payer, providers) is None
        return False
    assert quick in (None, exact)
    return quick is not None


def changed(thing: Any) -> Iterator[Any]:
    """The thing with each text, day and amount in it replaced by odd ones, one at a time."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        others: list[Any] = []
        if isinstance(value, str) and field.name != "sex":
            others = [*ODD]
        elif isinstance(value, date):
            others = [NOT_SENT, date(2026, 2, 28)]
        elif isinstance(value, Decimal):
            others = [Decimal(text) for text in ("0", "-0.00", "1.5", "1.005", "1E+3", "-3", "1E+30", "NaN")]
        elif value is None and field.name.endswith("date"):
            others = [date(2026, 1, 2)]
        elif is_dataclass(value):
            others = [*changed(value)]
        elif isinstance(value, tuple):
            others = [(), value * 14, *[(other, *value[1:]) for other in ODD if value and isinstance(value[0], str)]]
            others += [(other, *value[1:]) for other in (changed(value[0]) if value and is_dataclass(value[0]) else ())]
        yield from (replace(thing, **{field.name: other}) for other in others)


@pytest.mark.parametrize("dependent", [False, True])
def test_templates_say_what_the_exact_writer_says(dependent: bool) -> None:
    claim = self_claim()
    if dependent:
        claim = replace(claim, patient=claim.subscriber, relationship="19")
    assert agree(claim)
    taken = [agree(other) for other in changed(claim)]
    assert 0.2 < sum(taken) / len(taken) < 0.9


@pytest.mark.parametrize("claim", [auto_claim(), dependent_claim()])
def test_what_many_practices_send_is_taken(claim: Claim) -> None:
    person = replace(claim.subscriber, name=replace(claim.subscriber.name, middle="", suffix="JR"))
    assert agree(claim) and agree(replace(claim, subscriber=person, note="CALL BEFORE NOON"))
    unknown = Address(line1="", line2="", city="", state="", zip_code="")
    assert agree(replace(claim, subscriber=replace(person, birth_date=NOT_SENT, address=unknown)))


def test_small_letters_stay_in_names_alone_and_capitals_take_the_templates() -> None:
    claim = self_claim()
    capitals = claim_837p.normalise(claim)
    assert both(capitals, Case.AS_WRITTEN) == both(capitals, Case.UPPER)
    assert both(capitals, Case.AS_WRITTEN)[0] is not None
    person = replace(claim.subscriber, name=replace(claim.subscriber.name, last="McDuff", first="Zoë"),
                     address=replace(claim.subscriber.address, line1="1 Main St", state="nm"))  # fmt: skip
    quick, exact = both(replace(claim, subscriber=person, member_id="w1a", note="call *noon*"), Case.AS_WRITTEN)
    assert quick is None
    assert "NM1*IL*1*McDuff*Zoe*" in exact and "*MI*W1A~" in exact and "N3*1 Main St~" in exact and "*NM*" in exact
    assert "NTE*ADD*call noon~" in exact


@given(some.claims())
@settings(max_examples=many(40))
def test_normal_claims(claim: Claim) -> None:
    agree(claim)


@given(some.claims(wild=True))
@settings(max_examples=many(30))
def test_any_claims(claim: Claim) -> None:
    agree(claim)
