"""How long a partner may take to answer, as ptedi.toml says it."""

from __future__ import annotations

import pytest

from ptedi.errors import ConfigurationError
from ptedi.payers import partner
from tests.payers.test_partner import HARBOR


def test_hours_are_what_is_said_and_nothing_else() -> None:
    assert partner.load({"harbor": HARBOR})["harbor"].answer_hours == {}
    table = HARBOR | {"answers": {"999": 12, "835": 24 * 45}}
    assert partner.load({"harbor": table})["harbor"].answer_hours == {"999": 12, "835": 1080}
    assert set(partner.ANSWER_HOURS) == {"TA1", "999", "277CA", "835"}


@pytest.mark.parametrize(
    ("answers", "word"),
    [({"998": 1}, "998"), ({"999": 0}, "between 1"), ({"835": 9000}, "between 1"), ({"TA1": "soon"}, "whole number")],
)
def test_a_mistake_is_named(answers: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigurationError, match=word):
        partner.load({"harbor": HARBOR | {"answers": answers}})
