from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ptedi.claims import assembly
from ptedi.claims.identity import control_number, line_of
from tests.claims.test_coding import NUMBER, code
from tests.claims.visits import visit

NUMBERS = [control_number("CDR", n) for n in range(100, 110)]


def long(count, procedures=("97110",)):
    coded = code(visit("97110 30"))
    line, trace = coded.claim.lines[0], coded.trace[0]
    lines = tuple(replace(line, number=n, procedure=procedures[n % len(procedures)]) for n in range(1, count + 1))
    return replace(coded, claim=replace(coded.claim, lines=lines),
                   trace=tuple(replace(trace, line=n) for n in range(1, count + 1)))


@given(st.integers(1, 180), st.lists(st.sampled_from(["97110", "97129", "97130", "97140"]), min_size=1, max_size=6))
def test_parts_keep_the_total_and_the_form(count, procedures):
    coded = long(count, procedures)
    split = assembly.split(coded, NUMBERS)
    assert sum(part.claim.charge for part in split) == coded.claim.charge
    assert sum(len(part.claim.lines) for part in split) == count == sum(len(part.trace) for part in split)
    names = [part.claim.patient_control_number for part in split]
    assert names[0] == NUMBER and len(set(names)) == len(names)
    for part in split:
        assert [line.number for line in part.claim.lines] == list(range(1, len(part.claim.lines) + 1))
        assert {line_of(line.control_number)[0] for line in part.claim.lines} == {part.claim.patient_control_number}
    if "97130" not in procedures:
        assert all(len(part.claim.lines) <= 50 for part in split) and len(split) == -(-count // 50)


def test_parts_name_each_other_and_a_small_claim_stays():
    one, two = assembly.split(long(60), NUMBERS)
    assert NUMBERS[0] in one.notes[-1].message and NUMBER in two.notes[-1].message
    coded = long(50)
    assert assembly.split(coded, NUMBERS) == (coded,)


def test_an_addon_stays_with_its_base():
    coded = long(49)
    lines = coded.claim.lines + tuple(replace(coded.claim.lines[0], number=n, procedure=p)
                                      for n, p in ((50, "97129"), (51, "97130")))
    split = assembly.split(replace(coded, claim=replace(coded.claim, lines=lines)), NUMBERS)
    assert [len(part.claim.lines) for part in split] == [49, 2]
