"""The table of claim states: laws over every order of events, and its page."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ptedi.submissions.status import MOVES, Event, State, after, as_markdown, fold

PAGE = Path(__file__).resolve().parents[2] / "docs" / "claim_states.md"
ACKNOWLEDGEMENTS = tuple(e for e in Event if e.value.startswith(("999", "TA1", "277CA")))
MONEY = (Event.PAID, Event.PARTLY_PAID, Event.DENIED, Event.REVERSED)
ADJUDICATED = {State.PAID, State.PARTLY_PAID, State.DENIED, State.REVERSED, State.CLOSED}
ENDED = {State.SUPERSEDED, State.WRITTEN_OFF}
RISE = (State.BATCHED, State.SENT, State.RECEIVED, State.ACCEPTED_CLEARINGHOUSE, State.ACCEPTED_PAYER, State.REJECTED)
OUR_WAY = (Event.CODED, Event.RELEASED, Event.BATCHED)

histories = st.lists(st.sampled_from(list(Event)), max_size=30)


def test_every_event_has_one_row_and_every_state_is_reached() -> None:
    assert [move.event for move in MOVES] == list(dict.fromkeys(move.event for move in MOVES))
    assert {move.event for move in MOVES} == set(Event)
    assert {move.goal for move in MOVES} == set(State)


@given(histories)
def test_every_step_is_in_the_table_or_moves_nothing(history: list[Event]) -> None:
    table = {(source, move.event): move.goal for move in MOVES for source in move.sources}
    state: State | None = None
    for event in (Event.CODED, *history):
        before, state = state, after(state, event)
        if before is not None:
            assert state is table.get((before, event), before)


@given(histories)
def test_what_ended_stays_ended(history: list[Event]) -> None:
    kept = [event for event in history if event not in (Event.REINSTATED, Event.CORRECTION_UNDONE)]
    for end in (Event.SUPERSEDED, Event.WRITTEN_OFF):  # a person's word alone opens it again
        assert fold([Event.CODED, end, *kept]) is after(State.CAPTURED, end)


@given(histories)
def test_only_what_a_payer_decided_is_closed(history: list[Event]) -> None:
    state: State | None = None
    for event in (Event.CODED, *history):
        before, state = state, after(state, event)
        if state is State.CLOSED and before is not State.CLOSED:
            assert (event, before in {State.PAID, State.PARTLY_PAID, State.DENIED}) == (Event.CLOSED, True)


@given(histories, histories)
def test_closing_never_changes_what_becomes_of_a_claim(before: list[Event], later: list[Event]) -> None:
    """Money, persons and corrections find a closed claim as they would have found it open; nothing else moves it.

    But for an appeal: whether there is still something to ask for is judged by its step, with the state before.
    """
    open_ = fold([Event.CODED, *before])
    closed = after(open_, Event.CLOSED)
    if closed is not State.CLOSED or open_ is State.CLOSED:
        return
    for event in later:
        if event in (Event.REWORKED, Event.APPEALED) and closed is State.CLOSED:
            return
        open_, closed = after(open_, event), after(closed, event)
        assert closed in (open_, State.CLOSED)
        if event in (*MONEY, Event.UNPOSTED, Event.SUPERSEDED, Event.WRITTEN_OFF):
            assert closed is open_


@given(st.lists(st.sampled_from([*ACKNOWLEDGEMENTS, Event.SENT]), max_size=20))
def test_acknowledgements_in_any_order_only_move_a_claim_on(history: list[Event]) -> None:
    state = fold(OUR_WAY)
    assert state is State.BATCHED
    for event in history:
        before, state = state, after(state, event)
        assert RISE.index(state) >= RISE.index(before)


@given(st.lists(st.sampled_from([*ACKNOWLEDGEMENTS, Event.SENT]), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_acknowledgements_does_not_matter(history: list[Event], random: object) -> None:
    other = list(history)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert fold([*OUR_WAY, *history]) is fold([*OUR_WAY, *other])
    assert fold([*OUR_WAY, *history, *history]) is fold([*OUR_WAY, *history])


@given(histories)
def test_a_late_acceptance_never_overrides_a_rejection(history: list[Event]) -> None:
    said = [e for e in history if e in ACKNOWLEDGEMENTS or e in OUR_WAY or e is Event.SENT]
    assert fold([*OUR_WAY, Event.SENT, Event.PAYER_REJECTED, *said]) is State.REJECTED
    assert after(State.REJECTED, Event.CLEARINGHOUSE_ACCEPTED) is State.REJECTED


@given(histories)
def test_what_an_835_decided_is_moved_only_by_money_or_a_person(history: list[Event]) -> None:
    state = fold([*OUR_WAY, Event.SENT, Event.PAID])
    for event in history:
        before, state = state, after(state, event)
        if before in ADJUDICATED and state is not before:
            assert event in (*MONEY, Event.UNPOSTED, Event.REWORKED, Event.APPEALED, Event.APPEAL_STANDS,
                             Event.SUPERSEDED, Event.WRITTEN_OFF, Event.CLOSED)  # fmt: skip


@given(histories)
def test_nobody_answers_a_claim_that_is_not_out(history: list[Event]) -> None:
    """Sent, received, accepted or rejected: only a claim that was in a file gets there."""
    state, out = None, False
    for event in (Event.CODED, *history):
        # a person says that the answer was none, or that the rejection before his own act stands
        taken_back = (event is Event.UNPOSTED and state in ADJUDICATED) or (
            event is Event.REJECTION_STANDS and state is State.REWORKED)  # fmt: skip
        state = after(state, event)
        out = (out or taken_back or state is State.BATCHED) and state not in ADJUDICATED | ENDED
        assert state not in RISE or out


@given(histories)
def test_money_is_believed_from_wherever_a_claim_is(history: list[Event]) -> None:
    state = fold([Event.CODED, *history])
    assert state is not None
    goals = {Event.PAID: State.PAID, Event.DENIED: State.DENIED, Event.REVERSED: State.REVERSED}
    for event, goal in goals.items():
        assert after(state, event) is (state if state in ENDED else goal)


def test_a_rejected_claim_is_corrected_and_goes_again() -> None:
    rejected = [*OUR_WAY, Event.SENT, Event.CLEARINGHOUSE_REJECTED]
    again = [*rejected, Event.REWORKED, Event.CODED, Event.RELEASED, Event.BATCHED]
    assert fold([*rejected, Event.BATCHED]) is State.REJECTED
    assert fold([*rejected, Event.REWORKED, Event.CLEARINGHOUSE_REJECTED]) is State.REWORKED
    assert fold([*again, Event.SENT, Event.FILE_ACCEPTED, Event.PAYER_ACCEPTED, Event.PAID]) is State.PAID
    assert fold([*OUR_WAY, Event.DENIED, Event.APPEALED, Event.FILE_ACCEPTED]) is State.APPEALED
    assert fold([*OUR_WAY, Event.DENIED, Event.APPEALED, Event.PAID]) is State.PAID
    assert fold([*OUR_WAY, Event.DENIED, Event.APPEALED, Event.APPEAL_ENDED]) is State.DENIED
    assert fold([*OUR_WAY, Event.DENIED, Event.APPEALED, Event.PAID, Event.APPEAL_ENDED]) is State.PAID


def test_every_pair_has_an_answer() -> None:
    assert all(after(state, event) in State for state, event in product(State, Event))


def test_the_page_is_current() -> None:
    if os.environ.get("PTEDI_UPDATE"):
        PAGE.write_text(as_markdown(), "utf-8")
    assert PAGE.read_text("utf-8") == as_markdown(), "PTEDI_UPDATE=1 pytest tests/submissions writes it anew"
