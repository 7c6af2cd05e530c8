"""Paid lines against contracts: in the store once, asked for once, right again after a correction or a new contract."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ptedi import pipeline
from ptedi.ledger.matching import KnownClaim
from ptedi.money import ZERO, cents
from ptedi.pricing.price import Price
from ptedi.pricing.price import price as priced
from ptedi.remittances.model import ClaimPayment
from ptedi.sandbox import clearinghouse, practice
from ptedi.steps import price
from ptedi.steps.night import Night
from ptedi.steps.spent import allowed
from ptedi.store import facts, payments, prices, work
from ptedi.store.tables import claims as claims_table
from ptedi.store.work import WorkItem, WorkKind
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import post

D = Decimal
FLAT = """id = "flat"
payer = "{payer}"
[[terms]]
from = 2026-01-01
source = "test"
basis = "charges"
percent = 50
"""


def commercial(night: Night) -> KnownClaim:
    found = (one for one in remits.known_claims(night) if one.payer_id == "bluestone-ppo")
    return next(one for one in found if len(one.claim.lines) > 1)


def agree(night: Night, payer: str = "bluestone-ppo", percent: int = 50) -> None:
    folder = night.workspace.root / "contracts"
    folder.mkdir(exist_ok=True)
    (folder / "flat.toml").write_text(FLAT.format(payer=payer).replace("50", str(percent)))


def short(one: KnownClaim, off: str, icn: str = "A1") -> ClaimPayment:
    """Half of each charge is allowed, of the first line so much less."""
    lines = [{"CO-45": line.charge / 2} for line in one.claim.lines]
    lines[0]["CO-45"] += D(off)
    return remits.answer(one.claim, icn, lines)


def paid(night: Night, number: int, *clps: ClaimPayment) -> None:
    day = DAY + dt.timedelta(days=number)
    post(night, remits.file(number, remits.check(f"T{number}", day, clps)))


def verdicts(night: Night, one: KnownClaim) -> list[tuple[str, str, int]]:
    with night.store.read() as conn:
        return [(p.verdict, p.cause, p.difference_cents) for p in prices.of_claims(conn, [one.claim_id])[one.claim_id]]


def asked(night: Night) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[WorkKind.UNDERPAID])


AS_AGREED = ("paid as expected", "", 0)


def test_what_is_missing_is_asked_for_once(sent: Night) -> None:
    one = commercial(sent)
    agree(sent)
    paid(sent, 1, short(one, "5.00"))
    done = price.compare_payments(sent)
    assert (done.claims, done.lines, done.opened) == (1, len(one.claim.lines), 1)
    assert verdicts(sent, one) == [("underpaid", "rate", -500), *[AS_AGREED] * (len(one.claim.lines) - 1)]
    [item] = asked(sent)
    assert (item.claim_id, item.line, item.amount_cents) == (one.claim_id, 1, 500)
    assert item.deadline == DAY + dt.timedelta(days=181)  # 180 days from the check
    assert price.compare_payments(sent) == price.Compared()
    again = price.rerun(sent)
    assert (again.lines, again.opened, again.resolved) == (0, 0, 0)


def test_a_few_cents_are_kept_but_nobody_is_asked(sent: Night) -> None:
    one = commercial(sent)
    agree(sent)
    paid(sent, 1, short(one, "0.60"))
    assert price.compare_payments(sent).opened == 0
    assert verdicts(sent, one)[0] == ("underpaid", "rate", -60)


def test_a_correction_settles_it_and_the_first_finding_is_kept(sent: Night) -> None:
    one = commercial(sent)
    agree(sent)
    wrong = short(one, "5.00")
    paid(sent, 1, wrong)
    price.compare_payments(sent)
    paid(sent, 2, remits.reversed_(wrong))
    done = price.compare_payments(sent)
    assert (done.resolved, asked(sent), verdicts(sent, one)) == (1, [], [])  # nothing is decided now
    paid(sent, 3, short(one, "0.00", "A2"))
    price.compare_payments(sent)
    assert set(verdicts(sent, one)) == {AS_AGREED} and asked(sent) == []
    with sent.store.read() as conn:
        kept = prices.history(conn, one.claim_id)
    assert [k.price.verdict for k in kept if k.replaced_at is None] == ["paid as expected"] * len(one.claim.lines)
    assert [k.price.verdict for k in kept if k.price.line == 1] == ["underpaid", "paid as expected"]


def test_a_contract_that_is_loaded_later_judges_what_was_paid_before(sent: Night) -> None:
    one = commercial(sent)
    paid(sent, 1, short(one, "5.00"))
    price.compare_payments(sent)
    assert {verdict for verdict, *_ in verdicts(sent, one)} == {"no contract known"}
    agree(sent)
    assert price.rerun(sent, payer="medicare-part-b").claims == 0
    assert price.rerun(sent, since=DAY, until=DAY).opened == 1
    agree(sent, percent=40)
    assert price.rerun(sent, payer="bluestone-ppo").resolved == 1
    assert {verdict for verdict, *_ in verdicts(sent, one)} == {"overpaid"}
    with sent.store.read() as conn:
        kept = [k.price for k in prices.history(conn, one.claim_id) if k.price.line == 1]
    assert [(p.verdict, p.contract) for p in kept] == [("no contract known", ""), ("underpaid", "flat"),
                                                       ("overpaid", "flat")]  # fmt: skip
    assert kept[1].version != kept[2].version


def test_what_was_paid_too_much_is_looked_at_and_given_back_in_time(sent: Night) -> None:
    one = commercial(sent)
    block = sent.profiles["medicare-part-b"].sources(DAY)["refund_days"]
    profile = sent.profiles[one.payer_id]
    days, rules = profile.timeline
    wanted = replace(profile, differences=(*profile.differences, block),
                     timeline=(days, tuple(replace(one, **dict(block.values)) for one in rules)))  # type: ignore[arg-type]
    object.__setattr__(sent.profiles, "by_id", {**sent.profiles.by_id, one.payer_id: wanted})
    agree(sent)
    wrong = short(one, "-5.00")
    paid(sent, 1, wrong)
    assert price.compare_payments(sent).opened == 1
    assert asked(sent) == []
    with sent.store.read() as conn:
        (item,) = work.list_work(conn, kinds=[WorkKind.OVERPAID])
    assert (item.claim_id, item.line, item.amount_cents, item.next_action) == (
        one.claim_id, 1, 500, "CHECK_OVERPAYMENT")  # fmt: skip
    assert item.deadline == dt.date(2026, 11, 21) + dt.timedelta(days=60) and "401.305" in item.deadline_basis
    assert price.rerun(sent).opened == 0
    paid(sent, 2, remits.reversed_(wrong), short(one, "0.00", "A2"))
    assert price.compare_payments(sent).resolved == 1


def test_a_payer_without_a_word_about_it_has_no_deadline_and_cents_are_no_work(sent: Night) -> None:
    one = commercial(sent)
    agree(sent)
    paid(sent, 1, short(one, "-0.60"))
    assert price.compare_payments(sent).opened == 0
    assert verdicts(sent, one)[0][0] == "overpaid"
    paid(sent, 2, remits.reversed_(short(one, "-0.60")), short(one, "-5.00", "A2"))
    price.compare_payments(sent)
    with sent.store.read() as conn:
        assert [i.deadline for i in work.list_work(conn, kinds=[WorkKind.OVERPAID])] == [None]


def test_a_denied_line_has_its_own_item(sent: Night) -> None:
    one = commercial(sent)
    agree(sent)
    lines = [{"CO-45": line.charge / 2} for line in one.claim.lines]
    lines[0] = {"CO-50": one.claim.lines[0].charge}
    paid(sent, 1, remits.answer(one.claim, "A1", lines))
    price.compare_payments(sent)
    assert verdicts(sent, one) == [("denied", "", 0), *[AS_AGREED] * (len(lines) - 1)] and asked(sent) == []


def test_a_claim_adjusted_as_a_whole_is_judged_as_one(sent: Night) -> None:
    one = commercial(sent)
    agree(sent)
    for number, (off, wanted) in enumerate((("0.00", []), ("3.00", [300])), 1):
        half = sum((line.charge for line in one.claim.lines), ZERO) / 2 + D(off)
        clp = remits.answer(one.claim, f"A{number}", [{} for _ in one.claim.lines])
        clp.adjustments, clp.paid = remits.cas({"CO-45": half}), clp.charge - half
        paid(sent, number, clp)
        price.compare_payments(sent)
        assert [item.amount_cents for item in asked(sent)] == wanted


def test_a_night_of_the_sandbox_is_paid_as_its_payers_published(tmp_path: Path) -> None:
    """Our price against the sandbox's own adjudication, which shares nothing with it but the published fee lists."""
    root = tmp_path / "practice"
    workspace = pipeline.make_workspace(root, practice.settings())
    (root / "contracts").mkdir()
    for name, data in (practice.agreements() | practice.charges(5, DAY, visits=60, bad_rows=False)).items():
        (root / (name if "/" in name else f"inbox/{name}")).write_bytes(data)
    with pipeline.open_night(root) as night:
        pipeline.nightly(night, DAY)
        folder = workspace.folder("clearinghouse")
        clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=2026, today=DAY)
        pipeline.collect(night)
        price.compare_payments(night)
        with night.store.read() as conn:
            totals = prices.totals(conn)
            ids = prices.adjudicated(conn, payer_id="medicare-part-b")
            lines, told = prices.of_claims(conn, ids), payments.of_claims(conn, ids)
        assert set(totals) <= {"paid as expected", "denied"} and totals["paid as expected"][0] > 60
        for claim_id in ids:  # what counts towards the KX threshold is what the price allows
            counted = sum((cents(allowed(one.clp)) for one in told[claim_id]), 0)
            assert counted == sum(p.expected_allowed_cents or 0 for p in lines[claim_id])


