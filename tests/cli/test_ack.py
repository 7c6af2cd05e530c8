"""`ptedi check --ack` and `--ta1`: what a partner would be answered."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1

SAMPLES = Path(__file__).resolve().parents[2] / "sample_edi"
RUN = CliRunner()


@pytest.mark.parametrize(("sample", "edit", "code"), [
    ("837p/self.edi", None, "A"),
    ("837p/self.edi", (b"1900044011", b"1900044012"), "R"),
    ("835/paid_with_reductions.edi", None, "A"),
])  # fmt: skip
def test_the_999_of_a_file(tmp_path: Path, sample: str, edit: tuple[bytes, bytes] | None, code: str) -> None:
    data = (SAMPLES / sample).read_bytes()
    if edit:
        assert edit[0] in data
        data = data.replace(*edit)
    path, answer = tmp_path / "file.edi", tmp_path / "answer.999"
    path.write_bytes(data)
    told = RUN.invoke(app, ["check", str(path), "--ack", str(answer), "--control-number", "77"])
    assert told.exit_code == (1 if edit else 0), told.output
    (group,) = acknowledgement_999.read(answer.read_bytes())
    assert group.code == code
    assert b"*000000077*" in answer.read_bytes()


def test_a_refused_interchange_is_answered_by_a_ta1(tmp_path: Path) -> None:
    path, answer = tmp_path / "file.edi", tmp_path / "answer.ta1"
    data = (SAMPLES / "837p/self.edi").read_bytes()
    end = data.index(b"IEA*")
    path.write_bytes(data[:end] + b"IEA*1*999999999~\n")
    assert RUN.invoke(app, ["check", str(path), "--ack", str(answer)]).exit_code == 1
    (ta1,) = acknowledgement_ta1.read(answer.read_bytes())
    assert (ta1.code, ta1.note) == ("R", "001")


def test_two_files_cannot_share_one_answer(tmp_path: Path) -> None:
    path = SAMPLES / "837p/self.edi"
    assert RUN.invoke(app, ["check", str(path), str(path), "--ack", str(tmp_path / "a")]).exit_code == 2


def test_nothing_readable_has_no_answer(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"hello")
    assert RUN.invoke(app, ["check", str(tmp_path / "x"), "--ack", str(tmp_path / "a")]).exit_code == 2
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(("zone", "day", "time"), [
    ('time_zone = "America/Denver"\n', b"261120", b"1900"), ("", b"261121", b"0200"), (None, b"261121", b"0200"),
])  # fmt: skip
def test_answers_say_the_time_of_the_practice_whose_workspace_this_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str | None, day: bytes, time: bytes
) -> None:
    if zone is not None:
        (tmp_path / "ptedi.toml").write_text(f"[practice]\n{zone}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PTEDI_WORKSPACE", raising=False)
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T02:00:00Z")
    for answer in ("--ack", "--ta1"):
        told = RUN.invoke(app, ["check", str(SAMPLES / "837p/self.edi"), answer, str(tmp_path / "answer")])
        assert told.exit_code == 0, told.output
        assert (tmp_path / "answer").read_bytes().split(b"*")[9:11] == [day, time]
