"""The verdict: published shape, per claim, severities as data, samples, corpus, any bytes."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.checks import check_file
from ptedi.checks.clean import CLEAN
from ptedi.checks.registry import segment_faults
from ptedi.findings import Severity
from ptedi.remittances import balance
from ptedi.transactions import remittance_835

from .base import AUTO, PAYMENT, PRIMARY, REVERSAL, SECONDARY, check, codes, edit, wrap

SHARED = Path(__file__).resolve().parents[2] / "../shared"
FIELDS = {
    "code", "severity", "snip", "segment_position", "segment", "element", "loop", "claim", "value", "message", "hint",
    "byte_offset",
}  # fmt: skip


def test_published_shape() -> None:
    shape = json.loads(json.dumps(check(edit(PRIMARY, ("A0001*240", "A0001*250"))).as_json("night.x12")))
    assert set(shape) == {"file", "verdict", "transactions", "findings"}
    assert (shape["file"], shape["verdict"]) == ("night.x12", "rejected")
    assert shape["transactions"] == [{"set": "837", "guide": "005010X222A1", "control_number": "0001", "claims": 2}]
    (finding,) = shape["findings"]
    assert set(finding) >= FIELDS
    assert (finding["code"], finding["snip"], finding["claim"], finding["value"]) == ("CC001", 3, "A0001", "250")


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ((), {"A0001": "accepted", "A0002": "accepted"}),
        ((("A0001*240", "A0001*250"),), {"A0001": "rejected", "A0002": "accepted"}),
        ((("HI*ABK:M25511\n", ""),), {"A0001": "accepted", "A0002": "rejected"}),
        ((("SV1*HC:97530:GP*65*UN*1***1:2\nDTP*472*D8*20260803\nREF*6R*A0001-03\n", ""),),
         {"A0001": "rejected", "A0002": "accepted"}),
        ((("1EG4TE5MK74", "XX"),), {"A0001": "accepted", "A0002": "rejected"}),
        ((("REF*6R*A0001-01\n", ""),), {"A0001": "accepted", "A0002": "accepted"}),
        ((("XX*1999900016", "XX*1999900017"),), {"A0001": "rejected", "A0002": "rejected"}),
        ((("001*20260803*2130", "001*20990803*2130"),), {"A0001": "rejected", "A0002": "rejected"}),
    ],
)
def test_claims(edits: tuple[tuple[str, str], ...], expected: dict[str, str]) -> None:
    assert check(edit(PRIMARY, *edits)).claims == expected


def test_envelope_errors_reject_every_claim() -> None:
    report = check_file(wrap(PRIMARY).replace(b"GE*1*1", b"GE*1*2"))
    assert set(report.claims.values()) == {"rejected"}


@pytest.mark.parametrize(("edits", "wanted"), [
    ((), set()),
    ((("BPR*I*", "BPR*I*9"),), {"RP001"}),
    ((("CAS*CO*45*60", "CAS*CO*45*61"),), {"RP003"}),
])  # fmt: skip
def test_a_remittance_of_version_4010_is_balanced_too(edits: tuple[tuple[str, str], ...], wanted: set[str]) -> None:
    """Its meaning is that of another guide, but its cents must add up."""
    body = wrap(edit(PAYMENT, *edits)).replace(b"005010X221A1", b"004010X091A1").replace(b"*^*00501*", b"*U*00401*")
    report = check_file(body)
    assert report.transactions[0].guide == "004010X091A1"
    assert {f.code for f in report.findings if f.code.startswith("RP")} == wanted
    assert report.verdict == "rejected" or not wanted


@pytest.mark.parametrize("careless", [
    ("PER*BL*EDI SUPPORT*TE*5555550199\n", ""), ("PER*BL*", "PER*ZZ*"), ("N3*1 PAYER PLAZA\n", ""),
    ("N1*PR*MEDICARE PART B\nN3*1 PAYER PLAZA\nN4*SAMPLETOWN*OH*45002\nPER*BL*EDI SUPPORT*TE*5555550199\n", ""),
    ("REF*TJ*912345678", "REF*ZZ*912345678"), ("DTM*405*20260818", "DTM*999*20260818"),
    ("NM1*QC*1*RIVERA*ANA****MI*1EG4TE5MK73\n", ""), ("98765432*20260818", "98765432*20261318"),
    ("LQ*HE*N286", "LQ*ZZ*N286"), ("MOA***MA01", "MOA***MA01****************"),
], ids=lambda pair: pair[0][:6])  # fmt: skip
def test_a_payers_carelessness_elsewhere_does_not_hide_a_check_that_does_not_foot(careless: tuple[str, str]) -> None:
    sound, off = (codes(check(edit(PAYMENT, careless, *more))) for more in ((), (("BPR*I*", "BPR*I*9"),)))
    assert {code for code in off if code.startswith("RP001")} == {"RP001"}
    assert not any(code in ("RP001", "RP002", "RP003", "RP004", "RP005") for code in sound)
    assert sound  # the carelessness is told


def test_claims_of_a_remittance() -> None:
    report = check(edit(PAYMENT, ("120*36.85", "120*36.8")))
    assert report.claims == {"A0001": "rejected", "A0002": "accepted", "A0003": "accepted"}


def test_severities_are_data() -> None:
    data = wrap(edit(PRIMARY, ("XX*1999900016", "XX*1999900017")))
    assert check_file(data).verdict == "rejected"
    report = check_file(data, severities={"CV001": Severity.WARNING})
    assert (report.verdict, [f.severity for f in report.findings]) == ("accepted", [Severity.WARNING])
    assert set(report.claims.values()) == {"accepted"}
    strict = check_file(wrap(PRIMARY).replace(b"N3*5 ELM ST~", b"N3*5 ELM ST**~"), severities={"EL015": Severity.INFO})
    assert (strict.verdict, set(strict.claims.values())) == ("accepted", {"accepted"})
    held = check_file(wrap(edit(PRIMARY, ("REF*6R*A0001-01\n", ""))), severities={"CL009": Severity.HOLD})
    assert (held.verdict, held.claims["A0001"]) == ("rejected", "rejected")


def test_sources(tmp_path: Path) -> None:
    data = wrap(PRIMARY)
    path = tmp_path / "a.x12"
    path.write_bytes(data)
    assert check_file(path).verdict == check_file(io.BytesIO(data)).verdict == "accepted"


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"\0" * 1000, b"ISA", b"\xff\xfe" * 50])
def test_unreadable(data: bytes) -> None:
    report = check_file(data)
    assert (report.verdict, codes(report), report.claims) == ("unreadable", ["CX001"], {})


def test_no_such_file(tmp_path: Path) -> None:
    report = check_file(tmp_path / "none.x12")
    assert (report.verdict, codes(report)) == ("unreadable", ["CX002"])


def test_a_fault_of_ours_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("ptedi.checks.file.structure.check", fall)
    assert codes(check_file(wrap(PRIMARY))) == ["CX003"]


def test_what_is_said_of_a_remittance_as_a_whole_names_no_byte() -> None:
    """A file that ends early lacks the segment of which it is said: the first byte of the file is not it."""
    data = wrap(PAYMENT)
    report = check_file(data[: data.index(b"TRN*")])
    told = [finding for finding in report.findings if finding.code.startswith("R")]
    assert told and all(finding.byte_offset != 0 for finding in told)


CUT = st.tuples(st.integers(0, 5000), st.integers(0, 40), st.binary(max_size=6))
ODD = [b"", b"-1", b"0", b"1e5", b"NAN", b"99999999", b":", b"::9", b"ZZ", b"A" * 90]
BASES = [wrap(base) for base in (PRIMARY, SECONDARY, AUTO, PAYMENT, REVERSAL)]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BASES), st.lists(CUT, max_size=4))
def test_any_bytes(base: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    for at, length, insert in cuts:
        place = at % len(base)
        base = base[:place] + insert + base[place + length :]
    for lenient in (False, True):
        report = check_file(base, lenient=lenient)
        assert "CX003" not in codes(report), [f.message for f in report.findings if f.code == "CX003"]
        json.dumps(report.as_json("x"))
        assert set(report.claims.values()) <= {"accepted", "rejected"}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BASES), st.data())
def test_any_segment_anywhere(base: bytes, data: st.DataObject) -> None:
    segments = base.split(b"~")
    for _ in range(data.draw(st.integers(1, 3))):
        one = data.draw(st.integers(3, len(segments) - 5))
        match data.draw(st.sampled_from(["drop", "double", "move", "element"])):
            case "drop":
                del segments[one]
            case "double":
                segments.insert(one, segments[one])
            case "move":
                segments.insert(data.draw(st.integers(3, len(segments) - 5)), segments.pop(one))
            case _:
                elements = segments[one].split(b"*")
                place = data.draw(st.integers(1, len(elements)))
                elements[place : place + 1] = [data.draw(st.sampled_from(ODD))]
                segments[one] = b"*".join(elements)
    assert "CX003" not in codes(check_file(b"~".join(segments)))


TEXT = st.text(st.sampled_from("AZ09 -'/.,&#*:\"!_é"), max_size=12)


@settings(max_examples=400)
@given(st.sampled_from(sorted(CLEAN)), st.data())
def test_clean_patterns_are_never_looser_than_the_rules(node: str, data: st.DataObject) -> None:
    loop, _, identifier = node.partition("/")
    heads = {
        "NM1": "NM1*IL*1*", "N3": "N3*", "DMG": "DMG*D8*", "REF": "REF*6R*", "CLM": "CLM*",
    }  # fmt: skip
    days = st.dates().map(lambda d: f"{d:%Y%m%d}*F")
    amounts = st.from_regex(r"[A-Z0-9 ]{0,22}\*-?[0-9]{0,9}(\.[0-9]{0,3})?\*\*\*11:B:1", fullmatch=True)
    tail = data.draw({"DMG": days, "CLM": amounts}.get(identifier, TEXT | TEXT.map(lambda t: f"A*B****MI*{t}")))
    text = heads[identifier] + tail
    faults = segment_faults(loop, identifier)
    if faults is not None and CLEAN[node](text):
        assert faults(text) == ()


@pytest.mark.corpus
def test_samples() -> None:
    folder = SHARED / "samples"
    if not folder.exists():
        pytest.skip("no samples here")
    for path in sorted(folder.glob("83*.edi")):
        report = check_file(path)
        assert report.verdict == "accepted", path.name
        assert {f.code for f in report.findings if f.severity is not Severity.INFO} <= {"CV006"}, path.name


@pytest.mark.parametrize("kind", ["837p", "835", "999", "277ca", "ta1"])
def test_own_samples(kind: str) -> None:
    files = sorted((Path(__file__).resolve().parents[2] / "sample_edi" / kind).glob("*.edi"))
    assert files
    for path in files:
        report = check_file(path)
        assert (report.verdict, {f.code for f in report.findings} - {"RP013"}) == ("accepted", set()), path.name


@pytest.mark.corpus
def test_corpus() -> None:
    folder = SHARED / "corpus"
    if not folder.exists():
        pytest.skip("no corpus here")
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".json", ".csv", ".md")]
    assert len(files) > 100
    for path in files:
        for lenient in (False, True):
            report = check_file(path, lenient=lenient)
            assert "CX003" not in codes(report), path
            json.dumps(report.as_json(path.name))


@pytest.mark.corpus
def test_published_examples_balance() -> None:
    """X12's remittance examples balance to the cent, one apart whose own numbers do not."""
    folder = SHARED / "corpus" / "kputnam__stupidedi"
    if not folder.exists():
        pytest.skip("no corpus here")
    seen = 0
    for path in sorted(folder.rglob("*.edi")):
        if " HP835 " in str(path) and path.parent.name in ("pass", "case"):
            for payment in remittance_835.read(path.read_bytes()):
                found = [f.code for f in balance.check(payment) if f.severity.stops]
                assert found == (["RP001"] if path.name == "3a.edi" else []), path.name
                seen += 1
    assert seen >= 7


