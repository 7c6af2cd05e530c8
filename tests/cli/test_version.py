"""`ptedi --version`: what runs here."""

from __future__ import annotations

import json
import platform
from importlib import metadata

from typer.testing import CliRunner

from ptedi import __version__
from ptedi.cli import app
from ptedi.x12 import guide


def test_versions_are_those_that_run() -> None:
    told = CliRunner().invoke(app, ["--version", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.output)
    assert (found["ptedi"], found["python"], found["pyx12"]) == (
        __version__, platform.python_version(), metadata.version("pyx12"))  # fmt: skip
    assert metadata.version("ptedi") == __version__
    assert {(one["set"], one["guide"]) for one in found["guides"]} >= {
        ("837", "005010X222A1"), ("835", "005010X221A1"), ("999", "005010X231A1"), ("277", "005010X214")}  # fmt: skip
    assert len(found["guides"]) == len(guide.known())
    words = CliRunner().invoke(app, ["--version"])
    assert (words.exit_code, "005010X222A1" in words.output, "SQLite" in words.output) == (0, True, True)


def test_json_before_a_command_is_not_swallowed() -> None:
    assert CliRunner().invoke(app, ["--json", "explain"]).exit_code == 2
    assert CliRunner().invoke(app, ["--json"]).exit_code == 2
