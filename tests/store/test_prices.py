"""Comparisons kept: the newest holds, the same again writes nothing, what changed is found; made by its migration."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from sqlalchemy import insert

from ptedi.store import Connection, Store, migrate, prices
from ptedi.store.prices import LinePrice, Underpayment
from ptedi.store.tables import claim_payments, payments
from tests.store.test_coordination import three

DAY = dt.date(2026, 11, 20)


def one(claim_id: int, line: int = 1, **more: object) -> LinePrice:
    values: dict[str, object] = {
        "claim_id": claim_id, "line": line, "payer_id": "bluestone-ppo", "procedure": "97110", "units": 2,
        "service_date": DAY, "verdict": "underpaid", "cause": "rate", "contract": "x", "version": "v1",
        "charge_cents": 12400, "allowed_cents": 5000, "paid_cents": 4000, "deductible_cents": 700,
        "expected_allowed_cents": 6000, "expected_cents": 5000, "difference_cents": -1000, "sentence": "less",
    }  # fmt: skip
    return LinePrice(**(values | more))  # type: ignore[arg-type]


def posted(conn: Connection, claim_id: int, state: str = "posted") -> int:
    """A bare claim payment of a claim."""
    at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    payment = conn.execute(insert(payments).values(
        file_id=1, set_index=1000 + len(conn.execute(claim_payments.select()).fetchall()),
        payment_key="k", content_sha256="c", trace_number="T", originator="1", payer="P", payee_npi="1", method="ACH",
        amount_cents=1, claim_count=1, state="posted", reason="", posted_at=at)).inserted_primary_key[0]  # fmt: skip
    return int(conn.execute(insert(claim_payments).values(
        payment_id=payment, claim_id=claim_id, state=state, reason="", patient_control_number="X",
        payer_claim_control_number="Y", status_code="1", charge_cents=1, paid_cents=1, patient_cents=0,
        segment_index=1, byte_offset=1, document="{}")).inserted_primary_key[0])  # fmt: skip


def test_the_newest_comparison_holds_and_the_same_again_writes_nothing(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, *_ = three(conn, tmp_path)
        assert prices.record(conn, {first: [one(first), one(first, 2)]}) == 2
        assert prices.record(conn, {first: [one(first), one(first, 2)]}) == 0
        better = one(first, 2, verdict="paid as expected", cause="", difference_cents=0)
        assert prices.record(conn, {first: [one(first), better]}) == 1
        assert prices.of_claims(conn, [first]) == {first: [one(first), better]}
        kept = prices.history(conn, first)
        assert [(k.price.line, k.replaced_at is None) for k in kept] == [(1, True), (2, False), (2, True)]
        assert prices.record(conn, {first: []}) == 0
        assert prices.of_claims(conn, [first]) == {first: []} and len(prices.history(conn, first)) == 3


def test_underpayments_by_payer_code_and_step(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, third = three(conn, tmp_path)
        prices.record(conn, {
            first: [one(first), one(first, 2, procedure="97140", cause="multiple procedures", difference_cents=-1500)],
            second: [one(second, difference_cents=-200), one(second, 2, verdict="overpaid", difference_cents=900)],
            third: [one(third, service_date=dt.date(2025, 1, 2), payer_id="summit-advantage")],
        })  # fmt: skip
        assert prices.underpayments(conn, since=DAY) == [
            Underpayment(payer_id="bluestone-ppo", procedure="97140", cause="multiple procedures", count=1, cents=1500),
            Underpayment(payer_id="bluestone-ppo", procedure="97110", cause="rate", count=2, cents=1200),
        ]
        assert [u.cents for u in prices.underpayments(conn, payer_id="summit-advantage")] == [1000]
        assert prices.underpayments(conn, until=dt.date(2024, 1, 1)) == []
        assert prices.totals(conn) == {"underpaid": (4, -3700), "overpaid": (1, 900)}
        patient = conn.exec_driver_sql(f"select patient_id from claims where id = {first}").scalar_one()
        assert (DAY, 700) not in prices.deductibles(conn, ["nobody"]).get(("nobody", "bluestone-ppo"), [])
        assert sum(c for _, c in prices.deductibles(conn, [patient])[patient, "bluestone-ppo"]) == 1400


def test_what_was_posted_since_is_compared_again(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, _ = three(conn, tmp_path)
        posted(conn, first)
        posted(conn, second, "unmatched")
        assert prices.changed(conn) == [first] == prices.adjudicated(conn)
        prices.mark(conn, [first])
        assert prices.changed(conn) == []
        again = posted(conn, first)
        assert prices.changed(conn) == [first]
        prices.mark(conn, [first])
        conn.execute(claim_payments.update().where(claim_payments.c.id == again).values(state="unposted"))
        assert prices.changed(conn) == [first]
        conn.execute(claim_payments.update().values(state="unposted"))
        assert prices.changed(conn) == [first]
        prices.mark(conn, [first])
        assert prices.changed(conn) == [] == prices.adjudicated(conn)


def test_the_migration_with_data(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, *_ = three(conn, tmp_path)
        prices.record(conn, {first: [replace(one(first), sentence="x" * 400)]})
    migrate.downgrade(store.engine, "0010")
    migrate.migrate(store.engine)
    with store.begin() as conn:
        assert prices.of_claims(conn, [first]) == {first: []}
        prices.record(conn, {first: [one(first)]})
        known = posted(conn, first)
    migrate.downgrade(store.engine, "0023")  # knew no places
    migrate.migrate(store.engine)
    with store.begin() as conn:
        (held,) = prices.of_claims(conn, [first])[first]
    assert (held.claim_payment_id, held.segment_index, held.byte_offset) == (known, 1, 1)
    assert migrate.current(store.engine) == migrate.HEAD
