import copy
import tomllib
import zoneinfo
from datetime import UTC, datetime, timedelta
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


def test_the_zone_is_utc_unless_said():
    assert practice.time_zone(TABLE).key == "America/Denver"
    assert practice.time_zone({}) is UTC


def test_a_system_without_zone_files_has_the_packages():
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        assert practice.time_zone(TABLE).utcoffset(datetime(2026, 11, 20)) == timedelta(hours=-7)  # noqa: DTZ001
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.parametrize(("path", "value", "word"), [
    (("npi",), "1987654320", "practice.npi"), (("tax_id",), "00-1234567", "employer"), (("id",), None, "practice.id"),
    (("clinics", 0, "npi"), "12", r"clinics\[1\]\.npi"), (("therapists", 0, "discipline"), "MD", "PT, PTA"),
    (("therapists", 0, "taxonomy"), "X", "taxonomy"), (("charges", "97110"), 60.0, "in quotes"),
    (("charges", "97110"), "-1.00", "negative"), (("charges", "9711"), "1.00", "five-character"),
    (("address", "zip"), "123", "five or nine"), (("address", "state"), "New Mexico", "two capital"),
    (("clinics",), [], "at least one"), (("clinics",), {}, "a list"), (("phone",), "1", "ten digits"),
    (("claim_prefix",), "c1", "capital"), (("time_zone",), "America/Dever", "America/Denver"),
    (("time_zone",), "denver", "America/Denver"), (("time_zone",), "Mountain Time", "US/Mountain"),
    (("time_zone",), "right/America/Denver", "near names: America/Denver"), (("time_zone",), "America", "no IANA"),
    (("time_zone",), "../etc/passwd", "no IANA"), (("time_zone",), "localtime", "no IANA"),
    (("time_zone",), "qqqq", "America/New_York"), (("time_zone",), "", "is empty"), (("time_zone",), -7, "text"),
    (("color",), "red", "color"), (("name",), "N" * 61, "at most 60"),
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
