"""Which claim and which line a remittance speaks of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.claims.identity import control_number
from ptedi.ledger.assignment import assign
from ptedi.ledger.matching import BY_HAND, KnownClaim, match_claim, match_lines
from tests.ledger.records import DAY, claim, clp, known, line, svc

NUMBER = control_number("PT", 26)


@dataclass
class Shelf:
    claims: list[KnownClaim]
    payer_numbers: dict[str, list[int]] = field(default_factory=dict)

    def by_control_number(self, text: str) -> KnownClaim | None:
        return next((k for k in self.claims if k.claim.patient_control_number == text), None)

    def by_control_number_start(self, text: str) -> Sequence[KnownClaim]:
        return [k for k in self.claims if k.claim.patient_control_number.startswith(text)]

    def by_payer_number(self, number: str) -> Sequence[KnownClaim]:
        return [k for k in self.claims if k.claim_id in self.payer_numbers.get(number, [])]

    def by_member(self, member_id: str, first: dt.date, last: dt.date, charge: D) -> Sequence[KnownClaim]:
        return [k for k in self.claims if k.claim.member_id == member_id and first <= k.service_date <= last
                and k.claim.charge == charge]  # fmt: skip


def shelf(**numbers: list[int]) -> Shelf:
    ours = known(claim(line(1, "120"), number=NUMBER), 1)
    other = known(claim(line(1, "80"), number=control_number("PT", 27), member="W200"), 2)
    return Shelf([ours, other], numbers)


def found(one: object, where: Shelf | None = None) -> tuple[int | None, str]:
    match = match_claim(one, where or shelf(), ("PT",))  # type: ignore[arg-type]
    return (match.found.claim_id if match.found else None), match.reason


def test_by_control_number_first() -> None:
    assert found(clp(svc("120", "0"), number=NUMBER)) == (1, "control number")


def test_cut_short_or_retyped() -> None:
    for text in (NUMBER[:-1], NUMBER.lower(), f"{NUMBER}-01", NUMBER.removeprefix("PT"), NUMBER[:10]):
        assert found(clp(svc("120", "0"), number=text, icn=""))[0] == 1, text


def test_a_mangled_number_with_another_charge_is_not_believed() -> None:
    assert found(clp(svc("500", "0"), number=NUMBER[:-1], icn=""))[0] is None


def test_by_the_payers_number() -> None:
    assert found(clp(svc("120", "0"), number="0", icn="X7"), shelf(X7=[1])) == (1, "payer claim number")
    corrected = clp(svc("120", "0"), number="0", icn="NEW", original_reference="X7")
    assert found(corrected, shelf(X7=[1])) == (1, "payer claim number")


def test_by_member_dates_and_charge_when_only_one_fits() -> None:
    assert found(clp(svc("120", "0"), number="0", icn="", member_id="W100")) == (1, "member, dates and charge")
    twins = shelf()
    twins.claims.append(known(claim(line(1, "120"), number=control_number("PT", 28)), 3))
    match = match_claim(clp(svc("120", "0"), number="0", icn="", member_id="W100"), twins, ("PT",))
    assert match.found is None
    assert match.candidates == (1, 3)


def test_a_match_says_how_well_it_fits() -> None:
    """A number alone is 25 points; what a payer says differently is named beside it."""
    match = match_claim(clp(svc("120", "0"), number=NUMBER, member_id="W999"), shelf(), ("PT",))
    assert match.fit is not None
    assert (match.reason, match.fit.score) == ("control number", 25 + 15 + 15 + 15)
    assert match.fit.agrees == ("claim number", "date of service", "charge", "1 of 1 lines")
    assert match.fit.differs == ("member",)
    weak = match_claim(clp(svc("120", "0"), number="0", icn="", member_id="W100"), shelf(), ("PT",))
    assert weak.fit is not None
    assert (weak.fit.score, weak.fit.differs) == (25 + 15 + 15 + 15, ())
    assert match_claim(clp(svc("120", "0"), number="SOMEBODY", icn=""), shelf()).fit is None


def test_unknown() -> None:
    assert found(clp(svc("120", "0"), number="SOMEBODY", icn=""))[0] is None


def lines_of(services: list[object], *billed: object) -> list[int | None]:
    return [m.line for m in match_lines(services, billed)]  # type: ignore[arg-type]


def test_lines_by_control_number_whatever_their_order() -> None:
    one, two = line(1, "60"), line(2, "60")
    services = [svc("60", "0", line_control_number=x.control_number) for x in (two, one)]
    assert lines_of(services, one, two) == [2, 1]  # type: ignore[arg-type]


def test_a_dropped_modifier_and_a_foreign_line_number() -> None:
    services = [svc("55", "0", procedure="97140", modifiers=()), svc("60", "0", line_control_number="SOMETHING")]
    assert lines_of(services, line(1, "60"), line(2, "55", "97140")) == [2, 1]  # type: ignore[arg-type]


def test_the_same_code_twice_is_told_by_charge_and_units() -> None:
    services = [svc("120", "10", units=D(2)), svc("60", "5")]
    assert lines_of(services, line(1, "60"), line(2, "120", units=2)) == [2, 1]  # type: ignore[arg-type]


def test_equal_lines_may_be_exchanged_but_different_ones_are_left_to_a_person() -> None:
    services = [svc("60", "40", "CO-45 20"), svc("60", "0", "CO-97 60")]
    assert sorted(map(str, lines_of(services, line(1, "60"), line(2, "60")))) == ["1", "2"]  # type: ignore[arg-type]
    bare = [svc("60", "40", "CO-45 20", modifiers=()), svc("60", "0", "CO-97 60", modifiers=())]
    differ = (line(1, "60", modifiers=("GP",)), line(2, "60", modifiers=("CQ",)))
    assert lines_of(bare, *differ) == [None, None]  # type: ignore[arg-type]


def test_split_and_bundled_lines() -> None:
    split = [svc("120", "60", "CO-45 60"), svc("120", "0", "CO-119 120")]
    assert lines_of(split, line(1, "240", units=4), line(2, "55", "97140")) == [1, 1]  # type: ignore[arg-type]
    bundled = [svc("65", "80", procedure="97530"), svc("55", "0", procedure="97530", submitted_procedure="97140")]
    assert lines_of(bundled, line(1, "65", "97530"), line(2, "55", "97140")) == [1, 2]  # type: ignore[arg-type]


def test_another_day_is_another_line() -> None:
    assert lines_of([svc("60", "0", service_date=DAY + dt.timedelta(days=1))], line(1, "60")) == [None]  # type: ignore[arg-type]


def best(scores: list[list[int]], used: frozenset[int] = frozenset()) -> int:
    if not scores:
        return 0
    first, rest = scores[0], scores[1:]
    chosen = [score + best(rest, used | {c}) for c, score in enumerate(first) if c not in used]
    return max([best(rest, used), *chosen])


@given(st.integers(0, 5).flatmap(lambda columns: st.lists(
    st.lists(st.integers(0, 9), min_size=columns, max_size=columns), max_size=5)))  # fmt: skip
@settings(max_examples=200)
def test_the_assignment_is_the_best_there_is(scores: list[list[int]]) -> None:
    chosen = assign(scores)
    used = [c for c in chosen if c is not None]
    assert len(used) == len(set(used))
    assert sum(scores[r][c] for r, c in enumerate(chosen) if c is not None) == best(scores)


def test_a_persons_word_places_a_line_and_leaves_the_others() -> None:
    """Two lines that differ in a modifier, two payments that say neither: each could be the other."""
    billed = [line(1, "60"), replace(line(2, "60"), modifiers=("GP", "59"))]
    said = [svc("60", "10", "CO-45 50", modifiers=()), svc("60", "20", "CO-45 40", modifiers=())]
    assert [m.line for m in match_lines(said, billed)] == [None, None]
    found = match_lines(said, billed, {2: 1})
    assert [(m.line, m.reason == BY_HAND) for m in found] == [(2, False), (1, True)]
    assert [m.line for m in match_lines(said, billed, {1: 1, 2: 1})] == [1, 1]  # two parts of one line


def test_what_matching_placed_stays_where_a_person_adds_another() -> None:
    billed = [line(1, "60"), line(2, "55", "97140")]
    said = [svc("10", "10", procedure="99999"), svc("55", "55", procedure="97140")]
    assert [m.line for m in match_lines(said, billed)] == [None, 2]
    assert [m.line for m in match_lines(said, billed, {1: 2})] == [2, 2]