def test_the_report_counts_what_the_comparison_found(sent: Night) -> None:
    one = commercial(sent)
    agree(sent)
    paid(sent, 1, short(one, "5.00"))
    price.compare_payments(sent)
    with sent.store.read() as conn:
        rows = facts.variances(conn)
        assert rows is not None
        lines = [row for some in rows.chunks for row in some]
    at = rows.names.index
    assert len(lines) == len(one.claim.lines)
    assert sum(row[at("variance_cents")] for row in lines) == -500
    assert {str(row[at("paid_on")]) for row in lines} == {str(DAY + dt.timedelta(days=1))}
    month = pipeline.report(sent, "underpayments", first=DAY, last=DAY + dt.timedelta(days=9))
    assert int(month.views[0].frame["under"].sum()) == 500


def as_priced(night: Night, one: KnownClaim, icn: str) -> ClaimPayment:
    """The claim by its contract, as if nothing else had been done that day."""
    terms = price.contracts_of(night).find(one.payer_id, DAY)[1]  # type: ignore[index]
    lines = []
    for found in priced([price.billed(1, line) for line in one.claim.lines], terms, DAY):
        assert isinstance(found, Price)
        lines.append({"CO-45": found.line.charge - found.allowed.allowed, "PR-2": found.paid.coinsurance,
                      "CO-237": found.paid.assistant, "CO-253": found.paid.sequestration})  # fmt: skip
    return remits.answer(one.claim, icn, lines)


