"""An edit replayed over what the store remembers of bills and answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ptedi.edits import EDITS
from ptedi.sandbox import practice
from ptedi.steps import inbound
from ptedi.steps.backtest import backtest
from ptedi.steps.night import Night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, scrub_claims
from tests.steps import remits
from tests.steps.conftest import DAY

MIDPOINT = "PT103"  # finds something wherever the two unit rules disagree


def answered(night: Night, workspace: Path) -> tuple[int, int]:
    """Half of the claims denied, half paid; how many there are of each."""
    for name, data in practice.charges(3, DAY, visits=60, bad_rows=False).items():
        (workspace / "inbox" / name).write_bytes(data)
    extract_charges(night)
    code_visits(night, DAY)
    scrub_claims(night, DAY)
    build_batches(night, DAY)
    deliver_batches(night)
    known = remits.known_claims(night)
    told = [remits.answer(one.claim, f"ICN{n}", [{"CO-151": line.charge} if n % 2 else {} for line in one.claim.lines])
            for n, one in enumerate(known)]  # fmt: skip
    (workspace / "inbox" / "in.835").write_bytes(remits.file(1, remits.check("T1", DAY, told)))
    inbound.collect_inbound(night)
    with night.store.read() as conn:
        from ptedi.store import files

        [file] = [f for f in files.list_files(conn, direction="in") if f.kind == "835"]
    inbound.post_remittances(night, file.id)
    return len(known) // 2, len(known) - len(known) // 2


def test_denials_stopped_and_paid_claims_held(night: Night, workspace: Path) -> None:
    denied, paid = answered(night, workspace)
    found = backtest(night, MIDPOINT, DAY, DAY)
    assert found.claims == denied + paid and found.stopped + found.missed == denied
    assert 0 < found.found == found.stopped + found.held_paid and found.held_paid <= paid
    assert [h.amount for h in found.held_claims] == sorted((h.amount for h in found.held_claims), reverse=True)
    assert sum(h.amount for h in found.held_claims) == found.held_amount
    if found.stopped:
        assert found.reasons == (("CO-151", found.stopped),) and found.stopped_amount > 0
    assert backtest(night, MIDPOINT, DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=9)).claims == 0
    with pytest.raises(KeyError):
        backtest(night, "ZZ999", DAY, DAY)


def test_what_left_clean_stays_clean_in_the_replay(night: Night, workspace: Path) -> None:
    answered(night, workspace)
    for code, edit in EDITS.items():
        if edit.rule.severity.stops:
            assert backtest(night, code, DAY, DAY).held_paid == 0, code
