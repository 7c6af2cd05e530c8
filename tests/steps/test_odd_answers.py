"""Answers that contradict each other, judge what we do not have, or differ only at their end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ptedi import pipeline
from ptedi.errors import ConfigurationError
from ptedi.sandbox import clearinghouse, practice
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.refused import find
from ptedi.steps.resend import resend
from ptedi.steps.rework import way_of
from ptedi.store.batches import BatchRow
from ptedi.store.work import WorkKind
from ptedi.submissions.acknowledgements import (
    ClaimStatus,
    GroupAcknowledgement,
    SetAcknowledgement,
    Status,
    StatusCode,
)
from ptedi.submissions.status import Event, State, is_contradicted
from ptedi.transactions import acknowledgement_999
from tests.postgresql import new_database
from tests.steps import test_acknowledge as answers
from tests.steps.conftest import DAY
from tests.steps.test_acknowledge import (
    HEADER,
    PLACE,
    apply,
    claim_answer,
    items,
    members,
    number_of,
    said,
    states,
    status,
    ta1,
)

batch = answers.batch  # the fixture


def judged(batch: BatchRow, code: str, *sets: tuple[str, str]) -> bytes:
    """A 999 of our group with these sets (ST02, verdict)."""
    told = tuple(SetAcknowledgement(set_id="837", control_number=number, guide="005010X222A1", code=one, errors=(),
                                    notes=("5",) if one == "R" else (), **PLACE) for number, one in sets)  # fmt: skip
    return acknowledgement_999.write(HEADER, [GroupAcknowledgement(
        sender_id="", receiver_id="", functional_id="HC", group_control_number=batch.group_control_number,
        guide="005010X222A1", code=code, included=1, received=1, accepted=0, sets=told, **PLACE)])  # fmt: skip


def sent_states(night: Night, batch: BatchRow) -> set[State]:
    now = states(night)
    return {now[m.claim_id] for m in members(night, batch)}


@pytest.mark.parametrize("late", [False, True])
def test_what_was_refused_and_went_on_is_not_sent_again_unasked(night: Night, batch: BatchRow, late: bool) -> None:
    """A TA1 refuses the file, and the payer has its claims: whichever came first, a copy might be the second one."""
    every = [said(night, m.claim_id, status("A2")) for m in members(night, batch)]
    both = [claim_answer(batch, "PR", *every), ta1(batch, "R", "006")]
    apply(night, *(reversed(both) if late else both))
    assert sent_states(night, batch) == {State.REJECTED}
    for look in (True, False):
        with pytest.raises(ConfigurationError, match=f"{batch.claim_count} claims of batch 1 went on"):
            resend(night, batch.id, "lee", "ticket 4711", look_only=look)
    assert len(resend(night, batch.id, "lee", "they have none", not_taken=True).again) == batch.claim_count


def test_a_set_that_was_judged_twice_is_asked_about(night: Night, batch: BatchRow) -> None:
    number = batch.envelope.set_control_number
    apply(night, judged(batch, "A", (number, "A")), judged(batch, "R", (number, "R")))
    with pytest.raises(ConfigurationError, match="went on"):
        resend(night, batch.id, "lee", "ticket 4711")


R, A = Event.CLEARINGHOUSE_REJECTED, Event.CLEARINGHOUSE_ACCEPTED


@pytest.mark.parametrize(("told", "contrary"), [
    ([], False), ([A], False), ([Event.INTERCHANGE_REJECTED], False),
    ([Event.FILE_ACCEPTED, A, R], False),  # taken in and then refused: the usual way
    ([A, Event.PAYER_ACCEPTED, Event.PAYER_REJECTED], False),
    ([R, A], True), ([R, Event.PAYER_ACCEPTED], True), ([Event.PAYER_ACCEPTED, R], True),
    ([Event.FILE_ACCEPTED, Event.FILE_REJECTED], True), ([Event.FILE_ACCEPTED, Event.INTERCHANGE_REJECTED], True),
    ([Event.INTERCHANGE_REJECTED, Event.FILE_REJECTED], False),
])  # fmt: skip
def test_which_answers_contradict_a_refusal(told: list[Event], contrary: bool) -> None:
    assert is_contradicted([Event.SENT, *told]) is contrary


def test_two_answers_that_differ_only_in_their_last_code(night: Night, batch: BatchRow) -> None:
    """So many codes that a key cut off would take the refusal for the acceptance before it."""
    key = members(night, batch)[0].claim_id
    codes = [StatusCode(category="A1", status=str(number), entity="PR") for number in range(20, 36)]
    taken = [Status(codes=tuple(codes[at : at + 3]), action="WQ", message="", effective=status("A1").effective, **PLACE)
             for at in range(0, 15, 3)]  # fmt: skip

    def told(*every: Status) -> bytes:
        one = ClaimStatus(patient_control_number=number_of(night, key), statuses=every, **PLACE)
        return claim_answer(batch, "AY", one)

    apply(night, told(*taken))
    assert states(night)[key] is State.ACCEPTED_CLEARINGHOUSE
    for last in ("562", "33"):
        apply(night, told(*taken, status("A3", last, "85")))
    assert (states(night)[key], len(items(night))) == (State.REJECTED, 2)


def test_a_set_that_we_do_not_have_is_told(night: Night, batch: BatchRow) -> None:
    [done] = apply(night, judged(batch, "P", ("000000099", "R")))
    assert (done.unknown, sent_states(night, batch)) == (1, {State.SENT})
    [item] = items(night, WorkKind.ACKNOWLEDGEMENT)
    assert "000000099" in item.sentence


@pytest.mark.parametrize("code", ["R", "M", "W", "X"])
def test_a_group_that_is_refused_without_its_sets(night: Night, batch: BatchRow, code: str) -> None:
    apply(night, judged(batch, code))
    assert (sent_states(night, batch), len(items(night))) == ({State.REJECTED}, 1)


def test_a_group_accepted_in_part_says_nothing_of_sets_it_does_not_name(night: Night, batch: BatchRow) -> None:
    apply(night, judged(batch, "P"))
    assert (sent_states(night, batch), items(night)) == ({State.SENT}, [])


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_nul_in_an_answer_stops_nothing(tmp_path: Path, server: Any, engine: str) -> None:
    """PostgreSQL takes no NUL into a text: the file would fail at every collection, and all that come after it."""
    url = f'\n[store]\nurl = "{new_database(server, tables=True)}"\n' if engine == "postgresql" else ""
    root = tmp_path / "practice"
    make_workspace(root, practice.settings() + url)
    for name, data in practice.charges(3, DAY, visits=4, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    with open_night(root) as night:
        pipeline.nightly(night, DAY)
        clearinghouse.run(root / "clearinghouse/to", root / "clearinghouse/from", root / "state", seed=3, today=DAY,
                          bank_folder=root / "bank")  # fmt: skip
        for path in (root / "clearinghouse/from").iterdir():
            path.write_bytes(re.sub(rb"(NM1\*QC\*1\*[A-Z]+)[A-Z]|(TRN\*1\*)", rb"\1\2\0", path.read_bytes()))
        done = pipeline.collect(night)
        assert done.collected.quarantined == 0
        assert sum(one.payments for one in done.posted) > 0
        assert not {State.SENT, State.RECEIVED} & set(states(night).values())
        assert pipeline.summary(night, DAY).closes


def test_who_corrects_a_claim_that_went_on_is_told(night: Night, batch: BatchRow) -> None:
    one, two, *_ = members(night, batch)
    refused = [said(night, each.claim_id, status("A3", "562", "85")) for each in (one, two)]
    taken = claim_answer(batch, "PR", said(night, one.claim_id, status("A2")))
    apply(night, claim_answer(batch, "AY", *refused), taken)
    with night.store.read() as conn:
        why = [way_of(find(night, conn, number_of(night, each.claim_id))).why for each in (one, two)]
    assert ["ask the payer first" in words for words in why] == [True, False]


@pytest.mark.parametrize("category", ["", "D0", "E1"])
def test_a_claim_that_is_named_without_a_verdict_was_not_accepted(
    night: Night, batch: BatchRow, category: str
) -> None:  # fmt: skip
    """It counted as accepted: nobody would have asked for the 277CA that it still wants."""
    one = members(night, batch)[0].claim_id
    told = (status(category, "35"),) if category else ()
    named = ClaimStatus(patient_control_number=number_of(night, one), statuses=told, **PLACE)
    for _ in range(2):
        apply(night, claim_answer(batch, "AY", named))
    assert states(night)[one] is State.SENT
    [item] = items(night, WorkKind.ACKNOWLEDGEMENT)
    assert number_of(night, one) in item.sentence
    apply(night, claim_answer(batch, "AY", said(night, one, status("A0", "16"))))
    assert states(night)[one] is State.ACCEPTED_CLEARINGHOUSE
