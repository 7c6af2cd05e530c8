from __future__ import annotations

import pytest

from ptedi.errors import UnreadableFile
from ptedi.findings import CATALOGUE, Finding, Severity
from ptedi.x12 import rules
from ptedi.x12.structure import TransactionSummary, check
from tests.x12.bases import base, build, lines

TEXTS = [text for _, text in lines("837")]


def edited(old: str, *new: str) -> list[Finding]:
    place = TEXTS.index(old)
    return check(build("837", [*TEXTS[:place], *new, *TEXTS[place + 1 :]])).findings


def test_missing_line_number_is_one_finding() -> None:
    (finding,) = edited("LX*1")
    assert (finding.code, finding.loop, finding.segment, finding.claim) == ("SG003", "2400", "LX", "PT0001")


def test_doubled_first_segment_does_not_hide_what_is_missing() -> None:
    texts = [t for t in TEXTS if not t.startswith("HI*")]
    place = texts.index("CLM*PT0002*60***12:B:1*Y*A*Y*Y")
    findings = check(build("837", [*texts[: place + 1], texts[place], *texts[place + 1 :]])).findings
    assert {f.code for f in findings} == {"SG003"}
    assert [f.segment for f in findings if f.claim == "PT0002"] == ["HI", "HI"]


def test_too_many_components() -> None:
    (finding,) = edited("HI*ABK:M41125", "HI*ABK:M41125" + ":1" * 12)
    assert (finding.code, finding.element) == ("EL013", "HI01")


def test_unknown_loop_takes_its_segments_along() -> None:
    (finding,) = edited("NM1*77*2*EXAMPLE POOL*****XX*1902846306", "NM1*ZZ*2*EXAMPLE POOL*****XX*1902846306")
    assert (finding.code, finding.element, finding.value) == ("SG009", "NM101", "ZZ")
    assert "77" in finding.allowed


def test_missing_subscriber_level_does_not_cascade() -> None:
    (finding,) = edited("HL*3*1*22*1")
    assert (finding.code, finding.loop, finding.segment) == ("SG003", "2000B", "HL")


def test_shifted_elements_are_one_finding() -> None:
    (finding,) = edited("SV1*HC:97110:GP*60*UN*1***1", "SV1*HC:97110:GP*60*UN*1**1")
    assert finding.code in ("EL018", "EL001")


def test_cut_segment_is_one_finding() -> None:
    (finding,) = edited("CLM*PT0002*60***12:B:1*Y*A*Y*Y", "CLM*PT0002")
    assert (finding.code, finding.element) == ("EL001", "CLM02")


def test_lost_terminator_is_one_finding() -> None:
    data = base("837").replace(b"~N3*100", b"N3*100", 1)
    (finding,) = check(data).findings
    assert (finding.code, finding.segment, finding.value) == ("SG011", "NM1", "N3")
    listener = Listening()
    check(base("837").replace(b"~SV1*", b"SV1*", 1), {"005010X222A1": listener})
    assert [key for key, *_ in listener.told].count("2400/SV1") == 3


def test_positions_and_offsets() -> None:
    data = base("837").replace(b"SV1*HC:97530", b"SV1*QQ:97530")
    (finding,) = check(data).findings
    assert finding.segment == "SV1" and finding.byte_offset is not None
    assert data[finding.byte_offset :].startswith(b"SV1*QQ")
    before = data[: finding.byte_offset]
    assert finding.segment_index == before.count(b"~") + 1
    assert finding.segment_position == before[before.index(b"~ST*") + 1 :].count(b"~") + 1


def test_summaries() -> None:
    (summary,) = check(base("837")).transactions
    assert (summary.set, summary.guide, summary.control_number, summary.claims) == ("837", "005010X222A1", "0001", 2)
    assert summary.segments == len(TEXTS) + 2
    assert check(base("835")).transactions[0].claims == 2
    assert check(base("277")).transactions[0].claims == 2


class Listening:
    def __init__(self) -> None:
        self.told: list[tuple[str, str, int, int, int]] = []
        keys = ("2300/CLM", "2400/SV1", "2400/SV1!", "2010BA/NM1", "HEADER/BHT", "2300/REF")
        self.handlers = {key: self._teller(key) for key in keys}
        self.open: list[TransactionSummary] = []
        self.found: list[Finding] = []

    def _teller(self, key: str):
        return lambda text, index, position, offset: self.told.append((key, text, index, position, offset))

    def start(self, transaction: TransactionSummary) -> None:
        self.open.append(transaction)

    def end(self, transaction: TransactionSummary, findings: list[Finding]) -> None:
        self.found += findings
        findings.append(rules.finding(rules.STRAY, "Mine.", segment_index=transaction.last_index))


