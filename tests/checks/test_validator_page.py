"""docs/validator.md: its generated tables are current, and it names no code that does not exist."""

from __future__ import annotations

import os
import re
from pathlib import Path

import ptedi.checks
from ptedi.checks.accounting import NOT_DECIDABLE
from ptedi.checks.explain import explain
from ptedi.findings import CATALOGUE
from ptedi.x12.guide import known, load

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "validator.md"
MEANING = {"005010X222A1": "structure and meaning", "005010X221A1": "structure and meaning",
           "004010X091A1": "structure and balance"}  # fmt: skip


def _guides() -> str:
    rows = ["| guide | set | what | checked |", "|---|---|---|---|"]
    for name in known():
        one = load(name)
        rows.append(f"| {one.reference} | {one.set_id} | {one.name} | {MEANING.get(name, 'structure')} |")
    return "\n".join(rows)


def _not_decidable() -> str:
    rows = ["| rule of the guide | why |", "|---|---|"]
    return "\n".join(rows + [f"| {rule} | {why} |" for rule, why in sorted(NOT_DECIDABLE.items())])


def _filled(text: str) -> str:
    for name, table in (("guides", _guides()), ("not decidable", _not_decidable())):
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        head, _, rest = text.partition(start)
        text = f"{head}{start}\n{table}\n{end}{rest.partition(end)[2]}"
    return text


def test_tables_are_current() -> None:
    """Set PTEDI_UPDATE=1 to write them anew."""
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("PTEDI_UPDATE"):
        PAGE.write_text(_filled(text), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == _filled(text), "run with PTEDI_UPDATE=1"


def test_codes_exist() -> None:
    assert ptedi.checks
    named = re.findall(r"\b(?:IE|SG|EL|C[A-Z]|RP|RD)\d{3}\b", PAGE.read_text(encoding="utf-8"))
    assert named and set(named) <= CATALOGUE.keys()


def test_every_registered_code_is_explained() -> None:
    """`ptedi explain CODE` has a whole page for each code the program can tell."""
    import ptedi.pipeline

    assert ptedi.pipeline
    for code, rule in CATALOGUE.items():
        if rule.reference == "test":
            continue
        text = explain(code)
        assert text and rule.title in text and rule.checks in text, code
        assert rule.matters and rule.instead, code
