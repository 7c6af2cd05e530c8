"""What a finding at a place concerns."""

from ptedi.checks.extents import Extents
from ptedi.findings import Finding, Severity


def extents() -> Extents:
    """Billing 5: subscriber 10 with claims 20, 30; subscriber 40 with patient 45, claim 50.  Billing 60: claim 70."""
    result = Extents()
    marks = [(1, 5, ""), (2, 10, ""), (4, 20, "A"), (4, 30, "B"), (2, 40, ""), (3, 45, ""), (4, 50, "C")]
    marks += [(1, 60, ""), (4, 70, "D")]
    for level, position, claim in marks:
        result.mark(level, position, claim)
    return result


def names(result: Extents, position: int | None) -> list[str]:
    return [result.claim(n) for n in result.stopped_by(position)]


def test_stopped_by() -> None:
    one = extents()
    assert names(one, None) == names(one, 3) == ["A", "B", "C", "D"]
    assert names(one, 6) == ["A", "B", "C"]
    assert names(one, 12) == ["A", "B"]
    assert names(one, 25) == ["A"]
    assert names(one, 46) == names(one, 41) == ["C"]
    assert names(one, 99) == ["D"]
    assert one.claims == ["A", "B", "C", "D"] and one.count == 4


def test_what_a_claim_lacks_is_told_where_the_next_begins() -> None:
    missing = Finding(code="SG003", severity=Severity.ERROR, message="", segment_position=30, claim="A")
    assert extents().stopped([missing]) == {0}


def test_many_claims_are_packed() -> None:
    many = Extents()
    for number in range(3000):
        many.mark(4, number + 10, f"N{number}")
    assert (many.count, many.claim(0), many.claim(1024), many.claim(2999)) == (3000, "N0", "N1024", "N2999")
    assert many.claims[2047] == "N2047" and names(many, 1500 + 10) == ["N1500"]
