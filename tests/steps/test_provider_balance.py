"""The PLB sub-ledger: opened, closed, carried forward across files and orders, tied to claims by reference."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.ledger.accounts import Account, provider_account
from ptedi.steps import remits as decide
from ptedi.steps.night import Night
from ptedi.steps.remit_views import provider_balance
from tests.steps import remits
from tests.steps import sent as world
from tests.steps.conftest import DAY
from tests.steps.sent import post, whole

D = Decimal


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.make(tmp_path_factory.mktemp("template") / "practice", visits=4)


@pytest.fixture
def sent(template: Path, tmp_path: Path) -> Iterator[Night]:
    with world.copy(template, tmp_path / "practice") as night:
        yield night


def plb(number: int, *pairs: tuple[str, str, str], claims: tuple[object, ...] = ()) -> bytes:
    day = DAY + dt.timedelta(days=number)
    found = [(reason, reference, D(amount)) for reason, reference, amount in pairs]
    return remits.file(number, remits.check(f"T{number}", day, claims, found))  # type: ignore[arg-type]


def told(night: Night) -> dict[tuple[str, str], tuple[int, str]]:
    return {("+".join(sorted(one.reasons)), one.reference): (one.balance, one.standing.value)
            for one in provider_balance(night)}  # fmt: skip


def test_each_code_has_its_account() -> None:
    codes = "WO FB 72 J1 CS L6 AP 50 51 IR LE".split()
    accounts = {code: provider_account(code) for code in codes}
    assert Account.PROVIDER_OTHER not in accounts.values()
    assert len({accounts[code] for code in "WO FB 72 J1 CS L6 AP 50 IR".split()}) == 9
    assert provider_account("ZZ") is Account.PROVIDER_OTHER


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_recoupment_is_opened_and_closed_in_parts_in_any_order(sent: Night, order: tuple[int, ...]) -> None:
    files = [plb(1, ("WO", "ICN000001", "-40.00")),
             plb(2, ("WO", "ICN000001", "25.00"), ("CS", "X", "-25.00")),
             plb(3, ("WO", "ICN000001", "15.00"), ("CS", "X", "-15.00"))]  # fmt: skip
    post(sent, *(files[n] for n in order))
    assert told(sent) == {("WO", "ICN000001"): (0, "closed"), ("CS", ""): (4000, "counted")}


def test_a_forwarded_balance_is_closed_by_the_next_check(sent: Night) -> None:
    post(sent, plb(1, ("J1", "", "30.00")))  # nothing to take it from: FB -30.00 lifts the check to zero
    assert told(sent)["FB", "T1"] == (3000, "open")
    post(sent, plb(2, ("FB", "T1", "30.00"), ("IP", "", "-30.00")))
    assert told(sent)["FB", "T1"] == (0, "closed")
    assert [m.running for one in provider_balance(sent) if one.reference == "T1" for m in one.movements] == [3000, 0]
    assert provider_balance(sent, open_only=True) == []


def test_a_refund_by_cheque_offsets_the_recoupment(sent: Night) -> None:
    """72 negative with WO positive under one reference (X12 RFI 1385)."""
    post(sent, plb(1, ("72", "ICN000009", "-40.00"), ("WO", "ICN000009", "40.00")))
    assert told(sent) == {("72+WO", "ICN000009"): (0, "closed")}


def test_money_taken_without_notice_is_shown_and_named_by_its_claim(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    clp = remits.answer(one.claim, "ICN000077", [{"CO-45": line.charge / 2} for line in one.claim.lines])
    packed = f"{one.claim.patient_control_number}ICN000077"
    post(sent, plb(1, ("WO", packed, "5.00"), ("WO", "LETTER1", "1.00"), claims=(clp,)))
    found = {one.reference: one for one in provider_balance(sent, open_only=True)}
    assert {name: ref.standing.value for name, ref in found.items()} == {
        packed: "taken without notice", "LETTER1": "taken without notice"}  # fmt: skip
    assert found[packed].claims == (one.claim.patient_control_number,)
    assert found["LETTER1"].claims == ()
    done = CliRunner().invoke(app, ["remits", "balance", "--json", "--workspace", str(sent.workspace.root)])
    assert {one["reference"]: one["balance"] for one in json.loads(done.output)} == {packed: -500, "LETTER1": -100}
    assert CliRunner().invoke(app, ["remits", "balance", "--rows", "-w", str(sent.workspace.root)]).exit_code == 0


@pytest.mark.parametrize("turned", [False, True])
def test_a_reference_packed_with_others_closes_the_plain_one(sent: Night, turned: bool) -> None:
    """X12 RFI 2370: CLP01, CLP07 and TRN02 may stand in one reference; a longer number is another one all the same."""
    one, two, *_ = remits.known_claims(sent)
    answers = [remits.answer(k.claim, icn, [{"CO-45": line.charge / 2} for line in k.claim.lines])
               for k, icn in ((one, "ICN000077"), (two, "ICN0000771"))]  # fmt: skip
    post(sent, plb(1, ("CS", "X", "0.01"), claims=tuple(answers)))
    number = f"{one.claim.patient_control_number} ICN000077 T2"
    files = [plb(2, ("WO", "ICN000077", "-40.00"), ("WO", "ICN0000771", "-7.00")),
             plb(3, ("WO", number, "15.00"), ("CS", "X", "-15.00"))]  # fmt: skip
    post(sent, *(reversed(files) if turned else files))
    assert told(sent)["WO", "ICN000077"] == (2500, "open")
    assert told(sent)["WO", "ICN0000771"] == (700, "open")
    assert number not in {one.reference for one in provider_balance(sent)}


def test_unposting_a_check_takes_its_provider_amounts_along(sent: Night) -> None:
    post(sent, plb(1, ("WO", "ICN000001", "-40.00")))
    decide.unpost(sent, "1", "ana", "not ours")
    assert told(sent)["WO", "ICN000001"][0] == 0
    assert Account.PROVIDER_RECOUPMENT not in whole(sent)
    decide.repost(sent, "1", "ana", "ours after all")
    assert whole(sent)[Account.PROVIDER_RECOUPMENT] == D("-40.00")
