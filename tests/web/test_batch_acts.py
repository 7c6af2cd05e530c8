"""What a person decides about a batch in the workbench."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import Night
from ptedi.sandbox import practice as sandbox
from ptedi.store import batches
from ptedi.store.batches import Outbox
from ptedi.submissions.acknowledgements import InterchangeAcknowledgement
from ptedi.transactions import acknowledgement_ta1
from ptedi.transactions.answer import AnswerHeader
from tests.web import practice

Client = Callable[[str], TestClient]
WHY = {"reason": "their support, ticket 4711"}
DAY = practice.TONIGHT + dt.timedelta(days=1)


def sent(night: Night) -> pipeline.BatchHead:
    """A small night more, sent and not answered."""
    for name, data in sandbox.charges(9, DAY, visits=6, bad_rows=False).items():
        pipeline.drop(night.workspace, name, data)
    [batch_id] = pipeline.nightly(night, DAY).delivered.sent
    return next(one for one in pipeline.batch_list(night) if one.id == batch_id)


def now(night: Night, batch: int) -> pipeline.BatchHead:
    return next(one for one in pipeline.batch_list(night) if one.id == batch)


def test_a_doubtful_send_is_settled_once_by_who_may(client: Client, night: Night) -> None:
    head = sent(night)
    page = f"/batches/{head.id}"
    with night.store.begin() as conn:
        batches.move(conn, head.id, [Outbox.SENT], Outbox.UNKNOWN, "staged")
    taken = WHY | {"fate": "taken", "seen": "unknown", "once": "one"}
    assert client("biller").post(f"{page}/settle", data=taken).status_code == 403
    assert "They never got it" not in client("biller").get(page).text
    seat = client("approver")
    assert "They never got it" in seat.get(page).text and head.interchange in seat.get(page).text
    assert seat.post(f"{page}/settle", data={"fate": "taken"}).status_code == 422
    assert seat.post(f"{page}/settle", data=WHY | {"fate": "burnt"}).status_code == 422
    assert seat.post(f"{page}/settle", data=taken | {"seen": "failed", "once": "other"}).status_code == 409
    for _ in range(2):  # a double click
        assert seat.post(f"{page}/settle", data=taken).status_code == 303
    assert now(night, head.id).state == "sent"
    there = seat.post(f"{page}/settle", data=WHY | {"fate": "not taken", "seen": "sent", "once": "two"})
    assert there.status_code >= 400 and "partner&#39;s folder" in there.text  # the file lies there


def test_a_refused_file_is_sent_again_from_its_page(client: Client, night: Night) -> None:
    head = sent(night)
    page, seat = f"/batches/{head.id}", client("approver")
    assert "Send them again" not in seat.get(page).text
    refusal = acknowledgement_ta1.write(
        AnswerHeader(sender_id="HARBORCH", receiver_id="TAMARACKPT", control_number=7,
                     created=dt.datetime(2026, 11, 21, 1, 0)),  # noqa: DTZ001
        [InterchangeAcknowledgement(sender_id="", receiver_id="", interchange_control_number=int(head.interchange),
                                    code="R", note="006", segment_index=0, byte_offset=0)])  # fmt: skip
    pipeline.drop(night.workspace, "answer", refusal)
    pipeline.collect(night)
    assert f"{head.claims} claims went down" in seat.get(page).text
    assert client("biller").post(f"{page}/resend", data=WHY).status_code == 403
    assert seat.post(f"{page}/resend").status_code == 422
    for _ in range(2):
        answer = seat.post(f"{page}/resend", data=WHY | {"once": "one"})
        assert answer.status_code == 303
    assert f"{head.claims} claims, {head.charge:,.2f}: sent again" in seat.get(answer.headers["location"]).text
    assert pipeline.nightly(night, DAY).delivered.claims == head.claims
    assert now(night, head.id).states == {"superseded": head.claims}
