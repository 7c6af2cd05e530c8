"""One Airflow for the whole session: its home in a temporary folder, set before airflow is imported anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ptedi.airflow import local

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("airflow")
    values = local.settings(home, ROOT / "dags", home / "nobody")
    patch = pytest.MonkeyPatch()
    for name, value in values.items():
        patch.setenv(name, value)
    local.prepare()
    yield home
    patch.undo()


@pytest.fixture(scope="session")
def runner(airflow_home: Path) -> local.Runner:
    return local.Runner(ROOT / "dags")
