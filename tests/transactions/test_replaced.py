"""Letters that the wire cannot carry are told by field, and never by content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ptedi.claims.model import Claim
from ptedi.transactions.claim_837p.replaced import replaced
from tests.samples.claims import dependent_claim, self_claim


def named(claim: Claim, last: str) -> Claim:
    person = claim.subscriber
    return replace(claim, subscriber=replace(person, name=replace(person.name, last=last)))


@pytest.mark.parametrize("last", ["Muñoz", "O*Hara", "Łodz", "A~B", "A:B", "A^B", "李"])
def test_a_name_with_other_letters(last: str) -> None:
    assert replaced(named(self_claim(), last)) == ("subscriber name",)


@pytest.mark.parametrize("last", ["O'Hara-Lee", "de la Cruz", "halvorsen"])
def test_plain_names_are_nothing_to_tell(last: str) -> None:
    assert replaced(named(self_claim(), last)) == ()


def test_every_field_by_its_name() -> None:
    claim = dependent_claim()
    assert claim.patient is not None
    home = replace(claim.patient.address, city="Montréal")
    claim = replace(claim, patient=replace(claim.patient, address=home), note="knee ~ better",
                    lines=(replace(claim.lines[0], description="é"), *claim.lines[1:]))  # fmt: skip
    assert replaced(claim) == ("patient address", "note", "description")
