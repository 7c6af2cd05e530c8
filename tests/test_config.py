"""A workspace opens with its settings or says in one sentence why not."""

from pathlib import Path

import pytest

from ptedi.config import data_folder, open_workspace
from ptedi.errors import ConfigurationError


def workspace(tmp_path: Path, text: str) -> Path:
    (tmp_path / "ptedi.toml").write_text(text)
    return tmp_path


def test_folders_are_private_at_every_level(tmp_path: Path) -> None:
    made = open_workspace(workspace(tmp_path, "")).folder("clearinghouse/to")
    assert made.stat().st_mode & 0o777 == 0o700
    assert made.parent.stat().st_mode & 0o777 == 0o700


def test_the_store_is_a_file_of_the_workspace_unless_named(tmp_path: Path) -> None:
    opened = open_workspace(workspace(tmp_path, ""))
    assert opened.database_url == f"sqlite:///{tmp_path.resolve()}/ptedi.db"
    opened = open_workspace(workspace(tmp_path, '[store]\nurl = "postgresql+psycopg://h/db"\n'))
    assert opened.database_url == "postgresql+psycopg://h/db"


def test_no_workspace_is_said_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as said:
        open_workspace(tmp_path)
    assert "ptedi init" in said.value.hint


@pytest.mark.parametrize("text", ["environment = [", "\x00", 'a = "\\q"'])
def test_broken_settings_are_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        open_workspace(workspace(tmp_path, text))


def test_the_environment_is_t_or_p(tmp_path: Path) -> None:
    assert open_workspace(workspace(tmp_path, "")).environment == "T"
    with pytest.raises(ConfigurationError):
        _ = open_workspace(workspace(tmp_path, 'environment = "X"')).environment


def test_shipped_folders_are_found() -> None:
    assert (data_folder("schemas") / "payers").is_dir()
    with pytest.raises(ConfigurationError):
        data_folder("nowhere")
