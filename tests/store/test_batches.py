"""The outbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from ptedi.store import Connection, Store, batches, files
from ptedi.store.batches import BatchClaim, NewBatch, Outbox
from tests.store.samples import DAY, envelope
from tests.store.test_visits_and_claims import claim


def batch(conn: Connection, archive: Path, number: int = 1, reference: str = "TSTT000000001") -> int:
    claim_id = claim(conn, archive, number, f"V{number}")
    file = files.register(conn, archive, f"837 {number}".encode(), "out.edi", direction="out", kind="837P")
    return batches.add(conn, NewBatch(
        partner_id="harbor", environment="T", service_date=DAY, envelope=envelope(number, reference), file_id=file.id,
        file_name=f"out_{number}.edi", charge_cents=6200,
        claims=(BatchClaim(claim_id=claim_id, set_control_number="0001", first_segment=12, last_segment=20),),
    ))  # fmt: skip


def test_a_batch_is_found_by_every_number_that_an_answer_may_name(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        batch_id = batch(conn, tmp_path, 7, "TSTT000000007")
        row = batches.get(conn, batch_id)
        assert row.state is Outbox.BUILT
        assert row.envelope == envelope(7, "TSTT000000007")
        assert batches.by_interchange(conn, 7) == batches.by_group(conn, 7, partner_id="harbor") == [row]
        assert batches.by_reference(conn, "TSTT000000007") == [row]
        assert batches.by_reference(conn, "TSTT000000007", partner_id="pier") == []
        assert batches.by_file(conn, row.file_id) == row
        [one] = batches.claims_of(conn, batch_id)
        assert (one.first_segment, one.last_segment) == (12, 20)
        assert batches.of_claim(conn, one.claim_id) == [row]


def test_a_number_is_in_one_batch_only(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        batch(conn, tmp_path, 1, "A")
    with pytest.raises(IntegrityError), store.begin() as conn:
        batch(conn, tmp_path, 1, "B")
    with pytest.raises(IntegrityError), store.begin() as conn:
        batch(conn, tmp_path, 2, "A")


def test_only_one_of_two_moves_a_batch_on(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        batch_id = batch(conn, tmp_path)
        assert batches.move(conn, batch_id, [Outbox.BUILT], Outbox.SENDING)
        assert not batches.move(conn, batch_id, [Outbox.BUILT], Outbox.SENDING)
        assert batches.move(conn, batch_id, [Outbox.SENDING], Outbox.SENT, sent=True)
        assert batches.get(conn, batch_id).sent_at is not None
        assert [b.id for b in batches.list_batches(conn, states=[Outbox.SENT])] == [batch_id]


@pytest.mark.parametrize("state", [Outbox.SENDING, Outbox.UNKNOWN, Outbox.SENT, Outbox.FAILED])
def test_an_acknowledgement_proves_the_send(store: Store, tmp_path: Path, state: Outbox) -> None:
    with store.begin() as conn:
        batch_id = batch(conn, tmp_path)
        batches.move(conn, batch_id, [Outbox.BUILT], state)
        assert batches.confirm(conn, batch_id, "TA1 accepted")
        assert not batches.confirm(conn, batch_id, "TA1 accepted")
        assert batches.get(conn, batch_id).state is Outbox.CONFIRMED
        partner = batches.get(conn, batch_id).partner_id
        assert [one.id for one in batches.unrecorded(conn, partner)] == [batch_id]
        assert batches.unrecorded(conn, "another") == []
        batches.move(conn, batch_id, [Outbox.CONFIRMED], Outbox.CONFIRMED, sent=True)
        assert batches.unrecorded(conn, partner) == []
