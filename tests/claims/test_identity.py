import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.claims import identity

prefixes = st.from_regex(r"[A-Z]{1,6}", fullmatch=True)
numbers = st.integers(1, 10**9 - 1)


@given(prefixes, numbers)
def test_a_number_is_ours_short_and_unique(prefix, number):
    text = identity.control_number(prefix, number)
    assert identity.is_ours(text) and len(text) <= 20
    assert identity.control_number(prefix, number) == text


@given(numbers, st.data())
def test_every_single_wrong_character_is_noticed(number, data):
    text = identity.control_number("CDR", number)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c != text[place]]))
    assert not identity.is_ours(text[:place] + other + text[place + 1:])


@given(numbers)
def test_mended_copies(number):
    text = identity.control_number("CDR", number)
    copies = [text.lower(), f" {text} ", text[:-1], f"{text}01", f"{text}-1", text[3:], f"CDR-{text[3:]}",
              "CDR" + text[3:-1].lstrip("0") + text[-1], "CDR" + text[3:-1].replace("0", "O") + text[-1]]
    for copy in copies:
        assert text in identity.repair(copy, ["CDR"]), copy


@given(st.text(max_size=30))
def test_repair_takes_anything_and_returns_only_ours(text):
    assert all(identity.is_ours(found) for found in identity.repair(text, ["CDR"]))


@given(numbers, st.integers(1, 50))
def test_a_line_is_read_back(number, line):
    claim = identity.control_number("PT", number)
    assert identity.line_of(identity.line_control_number(claim, line)) == (claim, line)
    assert identity.line_of(claim) is None


@pytest.mark.parametrize(("prefix", "number"), [("", 1), ("pt", 1), ("P1", 1), ("PT", 0), ("PT", 10**9), ("A" * 11, 1)])
def test_what_cannot_be_numbered(prefix, number):
    with pytest.raises(ValueError):
        identity.control_number(prefix, number)
