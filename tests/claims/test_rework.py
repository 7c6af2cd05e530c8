"""What a person may set of a refused claim, and how it may be sent again."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest

from ptedi.claims.model import CodedClaim
from ptedi.claims.rework import NotUnderstood, Setting, corrected, from_tables, numbered, read_settings, told, way
from ptedi.payers.profile import PayerRules
from tests.sandbox import night

PRICES = {"97110": Decimal("62.00"), "97112": Decimal("66.00"), "97140": Decimal("60.00"), "97530": Decimal("72.00")}


def coded(lines: int = 2) -> CodedClaim:
    claim = next(c for c in map(lambda n: night.claim(n, payer=3), range(1, 200))
                 if len(c.lines) == lines and {line.procedure for line in c.lines} <= set(PRICES))  # fmt: skip
    return CodedClaim(claim=claim, payer_id="x", visit_ids=("V1",), service_date=night.DAY, patient_id="P1", trace=())


def applied(*texts: str) -> CodedClaim:
    return corrected(coded(), read_settings(texts), PRICES)


def test_lines_are_changed_and_the_charge_follows_the_units() -> None:
    before = coded().claim.lines[1]
    after = applied("line.2.units=4", "line.2.modifiers+=59,GP", "line.2.pointers=1").claim.lines[1]
    assert (after.units, after.charge) == (4, PRICES[before.procedure] * 4)
    assert after.modifiers == (*before.modifiers, "59")
    assert applied("line.1.modifiers-=GP").claim.lines[0].modifiers == ()
    assert applied("line.1.charge=12.34").claim.lines[0].charge == Decimal("12.34")
    assert applied("line.1.procedure=97530", "line.1.units=2").claim.lines[0].charge == Decimal("144.00")


def test_a_removed_line_leaves_no_gap() -> None:
    claim = applied("line.1=remove").claim
    assert [line.number for line in claim.lines] == [1]
    assert claim.lines[0].procedure == coded().claim.lines[1].procedure
    sent = numbered(applied("line.1=remove"), "PT26000099", way(PayerRules(), rejected=True, unprocessable=False,
                                                                payer_claim_number=""), "PT26000001").claim
    assert [line.control_number for line in sent.lines] == ["PT26000099L1"]


def test_the_claim_as_a_whole() -> None:
    claim = applied("diagnoses=M25.561,m54.50", "authorization=A1", "referring=alder,alex,1999900040").claim
    assert claim.diagnoses == ("M25561", "M5450")
    assert claim.prior_authorization == "A1"
    assert claim.referring is not None and claim.referring.name.last == "ALDER"
    assert applied("referring.npi=1999900099").claim.referring.npi == "1999900099"  # type: ignore[union-attr]
    said = told(coded().claim, claim)
    assert any("diagnoses: M5450 -> M25561 M5450" in one for one in said)
    assert any("prior authorization: (none) -> A1" in one for one in said)


def test_the_patient_as_the_card_says() -> None:
    before, claim = coded().claim, applied("subscriber.birth_date=1980-01-31", "subscriber.last=Alder",
                                           "subscriber.sex=f", "subscriber.zip=48201-1234", "subscriber.state=mi",
                                           "subscriber.street=1 Other St").claim  # fmt: skip
    person = claim.subscriber
    assert (person.birth_date.isoformat(), person.name.last, person.sex.value) == ("1980-01-31", "Alder", "F")
    assert (person.address.zip_code, person.address.state, person.address.line1) == ("482011234", "MI", "1 Other St")
    assert person.name.first == before.subscriber.name.first and claim.lines == before.lines
    said = told(before, claim)
    assert f"subscriber last name: {before.subscriber.name.last} -> Alder" in said
    assert any(one.endswith("-> 1980-01-31") for one in said) and not any("Person(" in one for one in said)


@pytest.mark.parametrize("text", [
    "subscriber=X", "subscriber.shoe=1", "subscriber.birth_date=31.01.1980", "subscriber.sex=X", "subscriber.zip=1",
    "subscriber.state=Mich", "subscriber.last=", "subscriber.city=", "subscriber.last+=X", "patient.last=X",
])  # fmt: skip
def test_what_a_person_cannot_be(text: str) -> None:
    assert coded().claim.patient is None
    with pytest.raises(NotUnderstood) as told_so:
        applied(text)
    assert "31.01" not in str(told_so.value) and "Mich" not in str(told_so.value)


@pytest.mark.parametrize("text", [
    "nonsense", "line.9.units=1", "line.1.units=0", "line.1.units=1.5", "line.1.modifiers=GPX", "line.1.color=red",
    "line.1.modifiers=AA,BB,CC,DD,EE", "diagnoses=", "diagnoses-=M54.50", "line.1.pointers=0", "line.1.charge=-1",
    "line.1=keep", "authorization=A*B", "authorization+=A", "patient_control_number=X", "referring=ALDER",
    "place_of_service=1", "line.1.procedure=12345", "line.1.charge=NaN", "frequency=8", "referring.shoe=1",
])  # fmt: skip
def test_what_cannot_be_set_is_named(text: str) -> None:
    with pytest.raises(NotUnderstood):
        applied(text)


def test_the_last_line_stays() -> None:
    with pytest.raises(NotUnderstood):
        applied("line.1=remove", "line.2=remove")


def test_a_patch_file_says_the_same_as_the_command_line() -> None:
    text = 'authorization = "A1"\ndiagnoses = ["M25.561", "M54.50"]\n[line.2]\nmodifiers = ["GP", "59"]\nunits = 2\n'
    assert from_tables(tomllib.loads(text)) == read_settings(
        ["authorization=A1", "diagnoses=M25.561,M54.50", "line.2.modifiers=GP,59", "line.2.units=2"])
    for bad in ({"authorization": 1.5}, {"authorization": True}, {"diagnoses": [1.5]}):
        with pytest.raises(NotUnderstood):
            from_tables(bad)
    assert from_tables({"line": {"2": "remove"}}) == [Setting(path="line.2", value="remove")]


@pytest.mark.parametrize(("frequencies", "rejected", "unprocessable", "number", "frequency"), [
    (("1", "7", "8"), False, False, "ICN1", "7"), (("1", "7", "8"), False, False, "", ""),
    (("1", "7", "8"), True, False, "", "1"), (("1", "7", "8"), False, True, "ICN1", "1"),
    (("1",), False, True, "ICN1", "1"), (("1",), False, False, "ICN1", ""), (("1",), True, False, "", "1"),
])  # fmt: skip
def test_how_it_may_go(frequencies: tuple[str, ...], rejected: bool, unprocessable: bool, number: str,
                       frequency: str) -> None:  # fmt: skip
    found = way(PayerRules(allowed_frequency=frequencies), rejected=rejected, unprocessable=unprocessable,
                payer_claim_number=number)  # fmt: skip
    assert found.frequency == frequency and found.why
    assert found.reference == (number if frequency == "7" else "")