def test_the_units_of_a_day_are_reduced_over_all_claims_of_the_patient(sent: Night) -> None:
    """Two claims of one patient and day, each paid as if it were alone: one unit too many was paid whole."""
    (sent.workspace.root / "contracts").mkdir()
    for name, data in practice.agreements().items():
        (sent.workspace.root / name).write_bytes(data)
    one, two = [c for c in remits.known_claims(sent) if c.payer_id == "medicare-part-b"][:2]
    with sent.store.begin() as conn:
        patient = select(claims_table.c.patient_id).where(claims_table.c.id == one.claim_id).scalar_subquery()
        conn.execute(update(claims_table).where(claims_table.c.id == two.claim_id).values(patient_id=patient))
    paid(sent, 1, as_priced(sent, one, "A1"))
    price.compare_payments(sent)
    assert set(verdicts(sent, one)) == {AS_AGREED} and verdicts(sent, two) == []
    paid(sent, 2, as_priced(sent, two, "A2"))
    done = price.compare_payments(sent)
    assert done.claims == 2  # the one before is looked at again
    off = [found for found in (*verdicts(sent, one), *verdicts(sent, two)) if found != AS_AGREED]
    assert [(verdict, cause) for verdict, cause, _ in off] == [("overpaid", "multiple procedures")]


def test_in_production_nothing_is_held_against_the_national_fee(sent: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    one = commercial(sent)
    agree(sent)
    path = sent.workspace.root / "contracts" / "flat.toml"
    path.write_text(path.read_text().replace("charges", "medicare").replace("percent = 50", ""))
    paid(sent, 1, short(one, "5.00"))
    price.compare_payments(sent)
    monkeypatch.setattr(type(sent.workspace), "environment", "P")
    price.rerun(sent)
    with sent.store.read() as conn:
        told = [kept.price for kept in prices.history(conn, one.claim_id) if kept.price.line == 1]
    assert [p.verdict for p in told] == ["no contract known"] * 2
    assert ["locality" in p.sentence for p in told] == [False, True]
