"""Contract files: what is said is read, what is wrong is said, what is doubtful is linted."""

import datetime as dt
import json
import tomllib
from decimal import Decimal as D
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.errors import ConfigurationError
from ptedi.pricing import contract_file
from ptedi.pricing.contract import Basis, Contracts, Per, Rate, Terms
from ptedi.pricing.lint import lint

DAY = dt.date(2026, 11, 20)
FOLDER = Path(__file__).resolve().parents[2] / "schemas" / "contracts"
SCHEMA = json.loads((FOLDER / "contract.schema.json").read_text())
HEAD = 'id = "x"\npayer = "bluestone-ppo"\n'
TERMS = '[[terms]]\nfrom = 2026-01-01\nsource = "exhibit B"\nverified = "yes"\n'
LIST = "code,modifier,amount,practice,per\n97110,,31.50,14.00,\n97110,CQ,26.78,,unit\n97150,,18.00,,line\n"


def read(tmp_path: Path, text: str, prices: str = LIST):
    (tmp_path / "x.toml").write_text(text)
    (tmp_path / "x.csv").write_text(prices)
    return contract_file.read(tmp_path / "x.toml")


def test_everything_a_contract_can_say(tmp_path: Path) -> None:
    text = HEAD + TERMS + (
        'to = 2026-12-31\nbasis = "medicare"\npercent = "112.5"\nprogram = "MPFS-QP"\nlocality = "06302-00"\n'
        'list = "x.csv"\nper_visit = "85.00"\nper_visit_except = ["97161"]\nper_visit_most = "120.00"\n'
        'units_per_day = 4\nmppr = true\nassistant_percent = 85\nsequestration_percent = 2\ncoinsurance_percent = 20\n'
        'deductible = "283.00"\nlesser_of = false\ntolerance = "0.05"\nwork_from = "5.00"\n'
        '[terms.rates]\n97140 = "29"\n[terms.caps]\n97530 = "40.00"\n')  # fmt: skip
    terms = read(tmp_path, text).terms[0]
    rates = {"97110": Rate(amount=D("31.50"), practice=D("14.00")), "97110-CQ": Rate(amount=D("26.78")),
             "97150": Rate(amount=D("18.00"), per=Per.LINE), "97140": Rate(amount=D("29.00"))}  # fmt: skip
    wanted = Terms(
        effective_from=dt.date(2026, 1, 1), effective_to=dt.date(2026, 12, 31), source="exhibit B", verified="yes",
        basis=Basis.MEDICARE, percent=D("112.5"), program="MPFS-QP", locality="06302-00", rates=rates,
        per_visit=D("85.00"), per_visit_except=("97161",), per_visit_most=D("120.00"), caps={"97530": D("40.00")},
        units_per_day=4, mppr=True, assistant_percent=D(85), sequestration_percent=D(2), coinsurance_percent=D(20),
        deductible=D("283.00"), lesser_of=False, tolerance=D("0.05"), work_from=D("5.00"),
    )  # fmt: skip
    assert all(getattr(terms, name) == getattr(wanted, name) for name in Terms.__dataclass_fields__)
    jsonschema.validate(_plain(tomllib.loads(text)), SCHEMA)


def _plain(value):
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, dt.date) else value


def test_the_schema_knows_every_setting_and_the_shipped_contracts_fit_it() -> None:
    known = set(SCHEMA["properties"]["terms"]["items"]["properties"])
    names = set(Terms.__dataclass_fields__) - {"effective_from", "effective_to"} | {"from", "to", "list"}
    assert known == names
    for path in FOLDER.glob("*.toml"):
        jsonschema.validate(_plain(tomllib.loads(path.read_text())), SCHEMA)


@pytest.mark.parametrize("text", [
    "", "id = 1", HEAD, HEAD.replace('"x"', '"y"') + TERMS, HEAD + TERMS + "unknown = 1\n", "[[",
    HEAD + TERMS.replace("2026-01-01", '"2026"'), HEAD + TERMS + "to = 2025-01-01\n",
    HEAD + TERMS + 'basis = "guess"\n', HEAD + TERMS + "percent = 1.5\n",
    HEAD + TERMS + "assistant_percent = 101\n", HEAD + TERMS + "percent = true\n",
    HEAD + TERMS + 'percent = "1.2.3"\n', HEAD + TERMS + "per_visit = 85.0\n", HEAD + TERMS + 'per_visit = "-1"\n',
    HEAD + TERMS + 'per_visit = "8.555"\n', HEAD + TERMS + 'list = "../x.csv"\n', HEAD + TERMS + 'list = "gone.csv"\n',
    HEAD + TERMS + "[terms.rates]\n97110 = 31\n", HEAD + TERMS + "units_per_day = -1\n",
])  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        read(tmp_path, text)
    assert "x." in str(told.value)


