"""`ptedi check` with other severities and other code tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi.cli import app
from tests.checks.base import PAYMENT, PRIMARY, edit, wrap

RUN = CliRunner()


def _check(path: Path, *options: str) -> tuple[int, dict[str, str]]:
    told = RUN.invoke(app, ["check", str(path), "--format", "json", *options])
    return told.exit_code, {f["code"]: f["severity"] for f in json.loads(told.output)["findings"]}


def test_severity(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    path.write_bytes(wrap(edit(PRIMARY, ("CLM*A0001*240", "CLM*A0001*241"))))
    assert _check(path) == (1, {"CC001": "error"})
    assert _check(path, "--severity", "CC001=warning") == (0, {"CC001": "warning"})
    assert _check(path, "--severity", "C01=info") == (0, {"CC001": "info"})


@pytest.mark.parametrize("text", ["CC001", "CC001=loud", "ZZ999=error"])
def test_severity_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "claims.837"
    path.write_bytes(wrap(PRIMARY))
    assert RUN.invoke(app, ["check", str(path), "--severity", text]).exit_code == 2


def test_code_tables_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "era.835"
    path.write_bytes(wrap(edit(PAYMENT, ("CAS*CO*45*", "CAS*CO*999*"))))
    codes = tmp_path / "codes"
    codes.mkdir()
    _, before = _check(path)
    assert "RP014" in before
    columns = "code,label,effective_from,effective_to,source,verified"
    (codes / "adjustment_reasons.csv").write_text(f"{columns}\n999,Invented,2020-01-01,,test,\n")
    assert "RP014" not in _check(path, "--codes", str(codes))[1]


def test_several_processes(tmp_path: Path) -> None:
    paths = [tmp_path / "claims.837", tmp_path / "era.835", tmp_path / "none.837"]
    paths[0].write_bytes(wrap(edit(PRIMARY, ("CLM*A0001*240", "CLM*A0001*241"))))
    paths[1].write_bytes(wrap(PAYMENT))
    files = [str(path) for path in paths]
    one, two = (RUN.invoke(app, ["check", *files, "--format", "json", "--jobs", jobs]) for jobs in ("1", "2"))
    assert (one.exit_code, one.output) == (two.exit_code, two.output)
    assert [json.loads(line)["verdict"] for line in two.output.splitlines()] == ["rejected", "accepted", "unreadable"]
