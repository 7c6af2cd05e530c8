from __future__ import annotations

import json
from pathlib import Path

import pytest

from ptedi.transactions.as_json import cut_off, read_file

SAMPLES = Path(__file__).resolve().parents[2] / "sample_edi"


def read(name: str) -> dict:  # type: ignore[type-arg]
    content = read_file((SAMPLES / name).read_bytes())
    assert json.loads(json.dumps(content)) == content
    return content  # type: ignore[return-value]


def test_an_835_has_the_published_shape() -> None:
    content = read("835/paid_with_reductions.edi")
    assert content["kinds"] == ["835"]
    (payment,) = content["payments"]
    assert {"trace_number", "payer", "payee_npi", "amount", "method", "date", "claims", "provider_adjustments",
            "balanced", "findings"} <= set(payment)  # fmt: skip
    claim = payment["claims"][0]
    assert {"patient_control_number", "status_code", "charge", "paid", "patient_responsibility", "filing_indicator",
            "payer_claim_control_number", "adjustments", "lines"} <= set(claim)  # fmt: skip
    line = claim["lines"][0]
    assert {"procedure", "modifiers", "charge", "paid", "units", "line_control_number", "allowed", "service_date",
            "adjustments", "remarks"} <= set(line)  # fmt: skip
    assert set(line["adjustments"][0]) == {"group", "reason", "amount", "quantity"}
    assert payment["balanced"] is True and payment["findings"] == []
    assert line["units"] == "2" and "." in line["paid"] and len(payment["date"]) == 10


def test_an_unbalanced_835_says_so() -> None:
    data = (SAMPLES / "835/paid_with_reductions.edi").read_bytes()
    (payment,) = read_file(data.replace(b"CAS*PR*2*", b"CAS*PR*2*1"))["payments"]  # type: ignore[misc]
    assert payment["balanced"] is False  # type: ignore[index]
    assert payment["findings"]  # type: ignore[index]
    (garbled,) = read_file(data.replace(b"CAS*PR*2*", b"CAS*PR*2*x"))["payments"]  # type: ignore[misc]
    assert "RD001" in {f["code"] for f in garbled["findings"]}  # type: ignore[index]


def test_claims_of_an_837p() -> None:
    (claim,) = read("837p/dependent.edi")["claims"]
    assert claim["patient"] and claim["subscriber"]["member_id"] and claim["relationship"] != "18"
    assert {"procedure", "modifiers", "charge", "units", "line_control_number", "service_date",
            "diagnosis_pointers"} <= set(claim["lines"][0])  # fmt: skip


def test_the_charge_of_a_claim_is_what_the_file_states() -> None:
    data = (SAMPLES / "837p/self.edi").read_bytes()
    stated = data.split(b"CLM*")[1].split(b"*")[1]
    (claim,) = read_file(data.replace(b"*" + stated + b"***", b"*1.5***"))["claims"]  # type: ignore[misc]
    assert claim["charge"] == "1.50"  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "kind"), [("ta1/rejected_duplicate.edi", "TA1"), ("999/rejected.edi", "999"), ("277ca/mixed.edi", "277CA")]
)
def test_acknowledgements(name: str, kind: str) -> None:
    (one,) = read(name)["acknowledgements"]
    assert one["kind"] == kind


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"ISA", b"ISA*00*", b"GS*HP~", b"ST*835*1~CLP~SVC~CAS~PLB*~SE~"])
def test_nothing_raises(data: bytes) -> None:
    content = read_file(data)
    assert set(content) == {"kinds", "payments", "claims", "acknowledgements", "findings"}
    json.dumps(content)


SHARED = Path(__file__).resolve().parents[2] / "../shared"


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.exists(), reason="the corpus is not here")
def test_every_file_of_the_corpus_is_read() -> None:
    for folder in ("corpus", "samples"):
        for path in sorted(p for p in (SHARED / folder).rglob("*") if p.is_file()):
            json.dumps(read_file(path.read_bytes()))


@pytest.mark.parametrize(
    "name", ["837p/self.edi", "999/rejected.edi", "277ca/mixed.edi", "835/paid_with_reductions.edi"]
)
def test_a_file_that_is_cut_says_so(name: str) -> None:
    data = (SAMPLES / name).read_bytes().replace(b"\n", b"")
    assert not cut_off(read_file(data))
    end = data.rindex(b"SE*", 0, data.rindex(b"GE*"))
    without = data[:end] + data[data.index(b"GE*", end) :]
    for cut in (data[:end], data[: end - 4], data[: data.index(b"~ST*") + 30], without):
        content = read_file(cut)
        told = [*content["findings"], *(f for one in content["payments"] for f in one["findings"])]  # type: ignore[misc, attr-defined]
        assert cut_off(content)
        assert sum(finding["code"] == "RD006" for finding in told) == 1


def test_a_set_without_end_before_another_set() -> None:
    data = (SAMPLES / "837p/self.edi").read_bytes().replace(b"\n", b"")
    begin, end = data.index(b"ST*"), data.rindex(b"SE*", 0, data.rindex(b"GE*"))
    (told,) = read_file(data[:end] + data[begin:])["findings"]  # type: ignore[misc]
    assert (told["code"], told["byte_offset"]) == ("RD006", begin)  # type: ignore[index]
