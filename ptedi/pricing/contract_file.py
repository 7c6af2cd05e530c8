"""Contract files: `schemas/contracts/<id>.toml`, or `contracts/` of a workspace, which replaces one of the same name.

    id = "bluestone-2026"               # the file's name
    payer = "bluestone-ppo"             # the payer's profile

    [[terms]]
    from = 2026-01-01                   # "to" may end it, both days included
    source = "Agreement of 2025-11-03, exhibit B"
    verified = "yes"
    basis = "medicare"                  # or "charges", "listed"
    percent = 115
    locality = "national"
    mppr = true
    list = "bluestone-2026.csv"         # code,amount[,practice,per,modifier]: prices of their own, in the same folder
    [terms.rates]
    97750 = "41.00"

Amounts are texts, so that no cent is lost on the way.  JSON Schema: `contract.schema.json`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ptedi.codes.locality import NATIONAL
from ptedi.config import data_folder
from ptedi.errors import ConfigurationError
from ptedi.money import amount as money
from ptedi.payers.settings import Table
from ptedi.pricing.contract import HUNDRED, AfterOthers, Basis, Contract, Contracts, Per, Rate, Terms

_LARGEST = 4_000_000  # bytes of a list


def load(folder: Path | None = None) -> Contracts:
    """The shipped contracts and those of a folder (a workspace's `contracts/`).

    Raises:
        ConfigurationError: a file cannot be read or says something no rule knows.
    """
    paths = {path.stem: path for path in sorted((data_folder("schemas") / "contracts").glob("*.toml"))}
    if folder is not None and folder.is_dir():
        paths |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
    found: dict[str, tuple[Contract, ...]] = {}
    for _, path in sorted(paths.items()):
        contract = read(path)
        found[contract.payer] = (*found.get(contract.payer, ()), contract)
    return Contracts(found)


def read(path: Path) -> Contract:
    """One contract with the price lists it names.

    Raises:
        ConfigurationError: a file cannot be read or says something no rule knows.
    """
    try:
        data = path.read_bytes()
        document = tomllib.loads(data.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigurationError(f"contract {path.name} cannot be read: {problem}") from None
    at = Table(document, path.name)
    at.only("id", "payer", "terms")
    if at.text("id") != path.stem:
        raise at.wrong("id", f"must be the name of the file, {path.stem}")
    read_too = hashlib.sha256(data)
    blocks = tuple(_terms(block, path.parent, read_too) for block in at.tables("terms"))
    if not blocks:
        raise at.wrong("terms", "is missing: a contract has at least one [[terms]] block")
    return Contract(id=path.stem, payer=at.text("payer"), terms=blocks, version=read_too.hexdigest()[:16])


_KNOWN = ("from", "to", "source", "verified", "basis", "percent", "program", "locality", "list", "rates", "per_visit",
          "per_visit_except", "per_visit_most", "caps", "units_per_day", "mppr", "assistant_percent",
          "sequestration_percent", "coinsurance_percent", "deductible", "after_others", "lesser_of",
          "tolerance", "work_from")  # fmt: skip


def _terms(at: Table, folder: Path, read_too: Any) -> Terms:
    at.only(*_KNOWN)
    first, last = at.day("from"), at.day_or_none("to") or date.max
    if last < first:
        raise at.wrong("to", "lies before from")
    listed = _list(at, folder, read_too) if "list" in at else {}
    units = at.number("units_per_day", 0)
    if units < 0:
        raise at.wrong("units_per_day", "cannot be negative")
    return Terms(
        effective_from=first, effective_to=last, source=at.text("source"), verified=at.text("verified", "no"),
        basis=_basis(at), percent=_percent(at, "percent", HUNDRED, most=1000), program=at.text("program", "MPFS"),
        locality=at.text("locality", NATIONAL),
        rates=listed | {code: Rate(amount=one) for code, one in _amounts(at, "rates").items()},
        per_visit=_dollars(at, "per_visit"), per_visit_except=at.texts("per_visit_except"),
        per_visit_most=_dollars(at, "per_visit_most"), caps=_amounts(at, "caps"), units_per_day=units,
        mppr=at.flag("mppr"), assistant_percent=_percent(at, "assistant_percent", HUNDRED),
        sequestration_percent=_percent(at, "sequestration_percent", Decimal(0)),
        coinsurance_percent=_percent(at, "coinsurance_percent", Decimal(0)) if "coinsurance_percent" in at else None,
        deductible=_dollars(at, "deductible"), after_others=_after_others(at), lesser_of=at.flag("lesser_of", True),
        tolerance=_dollars(at, "tolerance") or Decimal("0.02"), work_from=_dollars(at, "work_from") or Decimal("1.00"),
    )  # fmt: skip


def _basis(at: Table) -> Basis:
    name = at.text("basis", Basis.LISTED.value)
    if name not in list(Basis):
        raise at.wrong("basis", f"must be one of {', '.join(Basis)}")
    return Basis(name)


def _after_others(at: Table) -> AfterOthers:
    name = at.text("after_others", AfterOthers.NOT_TOLD.value)
    if name not in list(AfterOthers):
        raise at.wrong("after_others", f"must be one of {', '.join(filter(None, AfterOthers))}")
    return AfterOthers(name)


def _percent(at: Table, key: str, default: Decimal, *, most: int = 100) -> Decimal:
    value = dict(at.items()).get(key)
    if value is None:
        return default
    if type(value) is int or (isinstance(value, str) and value.replace(".", "", 1).isdecimal() and len(value) < 9):
        percent = Decimal(value)
        if 0 <= percent <= most:
            return percent
    raise at.wrong(key, f'must be a whole number or a text like "112.5", from 0 to {most}')


def _dollars(at: Table, key: str) -> Decimal | None:
    return _amount(at, key, at.text(key)) if key in at else None


def _amounts(at: Table, key: str) -> dict[str, Decimal]:
    table = at.table(key)
    return {code: _amount(table, code, table.text(code)) for code, _ in table.items()}


def _amount(at: Table, key: str, text: str) -> Decimal:
    try:
        value = money(text)
    except ValueError:
        value = Decimal(-1)
    if not 0 <= value < 1_000_000:
        raise at.wrong(key, 'must be dollars and cents in quotes, like "31.50"')
    return value


def _list(at: Table, folder: Path, read_too: Any) -> dict[str, Rate]:
    """A price list: CSV with code and amount, and maybe modifier, practice, per."""
    name = at.text("list")
    path = folder / name
    if Path(name).name != name:
        raise at.wrong("list", "must be a file beside the contract")
    try:
        data = path.read_bytes()[:_LARGEST]
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise at.wrong("list", f"{name} cannot be read: {type(problem).__name__}") from None
    read_too.update(data)
    found: dict[str, Rate] = {}
    for number, row in enumerate(rows, 2):
        texts = {k: v.strip() for k, v in row.items() if k and isinstance(v, str)}
        line = Table(texts, f"{name} line {number}")
        line.only("code", "modifier", "amount", "practice", "per", "source")
        key = line.text("code") + (f"-{modifier}" if (modifier := line.text("modifier", "")) else "")
        if key in found:
            raise line.wrong("code", f"{key} has a price already")
        found[key] = _rate(line)
    return found


def _rate(line: Table) -> Rate:
    per, practice = line.text("per", "") or Per.UNIT.value, line.text("practice", "")
    if per not in list(Per):
        raise line.wrong("per", f"must be one of {', '.join(Per)}")
    rate = Rate(amount=_amount(line, "amount", line.text("amount")), per=Per(per),
                practice=_amount(line, "practice", practice) if practice else None)  # fmt: skip
    if rate.practice is not None and rate.practice > rate.amount:
        raise line.wrong("practice", "is more than the amount it is a part of")
    return rate
