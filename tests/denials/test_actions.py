"""Every action that a work item may ask for has a code and words."""

import re
from pathlib import Path

import pytest

from ptedi.denials import actions
from ptedi.denials.model import Action

STEPS = Path(actions.__file__).parents[1] / "steps"
USED = sorted({found for path in STEPS.glob("*.py")
               for found in re.findall(r'next_action="([^"]+)"', path.read_text(encoding="utf-8"))})  # fmt: skip


@pytest.mark.parametrize("action", [*USED, *Action])
def test_an_action_is_in_the_list(action):
    assert action in actions.WORDS or action in actions.WORDS.values()


@pytest.mark.parametrize("code", actions.WORDS)
def test_code_and_words_lead_to_each_other(code):
    said = actions.WORDS[code]
    assert (actions.code(said), actions.words(said)) == (code, said)
    assert (actions.code(code), actions.words(code)) == (code, said)
    assert len(code) <= 32 and len(said) <= 32 and said != said.upper()


def test_an_action_that_nobody_listed_is_still_code_and_words():
    assert (actions.code("ask aunt Ada's bank"), actions.words("ASK_BANK")) == ("ASK_AUNT_ADA_S_BANK", "ask bank")


@pytest.mark.parametrize("code", actions.COMMANDS)
def test_a_command_names_what_it_is_about_or_is_not_told(code):
    told = actions.command(actions.WORDS[code], 7, "PT1")
    assert code in actions.WORDS and told.startswith("ptedi ") and ("PT1" in told or " 7" in told)
    assert actions.command(code, 7, None) in ("", told)
    assert actions.command("ask aunt Ada's bank", 7, "PT1") == ""
