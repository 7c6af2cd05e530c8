"""Claims taken whole against the rules one by one: the same findings at the same places, whatever the file.

Before each file goes a sound interchange of like claims, so that the collector has found their texts sound before.
"""

from __future__ import annotations

import random
import re
from functools import cache, partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.make_837p import Mix, claims_file
from ptedi.checks import check_file, plain_texts, registry, telling
from ptedi.checks.plain_claims import ALONE, PlainClaims
from ptedi.checks.plain_others import IF_DECIDED, NOT_ASKED
from ptedi.findings import Severity
from ptedi.x12.branches import Branch
from ptedi.x12.loops import tree
from tests.effort import LONG, many
from tests.x12.bases import base as structure_base
from tests.x12.mutations import Maker, envelopes
from tests.x12.test_properties import broken
from tests.x12.variants import variants

from .base import AUTO, PRIMARY, SECONDARY, edit, wrap
from .both_ways import told_alike
from .cases import FAILING, VALID
from .changes import Changes
from .matrix import CLAIMS, ENVELOPE

SAMPLE = b"".join(claims_file(40, seed=7))
PRACTICE = b"".join(claims_file(60, seed=9, mix=Mix.PRACTICE))
TRAINING = b"".join(claims_file(300, seed=8)).replace(b"BN0", b"TN0").replace(b"BENCH0", b"TENCH0")


@cache
def trained(base: str) -> bytes:
    """The base with other control numbers."""
    data = wrap(base)
    for control in (b"A000", b"B000", b"C000"):
        data = data.replace(control, b"T" + control)
    return data


