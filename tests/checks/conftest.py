"""The clock stands still: the base files are of August 2026."""

import pytest


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T12:00:00+00:00")
