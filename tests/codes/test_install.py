"""Official files, made up in their published form, become tables; rules then follow them by date of service."""

import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.codes import adjustments, diagnosis, locality, ncci, pair_index, procedures, table, taxonomy, therapy
from ptedi.codes.install import install
from ptedi.codes.official.kinds import first_day
from ptedi.errors import ConfigurationError

DAY = date(2026, 11, 20)
PTP = """CPT only copyright\t\t\t\t\t\t
Column 1\tColumn 2\t* = in existence prior to 1996\tEffective Date\tDeletion Date\tModifier 0=not allowed\tRationale
97110\t97140\t\t20260701\t*\t1\tinvented for the test
97140\t97124\t*\t19960101\t20200630\t0\tinvented for the test
97530\t97116\t\t20200101\t20200101\t9\tinvented for the test
97140\t97124\t\t20261001\t*\t1\tinvented for the test
not a row
"""
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


@pytest.fixture
def folder(tmp_path):
    yield tmp_path / "codes"
    table.use(None)


def load(folder, name, text, since=None):
    path = folder.parent / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = install([path], folder, since)
    table.use(folder)
    return done


def xlsx(path, rows):
    """A workbook with inline and shared texts, as small as it gets."""
    texts = sorted({cell for row in rows for cell in row})
    cells = [[f'<c r="{chr(65 + c)}{r}" t="s"><v>{texts.index(cell)}</v></c>' if c % 2 else
              f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{cell}</t></is></c>' for c, cell in enumerate(row) if cell]
             for r, row in enumerate(rows, 1)]  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        shared = "".join(f"<si><r><t>{text}</t></r></si>" for text in texts)
        archive.writestr("xl/sharedStrings.xml", SHEET.format("").replace("worksheet", "sst").replace(
            "<sheetData></sheetData>", shared))
        archive.writestr("xl/worksheets/sheet1.xml", SHEET.format("".join(f"<row>{''.join(r)}</row>" for r in cells)))


def test_pairs_follow_the_official_table(folder):
    assert ncci.pair("97150", "97110", DAY) and not ncci.pair("97110", "97140", DAY)
    done = load(folder, "ccipra-v323r0-f1.txt", PTP)
    assert [(one.table, one.rows) for one in done] == [("ncci_ptp", 4)]
    assert [f.code for f in done[0].findings] == ["TB105"] and "97140, 97530;" in done[0].findings[0].message
    assert not ncci.pair("97110", "97140", date(2026, 6, 30)) and ncci.pair("97110", "97140", DAY).indicator == "1"
    assert ncci.pair("97140", "97124", date(2020, 6, 30)).indicator == "0"
    assert not ncci.pair("97140", "97124", date(2022, 1, 1)) and ncci.pair("97140", "97124", DAY).indicator == "1"
    assert not ncci.pair("97530", "97116", date(2020, 1, 1)) and ncci.pair("97150", "97110", DAY)
    assert not ncci.pair("97140", "97750", DAY)  # the table speaks for 97140 and has no such row
    assert not ncci.pair("", "97110", DAY) and not ncci.pair("97-10", "97110", DAY)
    table.use(None)
    assert ncci.pair("97150", "97110", DAY)


def test_parts_in_one_call_and_a_zip(folder, tmp_path):
    one, two = PTP.splitlines(keepends=True)[:3], PTP.splitlines(keepends=True)
    with zipfile.ZipFile(tmp_path / "f1.zip", "w") as archive:
        archive.writestr("ccipra-f1.txt", "".join(one))
        archive.writestr("readme.pdf", b"no table")
    (tmp_path / "f2.txt").write_text("".join(two[:2] + two[3:]))
    done = install([tmp_path / "f1.zip", tmp_path / "f2.txt"], folder)
    assert [one.rows for one in done] == [4]
    again = install([tmp_path / "f1.zip"], folder)
    assert [one.rows for one in again] == [4]  # the same part again


def test_a_newer_edition_that_is_cut_short_is_told(folder):
    load(folder, "ccipra-v323r0-f1.txt", PTP)
    rows = PTP.splitlines(keepends=True)
    done = load(folder, "ccipra-v330r0-f1.txt", "".join([*rows[:2], "97140\t97124\t*\t19960101\t*\t0\tx\n"]))
    assert done[0].rows == 3  # 97110 and 97530 keep the edition before
    [found] = done[0].findings
    assert found.code == "TB105" and "2 first codes of an older" in found.message
    done = load(folder, "ccipra-v331r0-f1.txt", "".join(
        [*rows[:2], *(f"{one}\t97124\t*\t19960101\t*\t0\tx\n" for one in ("97110", "97140", "97530"))]))
    done = load(folder, "ccipra-v322r0-f1.txt", PTP)
    assert [f.code for f in done[0].findings] == ["TB106", "TB105"] and done[0].rows == 3


QUARTERS = ("01-01-2026", "04-01-2026", "07-01-2026", "10-01-2026")


def editions(kind):
    """Four editions of a table in their published form."""
    if kind == "mue":
        head = "HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator\n"
        return {f"MUE_Eff_{day}.csv": head + f"97110,{n + 2},3\n" + ("97140,4,3\n" if n % 2 else "")
                for n, day in enumerate(QUARTERS)}  # fmt: skip
    if kind == "rvu":
        row = ["97110", "", "x", "A", "", "{}", "0.50", "", "0.50", "", "0.02", "0.97", "0.97", "7", "XXX"]
        row += ["0.00"] * 3 + ["5"] + ["0"] * 5 + ["33.4009"]
        head = "RVU file\nHCPCS,MOD,DESCRIPTION,CODE,,WORK RVU,PE RVU,,,,MP RVU,,,,,,,,,,,,,,CONV FACTOR\n"
        return {f"PPRRVU2026_{month}_nonQPP.csv": head + ",".join(row).format(f"0.4{n}") + "\n"
                for n, month in enumerate(("Jan", "Apr", "Jul", "Oct"))}  # fmt: skip
    if kind == "ncci":
        head = "".join(PTP.splitlines(keepends=True)[:2])
        return {f"ccipra-v32{quarter}r0-f{part}.txt": head + "".join(
                    f"{code}\t{97000 + n}\t\t20200101\t*\t1\tx\n" for code in codes for n in range(quarter, 4))
                for quarter in (1, 2) for part, codes in ((1, (97110, 97112)), (2, (97140, 97530)))}  # fmt: skip
    if kind == "lists":
        head = "Code,Description,Start,Modified,Stop\n"
        return {"carc-2026q1.csv": head + "45,x,01/01/1995,,\n42,x,01/01/1995,,06/01/2007\n",
                "carc-2026q3.csv": head + "45,x,01/01/1995,,07/01/2026\n",
                "rarc-2026q1.csv": head + "N1,x,01/01/2000,,\n", "rarc-2026q3.csv": head + "N1,x,01/01/2001,,\n"}
    if kind == "therapy":
        return {f"therapy_2026q{n}.csv": f"HCPCS Code,Short,Disposition\n97129,x,{word}\n"
                for n, word in enumerate(("Always", "Sometimes", "Always", "Sometimes"), 1)}  # fmt: skip
    return {f"icd10cm-order-{year}.txt": f"00001 M545    {year % 2} words\n00002 M5450   1 words\n"
            for year in (2024, 2025, 2026, 2027)}  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(("mue", "rvu", "ncci", "lists", "therapy", "icd")), st.permutations(range(4)), st.booleans())
