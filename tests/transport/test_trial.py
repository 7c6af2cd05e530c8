"""`ptedi partners`, and the page that tells integrators how to connect one."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest
import typer
from typer.testing import CliRunner

from ptedi.cli import partners as commands
from ptedi.config import data_folder
from ptedi.errors import ChannelUnavailable, ConfigurationError
from ptedi.payers import partner
from ptedi.payers.channel import LOCAL_SETTINGS, SFTP_SETTINGS
from ptedi.pipeline import make_workspace
from ptedi.sandbox import practice
from ptedi.transport import LocalChannel, try_out
from tests.transport.servers import Site

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "partners.md").read_text(encoding="utf-8")
SCHEMA = json.loads((data_folder("schemas") / "partners" / "partner.schema.json").read_text())
APP = typer.Typer()
commands.add_to(APP)


def test_a_trial_leaves_nothing_behind(site: Site) -> None:
    (site.inbound / "a.835").write_bytes(b"ISA")
    channel = site.channel()
    assert try_out(channel).waiting == 1 and not try_out(channel).written
    told = try_out(channel, write=True)
    assert told.written and told.refused == () and list(site.outbound.iterdir()) == []


def test_a_trial_of_folders(tmp_path: Path) -> None:
    told = try_out(LocalChannel(outbound=tmp_path / "to", inbound=tmp_path / "from"), write=True)
    assert told.written and list((tmp_path / "to").iterdir()) == []


def test_the_commands(tmp_path: Path) -> None:
    make_workspace(tmp_path / "practice", practice.settings())
    place = ["-w", str(tmp_path / "practice")]
    told = CliRunner().invoke(APP, ["partners", "try", "harbor", "--write", "--json", *place])
    assert told.exit_code == 0 and json.loads(told.stdout)["written"] is True
    assert CliRunner().invoke(APP, ["partners", "try", "harbor", "--write", *place]).exit_code == 0
    (row,) = json.loads(CliRunner().invoke(APP, ["partners", "list", "--json", *place]).stdout)
    assert row["id"] == "harbor" and len(row["payers"]) == 6 and row["usage"] == "T"
    assert CliRunner().invoke(APP, ["partners", "list", *place]).exit_code == 0
    lost = CliRunner().invoke(APP, ["partners", "try", "nobody", *place])
    assert isinstance(lost.exception, ConfigurationError)


def test_the_command_over_sftp(site: Site, tmp_path: Path) -> None:
    from tests.transport.test_night_over_sftp import workspace

    root = workspace(tmp_path / "practice", site)
    told = CliRunner().invoke(APP, ["partners", "try", "harbor", "--write", "--json", "-w", str(root)])
    assert told.exit_code == 0 and json.loads(told.stdout)["written"] is True
    (row,) = json.loads(CliRunner().invoke(APP, ["partners", "list", "--json", "-w", str(root)]).stdout)
    assert row["way"].startswith("sftp ")
    down = workspace(tmp_path / "down", site, port=1)
    assert isinstance(CliRunner().invoke(APP, ["partners", "try", "harbor", "-w", str(down)]).exception,
                      ChannelUnavailable)  # fmt: skip


def test_the_tables_of_the_page_can_be_used() -> None:
    blocks = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
    whole, other_login = blocks
    jsonschema.validate(whole, SCHEMA)
    assert partner.load(whole["partners"])["harbor"].channel
    whole["partners"]["harbor"]["transport"] = other_login["partners"]["harbor"]["transport"]
    jsonschema.validate(whole, SCHEMA)
    assert partner.load(whole["partners"])["harbor"].channel


def test_the_page_tells_of_every_setting_and_of_nothing_else() -> None:
    known = {*partner.SETTINGS, *SFTP_SETTINGS, *LOCAL_SETTINGS}
    assert {name for name in SFTP_SETTINGS if not re.search(rf"\b{name}\b", PAGE)} <= {"port", "timeout_seconds"}
    told = set(re.findall(r"^\| `([a-z_]+)`", PAGE, re.MULTILINE))
    assert told <= known
    for field in partner.FIELDS:
        assert f"{{{field}}}" in PAGE


@pytest.mark.parametrize("target", re.findall(r"\]\((\.\./[^)]+)\)", PAGE))
def test_the_links_of_the_page_lead_somewhere(target: str) -> None:
    assert (Path(__file__).resolve().parents[2] / "docs" / target).exists()
