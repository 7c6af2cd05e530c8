"""docs/findings.md lists every finding code there is."""

import os
from pathlib import Path

from ptedi.checks import explain
from ptedi.cli.explaining import rules

PAGE = Path(__file__).resolve().parents[2] / "docs" / "findings.md"


def test_the_index_is_current() -> None:
    """Set PTEDI_UPDATE=1 to write the page anew."""
    known = [rule for rule in rules().values() if rule.reference != "test"]
    text = explain.index(known)
    if os.environ.get("PTEDI_UPDATE"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "run with PTEDI_UPDATE=1"


def test_every_family_has_a_name() -> None:
    assert {code[:2] for code, rule in rules().items() if rule.reference != "test"} <= explain.GROUPS.keys()
