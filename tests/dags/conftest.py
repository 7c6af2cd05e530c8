"""One Airflow for the whole session, in the home that tests/conftest.py set before airflow was imported anywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ptedi.airflow import local

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    local.prepare()
    return Path(os.environ["AIRFLOW_HOME"])


@pytest.fixture(scope="session")
def runner(airflow_home: Path) -> local.Runner:
    return local.Runner(ROOT / "dags")
