"""The rules from the command line, on a workspace without a database."""

import json
from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from ptedi.cli import coding
from ptedi.codes import table
from ptedi.config import data_folder
from ptedi.sandbox import practice
from tests.samples.week import PROFILE
from tests.steps.test_drafts import treated

NOW = "2026-11-21T02:00:00"
app = typer.Typer()
coding.add_to(app)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("PTEDI_NOW", NOW)
    monkeypatch.setenv("PTEDI_WORKSPACE", str(tmp_path))
    (tmp_path / "ptedi.toml").write_text(practice.settings())
    for name, data in practice.charges(7, date(2026, 11, 20), visits=40, bad_rows=False).items():
        (tmp_path / f"charges{name[-4:]}").write_bytes(data)
    yield tmp_path
    table.use(None)


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def test_code_prints_a_visit_per_line(workspace):
    told = [json.loads(line) for line in run("code", workspace / "charges.csv", "--format", "json").splitlines()]
    assert told and all(visit["lines"] and visit["lines"][0]["why"] for visit in told)
    cms = run("code", workspace / "charges.csv", "--payer", "medicare-part-b", "--format", "json")
    assert {json.loads(line)["payer"] for line in cms.splitlines()} == {"medicare-part-b"}
    assert "min" in run("code", workspace / "charges.xml")


def test_scrub_says_what_stops_and_mends(workspace):
    path = workspace / "one.csv"
    text = (workspace / "charges.csv").read_text().splitlines()
    head = text[0].split(",")
    row = next(line for line in text[1:] if "medicare-part-b" in line).split(",")
    row[head.index("procedure")], row[head.index("modifiers")] = "97014", ""
    path.write_text("\n".join([text[0], ",".join(row)]) + "\n")
    told = json.loads(run("scrub", path, "--format", "json", code=1).splitlines()[0])
    assert "PT130" in [f["code"] for f in told["findings"]] and told["proposed"][0]["safety"] == "suggested"
    told = json.loads(run("scrub", path, "--fix-suggested", "--format", "json").splitlines()[0])
    assert [r["code"] for r in told["applied"]] == ["PT130"] and "G0283" in told["applied"][0]["after"]
    assert "mended" in run("scrub", path, "--diff", code=1)
    (workspace / "waivers.toml").write_text('[[waiver]]\nedit = "PT130"\nreason = "contract"\nby = "M"\n'
                                            "from = 2026-01-01\nexpires = 2026-12-31\n")
    assert "Waived" in run("scrub", path)
    asked = CliRunner().invoke(app, ["scrub", str(workspace / "charges.xml")])
    assert "WV102" in asked.stderr and "WV101" not in asked.stderr
    waiver = (workspace / "waivers.toml").read_text().replace("2026-12-31", "2026-11-20")
    (workspace / "waivers.toml").write_text(waiver)
    asked = CliRunner().invoke(app, ["scrub", str(path)])
    assert asked.exit_code == 1 and "WV101" in asked.stderr


def rows_of(workspace, payer="medicare-part-b"):
    """Header and one visit's first row of a payer, by column."""
    text = (workspace / "charges.csv").read_text().splitlines()
    head = text[0].split(",")
    row = next(line for line in text[1:] if payer in line and "\"" not in line).split(",")
    return head, dict(zip(head, row, strict=True))


def written(workspace, head, rows):
    path = workspace / "made.csv"
    path.write_text("\n".join([",".join(head), *(",".join(row[name] for name in head) for row in rows)]) + "\n")
    return path


def test_a_visit_of_many_lines_is_scrubbed_as_the_claims_it_becomes(workspace):
    priced = practice.settings().replace("[practice.charges]\n", '[practice.charges]\n"95851" = "20.00"\n')
    (workspace / "ptedi.toml").write_text(priced)
    head, row = rows_of(workspace)
    marks = ("59", "XE", "XP", "XS", "XU", "RT", "LT", "96", "97", "AT", "52")
    rows = [row | {"procedure": "95851", "modifiers": f"{one} {two}", "therapist_minutes": "3", "pointers": "1"}
            for place, one in enumerate(marks) for two in marks[:place]]  # fmt: skip
    path = written(workspace, head, rows)
    told = [json.loads(line) for line in run("scrub", path, "--format", "json", code=1).splitlines()]
    assert len(told) == 2 and told[0]["part_of"] == told[1]["part_of"] == [one["claim"] for one in told]
    assert not any(f["code"] == "LN102" for one in told for f in one["findings"])
    assert "claim 2 of 2" in run("scrub", path, code=1)