def test_listeners_hear_every_accepted_segment_with_its_place() -> None:
    data = base("837").replace(b"SV1*HC:97530", b"SV1*QQ:97530").replace(b"~", b"~\r\n")
    listener = Listening()
    report = check(data, {"005010X222A1": listener})
    keys = [key for key, *_ in listener.told]
    assert keys.count("2300/CLM") == 2 and keys.count("2400/SV1") == 2 and keys.count("2400/SV1!") == 1
    assert keys.count("2010BA/NM1") == 2 and keys.count("HEADER/BHT") == 1 and keys.count("2300/REF") == 3
    for _, text, index, position, offset in listener.told:
        assert data[offset:].startswith(text.encode())
        assert index == position + 2
    assert [f.code for f in listener.found] == ["SG009"] or [f.code for f in listener.found] == ["EL007"]
    assert [f.code for f in report.findings][-1] == "IE047"
    assert len(listener.open) == 1


def test_repeated_text_is_told_every_time() -> None:
    data = build("837", TEXTS[:26] + [t for _ in range(30) for t in TEXTS[26:-4]])
    listener = Listening()
    check(data, {"005010X222A1": listener})
    assert sum(key == "2300/CLM" for key, *_ in listener.told) >= 30


def test_several_claims_in_a_level() -> None:
    start = TEXTS.index("CLM*PT0002*60***12:B:1*Y*A*Y*Y")
    more = [t.replace("PT0002", f"PT{n:04d}") for n in range(3, 102) for t in TEXTS[start:]]
    (report) = check(build("837", [*TEXTS, *more]))
    assert report.findings == [] and report.transactions[0].claims == 101
    too_many = check(build("837", [*TEXTS, *more, *TEXTS[start:], *TEXTS[start:]]))
    assert [f.code for f in too_many.findings] == ["SG006"]


# --- what the lenient reader recovers ---


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda d: d[106:], "IE003"),
        (lambda d: d.replace(b"          ", b"").replace(b"    ", b"", 1), "IE004"),
        (lambda d: d[:82] + b"U" + d[83:], "IE006"),
    ],
)
def test_lenient_reading_warns(edit, code: str) -> None:
    data = edit(base("837"))
    strict, lenient = check(data), check(data, lenient=True)
    assert not strict.ok and lenient.ok
    assert code in {f.code for f in lenient.findings}
    assert lenient.transactions[0].claims == 2
    assert all(f.severity is Severity.WARNING for f in lenient.findings)


@pytest.mark.parametrize("data", [b"", b"   \n", b"hello", b"%PDF-1.7 ...", b"PK\x03\x04" + b"\0" * 50])
def test_no_x12_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        check(data)


def test_a_patient_with_levels_below_is_one_finding() -> None:
    data = base("837").replace(b"*23*0", b"*23*1", 1)
    assert [(f.code, f.element) for f in check(data).findings] == [("EL007", "HL04")]


def test_separators_before_what_is_missing_are_one_finding() -> None:
    data = base("837")
    short = data.replace(b"SV1*HC:", b"SV1*HC:~SV1*HC:", 1)
    at = short.index(b"SV1*HC:~")
    cut = short[: at + 8] + short[data.index(b"~", at) + 9 :]
    assert [(f.code, f.element) for f in check(cut).findings][:1] == [("EL001", "SV101-2")]
    assert "EL015" not in [f.code for f in check(cut).findings]


def test_version_4010_around_5010() -> None:
    data = base("837").replace(b"*00501*", b"*00401*", 1)
    assert [(f.code, f.element, f.segment_index) for f in check(data).findings] == [("IE020", "ISA12", 1)]


def test_other_sets_are_checked_by_their_envelope() -> None:
    data = base("837").replace(b"ST*837", b"ST*278").replace(b"GS*HC", b"GS*HI").replace(b"X222A1", b"X217")
    report = check(data)
    assert [f.code for f in report.findings] == ["IE038"] and report.ok
    assert not report.transactions[0].checked
    assert "IE041" in [f.code for f in check(data.replace(b"~PRV*BI", b"~PRV*BI*1~PRV*BI", 1)).findings]


def test_every_structure_rule_has_a_whole_page() -> None:
    pages = [rule for code, rule in CATALOGUE.items() if code[:2] in ("IE", "SG", "EL")]
    assert len(pages) >= 60
    for rule in pages:
        parts = (rule.title, rule.checks, rule.matters, rule.example, rule.instead, rule.reference)
        assert all(parts), rule.code
        assert rule.checks.endswith(".") and rule.matters.endswith(".")


def test_findings_of_one_giant_set_are_counted_not_kept() -> None:
    start = TEXTS.index("CLM*PT0002*60***12:B:1*Y*A*Y*Y")
    level = TEXTS.index("HL*3*1*22*1")
    many = [*TEXTS, *[t for _ in range(12_000) for t in (*TEXTS[level : start], "CLM*X")]]
    report = check(build("837", many))
    assert len(report.findings) == 10_001
    assert report.findings[-1].code == "IE012"
