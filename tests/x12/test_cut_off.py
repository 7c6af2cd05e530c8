"""Which beginnings of a file of answers can be told from the whole."""

from __future__ import annotations

import pytest

from ptedi.x12.interchange import cut_off

ISA = "ISA*00*          *00*          *ZZ*HARBORCH       *ZZ*TAMARACKPT     *261121*2130*^*00501*000000019*0*T*:"
TA1 = "TA1*000000003*261121*0200*A*000"
SETS = ["GS*FA*HARBORCH*TAMARACKPT*20261121*2132*20*X*005010X231A1", "ST*999*0001*005010X231A1",
        "AK1*HC*3*005010X222A1", "AK9*A*1*1*1", "SE*4*0001", "GE*1*20", "IEA*1*000000019"]  # fmt: skip


def file(*segments: str, end: str = "~") -> bytes:
    return "".join(one + end for one in (ISA, *segments)).encode()


@pytest.mark.parametrize("end", ["~", "~\r\n", "\n"])
def test_a_set_needs_its_end(end: str) -> None:
    whole = file(*SETS, end=end)
    opens, closes = whole.index(b"ST*999") + 3, whole.index(b"SE*4") + 2  # SE without its counts tells enough
    told = [cut_off(whole[:length]) for length in range(opens, len(whole) + 1)]
    assert told == [opens + place < closes for place in range(len(told))]


@pytest.mark.parametrize("end", ["~", "~\r\n"])
def test_a_ta1_needs_its_last_byte_or_a_segment_after_it(end: str) -> None:
    whole = file(TA1, "IEA*0*000000019", end=end)
    opens, closes = whole.index(b"TA1") + 3, whole.index(b"TA1") + len(TA1) + 1
    told = [cut_off(whole[:length]) for length in range(opens, len(whole) + 1)]
    assert told == [opens + place < closes for place in range(len(told))]


def test_a_set_that_another_one_interrupts() -> None:
    assert cut_off(file(*SETS[:3], *SETS[1:]))
    assert not cut_off(file(*SETS[:5], *SETS[1:]))
