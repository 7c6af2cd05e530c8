"""Every command on a small night: exit codes, JSON, words that help, never a traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from rich.text import Text
from typer.main import get_command
from typer.testing import CliRunner

from ptedi.cli import app, main
from ptedi.denials.actions import COMMANDS

DAY = "2026-11-19"
RUN = CliRunner()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cli") / "practice"
    told = RUN.invoke(app, ["demo", str(root), "--date", DAY, "--visits", "40", "--no-airflow"])
    assert told.exit_code == 0, told.output
    assert "0.00 unexplained" in told.output
    return root


def read(*words: str | Path) -> object:
    told = RUN.invoke(app, [str(word) for word in words])
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def test_every_command_explains_itself() -> None:
    told = RUN.invoke(app, ["--help"])
    assert told.exit_code == 0
    for command in ("init", "demo", "nightly", "collect", "summary", "claims", "claim", "work", "check", "read",
                    "explain", "sandbox", "up"):  # fmt: skip
        assert command in told.output
        page = RUN.invoke(app, [command, "--help"])
        assert page.exit_code == 0
        assert "Usage:" in page.output


def commands(at: click.Command, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, at
    for name, one in getattr(at, "commands", {}).items():
        yield from commands(one, *words, name)


def test_no_bracket_of_a_help_text_is_taken_for_markup() -> None:
    markup = re.compile(r"\[(bold|dim|italic)[a-z ]*\]|\[/[a-z ]*\]")  # what we mean as such
    for words, one in commands(get_command(app)):
        for said in (one.help, *(getattr(option, "help", None) for option in one.params)):
            meant = markup.sub("", said or "").replace("\\[", "[")
            assert Text.from_markup(said or "").plain == meant, words


def test_the_summary_closes_and_adds_up(workspace: Path) -> None:
    found = read("summary", "-w", workspace, "--date", DAY, "--json")
    assert isinstance(found, dict)
    assert found["closes"] is True
    states = sum(state["count"] for state in found["claims"]["by_state"].values())
    assert states == found["claims"]["count"]


def test_a_summary_that_a_cent_is_missing_from_ends_with_1(workspace: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(workspace, tmp_path / "copy")
    told = ["summary", "-w", str(copy), "--date", DAY]
    assert RUN.invoke(app, told).exit_code == 0
    with sqlite3.connect(copy / "ptedi.db") as conn:
        conn.execute("UPDATE postings SET amount_cents = amount_cents - 1 WHERE id = (SELECT max(id) FROM postings)")
    assert RUN.invoke(app, told).exit_code == RUN.invoke(app, [*told, "--json"]).exit_code == 1


def test_claims_work_and_one_claim(workspace: Path) -> None:
    rows = read("claims", "-w", workspace, "--json")
    assert isinstance(rows, list)
    assert rows
    for row in rows:
        if row["after"]:
            assert row["after"] in {one["patient_control_number"] for one in rows if not one["after"]}
            continue
        cents = [int(row[key].replace(".", "")) for key in ("charge", "paid", "adjusted", "patient", "open")]
        assert cents[0] == sum(cents[1:]), row["patient_control_number"]
    number = next(row["patient_control_number"] for row in rows if row["state"] == "paid")
    story = read("claim", number.lower(), "-w", workspace, "--json")
    assert isinstance(story, dict)
    assert [event["event"] for event in story["events"]][-1] == "coded"
    assert all(event["byte_offset"] is not None for event in story["events"] if event["event"].startswith("835"))
    assert RUN.invoke(app, ["claim", number, "-w", str(workspace)]).exit_code == 0
    assert RUN.invoke(app, ["claim", "NOBODY", "-w", str(workspace)]).exit_code == 2
    items = read("work", "-w", workspace, "--json")
    assert isinstance(items, list)
    assert [item["priority"] for item in items] == sorted((item["priority"] for item in items), reverse=True)
    denials = read("work", "-w", workspace, "--kind", "denial", "--json")
    assert isinstance(denials, list)
    assert {item["kind"] for item in denials} == {"denial"}


def test_steps_by_hand_find_everything_done(workspace: Path) -> None:
    found = []
    for _ in range(2):  # the first time the claims to next payers, made after the night, go out and are answered
        for words in (["nightly", "--date", DAY], ["sandbox", "--date", DAY], ["collect"]):
            assert RUN.invoke(app, [*words, "-w", str(workspace)]).exit_code == 0
            assert read(*words, "-w", workspace, "--json") is not None
        found.append(read("summary", "-w", workspace, "--date", DAY, "--json"))
    assert found[0] == found[1]


def test_check_and_read_a_sent_file(workspace: Path) -> None:
    sent = next((workspace / "clearinghouse/to").glob("*"))
    told = RUN.invoke(app, ["check", str(sent), "--format", "json"])
    assert told.exit_code == 0, told.stdout
    report = json.loads(told.stdout)
    assert report["verdict"] == "accepted"
    assert set(report) >= {"file", "verdict", "transactions", "findings"}
    assert report["transactions"][0]["set"] == "837"
    told = RUN.invoke(app, ["read", str(sent), "--format", "json"])
    assert told.exit_code == 0
    assert len(json.loads(told.stdout)["claims"]) == report["transactions"][0]["claims"]
    assert RUN.invoke(app, ["read", str(sent)]).exit_code == 0


@pytest.mark.parametrize(("data", "code"), [(b"", 2), (b"hello", 2), (b"\xff\xfe\x00", 2)])
def test_what_is_no_x12_is_unreadable(tmp_path: Path, data: bytes, code: int) -> None:
    path = tmp_path / "thing.835"
    path.write_bytes(data)
    told = RUN.invoke(app, ["check", str(path), "--format", "json"])
    assert told.exit_code == code
    assert json.loads(told.stdout)["verdict"] == "unreadable"
    told = RUN.invoke(app, ["read", str(path), "--format", "json"])
    assert told.exit_code == 2
    assert json.loads(told.stdout)["findings"]


def test_a_cut_file_is_read_and_said(tmp_path: Path) -> None:
    path = tmp_path / "cut.837"
    path.write_bytes((Path(__file__).parents[2] / "sample_edi/837p/self.edi").read_bytes()[:1200])
    told = RUN.invoke(app, ["read", str(path)])
    assert told.exit_code == 1
    assert "RD006" in told.output and "ptedi check" in told.output
    told = RUN.invoke(app, ["read", str(path), str(tmp_path / "nothing.835"), "--format", "json"])
    assert told.exit_code == 2
    assert "RD006" in told.output


def test_a_missing_file_is_said_not_thrown(tmp_path: Path) -> None:
    for command in ("check", "read"):
        told = RUN.invoke(app, [command, str(tmp_path / "nothing.835")])
        assert told.exit_code == 2
        assert "Traceback" not in told.output


@pytest.mark.parametrize("code", ["CO-97", "PR-1", "N20", "97110", "KX", "CC001", "C01", "A7:164", "co45"])
def test_a_known_code_has_a_page(code: str) -> None:
    told = RUN.invoke(app, ["explain", code])
    assert told.exit_code == 0, told.output
    assert len(told.output) > 40


def test_an_unknown_code_says_so() -> None:
    assert RUN.invoke(app, ["explain", "ZZ999"]).exit_code == 2
    index = read("explain", "--json")
    assert isinstance(index, list)
    assert len(index) > 150


@pytest.mark.parametrize("words", [
    ["claims"], ["nightly"], ["claims", "--date", "31.12.2026"],
    ["claims", "--from", "2026-11-20", "--to", "2026-11-01"],
    ["claims", "--date", "2026-11-20", "--to", "2026-11-21"],
])  # fmt: skip
def test_known_problems_are_one_sentence(
    tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PTEDI_WORKSPACE", str(tmp_path / "nowhere"))
    monkeypatch.setattr(sys, "argv", ["ptedi", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capfd.readouterr()
    assert told.err.strip() and not told.out and "Traceback" not in told.err


def test_a_known_problem_ends_the_process_with_two(tmp_path: Path) -> None:
    env = {**os.environ, "PTEDI_WORKSPACE": str(tmp_path / "nowhere")}
    told = subprocess.run([sys.executable, "-c", "from ptedi.cli import main; main()", "claims"], env=env,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert told.returncode == 2 and "Traceback" not in told.stderr


def test_init_makes_a_workspace_once(tmp_path: Path) -> None:
    assert RUN.invoke(app, ["init", str(tmp_path / "mine")]).exit_code == 0
    assert (tmp_path / "mine/ptedi.toml").stat().st_mode & 0o777 == 0o600
    assert RUN.invoke(app, ["init", str(tmp_path / "mine")]).exit_code == 1
    assert RUN.invoke(app, ["nightly", "-w", str(tmp_path / "mine"), "--date", DAY]).exit_code == 0


def test_what_an_item_says_to_type_can_be_typed() -> None:
    for words in COMMANDS.values():
        found: object = get_command(app)
        for word in words.removeprefix("ptedi ").partition("{")[0].split():
            found = getattr(found, "commands", {}).get(word)
            assert found is not None, words
        assert not hasattr(found, "commands"), words