def test_a_thirteenth_diagnosis_reaches_its_edit_and_a_double_one_is_mended(workspace):
    head, row = rows_of(workspace)
    codes = "M54.50 M25.561 M25.562 M25.511 M25.512 M62.81 M54.2 R26.89 R26.81 Z91.81 Z47.1 Z96.651 M25.661"
    path = written(workspace, head, [row | {"diagnoses": codes, "pointers": "1"}])
    told = json.loads(run("scrub", path, "--format", "json", code=1))
    assert "DX103" in [f["code"] for f in told["findings"]] and told["proposed"][0]["code"] == "DX103"
    path = written(workspace, head, [row | {"diagnoses": "M54.50 M5450", "pointers": "2"}])
    told = json.loads(run("scrub", path, "--fix", "--format", "json"))
    assert [one["code"] for one in told["applied"]] == ["DX105"]
    assert "DX105" not in [f["code"] for f in told["findings"]]


def test_visits_of_a_file_know_of_each_other(workspace):
    head, row = rows_of(workspace)
    first = row | {"visit_id": "V-A", "service_date": "2026-11-16", "procedure": "97161", "modifiers": ""}
    path = written(workspace, head, [first, first | {"visit_id": "V-B", "service_date": "2026-11-18"}])
    told = {one["visit"]: [f["code"] for f in one["findings"]]
            for one in map(json.loads, run("scrub", path, "--format", "json", code=1).splitlines())}  # fmt: skip
    assert "PT141" not in told["V-A"] and set(told["V-B"]) - set(told["V-A"])


def test_repairs_of_a_file_are_shown_made_and_proposed(workspace, monkeypatch):
    monkeypatch.setattr("ptedi.claims.modifiers.discipline", lambda *_: None)
    head, row = rows_of(workspace)
    path = written(workspace, head, [row | {"procedure": "97014", "modifiers": ""}])

    def codes(*options, code=1):
        told = json.loads(run("scrub", path, *options, "--format", "json", code=code))
        return [[one["code"] for one in told[name]] for name in ("applied", "proposed")]

    assert codes() == [[], ["PT130", "PT110"]] or codes() == [[], ["PT110", "PT130"]]
    assert codes("--fix") == [["PT110"], ["PT130"]]
    assert codes("--fix-suggested", code=0) == [["PT110", "PT130"], []] or codes("--fix-suggested", code=0) == [
        ["PT130", "PT110"], []]
    assert "mended" not in run("scrub", path, code=1)
    shown = run("scrub", path, "--fix", "--diff", code=1)
    assert "mended PT110" in shown and "97014 x1" in shown and "becomes 97014 GP x1" in shown
    assert "could be mended (suggested) PT130" in shown and "becomes G0283 GP x1" in shown
    assert path.read_text().count("97014") == 1  # nothing is kept


def test_edits_are_listed_and_replayed(workspace):
    assert "PT101" in run("edits", "list")
    assert {"PT110", "NC102"} <= {one["code"] for one in json.loads(run("edits", "list", "--json"))}
    told = json.loads(run("edits", "backtest", "nc102", "--from", "2026-11-01", "--to", "2026-11-30", "--json"))
    assert (told["code"], told["claims"], told["precision"]) == ("NC102", 0, None)
    assert "judged claims" in run("edits", "backtest", "NC102", "--from", "2026-11-01", "--to", "2026-11-30")
    run("edits", "backtest", "ZZ999", "--from", "2026-11-01", "--to", "2026-11-30", code=2)
    for begin, end in (("2026-11-30", "2026-11-01"), ("2026-11-31", "2026-12-01")):
        result = CliRunner().invoke(app, ["edits", "backtest", "NC102", "--from", begin, "--to", end])
        assert result.exit_code == 2 and not result.stdout
        assert begin in result.stderr


def test_payers_and_codes(workspace):
    assert run("payers", "lint", "--json")
    rows = json.loads(run("payers", "show", "medicare-part-b", "--on", "2026-11-20", "--json"))["values"]
    assert {"name": "unit_rule", "value": "CMS_TOTAL"}.items() <= rows[0].items()
    assert "CMS_TOTAL" in run("payers", "show", "medicare-part-b")
    run("payers", "show", "nobody", code=2)
    mue = workspace / "MUE_Eff_10-01-2026.csv"
    mue.write_text("HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator\n97110,4,3\n")
    assert json.loads(run("codes", "load", mue, "--json"))[0]["rows"] == 1
    run("codes", "load", workspace / "ptedi.toml", code=1)
    run("codes", "load", workspace / "nothing", code=2)


