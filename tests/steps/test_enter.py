"""A paper EOB goes the way of an 835: the same checks, matching, posting; mistakes are named, nothing is guessed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.matching import KnownClaim
from ptedi.ledger.model import Source
from ptedi.remittances import balance
from ptedi.steps import eob, faults, inbound
from ptedi.steps.enter import enter
from ptedi.steps.night import Night
from ptedi.store import decisions, payments, postings
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps import sent as world
from tests.steps.conftest import DAY
from tests.steps.sent import books, states, whole

FOLDER = Path(__file__).resolve().parents[2] / "sample_edi" / "eob"
US = eob.Payee(name="GROUP", npi="1999900016", tax_id="389999999")


def typed(one: KnownClaim, *, off: str = "0", amount: str | None = None) -> bytes:
    """Half of every line paid, as JSON."""
    lines = [{"procedure": x.procedure, "modifiers": list(x.modifiers), "date": str(x.service_date),
              "units": str(x.units), "charge": f"{x.charge:.2f}", "paid": f"{x.charge / 2:.2f}",
              "adjust": [f"CO-45 {x.charge - x.charge / 2 - (Decimal(off) if n == 0 else 0):.2f}"]}
             for n, x in enumerate(one.claim.lines)]  # fmt: skip
    paid = f"{one.claim.charge / 2:.2f}"
    claim = {"claim": one.claim.patient_control_number, "charge": f"{one.claim.charge:.2f}", "paid": paid,
             "payer_claim": "P1", "member": one.claim.member_id, "line": lines}  # fmt: skip
    return json.dumps({"payment": {"trace": "778812", "date": str(DAY), "amount": amount or paid, "payer": "PLAN",
                                   "claim": [claim]}}).encode()  # fmt: skip


def test_the_samples_are_the_templates_and_say_the_same() -> None:
    toml, sheet = ((FOLDER / name).read_bytes() for name in ("paper.toml", "paper.csv"))
    assert (toml.decode(), sheet.decode()) == (eob.TEMPLATE, eob.CSV_TEMPLATE)
    one, two = eob.read(toml, US), eob.read(sheet, US)
    assert one == two and one.findings == ()
    assert [balance.check(p) for p in one.payments] == [[]]


def test_a_typed_eob_is_posted_like_an_835_with_source_manual(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    done = enter(sent, "eob.json", typed(one), "ana", "paper of 20 November")
    assert done.posted is not None and (done.posted.posted, done.posted.claims) == (1, 1)
    assert books(sent)[one.claim_id][Kind.CLEARING] == one.claim.charge / 2
    assert states(sent)[one.claim_id] is State.PAID
    with sent.store.read() as conn:
        assert {e.source for e, *_ in postings.live_entries(conn, payment_id=1)} == {Source.MANUAL}
        assert [(d.actor, d.action.value) for d in decisions.list_decisions(conn)] == [("ana", "enter")]
    before = (books(sent), whole(sent), states(sent))
    again = enter(sent, "copy.json", typed(one), "ben", "again")
    assert again.posted is not None and again.posted.claims == 0
    assert (books(sent), whole(sent), states(sent)) == before
    assert inbound.summary(sent, DAY).closes


def test_what_does_not_balance_waits_and_what_does_not_foot_is_not_posted(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    done = enter(sent, "a.json", typed(one, off="0.07"), "ana", "paper")
    assert done.posted is not None and done.posted.claims_quarantined == 1 and done.findings
    assert whole(sent)[Account.UNAPPLIED] == -one.claim.charge / 2
    done = enter(sent, "b.json", typed(two, amount="1.00"), "ana", "paper")
    assert done.posted is not None and done.posted.quarantined == 1


def test_the_835_that_comes_after_the_paper_is_not_posted_twice(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    enter(sent, "a.json", typed(one), "ana", "paper")
    before = whole(sent)
    clp = remits.answer(one.claim, "P1", [{"CO-45": line.charge / 2} for line in one.claim.lines])
    [done] = world.post(sent, remits.file(1, remits.check("778812", DAY, [clp])))
    assert done.posted == 0 and whole(sent) == before


def test_entering_cut_short_is_finished_by_the_next_collection(sent: Night) -> None:
    one = remits.known_claims(sent)[0]

    def pull(name: str) -> None:
        if name == "enter.kept":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), faults.watching(pull):
        enter(sent, "a.json", typed(one), "ana", "paper")
    for number in inbound.waiting_files(sent).remittances:
        inbound.post_remittances(sent, number)
    with sent.store.read() as conn:
        assert [p.state.value for p in payments.list_payments(conn)] == ["posted"]


@pytest.mark.parametrize(("old", "new", "place"), [
    ('"88.00"            # what', '"88.001"            # what', "payment 1, amount"),
    ("2026-11-20\namount", '"20.11.2026"\namount', "payment 1, date"),
    ('method = "CHK"', 'method = "CASH"', "payment 1, method"),
    ('procedure = "97140"', 'procedur = "97140"', "payment 1, claim 1, line 2, procedur"),
    ('"CO-45 27.00"', '"CO45 27.00"', "payment 1, claim 1, line 2, adjust"),
    ('"CO-45 27.00"', '"CR-45 27.00"', "payment 1, claim 1, line 2, adjust"),
    ('status = "1"', 'status = "9"', "payment 1, claim 1, status"),
    ('claim = "PT26080001"', 'claim = "PT*26"', "payment 1, claim 1, claim"),
    ('charge = "175.00"', "charge = 175.00", "payment 1, claim 1, charge"),
    ('units = "2"', 'units = "two"', "payment 1, claim 1, line 1, units"),
])  # fmt: skip
def test_each_mistake_is_named_with_its_place_and_nothing_is_taken(old: str, new: str, place: str) -> None:
    assert old in eob.TEMPLATE
    found = eob.read(eob.TEMPLATE.replace(old, new, 1).encode(), US)
    assert found.payments == ()
    assert any(place.lower() in one.message.lower() for one in found.findings)
    assert {one.code for one in found.findings} == {"IF015"}


@given(st.sampled_from([eob.TEMPLATE, eob.CSV_TEMPLATE]), st.integers(0, 1600), st.integers(0, 9),
       st.text(max_size=6))  # fmt: skip
def test_a_damaged_file_never_raises(text: str, at: int, gone: int, put: str) -> None:
    found = eob.read((text[:at] + put + text[at + gone :]).encode(errors="replace"), US)
    assert bool(found.payments) != bool(found.findings)


values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                      lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(
                          ["payment", "claim", "line", "provider", "amount", "date", "adjust", "x"]), x), max_leaves=12)


@given(values)
def test_any_json_is_read(value: object) -> None:
    eob.read(json.dumps({"payment": value}).encode(), US)


def test_the_command(sent: Night, tmp_path: Path) -> None:
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["remits", "enter", *words, "--workspace", str(sent.workspace.root)])
        return done.exit_code, done.output

    one = remits.known_claims(sent)[0]
    (tmp_path / "a.json").write_bytes(typed(one))
    (tmp_path / "bad.toml").write_text("payment = 3")
    assert run("--template", "toml") == (0, eob.TEMPLATE)
    assert run(str(tmp_path / "a.json"), "--check") == (0, "")
    assert run(str(tmp_path / "bad.toml"))[0] == 2
    code, text = run(str(tmp_path / "a.json"), "--by", "ana", "--json")
    assert code == 0 and json.loads(text)["posted"]["posted"] == 1
    assert run()[0] == 2