def test_the_order_of_loading_decides_nothing(tmp_path_factory, kind, order, together):
    made = list(editions(kind).items())
    folders = []
    for sequence in (range(4), order):
        root = tmp_path_factory.mktemp("loads")
        paths = [root / made[n][0] for n in sequence]
        for path in paths:
            path.write_text(dict(made)[path.name])
        for call in ([paths] if together else [[path] for path in paths]):
            install(call, root / "codes")
        folders.append({path.name: path.read_bytes() for path in (root / "codes").iterdir()})
    assert folders[0] == folders[1] and folders[0]


def test_an_edition_loaded_again_with_other_content_is_told(folder):
    head = "HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator\n"
    assert [f.code for f in load(folder, "MUE_Eff_10-01-2026.csv", head + "97110,4,3\n")[0].findings] == ["TB105"]
    again = load(folder, "MUE_Eff_10-01-2026.csv", head + "97110,5,3\n")
    assert [f.code for f in again[0].findings] == ["TB107", "TB105"]
    assert procedures.unit_limit("97110", DAY).units == 5
    older = load(folder, "MUE_Eff_07-01-2026.csv", head + "97110,6,3\n")
    assert "TB106" in [f.code for f in older[0].findings] and procedures.unit_limit("97110", DAY).units == 5
    lists = "Code,Description,Start,Modified,Stop\n"
    assert not load(folder, "carc.csv", lists + "45,words,01/01/1995,,\n")[0].findings
    again = load(folder, "carc.csv", lists + "45,words,01/01/1995,,01/01/2026\n")
    assert [f.code for f in again[0].findings] == ["TB107"] and not adjustments.in_effect("45", DAY)
    assert not load(folder, "rarc.csv", lists + "N1,words,01/01/1995,,\n")[0].findings
    assert adjustments.in_effect("N1", DAY) and adjustments.in_effect("45", date(2025, 1, 1))


