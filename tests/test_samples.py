"""`sample_edi/` is what its script makes, survives a round trip byte for byte, balances and pleases the oracle."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptedi import checks
from ptedi.codes import npi
from ptedi.remittances import balance
from ptedi.transactions import remittance_835
from ptedi.transactions.as_json import read_file
from ptedi.x12 import oracle, reader, writer
from tests import make_samples

FILES = sorted(make_samples.files())
# pyx12's 277CA map demands provider and claims where a whole file is refused
MAP_IS_WRONG = {"277ca/batch_rejected.edi"}
# a reversal whose correction comes later
EXPECTED = {"835/forwarded_balance.edi": {"RP013"}}


def data(name: str) -> bytes:
    return (make_samples.FOLDER / name).read_bytes()


def test_the_folder_holds_what_the_script_makes() -> None:
    assert {name: data(name) for name in FILES} == make_samples.files()
    kinds = ("837p", "ta1", "999", "277ca", "835")
    there = {str(p.relative_to(make_samples.FOLDER)) for kind in kinds for p in (make_samples.FOLDER / kind).iterdir()}
    assert there == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_it_round_trips_byte_for_byte(name: str) -> None:
    findings: list[object] = []
    texts = [str(segment) for segment in reader.read(data(name), findings)]  # type: ignore[arg-type]
    assert findings == []
    assert writer.render(texts, newline="\n") == data(name)


@pytest.mark.parametrize("name", FILES)
def test_pyx12_accepts_it(name: str) -> None:
    result = oracle.validate(data(name))
    assert result.ok is (name not in MAP_IS_WRONG), result.errors


@pytest.mark.parametrize("name", FILES)
def test_it_is_read_without_findings(name: str) -> None:
    content = read_file(data(name))
    assert content["findings"] == []
    assert content["payments"] or content["claims"] or content["acknowledgements"]


@pytest.mark.parametrize("name", FILES)
def test_our_own_check_accepts_it(name: str) -> None:
    report = checks.check_file(data(name))
    assert report.verdict == "accepted"
    assert {f.code for f in report.findings} <= EXPECTED.get(name, set())


@pytest.mark.parametrize("name", [n for n in FILES if n.startswith("835/")])
def test_every_payment_balances(name: str) -> None:
    for payment in remittance_835.read(data(name)):
        assert (payment.findings, balance.check(payment)) == ([], [])
        assert npi.is_valid(payment.payee_npi)


def test_no_sample_comes_from_elsewhere() -> None:
    shared = Path(__file__).resolve().parents[1] / "../shared"
    foreign = {p.read_bytes() for p in shared.rglob("*.edi")} if shared.exists() else set()
    assert not foreign & set(make_samples.files().values())
