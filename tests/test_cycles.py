"""How often cycles are looked for: seldom in a step, as before behind the last of several."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from ptedi import cycles


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_steps_that_overlap_leave_what_was_before_the_first() -> None:
    gc.set_threshold(700, 10, 11)
    first, second = cycles.left_alone(), cycles.left_alone()
    first.__enter__()
    assert gc.get_threshold() == (1_000_000, 10, 11)
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (1_000_000, 10, 11)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 10, 11)


def test_looking_that_is_switched_off_stays_so() -> None:
    gc.set_threshold(0, 10, 11)
    with cycles.left_alone():
        assert gc.get_threshold() == (0, 10, 11)
    assert gc.get_threshold() == (0, 10, 11)


def test_a_step_that_fails_leaves_what_was_before() -> None:
    gc.set_threshold(700, 10, 11)
    with pytest.raises(ValueError, match="no"), cycles.left_alone():
        raise ValueError("no")
    assert gc.get_threshold() == (700, 10, 11)
