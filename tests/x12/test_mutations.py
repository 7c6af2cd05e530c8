"""One defect, one finding, at the right place."""

from __future__ import annotations

import random

import pytest

from ptedi.findings import CATALOGUE, Severity
from ptedi.x12.structure import check
from tests.x12.bases import GUIDES, base, build, lines
from tests.x12.mutations import Mutation, envelopes, structural
from tests.x12.variants import variants


@pytest.mark.parametrize("set_id", GUIDES)
def test_bases_are_valid(set_id: str) -> None:
    assert check(base(set_id)).findings == []


def test_generated_edits_are_caught_at_their_place() -> None:
    mutations = structural()
    missed: list[Mutation] = []
    cascades: list[Mutation] = []
    for mutation in mutations:
        findings = [f for f in check(mutation.data).findings if f.code != "IE010"]
        if not mutation.caught(findings):
            missed.append(mutation)
        elif len(findings) > 1:
            cascades.append(mutation)
    kinds = {mutation.kind for mutation in mutations}
    assert len(kinds) >= 1000
    assert len(missed) <= 0.002 * len(mutations), [m.kind for m in missed]
    assert len(cascades) <= 0.005 * len(mutations), [m.kind for m in cascades]


@pytest.mark.parametrize("mutation", envelopes(), ids=lambda m: m.kind)
def test_envelope_edits_are_caught(mutation: Mutation) -> None:
    findings = check(mutation.data).findings
    assert mutation.caught(findings)
    assert len(findings) == 1


VARIANTS = list(variants())


def test_enough_variants() -> None:
    assert len({name for name, _ in VARIANTS}) >= 200


@pytest.mark.parametrize(("name", "data"), VARIANTS, ids=[name for name, _ in VARIANTS])
def test_unusual_but_valid(name: str, data: bytes) -> None:
    assert check(data).findings == []


def test_segments_lost_or_doubled_at_random_are_one_finding() -> None:
    """A lost segment never gives two findings; a copy dropped anywhere rarely does."""
    told: dict[str, list[int]] = {"lost": [], "copied": []}
    for seed in range(600):
        chance = random.Random(seed)
        set_id = chance.choice(["837", "837", "835", "277"])
        texts = [text for _, text in lines(set_id)]
        place = chance.randrange(len(texts))
        copy = texts[place]
        del texts[place]
        told["lost"].append(len(check(build(set_id, texts)).findings))
        texts.insert(place, copy)
        texts.insert(chance.randrange(len(texts)), copy)
        told["copied"].append(len(check(build(set_id, texts)).findings))
    assert max(told["lost"]) == 1
    assert sum(count <= 2 for count in told["copied"]) > 0.85 * len(told["copied"])


def test_every_finding_has_a_page() -> None:
    for mutation in [*structural()[::40], *envelopes()]:
        for finding in check(mutation.data).findings:
            rule = CATALOGUE[finding.code]
            assert rule.title and rule.checks
            assert finding.message.endswith(".")
            assert finding.snip in (1, 2)
            if finding.severity is not Severity.INFO:
                assert finding.byte_offset is not None


def test_a_file_with_everything_wrong_stays_bounded() -> None:
    report = check(base("837").replace(b"*", b"*\x01"))
    assert len(report.findings) <= 10_001
