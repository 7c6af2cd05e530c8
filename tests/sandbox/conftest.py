"""A sandbox on disk."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.sandbox import clearinghouse
from ptedi.sandbox.oracle import SandboxReport
from ptedi.sandbox.scenario import PLAIN, Scenario
from ptedi.transactions import remittance_835
from tests.sandbox import night


@dataclass
class Box:
    """The folders of one sandbox, and shorthands for a run and for what it left."""

    root: Path
    seed: int = 7

    @property
    def drop(self) -> Path:
        return self.root / "to"

    @property
    def out(self) -> Path:
        return self.root / "from"

    @property
    def state(self) -> Path:
        return self.root / "state.db"

    def put(self, name: str, data: bytes) -> None:
        self.drop.mkdir(exist_ok=True, parents=True)
        (self.drop / name).write_bytes(data)

    def run(self, days: int = 0, scenario: Scenario = PLAIN) -> SandboxReport:
        today = night.DAY + dt.timedelta(days=days)
        return clearinghouse.run(self.drop, self.out, self.state, seed=self.seed, today=today, scenario=scenario)

    def left(self, kind: str) -> list[bytes]:
        """The files with this word in their name, in the order of the clearinghouse's numbers."""
        names = [n for n in night.tree(self.out) if kind in n]
        return [night.tree(self.out)[n] for n in sorted(names, key=lambda n: n.split("_")[-2 if "x12" in n else -1])]

    def payments(self) -> list[Payment]:
        return [p for data in self.left(".835") for p in remittance_835.read(data)]

    def claims(self) -> list[ClaimPayment]:
        return [c for p in self.payments() for c in p.claims]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.fixture(scope="session")
def full_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Box, SandboxReport]:
    """Four hundred claims in two files, answered once; only to be read."""
    box = Box(tmp_path_factory.mktemp("night"))
    box.put("b.837", night.file(night.claims(200, first=201), 2))
    box.put("a.837", night.file(night.claims(200), 1))
    return box, box.run()
