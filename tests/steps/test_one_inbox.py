"""The inbox belongs to several: people who drop files, a step that reads charges, a step that takes in all else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptedi.sandbox import practice
from ptedi.steps import inbox
from ptedi.steps.inbound import collect_inbound
from ptedi.steps.inbox import holds_charges
from ptedi.steps.night import Night
from ptedi.steps.outbound import extract_charges
from ptedi.store import files
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.outgoing import meanwhile


def remittance(number: int) -> bytes:
    return remits.file(number, remits.check(f"TRACE{number}", DAY, []))


@pytest.fixture
def folder(night: Night) -> Path:
    """An inbox with a remittance, charges and another remittance."""
    folder = night.workspace.folder("inbox")
    [(name, charges), *_] = practice.charges(3, DAY, visits=4, bad_rows=False).items()
    for number, (file, data) in enumerate({"a.835": remittance(901), name: charges, "z.835": remittance(902)}.items()):
        (folder / f"{number}{file}").write_bytes(data)
    return folder


def taken(night: Night) -> list[bytes]:
    with night.store.read() as conn:
        return [files.read_bytes(night.archive, one) for one in files.list_files(conn, direction="in")]


def test_charges_that_the_other_step_takes_meanwhile_stop_nothing(night: Night, folder: Path) -> None:
    with meanwhile("collect.file kept", lambda: extract_charges(night)):
        assert len(collect_inbound(night).files) == 2
    assert (len(taken(night)), list(folder.iterdir())) == (3, [])


def test_remittances_that_the_other_step_takes_meanwhile_stop_nothing(
    night: Night, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(name: str, data: bytes) -> bool:
        if name.endswith("a.835"):
            collect_inbound(night)
        return holds_charges(name, data)

    monkeypatch.setattr(inbox, "holds_charges", look)
    assert extract_charges(night).files == 1
    assert (len(taken(night)), list(folder.iterdir())) == (3, [])


def test_a_file_that_is_dropped_under_a_name_while_the_one_before_is_taken_in_is_not_deleted(
    night: Night, folder: Path
) -> None:
    """A bank's script writes each day's remittance under one name."""
    [path] = folder.glob("*a.835")
    path.with_name(".next").write_bytes(remittance(903))
    with meanwhile("collect.file kept", lambda: path.with_name(".next").replace(path)):
        collect_inbound(night)
    assert path.read_bytes() == remittance(903)
    assert (collect_inbound(night).by_kind, path.exists()) == ({"835": 1}, False)
    assert remittance(903) in taken(night)