@pytest.mark.corpus
def test_published_claims_are_rejected_for_their_identifiers_only() -> None:
    folder = SHARED / "corpus" / "kputnam__stupidedi"
    if not folder.exists():
        pytest.skip("no corpus here")
    made_up = {"CV001", "CV003", "CV004", "CV005", "CV006", "CV009"}  # invented NPIs, ZIPs, tax ids, a box
    passing = folder / "spec/fixtures/005010/X222A1 HC837 Health Care Claim Professional/pass"
    for path in sorted(passing.glob("*.edi")):
        stops = {f.code for f in check_file(path).findings if f.severity.stops and f.code[0] == "C"}
        assert stops <= made_up, path.name


def test_a_file_wrong_everywhere_lists_its_first_findings_and_judges_every_claim() -> None:
    start = PRIMARY.index("HL*2*")
    person = PRIMARY[start : PRIMARY.index("HL*3*")].replace("A0001*240", "A0001*250")
    people = []
    for number in range(10_050):
        text = person.replace("HL*2*1", f"HL*{number + 2}*1").replace("A0001", f"W{number:05d}")
        people.append(text)
    report = check(PRIMARY[:start] + "".join(people))
    listed = [f.code for f in report.findings]
    assert listed.count("CC001") <= 10_000 and "CX004" in listed
    assert len(report.claims) == 10_050 and set(report.claims.values()) == {"rejected"}


def test_hostile_repetition() -> None:
    lines = "".join(f"LX*{n}\nSV1*HC:97110:GP*1*UN*1***1\n" for n in range(1, 20_001))
    report = check(AUTO[: AUTO.index("LX*1")] + lines + "REF*G1*A\n" * 20_000)
    assert report.verdict == "rejected" and len(report.findings) < 60_000
