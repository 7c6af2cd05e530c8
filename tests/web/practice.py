"""The workspace behind the tests of the pages: two nights of a synthetic practice with everything a person meets.

Claims are held, paid, partly paid and denied; rows of charges are refused; one 835 is quarantined because it does not
foot, one pays a claim that nobody knows, one deposit is in the bank for which there is no remittance.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.cli import demo
from ptedi.config import open_workspace
from ptedi.pipeline import people
from ptedi.sandbox import practice
from tests.steps import remits

SEED, VISITS = 77, 45
BEFORE, TONIGHT = dt.date(2026, 11, 13), dt.date(2026, 11, 20)
NOW = "2026-11-21T08:00:00+00:00"
PASSWORD = "a sentence nobody says"


def build(root: Path) -> Path:
    """Runs the nights; takes about five seconds."""
    with pytest.MonkeyPatch.context() as patch:
        pipeline.make_workspace(root, practice.settings(seed=SEED) + "\n[checks]\npyx12 = 5\n")
        workspace = open_workspace(root)
        for name, data in practice.agreements().items():
            (root / name).parent.mkdir(exist_ok=True, mode=0o700)
            (root / name).write_bytes(data)
        for day, visits in ((BEFORE, VISITS // 3), (TONIGHT, VISITS)):
            patch.setenv("PTEDI_NOW", f"{day + dt.timedelta(days=1)}T02:00:00+00:00")
            for name, data in practice.charges(SEED, day, visits=visits).items():
                pipeline.drop(workspace, name, data)
            with pipeline.open_night(root) as night:
                pipeline.nightly(night, day)
            demo.answer(workspace, day, seed=SEED)
            patch.setenv("PTEDI_NOW", f"{day + dt.timedelta(days=1)}T06:00:00+00:00")
            with pipeline.open_night(root) as night:
                pipeline.collect(night)
        patch.setenv("PTEDI_NOW", NOW)
        with pipeline.open_night(root) as night:
            _trouble(night)
            _staff(night)
    return root


def _trouble(night: pipeline.Night) -> None:
    """What goes wrong with remittances."""
    inbox = night.workspace.folder("inbox")
    with night.store.read() as conn:
        known = remits.store_claims.of_date(conn, TONIGHT)[0]
        claim = remits.store_claims.load_all(conn, [known.id])[known.id].claim
    nothing: list[dict[str, Decimal]] = [{} for _ in claim.lines]
    stranger = remits.answer(claim, "ICN-STRANGER", nothing, patient_control_number="NOTOURS00000001",
                             member_id="XX000000000")  # fmt: skip
    (inbox / "stranger.835").write_bytes(remits.file(901, remits.check("TRACE-STRANGER", TONIGHT, [stranger])))
    short = remits.check("TRACE-SHORT", TONIGHT, [remits.answer(claim, "ICN-SHORT", nothing)])
    (inbox / "short.835").write_bytes(remits.file(902, remits.replace(short, amount=short.amount - Decimal("1.00"))))
    pipeline.collect(night)


def _staff(night: pipeline.Night) -> None:
    """One person of each role, named after it, with a hash that is quick to make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "HASHER", people.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        for role in people.Role:
            people.make_person(night, role.value, role, password=PASSWORD, by="tests")
