"""What a census counts, on both databases: clocks, answers by batch and payer, and everything in no account."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import Connection, delete, update

from ptedi.store import Store, batches, census, events, files, tables
from ptedi.store.batches import BatchClaim, NewBatch
from ptedi.store.events import NewEvent
from ptedi.submissions.status import Event, State
from tests.store.samples import DAY, envelope
from tests.store.test_audit import live, populate

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def outgoing(conn: Connection, archive: Path, ids: list[int]) -> int:
    """A batch of these claims, sent."""
    live(conn, ids, Event.CODED, Event.RELEASED, Event.BATCHED)
    file = files.register(conn, archive, b"ISA", "out.edi", direction="out", kind="837P")
    batch_id = batches.add(conn, NewBatch(
        partner_id="harbor", environment="T", service_date=DAY, envelope=envelope(), file_id=file.id,
        file_name="out.edi", charge_cents=6200 * len(ids),
        claims=tuple(BatchClaim(claim_id=one, set_control_number="0001", first_segment=9 * n, last_segment=9 * n + 8)
                     for n, one in enumerate(ids, 1)),
    ))  # fmt: skip
    batches.move(conn, batch_id, [batches.Outbox.BUILT], batches.Outbox.SENT, sent=True)
    live(conn, ids, Event.SENT)
    return batch_id


def test_clocks_answers_and_homes(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        ids = populate(conn, tmp_path, 3)
        batch_id = outgoing(conn, tmp_path, ids)
        conn.execute(update(tables.batches).values(built_at=LONG_AGO))
        told = [(one, Event.FILE_ACCEPTED) for one in ids] + [(ids[0], Event.PAID)]
        events.append_all(conn, [NewEvent(claim_id=one, event=event, actor="test", evidence_key=f"answer {event}",
                                          file_id=batches.get(conn, batch_id).file_id) for one, event in told])
        live(conn, ids[1:], Event.PAID)  # in no file: no answer
        live(conn, ids[1:], Event.UNPOSTED)
        conn.execute(update(tables.claims).where(tables.claims.c.id == ids[2]).values(payer_id="another"))
    with store.read() as conn:
        assert [one.state for one in census.clocks(conn)] == [State.PAID, *[State.ACCEPTED_PAYER] * 2]
        assert {(one.batch_id, one.payer_id, one.kind) for one in census.answers(conn, LONG_AGO)} == {
            (batch_id, "payer", "999"), (batch_id, "payer", "835"), (batch_id, "another", "999")}  # fmt: skip
        assert census.newest_batches(conn, ids) == dict.fromkeys(ids, batch_id)
        assert census.sent(conn)[batch_id].claims == 3
        assert census.visits_captured(conn) == 3
        assert census.charged_cents(conn) == 0
        assert census.gaps(conn) == []


def test_everything_in_no_account(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        ids = populate(conn, tmp_path, 4)
        outgoing(conn, tmp_path, ids[:3])
        e, c = tables.claim_events, tables.batch_claims
        conn.execute(delete(e).where(e.c.claim_id == ids[0], e.c.event == "batched"))
        conn.execute(delete(c).where(c.c.claim_id == ids[1]))
        found = {(gap.what, gap.cents) for gap in census.gaps(conn)}
    assert found == {
        ("claim without an event", 6200),
        ("claim in a batch that its history does not know", 6200),
        ("claim sent in no batch", 6200),
        ("batch whose claims do not add up to it", 3 * 6200),
    }