def test_unit_limits_change_with_the_quarter(folder, tmp_path):
    rows = [["note", "", "", ""], ["HCPCS/CPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator",
                                   "MUE Rationale"], ["97110", "5", "3 Date of Service Edit: Clinical", "x"]]
    xlsx(tmp_path / "MCR_MUE_PractitionerServices_Eff_04-01-2026.xlsx", rows)
    done = install([tmp_path / "MCR_MUE_PractitionerServices_Eff_04-01-2026.xlsx"], folder)
    table.use(folder)
    assert done[0].since == date(2026, 4, 1) and done[0].rows == 1
    march = date(2026, 3, 31)
    assert procedures.unit_limit("97110", DAY).units == 5 and procedures.unit_limit("97110", march).units == 6
    assert procedures.unit_limit("97140", DAY) is None and procedures.unit_limit("97140", march).units == 6
    load(folder, "MUE_Eff_10-01-2026.csv", "HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator\n97110,4,3\n")
    limits = [procedures.unit_limit("97110", date(2026, month, 1)).units for month in (1, 5, 11)]
    assert limits == [6, 5, 4]


def test_relative_values(folder):
    head = ("2026 National Physician Fee Schedule Relative Value File\n"
            "HCPCS,MOD,DESCRIPTION,CODE,,WORK RVU,PE RVU,,,,MP RVU,,,,,,,,,,,,,,CONV FACTOR\n")
    row = ["97110", "", "x", "A", "", "0.45", "0.50", "", "0.50", "", "0.02", "0.97", "0.97", "7", "XXX"]
    row += ["0.00"] * 3 + ["5"] + ["0"] * 5 + ["33.4009"]
    before = therapy.estimate("97110", DAY)
    load(folder, "PPRRVU2026_Jan_nonQPP.csv", head + ",".join(row) + "\n")
    assert therapy.estimate("97110", DAY) != before and str(therapy.estimate("97110", DAY)) == "32.40"
    assert therapy.estimate("97110", date(2025, 5, 1)) == therapy.estimate("97110", date(2025, 6, 1))


def test_diagnoses_are_valid_within_their_year(folder):
    order = "00001 M545    0 words                words\n00002 M5450   1 words         words\n"
    assert diagnosis.billable("M54.50", DAY) is None
    load(folder, "icd10cm-order-2027.txt", order)
    assert diagnosis.billable("M54.50", DAY) is True and diagnosis.billable("M54.5", DAY) is False
    assert diagnosis.billable("Z99.9", DAY) is False and diagnosis.billable("M54.50", date(2026, 9, 30)) is None


def test_taxonomies_reasons_and_therapy_codes(folder):
    load(folder, "nucc_taxonomy_260.csv", "Code,Grouping,Classification,Specialization,Notes\n"
                                          "2251X9999X,x,Physical Therapist,Testing,\n")
    assert taxonomy.label("2251X9999X") == "physical therapist, testing" and taxonomy.label("225100000X")
    assert adjustments.in_effect("45", DAY) is None
    load(folder, "carc.csv", "Code,Description,Start,Modified,Stop\n"
                             "45,words,01/01/1995,,\n42,words,01/01/1995,,06/01/2007\n")
    assert adjustments.in_effect("45", DAY) and not adjustments.in_effect("42", DAY)
    assert adjustments.in_effect("42", date(2000, 1, 1)) and not adjustments.in_effect("ZZ9", DAY)
    load(folder, "therapy_2027q1.csv", "HCPCS Code,Short,Disposition\n97129,x,Always\n")
    assert procedures.find("97129", DAY).therapy == "sometimes"
    assert procedures.find("97129", date(2027, 1, 1)).therapy == "always"


