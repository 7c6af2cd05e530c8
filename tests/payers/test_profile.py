import json
import tomllib
from datetime import date

import jsonschema
import pytest

from ptedi.config import data_folder
from ptedi.errors import ConfigurationError
from ptedi.payers import profile
from ptedi.payers.profile import NAMES, PayerRules, UnitRule

FOLDER = data_folder("schemas") / "payers"
SCHEMA = json.loads((FOLDER / "payer.schema.json").read_text())
PLAIN = 'id = "x"\nname = "X"\npayer_id = "1"\npartner = "p"\nfiling_indicator = "CI"\n'


def plain(value: object) -> object:
    """TOML dates as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_profile_fits_the_schema(path):
    jsonschema.validate(plain(tomllib.loads(path.read_text())), SCHEMA)


def test_the_schema_knows_every_rule_and_no_other():
    known = set(SCHEMA["properties"]["differs"]["items"]["properties"]) - {"from", "to", "source", "verified"}
    assert known == set(NAMES)


def test_the_six_payers_of_the_demo():
    day = date(2026, 11, 20)
    profiles = profile.load()
    assert {p.filing_indicator for p in profiles.values()} == {"MB", "16", "CI", "BL", "MC", "WC"}
    cms = {key for key, p in profiles.items() if p.on(day).unit_rule is UnitRule.CMS_TOTAL}
    assert cms == {"medicare-part-b", "summit-advantage", "state-medicaid"}
    medicare = profiles["medicare-part-b"].on(day)
    assert medicare.allowed_frequency == ("1",) and medicare.timely_filing_days == 365
    assert medicare.kx and medicare.assistant_modifier and medicare.therapy_modifier
    assert profiles["granite-workers-comp"].on(day).accident_required
    assert dict(profiles["evergreen-commercial"].on(day).instead) == {"G0283": "97014"}


def test_values_are_chosen_by_date():
    payer = profile.load()["bluestone-ppo"]
    assert payer.on(date(2024, 12, 31)).timely_filing_days == 90
    assert payer.on(date(2025, 1, 1)).timely_filing_days == 180
    assert payer.on(date(1990, 1, 1)) == PayerRules()
    assert "2025" in payer.sources(date(2026, 1, 1))["timely_filing_days"].source


def test_a_later_block_wins_and_an_ended_one_steps_back(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(PLAIN + """
[[differs]]
from = 2020-01-01
source = "a"
units_per_day = 4
[[differs]]
from = 2021-01-01
to = 2021-12-31
source = "b"
units_per_day = 6
""")
    payer = profile.read(path)
    caps = [payer.on(date(year, 6, 1)).units_per_day for year in (2019, 2020, 2021, 2022)]
    assert caps == [0, 4, 6, 4]


def test_a_workspace_replaces_a_payer_and_adds_its_own(tmp_path):
    text = (FOLDER / "state-medicaid.toml").read_text().replace("STATE MEDICAL", "OUR MEDICAL")
    (tmp_path / "state-medicaid.toml").write_text(text)
    (tmp_path / "x.toml").write_text(PLAIN)
    profiles = profile.load(tmp_path)
    assert profiles["state-medicaid"].name.startswith("OUR") and "x" in profiles.ids and len(profiles) == 7


@pytest.mark.parametrize(("extra", "word"), [
    ('[[differs]]\nfrom = 2020-01-01\nsource = "a"\nunit_rul = "CMS_TOTAL"\n', "unit_rul"),
    ('[[differs]]\nfrom = 2020-01-01\nsource = "a"\nunit_rule = "CMS"\n', "CMS_TOTAL"),
    ('[[differs]]\nfrom = 2020-01-01\nsource = "a"\n', "changes nothing"),
    ('[[differs]]\nfrom = 2020-01-01\nkx = true\n', "source"),
    ('[[differs]]\nfrom = "2020"\nsource = "a"\nkx = true\n', "date"),
    ('[[differs]]\nfrom = 2020-01-02\nto = 2020-01-01\nsource = "a"\nkx = true\n', "before"),
    ('[[differs]]\nfrom = 2020-01-01\nsource = "a"\nkx = 1\n', "true or false"),
    ("colour = 1\n", "colour"), ("[differs]\nx = 1\n", "list"), ("= 1\n", "cannot be read"),
])  # fmt: skip
def test_a_mistake_is_named(tmp_path, extra, word):
    path = tmp_path / "x.toml"
    path.write_text(PLAIN + extra)
    with pytest.raises(ConfigurationError, match=word):
        profile.read(path)


def test_the_file_name_is_the_id(tmp_path):
    (tmp_path / "y.toml").write_text(PLAIN)
    with pytest.raises(ConfigurationError, match=r"y\.toml\.id"):
        profile.read(tmp_path / "y.toml")


def test_enrollment_is_dated(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(PLAIN + '[[enrolled]]\nnpi = "1555555550"\nfrom = 2024-01-01\nto = 2024-06-30\n')
    payer = profile.read(path)
    assert payer.enrolled("1555555550", date(2024, 6, 30))
    assert not payer.enrolled("1555555550", date(2024, 7, 1)) and not payer.enrolled("1234567893", date(2024, 2, 1))
