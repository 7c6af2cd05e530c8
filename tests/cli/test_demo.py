"""The sandbox and the demo invent claims, answers and money: only in a test workspace, the demo only in its own."""

from __future__ import annotations

import errno
from datetime import date
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.cli import demo, main
from ptedi.errors import ConfigurationError, InterlockError
from ptedi.sandbox import practice

DAY = "2026-11-19"


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("words", [("sandbox", "-w"), ("demo", "--no-airflow", "--visits", "3", "--date", DAY)])
def test_nothing_is_invented_in_a_production_workspace(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.make_workspace(tmp_path / "real", practice.settings(environment="P"))
    before = files(tmp_path)
    monkeypatch.setattr("sys.argv", ["ptedi", *words, str(tmp_path / "real")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "production" in told and "Traceback" not in told
    assert files(tmp_path) == before


def test_the_sandbox_answers_no_production_file(tmp_path: Path) -> None:
    workspace = pipeline.make_workspace(tmp_path / "real", practice.settings(environment="P"))
    with pytest.raises(InterlockError):
        demo.answer(workspace, date.fromisoformat(DAY))


def test_the_demo_leaves_the_workspace_of_another_practice_alone(tmp_path: Path) -> None:
    text = practice.settings().replace(f'id = "{practice.PRACTICE_ID}"', 'id = "ours"')
    pipeline.make_workspace(tmp_path / "ours", text)
    (tmp_path / "ours" / "authorizations.csv").write_text("ours")
    with pytest.raises(ConfigurationError, match="ours"):
        demo.make_workspace(tmp_path / "ours")
    assert (tmp_path / "ours" / "authorizations.csv").read_text() == "ours"


def test_the_demo_may_be_run_again_in_its_own(tmp_path: Path) -> None:
    made = demo.make_workspace(tmp_path / "demo")
    assert demo.make_workspace(tmp_path / "demo").settings == made.settings


@pytest.mark.parametrize(("code", "said"), [(errno.ENOSPC, "make room"), (errno.EROFS, "right to write")])
def test_what_the_disk_refuses_is_said_with_what_to_do(
    code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "refused", str(tmp_path / "x"))

    monkeypatch.setattr(demo, "run", refuse)
    monkeypatch.setattr("sys.argv", ["ptedi", "demo", str(tmp_path / "demo"), "--no-airflow"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert (ended.value.code, said in told, "again" in told) == (2, True, True)