def test_the_therapy_dollars_of_a_file_run_from_visit_to_visit_in_the_order_of_service(workspace):
    text = (workspace / "charges.csv").read_text().splitlines()
    head = text[0].split(",")
    row = next(line for line in text[1:] if "medicare-part-b" in line).split(",")
    path, lines = workspace / "run.csv", [text[0]]
    over = {"procedure": "97110", "modifiers": "", "therapist_minutes": "30", "assistant": "", "assistant_minutes": "",
            "therapy_dollars_used": "2400.00", "separate_time": "", "plan_of_care_end": "2026-11-30"}  # fmt: skip
    for day in ("20", "18", "16"):  # the file's order is not the order of service
        for name, value in (over | {"visit_id": f"V{day}", "service_date": f"2026-11-{day}"}).items():
            row[head.index(name)] = value
        lines.append(",".join(row))
    path.write_text("\n".join(lines) + "\n")
    told = {one["visit"]: one for one in map(json.loads, run("code", path, "--format", "json").splitlines())}
    assert list(told) == ["V20", "V18", "V16"]
    assert {visit: "KX" in one["lines"][0]["modifiers"] for visit, one in told.items()} == {
        "V16": False, "V18": True, "V20": True}  # fmt: skip
    found = {one["visit"]: [f["code"] for f in one["findings"]] for one in map(
        json.loads, CliRunner().invoke(app, ["scrub", str(path), "--format", "json"]).stdout.splitlines())}
    assert not {code for codes in found.values() for code in codes} & {"PT115", "PT116"}


def weeks(workspace, *days):
    """A file of visits of one patient, each `(day of November 2026, codes with minutes)`."""
    (workspace / "payers").mkdir(exist_ok=True)
    (workspace / "payers/bluestone-ppo.toml").write_text(PROFILE)
    several = [treated(*lines, visit_id=f"V{day}", service_date=f"2026-11-{day:02}").decode().splitlines()
               for day, lines in days]  # fmt: skip
    path = workspace / "week.csv"
    path.write_text("\n".join([several[0][0], *(row for rows in several for row in rows[1:])]) + "\n")
    return path


def test_visits_of_a_week_are_scrubbed_as_the_claim_they_become(workspace):
    lines = [("97110", 30), ("97140", 15)]
    path = weeks(workspace, (12, lines), (16, lines), (18, lines), (20, lines))
    told = [json.loads(line) for line in run("scrub", path, "--format", "json").splitlines()]
    assert [one["visits"] for one in told] == [["V12"], ["V16", "V18", "V20"]]
    coded = [json.loads(line) for line in run("code", path, "--format", "json").splitlines()]
    assert [one["visit"] for one in coded] == ["V12", "V16", "V18", "V20"]
    assert float(told[1]["charge"]) == sum(float(one["charge"]) for one in coded[1:])
    shown = run("scrub", path)
    assert "one claim, 2026-11-16 to 2026-11-20" in shown and "2 claims: 2 may go, 0 stopped" in shown


def test_a_stopped_visit_leaves_the_claim_of_its_week(workspace):
    lines = [("97110", 30), ("97140", 15)]
    path = weeks(workspace, (16, lines), (18, [("97150", 30), ("97110", 30)]), (20, lines))
    told = [json.loads(line) for line in run("scrub", path, "--format", "json", code=1).splitlines()]
    assert [(one["visits"], one["apart"]) for one in told] == [(["V16", "V20"], False), (["V18"], True)]
    stops = [[f["code"] for f in one["findings"] if f["severity"] in {"hold", "error"}] for one in told]
    assert stops == [[], ["NC102"]]
    assert "2 claims: 1 may go, 1 stopped; --diff shows 1 repair" in run("scrub", path, code=1)
    mended = run("scrub", path, "--fix-suggested", "--format", "json").splitlines()
    assert [json.loads(line)["visits"] for line in mended] == [["V16", "V18", "V20"]]
    assert [r["code"] for r in json.loads(mended[0])["applied"]] == ["NC102"]
    shown = run("scrub", path, "--fix-suggested", "--diff")
    assert "97110" in shown and "59" in shown


def test_visits_of_a_week_know_of_each_other_on_their_claim(workspace):
    """An evaluation after an evaluation of the same claim is asked about, on its own line."""
    path = weeks(workspace, (16, [("97161", 40)]), (18, [("97161", 40), ("97110", 30)]))
    told = [json.loads(line) for line in run("scrub", path, "--format", "json", code=1).splitlines()]
    assert [one["visits"] for one in told] == [["V16"], ["V18"]]
    assert "PT142" in [f["code"] for f in told[1]["findings"]]


def test_the_page_shows_what_the_command_prints(workspace):
    """docs/coding.md, the example under "How to read it"."""
    page = (data_folder("docs") / "coding.md").read_text(encoding="utf-8")
    command, _, shown = page.partition("$ ptedi ")[2].partition("```")[0].partition("\n")
    words = command.split()
    told = run(words[0], data_folder("sample_edi").parent / words[1])
    assert told.split() == shown.split()