def test_level_two_codes_hold_from_day_to_day(folder):
    assert procedures.in_force("G0283", DAY) is None
    load(folder, "HCPC2026_OCT_ANWEB.csv", "HCPC,SEQNUM,LONG DESCRIPTION,ADD DT,ACT EFF DT,TERM DT,ACTION CD\n"
         "A1,00100,words,19900101,19900101,,N\nG0283,00100,words,20030101,20030101,20261130,N\n")
    days = (date(2002, 12, 31), DAY, date(2026, 12, 1))
    assert [procedures.in_force("G0283", day) for day in days] == [False, True, False]
    assert procedures.in_force("G0281", DAY) is False and procedures.in_force("97110", DAY) is None


@pytest.mark.parametrize(("name", "data", "code"), [
    ("prices.csv", "a,b\n1,2\n", "TB101"), ("picture.xlsx", b"\x89PNG", "TB101"), ("empty.csv", "", "TB101"),
    ("mue.csv", "HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator\n97110,4,3\n", "TB102"),
    ("mue_Eff_10-01-2026.csv", "HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator\n", "TB103"),
])  # fmt: skip
def test_what_cannot_be_loaded_is_said(folder, name, data, code):
    done = load(folder, name, data)
    assert [f.code for one in done for f in one.findings] == [code] and not list(folder.glob("*.csv"))


@pytest.mark.parametrize(("name", "day"), [
    ("MCR_MUE_PractitionerServices_Eff_04-01-2026.xlsx", date(2026, 4, 1)), ("x", None),
    ("icd10cm_order_2027.txt", date(2026, 10, 1)), ("medicare-ncci-2026q4-practitioner", date(2026, 10, 1)),
    ("PPRRVU2026_Jan_nonQPP.csv", date(2026, 1, 1)), ("ccipra-v323r0-f1.txt", date(2026, 10, 1)),
    ("nucc_taxonomy_261.csv", date(2026, 7, 1)),
])  # fmt: skip
def test_the_first_day_of_a_file_name(name, day):
    assert first_day(name) == day


codes = st.from_regex(r"[0-9]{4}[0-9TU]", fullmatch=True)
days = st.dates(date(1990, 1, 1), date(2040, 12, 31)).map(lambda d: d.strftime("%Y%m%d"))


@given(st.lists(st.tuples(codes, codes, days, st.one_of(st.just(""), days), st.sampled_from("01")), max_size=30))
def test_the_index_gives_back_what_it_was_given(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("index") / "x.idx"
    assert pair_index.build(pair_index.pack(rows), path) == len(set(rows))
    index = pair_index.PairIndex(path)
    for one, two, first, last, indicator in rows:
        spans = [(i, a.strftime("%Y%m%d"), "" if b == date.max else b.strftime("%Y%m%d"))
                 for i, a, b in index.entries(one, two)]
        assert (indicator, first, last) in spans


@pytest.mark.parametrize("data", [b"", b"short", b"PTEDINCCI2\0\0\x05\0\0\0\0\0\0\0", b"X" * 100])
def test_a_broken_index_is_refused(tmp_path, data):
    path = tmp_path / "x.idx"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError):
        pair_index.PairIndex(path)


@given(st.binary(max_size=300), st.sampled_from(["x.csv", "x.xlsx", "x.zip", "x.txt", "x"]))
def test_any_bytes_get_an_answer(tmp_path_factory, data, name):
    path = tmp_path_factory.mktemp("any") / name
    path.write_bytes(data)
    for one in install([path], path.parent / "codes"):
        assert one.findings and not one.rows


def test_localities_follow_the_official_indices(folder):
    """The floor of the work index holds where a file gives it with and without."""
    text = ("ADDENDUM E. GEOGRAPHIC PRACTICE COST INDICES (GPCIs)\n"
            '"Medicare Administrative Contractor (MAC)",State,"Locality Number","Locality Name",'
            '"2026 PW GPCI (without 1.0 Floor)","2026 PW GPCI (with 1.0 Floor)","2026 PE GPCI","2026 MP GPCI"\n'
            "10112,AL,0,ALABAMA,0.985,1.000,0.869,0.575\n02102,AK,1,ALASKA*,1.500,1.500,1.081,0.592\nnotes,,,,,,,\n")
    done = load(folder, "GPCI2026.csv", text)
    assert [(one.table, one.rows, one.since) for one in done] == [("gpci", 2, date(2026, 1, 1))]
    found = locality.find("10112-00", DAY)
    assert (found.work, found.practice, found.malpractice) == (1, Decimal("0.869"), Decimal("0.575"))
    assert locality.find("02102-01", DAY).name == "ALASKA" and locality.find("10112-00", date(2025, 12, 31)) is None
    assert locality.find(locality.NATIONAL, DAY).practice == 1
