import copy
import tomllib
from decimal import Decimal

import pytest

from ptedi.claims import practice
from ptedi.claims.model import Discipline
from ptedi.errors import ConfigurationError

TEXT = practice.__doc__ or ""
TABLE = tomllib.loads("\n".join(line[4:] for line in TEXT.splitlines() if line.startswith("    ")))["practice"]


def test_the_example_of_the_docstring_loads():
    cedar = practice.load(TABLE)
    assert (cedar.billing.npi, cedar.billing.tax_id, cedar.billing.phone) == ("1987654328", "123456789", "5055550100")
    assert cedar.clinic("NORTH").is_billing_address and cedar.clinic("NORTH").address.zip_code == "875012222"
    assert cedar.therapist("T1").discipline is Discipline.PT and cedar.therapist("T1").taxonomy == "225100000X"
    assert cedar.charges == {"97110": Decimal("60.00")}
    assert practice.claim_prefix(TABLE) == "CDR" and practice.claim_prefix({}) == "PT"


@pytest.mark.parametrize(("path", "value", "word"), [
    (("npi",), "1987654320", "practice.npi"), (("tax_id",), "00-1234567", "employer"), (("id",), None, "practice.id"),
    (("clinics", 0, "npi"), "12", r"clinics\[1\]\.npi"), (("therapists", 0, "discipline"), "MD", "PT, PTA"),
    (("therapists", 0, "taxonomy"), "X", "taxonomy"), (("charges", "97110"), 60.0, "in quotes"),
    (("charges", "97110"), "-1.00", "negative"), (("charges", "9711"), "1.00", "five-character"),
    (("address", "zip"), "123", "five or nine"), (("address", "state"), "New Mexico", "two capital"),
    (("clinics",), [], "at least one"), (("clinics",), {}, "a list"), (("phone",), "1", "ten digits"),
    (("claim_prefix",), "c1", "capital"), (("color",), "red", "color"), (("name",), "N" * 61, "at most 60"),
    (("clinics", 0, "place_of_service"), "1", "two-digit"), (("clinics", 0, "billing_address"), "yes", "true or false"),
])  # fmt: skip
def test_a_mistake_is_named(path, value, word):
    table = copy.deepcopy(TABLE)
    spot = table
    for step in path[:-1]:
        spot = spot[step]
    if value is None:
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    with pytest.raises(ConfigurationError, match=word):
        practice.load(table)


def test_an_id_twice_is_refused():
    table = copy.deepcopy(TABLE)
    table["clinics"] *= 2
    with pytest.raises(ConfigurationError, match="twice"):
        practice.load(table)