@pytest.mark.parametrize("prices", [
    "code\n97110\n", "code,amount\n97110,\n", "code,amount\n97110,1\n97110,2\n", "code,amount,colour\n97110,1,red\n",
    "code,amount,practice\n97110,1,2\n", "code,amount,per\n97110,1,week\n", "code,amount\n97110,abc\n",
])  # fmt: skip
def test_a_wrong_list_names_its_line(tmp_path: Path, prices: str) -> None:
    with pytest.raises(ConfigurationError, match=r"x\.csv line [23]"):
        read(tmp_path, HEAD + TERMS + 'list = "x.csv"\n', prices)


@settings(max_examples=200)
@given(st.one_of(st.text(), st.binary()))
def test_no_file_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, content) -> None:
    folder = tmp_path_factory.getbasetemp()
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    (folder / "x.toml").write_text(HEAD + TERMS + 'list = "x.csv"\n')
    (folder / "x.csv").write_bytes(b"code,amount\n" + data)
    (folder / "y.toml").write_bytes(data)
    for name in ("x.toml", "y.toml"):
        try:
            contract_file.read(folder / name)
        except ConfigurationError:
            continue


def test_the_version_follows_the_list_too(tmp_path: Path) -> None:
    text = HEAD + TERMS + 'list = "x.csv"\n'
    one, two = read(tmp_path, text), read(tmp_path, text, LIST.replace("18.00", "18.01"))
    assert one.version != two.version == read(tmp_path, text, LIST.replace("18.00", "18.01")).version


def test_later_terms_and_later_contracts_hold(tmp_path: Path) -> None:
    second = TERMS.replace("2026-01-01", "2026-07-01").replace("exhibit B", "amendment 1")
    (tmp_path / "a-general.toml").write_text(HEAD.replace('"x"', '"a-general"') + TERMS.replace("2026", "2020"))
    read(tmp_path, HEAD + TERMS + second)
    known = contract_file.load(tmp_path)
    sources = [known.find("bluestone-ppo", day)[1].source for day in (dt.date(2026, 6, 30), dt.date(2026, 7, 1))]  # type: ignore[index]
    assert sources == ["exhibit B", "amendment 1"]
    assert known.find("bluestone-ppo", dt.date(2021, 1, 1))[0].id == "a-general"  # type: ignore[index]
    assert known.find("bluestone-ppo", dt.date(2019, 1, 1)) is None and known.find("nobody", DAY) is None


# --- lint ---

RATES = '[terms.rates]\n97110 = "31.50"\n'


def linted(tmp_path: Path, text: str, charges=None, payers=("bluestone-ppo",)) -> list[str]:
    known = Contracts({"bluestone-ppo": (read(tmp_path, text),)})
    return [one.code for one in lint(known, payers, charges or {"97110": D("62.00")}, DAY)]


def test_a_good_contract_is_silent(tmp_path: Path) -> None:
    assert linted(tmp_path, HEAD + TERMS + RATES) == []


@pytest.mark.parametrize(("text", "code"), [
    (HEAD + TERMS + RATES.replace("97110", "97O10"), "AG102"),
    (HEAD + TERMS.replace('"yes"', '"recalled"') + RATES, "AG103"),
    (HEAD + TERMS + "to = 2026-03-31\n" + RATES, "AG104"), (HEAD + TERMS + RATES + TERMS + RATES, "AG105"),
    (HEAD + TERMS, "AG106"), (HEAD + TERMS + 'basis = "medicare"\n', "AG106"),
    (HEAD + TERMS + RATES.replace("31", "63"), "AG107"), (HEAD + TERMS + 'basis = "medicare"\n', "AG108"),
])  # fmt: skip
def test_what_is_doubtful_is_said(tmp_path: Path, text: str, code: str) -> None:
    assert code in linted(tmp_path, text)


@pytest.mark.parametrize("more", ['locality = "06302-00"', "percent = 110"])
def test_a_locality_or_a_percent_of_the_national_fee_is_enough(tmp_path: Path, more: str) -> None:
    assert "AG108" not in linted(tmp_path, HEAD + TERMS + f'basis = "medicare"\n{more}\n')


def test_a_contract_with_nobody(tmp_path: Path) -> None:
    assert "AG101" in linted(tmp_path, HEAD + TERMS + RATES, payers=("other",))
