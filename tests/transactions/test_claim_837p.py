from __future__ import annotations

import gc
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.claims.model import NOT_SENT, Claim
from ptedi.submissions.batch import Batch
from ptedi.transactions import claim_837p
from ptedi.x12 import oracle
from tests import strategies as some
from tests.effort import many
from tests.transactions.damage import damaged


def written(*claims: Claim) -> list[str]:
    data = claim_837p.write(Batch(envelope=some.envelope(), claims=claims))
    return data.decode("ascii").split("~")


def back(batch: Batch) -> tuple[Claim, ...]:
    (one,) = claim_837p.read_batches(claim_837p.write(batch))
    assert not one.findings
    assert one.batch_reference == batch.envelope.batch_reference
    return one.claims


@given(some.batches())
@settings(max_examples=many(25))
def test_normal_claims_read_back_equal(batch: Batch) -> None:
    assert tuple(map(claim_837p.normalise, batch.claims)) == batch.claims
    assert back(batch) == batch.claims


@given(some.batches(wild=True))
@settings(max_examples=many(25))
def test_any_claims_read_back_normalised(batch: Batch) -> None:
    normal = tuple(map(claim_837p.normalise, batch.claims))
    assert back(batch) == normal
    assert tuple(map(claim_837p.normalise, normal)) == normal


@given(some.batches())
@settings(max_examples=many(10))
def test_same_input_same_bytes(batch: Batch) -> None:
    assert claim_837p.write(batch) == claim_837p.write(batch)


@given(some.claims(), st.integers())
@settings(max_examples=many(20))
def test_positions_point_at_the_claim(claim: Claim, seed: int) -> None:
    second = replace(claim, patient_control_number=claim.patient_control_number[:19] + "#")
    texts = written(claim, second)
    start = texts.index("ST*837*0001*005010X222A1")
    places = claim_837p.claim_positions("~".join(texts).encode())
    assert list(places) == [claim.patient_control_number, second.patient_control_number]
    for number, (first, last) in places.items():
        stretch = texts[start + first - 1 : start + last]
        assert stretch[0].startswith("HL*")
        assert sum(t.startswith(f"CLM*{number}*") for t in stretch) == 1
        assert stretch[-1][:3] in ("REF", "DTP", "SVD", "CAS", "AMT")


@pytest.fixture
def claim() -> Claim:
    from tests.samples.claims import self_claim

    return self_claim()


def test_rendering_is_left_out_when_it_is_the_billing_provider(claim: Claim) -> None:
    own = replace(claim, rendering=replace(claim.rendering, npi=claim.billing.npi))
    assert not [t for t in written(own) if t.startswith("NM1*82")]
    assert [t for t in written(claim) if t.startswith("NM1*82")]


def test_a_provider_may_treat_one_patient_and_refer_another(claim: Claim) -> None:
    one = replace(claim, referring=claim.rendering)  # 2310A has no taxonomy, 2310B has
    normal, normaliser = claim_837p.normalise(one), claim_837p.Normaliser()
    assert normal.rendering.taxonomy and normal.referring is not None and not normal.referring.taxonomy
    assert [normaliser.claim(again) for again in (one, replace(one))] == [normal, normal]


def test_claims_read_are_held_by_nobody_but_who_asked(claim: Claim) -> None:
    """A night's claims that waited for Python to look for circles were gone half a second late."""

    def there() -> int:
        return sum(type(one) is Claim for one in gc.get_objects())

    data = claim_837p.write(Batch(envelope=some.envelope(), claims=(claim, claim)))
    before = there()
    gc.disable()
    try:
        read = claim_837p.read_batches(data)
        assert there() == before + 2
        del read
        assert there() == before
    finally:
        gc.enable()


def test_values_are_made_fit_for_the_wire(claim: Claim) -> None:
    odd = replace(
        claim,
        subscriber=replace(claim.subscriber, name=replace(claim.subscriber.name, last="Muñoz*~ Łuk:sz", first="José")),
        diagnoses=("m54.50",),
    )
    texts = written(odd)
    assert any(t.startswith("NM1*IL*1*MUNOZ LUK SZ*JOSE*") for t in texts)
    assert "HI*ABK:M5450" in texts


def test_texts_are_cut_at_the_length_of_the_guide(claim: Claim) -> None:
    name = replace(claim.subscriber.name, last="A" * 61, first="B" * 36)
    normal = claim_837p.normalise(replace(claim, subscriber=replace(claim.subscriber, name=name), note="N " * 60))
    assert (len(normal.subscriber.name.last), len(normal.subscriber.name.first), len(normal.note)) == (60, 35, 79)


def test_amounts_have_x12_normal_form(claim: Claim) -> None:
    line = replace(claim.lines[0], charge=Decimal("120.50"), control_number="A1")
    whole = replace(claim.lines[0], charge=Decimal("60.00"), control_number="A2")
    texts = written(replace(claim, lines=(line, whole)))
    assert any(t.startswith("CLM*") and t.split("*")[2] == "180.5" for t in texts)
    assert [t.split("*")[2] for t in texts if t.startswith("SV1")] == ["120.5", "60"]


def test_a_fraction_of_a_cent_is_refused(claim: Claim) -> None:
    line = replace(claim.lines[0], charge=Decimal("1.005"))
    with pytest.raises(ValueError, match="fraction"):
        written(replace(claim, lines=(line,)))


def test_one_2000a_for_neighbouring_claims_of_one_billing_provider(claim: Claim) -> None:
    other = replace(claim, billing=replace(claim.billing, name="OTHER GROUP"))
    texts = written(claim, claim, other, other)
    assert [t for t in texts if t.startswith("HL*")] == [
        "HL*1**20*1", "HL*2*1*22*0", "HL*3*1*22*0", "HL*4**20*1", "HL*5*4*22*0", "HL*6*4*22*0",
    ]  # fmt: skip


def test_bad_values_become_findings_and_the_claim_is_kept(claim: Claim) -> None:
    data = b"~".join(
        t.encode().replace(b"*UN*2", b"*UN*TWO").replace(b"DTP*472*D8*2026", b"DTP*472*D8*2O26") for t in written(claim)
    )
    (one,) = claim_837p.read_batches(data)
    assert {f.code for f in one.findings} == {"RD002", "RD003"}
    assert one.claims[0].lines[0].service_date == NOT_SENT
    assert one.claims[0].lines[0].units == 0
    assert all(f.claim == claim.patient_control_number and f.byte_offset for f in one.findings)


def test_fuzz_never_raises(claim: Claim) -> None:
    dependent = replace(claim, patient=claim.subscriber, relationship="19")
    texts = written(claim, dependent, claim)
    for data in damaged(texts, 300):
        for one in claim_837p.read_batches(data):
            assert isinstance(one.claims, tuple)
        claim_837p.claim_positions(data)


def test_the_oracle_accepts_what_is_written(claim: Claim) -> None:
    dependent = replace(claim, patient=claim.subscriber, relationship="19")
    result = oracle.validate(claim_837p.write(Batch(envelope=some.envelope(), claims=(claim, dependent))))
    assert result.ok, result.errors
