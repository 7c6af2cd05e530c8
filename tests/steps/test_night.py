"""Opening a workspace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ptedi.errors import ConfigurationError
from ptedi.steps.night import Night, make_workspace, open_night


def test_a_workspace_is_private(workspace: Path) -> None:
    assert workspace.stat().st_mode & 0o077 == 0
    assert (workspace / "ptedi.toml").stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in workspace.iterdir() if path.is_dir()} == {0o700}


def test_settings_that_are_there_stay(workspace: Path) -> None:
    before = (workspace / "ptedi.toml").read_text()
    make_workspace(workspace, "environment = 'P'")
    assert (workspace / "ptedi.toml").read_text() == before


def test_payers_go_to_the_partner_they_name_or_to_the_only_one(night: Night) -> None:
    profile = next(iter(night.profiles.values()))
    stranger = replace(profile, partner="nobody")
    assert night.partner_of(stranger) is night.partners["harbor"]
    two = replace(night, partners=night.partners | {"pier": replace(night.partners["harbor"], id="pier")})
    assert two.partner_of(replace(profile, partner="pier")).id == "pier"
    with pytest.raises(ConfigurationError):
        two.partner_of(stranger)


def test_a_workspace_without_a_partner_says_so(workspace: Path) -> None:
    text = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(text[: text.index("[partners.")])
    with pytest.raises(ConfigurationError):
        open_night(workspace)


def test_a_workspace_may_bring_its_own_payers(workspace: Path) -> None:
    (workspace / "payers").mkdir()
    (workspace / "payers" / "own-plan.toml").write_text(
        'id = "own-plan"\nname = "OWN PLAN"\npayer_id = "00009"\npartner = "harbor"\nfiling_indicator = "CI"\n'
    )
    with open_night(workspace) as night:
        assert "own-plan" in night.profiles.ids
