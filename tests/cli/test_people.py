"""`ptedi people`: who may sign in to the workbench, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi import pipeline
from ptedi.cli import app
from ptedi.pipeline import people
from ptedi.sandbox import practice

RUN = CliRunner()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(people, "HASHER", people.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    pipeline.make_workspace(tmp_path / "practice", practice.settings())
    return tmp_path / "practice"


def ptedi(root: Path, *words: str, typed: str = "", code: int = 0) -> str:
    told = RUN.invoke(app, ["people", *words, "-w", str(root)], input=typed)
    assert told.exit_code == code, told.output
    return told.output


def test_a_person_from_first_to_last(root: Path) -> None:
    assert "nobody yet" in ptedi(root, "list")
    ptedi(root, "add", "Lee", "--role", "administrator", typed="a sentence of mine\n")
    made = ptedi(root, "add", "kim").splitlines()[-1].strip()
    with pipeline.open_night(root) as night:
        assert isinstance(people.check_password(night, "lee", "a sentence of mine"), people.Person)
        assert isinstance(people.check_password(night, "kim", made), people.Person)
    ptedi(root, "role", "kim", "approver")
    ptedi(root, "lock", "kim")
    told = {one["name"]: one for one in json.loads(ptedi(root, "list", "--json"))}
    assert told["kim"]["role"] == "approver" and told["kim"]["locked"] and told["lee"]["role"] == "administrator"
    assert "password_hash" not in told["kim"]
    ptedi(root, "lock", "kim", "--off")
    ptedi(root, "password", "kim", typed="another sentence\n")
    with pipeline.open_night(root) as night:
        assert isinstance(people.check_password(night, "kim", "another sentence"), people.Person)
    rows = json.loads(ptedi(root, "log", "--json"))
    verbs = {row["verb"] for row in rows}
    assert {"add administrator", "make approver", "lock", "unlock", "password", "sign in"} <= verbs
    assert "another sentence" not in json.dumps(rows)


def test_what_cannot_be(root: Path) -> None:
    for words in (["lock", "nobody"], ["role", "nobody", "viewer"]):
        told = RUN.invoke(app, ["people", *words, "-w", str(root)])
        assert "nobody of this name" in str(told.exception)
    told = RUN.invoke(app, ["people", "add", "lee", "-w", str(root)], input="short\n")
    assert "12 to 256" in str(told.exception)
    ptedi(root, "add", "lee", "--role", "king", code=2)
