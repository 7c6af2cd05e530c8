"""Each breach of the guide's detection matrix is told once, by the right rule."""

import pytest

from ptedi.checks import check_file

from .base import PRIMARY, check, codes, edit, wrap
from .matrix import CLAIMS, ENVELOPE, REMITTANCES, Case, Edit


@pytest.mark.parametrize("case", [*CLAIMS, *REMITTANCES], ids=lambda case: case[0])
def test_breach(case: Case) -> None:
    name, base, edits, expected = case
    if name.startswith("E06"):
        data = wrap(base).replace(b"*0001*005010X222A1", b"*0001*" + edits[0][1].encode(), 1)
        data = data.replace(b"0001*~", b"0001~")
        report = check_file(data)
    else:
        report = check(edit(base, *edits))
    assert tuple(codes(report)) == expected
    assert (report.verdict == "rejected") == any(f.severity.stops for f in report.findings)


@pytest.mark.parametrize("case", ENVELOPE, ids=lambda case: case[0])
def test_envelope_breach(case: tuple[str, str, str, tuple[str, ...]]) -> None:
    _, old, new, expected = case
    data = wrap(PRIMARY)
    assert old.encode() in data
    assert tuple(codes(check_file(data.replace(old.encode(), new.encode(), 1)))) == expected


def test_nothing_is_found_in_the_bases() -> None:
    for _, base, _, _ in {case[1]: case for case in [*CLAIMS, *REMITTANCES]}.values():
        assert codes(check(base)) == []


def test_size_of_the_matrix() -> None:
    edits: list[tuple[Edit, ...]] = [case[2] for case in [*CLAIMS, *REMITTANCES]]
    assert len(edits) + len(ENVELOPE) >= 120
