"""A workspace whose store was lost does not begin to count from 1 again."""

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from ptedi import pipeline
from ptedi.cli import app, demo
from ptedi.errors import ConfigurationError


@pytest.mark.parametrize("damage", ["gone", "empty", "garbage"])
def test_a_lost_store_is_said(tmp_path: Path, damage: str) -> None:
    demo.run(tmp_path, demo.default_date(), airflow=False, console=Console(quiet=True), visits=3)
    database = tmp_path / "ptedi.db"
    for beside in tmp_path.glob("ptedi.db-*"):
        beside.unlink()
    if damage == "gone":
        database.unlink()
    else:
        database.write_bytes(b"" if damage == "empty" else b"garbage" * 1000)
    with pytest.raises(ConfigurationError):
        pipeline.open_night(tmp_path)
    sent = sorted(p.name for p in (tmp_path / "clearinghouse/to").iterdir())
    told = CliRunner().invoke(app, ["nightly", "-w", str(tmp_path)])
    assert isinstance(told.exception, ConfigurationError)
    assert sorted(p.name for p in (tmp_path / "clearinghouse/to").iterdir()) == sent


def test_a_filter_that_can_match_nothing_is_refused(tmp_path: Path) -> None:
    demo.run(tmp_path, demo.default_date(), airflow=False, console=Console(quiet=True), visits=3)
    for words in (["claims", "--state", "bogus"], ["claims", "--payer", "nosuch"], ["work", "--kind", "bogus"]):
        told = CliRunner().invoke(app, [*words, "-w", str(tmp_path)])
        assert told.exit_code == 2
        assert "known:" in told.output
