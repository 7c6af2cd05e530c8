import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError

from ptedi.codes import diagnosis, ein, mbi, npi, place_of_service, taxonomy

GOOD = [
    (npi, "1234567893", "1234567893"), (npi, " 198-765-4328", "1987654328"), (mbi, "1EG4-TE5-MK73", "1EG4TE5MK73"),
    (ein, "12-3456789", "123456789"), (taxonomy, "225100000x", "225100000X"), (diagnosis, "m54.50", "M5450"),
    (diagnosis, "Z3A.01", "Z3A01"), (diagnosis, "R26", "R26"), (place_of_service, "11", "11"),
]  # fmt: skip
BAD = [
    (npi, "1234567890"), (npi, "3234567893"), (npi, "123456789"), (npi, "12345678\N{ARABIC-INDIC DIGIT NINE}3"),
    (mbi, "0EG4TE5MK73"), (mbi, "1SG4TE5MK73"), (mbi, "1EG4TE5MK7"), (ein, "00-1234567"), (taxonomy, "2251000000"),
    (diagnosis, "5450"), (diagnosis, "M5"), (diagnosis, "M54501234"), (place_of_service, "1"), (place_of_service, "AB"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "text", "wanted"), GOOD)
def test_good(module, text, wanted):
    assert module.validate(text) == wanted == module.compact(wanted) and module.is_valid(text)


@pytest.mark.parametrize(("module", "text"), BAD)
def test_bad(module, text):
    assert not module.is_valid(text)
    with pytest.raises(ValidationError):
        module.validate(text)


@given(st.text(max_size=14))
def test_anything_has_an_answer(text):
    for module in (npi, mbi, ein, taxonomy, diagnosis, place_of_service):
        assert module.is_valid(text) in (True, False)


@given(st.integers(100000000, 299999999))
def test_npi_check_digits(number):
    whole = f"{number}{npi.check_digit(str(number))}"
    assert npi.is_valid(whole)
    assert sum(npi.is_valid(f"{number}{digit}") for digit in range(10)) == 1
