from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ptedi.edits import records


def test_the_example_of_the_docstring(tmp_path):
    name, lines = "", {}
    for line in (records.__doc__ or "").splitlines():
        text = line.strip()
        if text.startswith("# "):
            name = text[2:]
        elif line.startswith("    "):
            lines.setdefault(name, []).append(text)
    for name, text in lines.items():
        (tmp_path / name).write_text("\n".join(text) + "\n")
    known = records.read(tmp_path)
    grant = known.grants_of("P00017")["AU2611-00017"]
    assert (grant.visits, grant.procedures, grant.effective_to) == (12, ("97110", "97140"), date(2027, 1, 31))
    assert known.reports_of("P00017") == (date(2026, 11, 12),) and not known.findings
    assert known.grants_of("P2") == {} and known.reports_of("P2") == ()


def test_what_cannot_be_read_is_said_and_the_rest_holds(tmp_path):
    (tmp_path / "authorizations.csv").write_text("number,patient_id,payer,visits,from,to,procedures\n"
                                                 "A,P1,x,many,,,\nB,P1,x,,,,\n")
    (tmp_path / "progress_reports.csv").write_text("patient_id,day\nP1,2026-11-12\n")
    known = records.read(tmp_path)
    assert list(known.grants_of("P1")) == ["B"] and known.grants_of("P1")["B"].effective_to == date.max
    assert [f.code for f in known.findings] == ["RC101", "RC101"]
    assert records.read(tmp_path / "nowhere").findings == []


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("records")
    (folder / "authorizations.csv").write_bytes(data)
    (folder / "progress_reports.csv").write_bytes(data)
    records.read(folder)
