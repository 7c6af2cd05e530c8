"""The command line's way of ending, in a process of its own: what a person saw and the exit code."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ptedi import cli


@dataclass(frozen=True, slots=True)
class Told:
    """The exit code and everything a person saw."""

    code: int
    text: str

    @property
    def plainly(self) -> bool:
        """Whether a problem was said as one: a sentence, no trace, no fault of ours."""
        return self.code == 2 and "ptedi:" in self.text and not self.broke

    @property
    def broke(self) -> bool:
        """Whether something was raised that nobody expected."""
        return self.code not in (0, 2) or "Traceback" in self.text or "a fault of ours" in self.text


def told(work: Callable[[], object], around: Callable[[], AbstractContextManager[None]] = nullcontext) -> Told:
    """Works in a forked process as a command would, inside a context, and listens."""
    with tempfile.TemporaryFile() as said:
        pid = os.fork()
        if pid == 0:
            os._exit(_child(said.fileno(), work, around))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        said.seek(0)
        return Told(code, said.read().decode())


def _child(said: int, work: Callable[[], object], around: Callable[[], AbstractContextManager[None]]) -> int:
    os.dup2(said, 2)
    sys.stderr = open(2, "w", closefd=False)
    cli.err.file = sys.stderr
    cli.app = work  # type: ignore[assignment]
    try:
        with around():
            cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 99
    finally:
        sys.stderr.flush()
    return 0
