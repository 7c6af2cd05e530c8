from datetime import date

import pytest

from ptedi.payers import lint, profile
from ptedi.payers.profile import PayerRules

TODAY = date(2026, 11, 21)
HEAD = 'id = "x"\nname = "X"\npayer_id = "1"\npartner = "harbor"\nfiling_indicator = "CI"\n'
BLOCK = '[[differs]]\nfrom = 2020-01-01\nsource = "manual"\nverified = "yes"\n'
GOOD = HEAD + BLOCK + "timely_filing_days = 90\n"


def linted(tmp_path, text, partners=("harbor",)):
    path = tmp_path / "x.toml"
    path.write_text(text)
    return [found.code for found in lint.lint([profile.read(path)], TODAY, partners)]


def test_a_good_profile_is_silent(tmp_path):
    assert linted(tmp_path, GOOD) == []


@pytest.mark.parametrize(("text", "code"), [
    (GOOD.replace('"harbor"', '"nobody"'), "PY101"), (GOOD.replace('"CI"', '"XX"'), "PY102"),
    (GOOD + BLOCK + 'not_covered = ["97O10"]\n', "PY103"), (GOOD + BLOCK + 'instead = { 97014 = "G283" }\n', "PY103"),
    (GOOD + BLOCK + 'member_id = "["\n', "PY104"), (GOOD + BLOCK + 'allowed_frequency = ["9"]\n', "PY104"),
    (GOOD + BLOCK + 'telehealth_modifiers = ["59"]\n', "PY104"), (GOOD + BLOCK + 'modifier_order = ["x"]\n', "PY104"),
    (GOOD + '[[enrolled]]\nnpi = "1234567890"\nfrom = 2020-01-01\n', "PY104"),
    (GOOD.replace('"yes"', '"recalled"'), "PY105"), (HEAD, "PY106"),
    (GOOD + BLOCK + "to = 2021-01-01\nunits_per_day = 4\n", "PY107"),
    (GOOD + BLOCK + "timely_filing_days = 180\n", "PY108"),
    (GOOD + BLOCK + 'span_period = "month"\n', "PY109"), (GOOD + BLOCK + "span_days = 5\n", "PY109"),
    (GOOD + BLOCK + 'supervised = ["unenrolled"]\n', "PY109"),
])  # fmt: skip
def test_what_is_doubtful_is_said(tmp_path, text, code):
    assert code in linted(tmp_path, text)


@pytest.mark.parametrize("text", [
    'claim_per = "span"\nspan_period = "month"\nspan_days = 14\n', 'supervised = ["assistants"]\n',
    'supervised = ["unenrolled"]\n[[enrolled]]\nnpi = "1999901030"\nfrom = 2020-01-01\n',
])  # fmt: skip
def test_values_that_work_together_are_silent(tmp_path, text):
    assert linted(tmp_path, GOOD + BLOCK + text) == []


def test_the_shipped_profiles_have_nothing_wrong():
    found = lint.lint(profile.load().values(), TODAY, {"harbor"})
    assert not [f for f in found if f.severity.value in ("error", "warning")]


def test_show_names_every_value_and_its_source():
    rows = {name: (value, source) for name, value, source, _ in lint.show(profile.load()["medicare-part-b"], TODAY)}
    assert set(rows) == set(PayerRules.__slots__)
    assert rows["unit_rule"][0] == "CMS_TOTAL" and "20.2" in rows["unit_rule"][1]
    assert rows["instead"][0] == "97014 -> G0283" and rows["units_per_day"][1] == "the guide"
