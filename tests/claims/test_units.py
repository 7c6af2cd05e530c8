import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.claims import units
from ptedi.payers.profile import UnitRule

HERE = Path(__file__).parent
DAY = date(2026, 11, 20)
CASES = tomllib.loads((HERE / "units.toml").read_text())["case"]
ASSISTANT = tomllib.loads((HERE / "assistant.toml").read_text())["case"]
POOL = ["97032", "97110", "97112", "97116", "97140", "97530", "97535"]
charts = st.lists(st.tuples(st.sampled_from(POOL), st.integers(0, 70)), min_size=1, max_size=7,
                  unique_by=lambda row: row[0])


def of(rule, minutes):
    return units.visit_units(rule, minutes, dict.fromkeys(minutes, 1), DAY)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_the_examples(case):
    assert of(UnitRule.CMS_TOTAL, case["minutes"]).units == case["cms"]
    assert of(UnitRule.AMA_MIDPOINT, case["minutes"]).units == case["ama"]
    assert bool(of(UnitRule.CMS_TOTAL, case["minutes"]).ties) == case.get("tie", False)


@pytest.mark.parametrize("case", ASSISTANT, ids=lambda c: c["name"])
def test_the_assistants_share(case):
    totals = {code: sum(both) for code, both in case["minutes"].items()}
    given_units = of(UnitRule.CMS_TOTAL, totals).units
    shares = {code: units.assistant_share(given_units[code], *both) for code, both in case["minutes"].items()}
    assert {code: [s.plain, s.assisted] for code, s in shares.items()} == case["units"]


@given(charts)
def test_never_more_than_the_chart_and_every_full_block(chart):
    minutes = dict(chart)
    got = of(UnitRule.CMS_TOTAL, minutes).units
    assert sum(got.values()) == units.cms_units(sum(minutes.values()))
    for code, spent in minutes.items():
        assert spent // 15 <= got[code] <= spent // 15 + (1 if spent % 15 else 0)


@given(charts, st.randoms())
def test_order_matters_only_in_ties(chart, random):
    shuffled = list(chart)
    random.shuffle(shuffled)
    one, two = of(UnitRule.CMS_TOTAL, dict(chart)), of(UnitRule.CMS_TOTAL, dict(shuffled))
    differing = set(units.differing(one.units, two.units))
    assert differing <= set(one.ties) and set(one.ties) == set(two.ties)
    assert of(UnitRule.AMA_MIDPOINT, dict(chart)).units == of(UnitRule.AMA_MIDPOINT, dict(shuffled)).units


@given(charts)
def test_midpoint_knows_no_pool(chart):
    got = of(UnitRule.AMA_MIDPOINT, dict(chart)).units
    assert all(got[code] == (spent + 7) // 15 for code, spent in chart)


@given(st.integers(0, 130), st.integers(0, 130), st.sampled_from([15, 30, 60]))
def test_shares_add_up_and_nobody_gains_for_nothing(therapist, assistant, length):
    whole = units.midpoint_units(therapist + assistant, length)
    share = units.assistant_share(whole, therapist, assistant, length)
    assert share.plain + share.assisted == whole and share.plain >= 0 and share.assisted >= 0
    assert share.assisted == 0 or (assistant and share.plain >= therapist // length)
    assert share.assisted >= min(assistant // length, whole)
    if not therapist:
        assert share.plain == 0


def test_de_minimis():
    assert units.over_tenth(10, 2) and not units.over_tenth(10, 1) and not units.over_tenth(0, 0)
    assert units.untimed_share(1, 20, 3).assisted == 1 and units.untimed_share(1, 30, 3).assisted == 0
    assert units.methods_differ(8, 1) and units.methods_differ(15, 2) and not units.methods_differ(30, 10)
    disagreeing = sum(units.methods_differ(total, part) for total in range(1, 61) for part in range(total + 1))
    assert disagreeing == 24
