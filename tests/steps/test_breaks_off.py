"""A file that stops between two transaction sets: what came is whole and applied, and somebody asks for the rest."""

from __future__ import annotations

import pytest

from ptedi.steps.night import Night
from ptedi.store import work
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import post, states


def told(night: Night) -> list[str]:
    with night.store.read() as conn:
        return [item.sentence for item in work.list_work(conn, kinds=[WorkKind.QUARANTINE])]


@pytest.mark.parametrize("where", [b"ST*835*0002", b"GE*", b"IEA*"])
def test_a_remittance_that_stops_after_a_check(sent: Night, where: bytes) -> None:
    """The second check was missing, and nobody was told: nothing in the file but its last segments speaks of it."""
    known = remits.known_claims(sent)[:2]
    checks = [remits.check(f"T{n}", DAY, [remits.answer(one.claim, f"I{n}", [{} for _ in one.claim.lines])],
                           control_number=f"000{n}") for n, one in enumerate(known, 1)]  # fmt: skip
    whole = remits.file(1, *checks)
    cut = whole[: whole.index(where)]
    count = cut.count(b"ST*835")
    assert [one.posted for one in post(sent, cut)] == [count]
    [sentence] = told(sent)
    assert "has no end (IEA)" in sentence
    [done] = post(sent, whole)
    assert (done.posted, done.duplicate, len(told(sent))) == (2 - count, count, 1)
    assert {states(sent)[one.claim_id] for one in known} == {State.PAID}


def test_what_stands_behind_the_end_is_no_reason_to_ask(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    whole = remits.file(1, remits.check("T1", DAY, [remits.answer(one.claim, "I1", [{} for _ in one.claim.lines])]))
    post(sent, whole + b"\r\nEND OF FILE\r\n\x1a\0\0")
    assert told(sent) == []
