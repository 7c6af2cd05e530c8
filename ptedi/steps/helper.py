"""`python -m ptedi.steps.helper WORKSPACE`: reads charge files, codes and scrubs for a step in another process.

Questions come in by the pipe, answers go out; it reads the store and never writes.  See `steps/crew.py`.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import msgspec

from ptedi import cycles
from ptedi.steps import charge_reader, code, scrub
from ptedi.steps.crew import Ask
from ptedi.steps.night import Night, open_night
from ptedi.steps.rulebook import Rulebook
from ptedi.x12.oracle_worker import die_with_parent, leave, receive, send


def main() -> None:
    """Answers until the pipe ends; "" to a question that it has no answer to."""
    if not die_with_parent():
        return
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    cycles.look_seldom()
    with cycles.left_alone(), open_night(Path(sys.argv[1])) as night:
        send(answers, b"here")
        step, rules = "", None
        while (data := receive(sys.stdin.buffer)) is not None:
            ask = msgspec.msgpack.decode(data, type=Ask)
            if ask.step != step:  # what people edit is read again, as the step itself reads it
                night.use_tables()
                step, rules = ask.step, Rulebook.of(night) if ask.step == scrub.ACTOR else None
            send(answers, _answer(night, rules, ask))


def _answer(night: Night, rules: Rulebook | None, ask: Ask) -> bytes:
    try:
        if ask.step == charge_reader.ACTOR:
            return msgspec.msgpack.encode(charge_reader.read_file(night, Path(ask.file), date.fromordinal(ask.start)))
        with night.store.read() as conn:
            if ask.step == code.ACTOR:
                return msgspec.msgpack.encode(code.ahead_of(night, conn, ask))
            found = scrub.ahead_of(night, conn, ask, rules or Rulebook.of(night))
            return b"" if found is None else msgspec.msgpack.encode(found)
    except Exception:  # the step meets the same trouble itself, and says what it is
        return b""


if __name__ == "__main__":
    main()
    leave()
