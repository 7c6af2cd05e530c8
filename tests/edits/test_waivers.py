from datetime import date

import pytest

from ptedi.edits import scrub, waivers
from ptedi.errors import ConfigurationError
from ptedi.findings import Severity
from tests.edits import cases

TODAY = date(2026, 11, 21)
PLAIN = {"edit": "PT130", "reason": "contract", "by": "M. Okafor", "from": date(2026, 1, 1),
         "expires": date(2026, 12, 31)}  # fmt: skip
CASE = {"rows": ["97110 30", "97014 15"]}


def held(waiver, today=TODAY, case=CASE):
    coded, *rest = cases.build(case)
    known = waivers.load({"waiver": [waiver]})
    found = known.apply(scrub(coded, *rest), coded, today)
    one = next(f for f in found if f.code == "PT130")
    return one.severity is Severity.HOLD, one, known.review(today)


def test_a_waived_finding_stays_on_record():
    stops, found, review = held(PLAIN)
    assert not stops and found.severity is Severity.INFO and "Okafor" in found.message and not review


@pytest.mark.parametrize(("change", "stops"), [
    ({"payer": "medicare-part-b"}, False), ({"payer": "bluestone-ppo"}, True), ({"procedure": "97014"}, False),
    ({"procedure": "97110"}, True), ({"claim": cases.NUMBER}, False), ({"claim": "CDR1"}, True),
    ({"from": date(2026, 12, 1)}, True), ({"expires": date(2026, 11, 21)}, False), ({"edit": "PT131"}, True),
])  # fmt: skip
def test_a_waiver_covers_only_what_it_names(change, stops):
    assert held(PLAIN | change)[0] is stops


def test_expired_and_unused_waivers_are_findings():
    stops, _, review = held(PLAIN | {"expires": date(2026, 11, 1)})
    assert stops and [f.code for f in review] == ["WV101"]
    assert [f.code for f in held(PLAIN | {"payer": "bluestone-ppo"})[2]] == ["WV102"]
    assert not held(PLAIN | {"from": date(2026, 12, 1)})[2]


@pytest.mark.parametrize(("change", "word"), [
    ({"edit": "PT101"}, "cannot be waived"), ({"edit": "ZZ999"}, "no edit"), ({"reason": ""}, "reason"),
    ({"expires": date(2030, 1, 1)}, "400 days"), ({"expires": date(2025, 1, 1)}, "400 days"), ({"until": 1}, "until"),
])  # fmt: skip
def test_a_mistake_is_named(change, word):
    with pytest.raises(ConfigurationError, match=word):
        waivers.load({"waiver": [PLAIN | change]})


def test_the_file_may_be_absent_but_not_broken(tmp_path):
    assert waivers.read(tmp_path / "waivers.toml").review(TODAY) == []
    (tmp_path / "waivers.toml").write_text("[[waiver")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        waivers.read(tmp_path / "waivers.toml")
    example = "\n".join(line[4:] for line in (waivers.__doc__ or "").splitlines() if line.startswith("    "))
    (tmp_path / "waivers.toml").write_text(example)
    assert len(waivers.read(tmp_path / "waivers.toml").review(TODAY)) == 1