same = partial(told_alike, PlainClaims)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many claims were taken whole."""
    counted = [0]
    take = PlainClaims.take

    def counting(self: PlainClaims, branch: Branch, position: int, *, beside: bool) -> None:
        counted[0] += len(branch.claims)
        take(self, branch, position, beside=beside)

    monkeypatch.setattr(PlainClaims, "take", counting)
    return counted


def test_a_plain_file_is_taken_whole(taken: list[int]) -> None:
    report = same(TRAINING + SAMPLE)
    assert report.findings == ()
    assert taken[0] > 150


def test_a_practice_is_mostly_taken_whole(taken: list[int]) -> None:
    data = b"".join(claims_file(600, seed=3, per_set=200, mix=Mix.PRACTICE))
    assert same(data).findings == ()
    assert taken[0] > 500


def test_the_matrix(taken: list[int]) -> None:
    cases = [*CLAIMS, *[case for case in FAILING if case[1] in (PRIMARY, SECONDARY, AUTO)]]
    for case in cases:
        if not case[0].startswith("E06"):
            same(trained(case[1]) + wrap(edit(case[1], *case[2])))
    for _, old, new, _ in ENVELOPE:
        same(trained(PRIMARY) + wrap(PRIMARY).replace(old.encode(), new.encode(), 1))
    for variant in VALID:
        if variant[1] in (PRIMARY, SECONDARY, AUTO):
            same(trained(variant[1]) + wrap(edit(variant[1], *variant[2])))
    assert taken[0] > len(cases) // 2


def test_structural_mutations() -> None:
    training = structure_base("837")
    mutations = [mutation for mutation in [*Maker("837").all(), *envelopes()] if mutation.set_id == "837"]
    files = [mutation.data for mutation in mutations] + [data for _, data in variants()]
    for data in files[:: 1 if LONG else 10]:
        same(training + data)


OTHERS = (
    "", "0", "1", "00", " ", "18", "19", "P", "S", "MB", "CI", "WC", "F8", "G1", "6R", "2", "3", "5:6", "1:1", "D8",
    "19000101", "20261005", "20990101", "RD8", "20261001-20261002", "1234567893", "97110", "HC:97110:GP", "HC:97799",
    "x", "É", "A B", " A", "A" * 70, "-5", "0.5", "120.00", "NONE", "UNKNOWN", "11:B:7", "12:B:1", "02:B:1", "N", "23",
    "22", "ABK:M5450", "ABF:M5450", "ABK:V5450", "432*D8", "454",
)  # fmt: skip


CHANGES = Changes(sample=SAMPLE, values=OTHERS)
OF_A_PRACTICE = Changes(sample=PRACTICE, values=OTHERS)


def test_changed_segments(taken: list[int]) -> None:
    found = sum(same(TRAINING[: TRAINING.index(b"~SE*")] + b"~" + data).findings != () for data in CHANGES.files(2, 1))
    assert found
    told = {f.code for data in CHANGES.files(many(30), 1000) for f in same(TRAINING + data).findings}
    assert len(told) > 12
    assert taken[0] > 4_000


def households(data: bytes) -> bytes:
    """The same file, each subscriber of a dependent with address and birth date, each accident by car at work."""
    out, start = list[bytes](), 0
    for segment in data.removesuffix(b"~").split(b"~"):
        if segment.startswith(b"ST*"):
            start = len(out)
        if segment.startswith(b"SE*"):
            _, _, number = segment.split(b"*")
            segment = b"SE*%d*%s" % (len(out) - start + 1, number)  # noqa: PLW2901
        out.append(segment.replace(b"**AA:", b"**EM:") if segment.startswith(b"CLM*") else segment)
        if segment.startswith(b"NM1*IL*") and out[-3].startswith(b"HL*") and out[-3].endswith(b"*22*1"):
            out += [b"N3*4 SAMPLE ST", b"N4*SAMPLETON*MI*49998", b"DMG*D8*19800107*F"]
    return b"~".join(out) + b"~"


HOUSEHOLDS = households(PRACTICE)
OF_HOUSEHOLDS = Changes(sample=HOUSEHOLDS, values=OTHERS)


def test_households_are_taken_whole(taken: list[int]) -> None:
    data = households(b"".join(claims_file(600, seed=3, per_set=200, mix=Mix.PRACTICE)))
    assert data.count(b"NM1*QC*") > 20 and data.count(b"**EM:::") > 10
    assert same(data).findings == ()
    assert taken[0] > 500


def test_changed_segments_of_households(taken: list[int]) -> None:
    told = {finding.code for data in OF_HOUSEHOLDS.files(many(60), 6000) for finding in same(data).findings}
    assert len(told) > 20
    assert taken[0] > 1_600


def test_errors_only_tells_every_error_and_leaves_out_no_more_than_unused_diagnoses() -> None:
    unused = re.sub(rb"[*]1:2~", b"*1~", HOUSEHOLDS)
    left_out = 0
    for data in (SAMPLE, unused, *OF_HOUSEHOLDS.files(many(40), 7000), *CHANGES.files(many(20), 7000)):
        whole, errors = check_file(data), check_file(data, errors_only=True)
        rest = [one for one in whole.findings if one not in errors.findings]
        assert [one for one in whole.findings if one not in rest] == list(errors.findings)
        assert {one.code for one in rest} <= {"CD007"}
        assert (whole.verdict, whole.transactions, whole.claims) == (errors.verdict, errors.transactions, errors.claims)
        left_out += len(rest)
        severities = {"CD007": Severity.ERROR}
        asked = check_file(data, severities=severities, errors_only=True)
        assert asked.findings == check_file(data, severities=severities).findings
    assert left_out > 10


def test_changed_segments_of_a_practice(taken: list[int]) -> None:
    told = {finding.code for data in OF_A_PRACTICE.files(many(60), 5000) for finding in same(data).findings}
    assert len(told) > 20
    assert taken[0] > 1_600


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=25, deadline=None)
def test_broken_bytes(seed: int, lenient: bool) -> None:
    chance = random.Random(seed)
    same(TRAINING + broken(SAMPLE, chance, chance.randrange(1, 6)), lenient=lenient)


def test_what_is_told_but_not_listed_is_not_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST", 3)
    data = re.sub(rb"HI[*]ABK:[^~]*", b"HI*ABK:M5450*ABF:M5450", SAMPLE)
    assert set(same(data).claims.values()) == {"rejected"}
    data = SAMPLE.replace(b"*UN*1***1", b"*UN*1*11**1")  # a warning for each line, then errors of the last claims
    at = data.index(b"~HL*30*")
    data = data[:at] + re.sub(rb"HI[*]ABK:[^~]*", b"HI*ABK:M5450*ABF:M5450", data[at:])
    report = same(data)
    assert sum(verdict == "rejected" for verdict in report.claims.values()) == 12


# --- the strict patterns ----------------------------------------------------------------------------------------------


def judged(loop: str, text: str, code: str = "") -> None:
    """Asserts that the structure and the segment rules pass a text."""
    identifier = text.partition("*")[0]
    nodes = (node for node in tree("005010X222A1")[1][identifier] if node.path == f"{loop}/{identifier}")
    node = next(node for node in nodes if not code or code in node.codes)
    assert node.pattern.fullmatch(text)
    faults = registry.segment_faults(loop, identifier)
    assert faults is None or faults(text) == ()


def judged_home(loop: str, street: str, town: str, birth: str, state: str) -> None:
    judged(loop, street)
    if plain_texts.sound(f"{loop}/N4")[f"N4*A TOWN*{state}*45001"]:
        judged(loop, town)
    judged(loop, birth)


@given(st.from_regex(plain_texts.PERSON, fullmatch=True))
@settings(max_examples=300)
def test_person(text: str) -> None:
    name, *home = text.split("~")
    judged("2010BA", name)
    judged_home("2010BA", *home, state=plain_texts.PERSON.fullmatch(text)[2])  # type: ignore[index, misc]


@given(st.from_regex(plain_texts.PATIENT, fullmatch=True), st.from_regex(plain_texts.INSURED, fullmatch=True))
@settings(max_examples=200)
def test_dependent(patient: str, insured: str) -> None:
    judged("2010BA", insured)
    name, *home = patient.split("~")
    judged("2010CA", name)
    judged_home("2010CA", *home, state=plain_texts.PATIENT.fullmatch(patient)[1])  # type: ignore[index, misc]


@given(st.from_regex(plain_texts.CLAIM_REF, fullmatch=True), st.from_regex(plain_texts.LINE_REFS, fullmatch=True))
@settings(max_examples=200)
def test_references(claim: str, line: str) -> None:
    judged("2300", claim, claim[4:6])
    for text in line.split("~"):
        judged("2400", text, "6R")


TAIL = st.from_regex(plain_texts.USUAL, fullmatch=True)


@given(st.from_regex(plain_texts.CLAIM, fullmatch=True), TAIL)
@settings(max_examples=300)
def test_claim(text: str, tail: str) -> None:
    control, amount, _ = plain_texts.CLAIM.fullmatch(text).groups()  # type: ignore[union-attr]
    if plain_texts._place(tail)[0]:
        judged("2300", f"CLM*{control}*{amount}*{tail}")


def test_every_rule_on_a_claim_is_known_here() -> None:
    """A new rule must be asked for plain claims too, or kept in short: then it is entered in ALONE."""
    subjects = ("claim", "claim_dates", "claim_references", "claim_diagnoses", "subscriber")
    assert {rule.__name__ for subject in subjects for rule in registry.functions(subject)} <= ALONE
    rare = {"payers", "sequence", "signatures", "patient_paid", "telehealth", "facility", "line_rendering", "casualty"}
    assert {rule.__name__ for rule in registry.functions("claim_rare")} == rare
    assert {rule.__name__ for rule in registry.functions("line")} == NOT_ASKED
    assert {rule.__name__ for rule in registry.functions("other")} == IF_DECIDED
