"""Every rule has an input that breaks it alone, and no valid variant is blamed."""

import pytest

from ptedi.checks import check_file
from ptedi.findings import CATALOGUE

from .base import AUTO, PAYMENT, PRIMARY, check, codes, edit, only, wrap
from .cases import FAILING, VALID, Variant
from .matrix import CLAIMS, REMITTANCES, Case

ELSEWHERE = {"CE010", "CE011", "RP008", "CX001", "CX002", "CX003", "CX004"}  # broken in tests of their own


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case[0])
def test_failing(case: Case) -> None:
    _, base, edits, expected = case
    assert sorted(codes(check(edit(base, *edits)))) == sorted(expected)


@pytest.mark.parametrize("variant", VALID, ids=lambda variant: variant[0])
def test_valid(variant: Variant) -> None:
    _, base, edits = variant
    report = check(edit(base, *edits))
    assert (report.verdict, codes(report)) == ("accepted", [])


def test_every_rule_is_broken_somewhere() -> None:
    broken = {code for case in [*CLAIMS, *REMITTANCES, *FAILING] for code in case[3]} | ELSEWHERE
    rules = {code for code in CATALOGUE if (code[0] == "C" and code[1] in "EFVSCDLBX") or code.startswith("RP")}
    assert rules - broken == set()


def test_findings_are_placed() -> None:
    f = only(check(edit(PRIMARY, ("97140:GP*55*", "97140:GP:GP*55*"))))
    assert (f.code, f.claim, f.line, f.loop, f.segment, f.element) == ("CL003", "A0001", 2, "2400", "SV1", "SV101-4")
    assert (f.segment_position, f.segment_index, f.value) == (31, 33, "GP")
    data = wrap(edit(PRIMARY, ("97140:GP*55*", "97140:GP:GP*55*")))
    assert f.byte_offset is not None and data[f.byte_offset :].startswith(b"SV1*HC:97140")


def test_a_defect_of_the_only_claim_of_a_subscriber_names_the_claim() -> None:
    f = only(check(edit(PRIMARY, ("1EG4TE5MK73", "1SG4TE5MK73"))))
    assert (f.code, f.claim, f.segment_position) == ("CS009", "A0001", 14)


def test_batch_number_and_claim_number_repeated_across_sets() -> None:
    second = PRIMARY.replace("A0002", "B0002")
    assert codes(check(PRIMARY, second)) == ["CE010", "CC002"]
    assert codes(check(PAYMENT, PAYMENT)) == ["RP008"]


def test_too_many_claims() -> None:
    many = "".join(AUTO[AUTO.index("CLM*") :].replace("C0001", f"C{n:04d}") for n in range(101))
    report = check(AUTO[: AUTO.index("CLM*")] + many)
    assert codes(report) == ["SG006"] or codes(report) == ["CE011"] or set(codes(report)) <= {"SG006", "CE011"}
    assert codes(report)


def test_icd9_before_october_2015() -> None:
    old = PRIMARY.replace("20260803", "20150803").replace("431*D8*20260601", "431*D8*20150601")
    old = old.replace("001*20150803*2130", "001*20150803*2130")
    assert "CD001" in codes(check(old))
    icd9 = old.replace("HI*ABK:M5450*ABF:M6281", "HI*BK:7245*BF:7292").replace("HI*ABK:M25511", "HI*BK:71941")
    assert codes(check(icd9)) == []


def test_medicare_numbers_before_2020() -> None:
    old = PRIMARY.replace("20260803", "20190803").replace("20260601", "20190601").replace("1EG4TE5MK73", "123456789A")
    assert codes(check(old)) == []


def test_a_missing_line_is_not_also_an_imbalance() -> None:
    report = check(edit(PRIMARY, ("SV1*HC:97140:GP*55*UN*1***1\n", "")))
    assert codes(report) == ["SG003"]
    assert report.claims == {"A0001": "rejected", "A0002": "accepted"}


def test_other_delimiters() -> None:
    data = wrap(edit(PRIMARY, ("97140:GP*55*", "97140:GP:GP*55*")))
    other = data.replace(b"*", b"|").replace(b"~", b"\n").replace(b":", b">").replace(b"|^|", b"|!|")
    assert codes(check_file(other)) == ["CL003"]


@pytest.mark.parametrize(("now", "expected"), [
    ("2026-08-02T09:59:00Z", ["CE012"]), ("2026-08-02T10:00:00Z", []),  # the third has begun where it begins first
    ("2026-08-01T22:00:00-12:00", []), ("2026-08-04T02:00:00Z", []),
])  # fmt: skip
def test_a_creation_date_is_of_the_future_when_it_is_nowhere_today(
    now: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTEDI_NOW", now)
    report = check(PRIMARY)
    assert [code for code in codes(report) if code == "CE012"] == expected
