"""The proof of a file: who spoils it is found, and nobody else is blamed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from ptedi.claims.model import Claim
from ptedi.steps.proof import culprits, prove
from ptedi.steps.second_reader import Read, beside, here
from ptedi.submissions.batch import Batch
from tests.sandbox.night import claim
from tests.store.samples import envelope


def batch(*spoiled: tuple[int, Claim]) -> Batch:
    claims = [claim(number, payer=3) for number in range(5)]
    for number, one in spoiled:
        claims[number] = one
    return Batch(envelope=envelope(), claims=tuple(claims))


GOOD = prove(batch()).data


def uneven(number: int) -> Claim:
    """Half a cent that no file can carry: the writer refuses without naming the claim."""
    one = claim(number, payer=3)
    return replace(one, lines=(replace(one.lines[0], charge=Decimal("1.005")), *one.lines[1:]))


def undiagnosed(number: int) -> Claim:
    return replace(claim(number, payer=3), diagnoses=())


def test_a_good_file_has_no_problems() -> None:
    found = prove(batch())
    assert (found.problems, found.data[:3]) == ({}, b"ISA")


@pytest.mark.parametrize("spoil", [uneven, undiagnosed])
@pytest.mark.parametrize("numbers", [(0,), (4,), (1, 3)])
def test_exactly_the_culprits_are_found(spoil: type, numbers: tuple[int, ...]) -> None:
    spoiled = batch(*((number, spoil(number)) for number in numbers))
    assert prove(spoiled).problems
    assert set(culprits(spoiled)) == {claim(number).patient_control_number for number in numbers}
    rest = tuple(one for number, one in enumerate(spoiled.claims) if number not in numbers)
    assert prove(replace(spoiled, claims=rest)).problems == {}


@pytest.mark.parametrize("change", [{"submitter_id": "S"}, {"sender_id": "X" * 16}, {"phone": ""}])
def test_bad_settings_are_no_claims_fault(change: dict[str, str]) -> None:
    spoiled = replace(batch(), envelope=replace(envelope(), **change))
    found = prove(spoiled)
    assert found.envelope
    assert found.problems == {}


def test_every_culprit_has_findings_that_name_a_registered_rule() -> None:
    from ptedi.findings import CATALOGUE

    for found in culprits(batch((1, uneven(1)), (2, undiagnosed(2)))).values():
        assert found
        assert all(one.code in CATALOGUE for one in found)


@pytest.mark.parametrize(("limit", "judged"), [(None, 5), (5, 5), (9, 5), (2, 2), (1, 1)])
def test_the_second_opinion_is_asked_about_so_many_claims(limit: int | None, judged: int) -> None:
    asked: list[bytes] = []

    def opinion(data: bytes, theirs: bytes) -> Callable[[], Read]:
        asked.append(theirs)
        return here(data, theirs)

    found = prove(batch(), opinion, limit)
    assert (found.problems, found.second_opinion_claims, asked[0].count(b"~CLM*")) == ({}, judged, judged)
    assert found.data.count(b"~CLM*") == 5


def test_our_own_checks_judge_every_claim_whatever_the_second_opinion_is_asked() -> None:
    spoiled = batch((3, undiagnosed(3)))
    assert claim(3, payer=3).patient_control_number in prove(spoiled, here, 1).problems


def test_a_file_is_read_beside_as_it_is_read_here() -> None:
    spoiled = prove(batch((3, undiagnosed(3)))).data
    with beside(1) as opinion:
        for data, theirs in ((GOOD, GOOD), (spoiled, GOOD), (GOOD, spoiled), (b"", GOOD)):
            assert opinion(data, theirs)() == here(data, theirs)()
    assert here(spoiled, GOOD)().ours
    assert here(GOOD, spoiled)().theirs.errors
