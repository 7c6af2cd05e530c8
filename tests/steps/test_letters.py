"""A name that cannot go out letter by letter is noted in the claim's history: which field, not what stood there."""

from __future__ import annotations

from dataclasses import replace

from ptedi.steps.batch import _letters
from tests.samples.claims import self_claim


def test_replaced_letters_are_told_by_field() -> None:
    claim = self_claim()
    person = claim.subscriber
    other = replace(claim, subscriber=replace(person, name=replace(person.name, last="O*Hara")))
    assert _letters(claim) == ""
    assert _letters(other) == "; letters replaced in: subscriber name"
