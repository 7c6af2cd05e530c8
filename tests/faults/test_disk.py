"""Disks that are full, folders that may not be written, renames that are refused: said plainly, nothing lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi import cli
from tests.faults import facts, whole_night
from tests.faults.plug import DONE, everywhere, forked
from tests.faults.told import told
from tests.faults.trials import Ground, night_of

ROOT = os.geteuid() == 0


@contextmanager
def mounted(folder: Path, *words: str) -> Iterator[Callable[[str], None]]:
    """Mounts over a folder; the value mounts it again with other options."""
    if not ROOT or subprocess.run(["mount", *words, str(folder)], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield lambda options: _remount(folder, options)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def ended_well(made: Ground, root: Path) -> None:
    """Run again after the fix it is the undisturbed night."""
    assert forked(night_of(root)).wait() == DONE
    assert facts.differences(made.wanted, facts.of_workspace(root)) + facts.laws(root) == []


def bytes_of(folder: Path) -> int:
    return sum(-(-path.stat().st_blocks * 512 // 4096) * 4096 + 4096 for path in folder.rglob("*"))


@pytest.mark.parametrize("engine", ["lite", "full"])
def test_a_full_disk(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The workspace lies on a small disk of its own, with more and more room; PostgreSQL's files lie elsewhere."""
    made: Ground = request.getfixturevalue(engine)
    disk = tmp_path / "disk"
    disk.mkdir()
    refused = 0
    for room in (8, 40, 90, 200, 400) if engine == "lite" else (0, 4, 16, 40):
        with mounted(disk, "-t", "tmpfs", "-o", "size=64m", "tmpfs") as remount, made.copy() as copy:
            root = shutil.copytree(copy, disk / "practice")
            used = shutil.disk_usage(disk).used
            remount(f"size={used // 1024 + room}k")
            said = told(lambda root=root: whole_night.way_out(root))
            assert not said.broke, said.text
            if said.code:
                refused += 1
                assert said.plainly and ("full" in said.text or "room" in said.text or "space" in said.text), said.text
            remount("size=64m")
            ended_well(made, root)
    assert refused >= 2


@pytest.mark.parametrize(
    "folder", ["inbox", "archive", "rejects", "quarantine", "outbox", "logs", "clearinghouse/to", "."]
)
def test_a_folder_that_may_not_be_written(lite: Ground, folder: str) -> None:
    with lite.copy() as root:
        place = root / folder
        place.mkdir(exist_ok=True)
        with mounted(place, "--bind", str(place)) as remount:
            remount("ro,bind")
            said = told(lambda: whole_night.way_out(root))
            assert said.plainly or (folder in ("logs", "inbox") and said.code == 0), said.text
        ended_well(lite, root)


def test_an_inbox_that_cannot_be_emptied_is_told(lite: Ground) -> None:
    """Nothing is lost and nothing comes twice; but a person has to know."""
    with lite.copy() as root:
        whole_night.at(whole_night.DAY, 26)
        waiting = len(list((root / "inbox").iterdir()))
        words = ["nightly", "--workspace", str(root), "--date", str(whole_night.DAY)]
        with mounted(root / "inbox", "--bind", str(root / "inbox")) as remount:
            remount("ro,bind")
            for again in range(2):
                said = CliRunner().invoke(cli.app, words)
                assert said.exit_code == 0
                assert "could not be deleted" in said.stderr
                assert f"stuck in inbox {waiting - 1}" in said.stdout  # all but the note, which is not for this step
                assert ("repeated files" in said.stdout) == bool(again)
        said = CliRunner().invoke(cli.app, words)
        assert "could not be deleted" not in said.stderr
        assert [path.name for path in (root / "inbox").iterdir()] == ["note.txt"]


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_rename_that_is_refused(lite: Ground, place: int) -> None:
    """The system says no to one rename of the night; nothing else is done by hand before it is run again."""
    passed = 0

    def refuse(name: str) -> None:
        nonlocal passed
        passed += name == "before rename"
        if name == "before rename" and passed == place + 1:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), "somewhere")

    with lite.copy() as root:
        said = told(lambda: night_of(root)(lambda _: None), around=lambda: everywhere(refuse))
        assert said.plainly, said.text
        ended_well(lite, root)
