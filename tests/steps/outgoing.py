"""Charges on their way to a partner, as tests take them there step by step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from ptedi.steps import faults
from ptedi.steps.night import Night
from ptedi.steps.outbound import code_visits, extract_charges, scrub_claims
from ptedi.store import events
from ptedi.submissions.status import State
from tests.steps.conftest import DAY

Drop = Callable[..., None]


def to_ready(night: Night) -> int:
    extract_charges(night)
    code_visits(night, DAY)
    return scrub_claims(night, DAY).released


def states(night: Night) -> dict[int, State]:
    with night.store.read() as conn:
        return events.current_states(conn)


def on_their_way(night: Night) -> set[State]:
    """The states of the claims that were not held."""
    return set(states(night).values()) - {State.HELD}


def meanwhile(name: str, act: Callable[[], object]) -> AbstractContextManager[None]:
    """What others do while a step is at a point; the first time that it comes there."""
    left = [act]

    def hook(passed: str) -> None:
        if passed == name and left:
            left.pop()()

    return faults.watching(hook)
