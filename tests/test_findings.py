import pytest

from ptedi.findings import counted


@pytest.mark.parametrize(("number", "words", "said"), [
    (1, ("unit",), "1 unit"), (0, ("unit",), "0 units"), (2, ("unit",), "2 units"), (1200, ("row",), "1,200 rows"),
    (1, ("diagnosis", "diagnoses"), "1 diagnosis"), (3, ("diagnosis", "diagnoses"), "3 diagnoses"),
])  # fmt: skip
def test_a_number_has_its_noun(number, words, said):
    assert counted(number, *words) == said
